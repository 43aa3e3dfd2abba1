"""Bytes and numbers, pictures, grids, and films."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from condgan.errors import ConfigError
from condgan.images import (
    CAPTION,
    COLOURS,
    GAP,
    captioned,
    film_bytes,
    from_bytes,
    grid,
    picture,
    save_film,
    save_picture,
    to_bytes,
)

EVERY_BYTE = torch.arange(256, dtype=torch.uint8)


def flat(value, shape=(1, 4, 4)):
    return torch.full(shape, float(value))


def test_bytes_and_numbers_are_inverse_on_all_256_values():
    numbers = from_bytes(EVERY_BYTE)
    assert numbers.dtype == torch.float32
    assert numbers[0] == -1.0
    assert numbers[255] == 1.0
    assert (numbers.diff() > 0).all()
    again = to_bytes(numbers)
    assert again.dtype == torch.uint8
    assert torch.equal(again, EVERY_BYTE)


@given(st.floats(-1, 1, width=32))
def test_a_number_goes_to_the_nearest_byte(value):
    assert abs(from_bytes(to_bytes(torch.tensor([value])))[0] - value) <= 1 / 255 + 1e-6


def test_numbers_outside_are_clamped_not_wrapped():
    assert to_bytes(torch.tensor([-9.0, -1.01, 1.01, 9.0])).tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_neither_way_edits_its_input(dtype):
    numbers = torch.tensor([-1.0, 0.25, 1.0], dtype=dtype, requires_grad=True)
    before = numbers.detach().clone()
    assert to_bytes(numbers).tolist() == [0, 159, 255]
    assert torch.equal(numbers.detach(), before)
    source = EVERY_BYTE.clone()
    from_bytes(source)
    assert torch.equal(source, EVERY_BYTE)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_a_picture_has_the_pixels_of_its_image(channels, mode):
    image = torch.rand(channels, 5, 7, generator=torch.Generator().manual_seed(0)) * 2 - 1
    made = picture(image)
    assert made.mode == mode
    assert made.size == (7, 5)
    pixels = np.asarray(made).reshape(5, 7, channels)
    assert np.array_equal(pixels, to_bytes(image).permute(1, 2, 0).numpy())


def test_a_picture_of_two_channels_is_refused():
    with pytest.raises(ConfigError, match=r"1, 3 or 4 channels; got 2. Choose channels first"):
        picture(torch.zeros(2, 4, 4))


def test_images_of_a_grid_land_row_by_row():
    values = [-1.0, -0.5, 0.0, 0.5, 1.0]
    images = torch.stack([flat(value) for value in values])
    sheet = np.asarray(grid(images, columns=2, scale=3))
    cell = 3 * 4
    assert sheet.shape == (GAP + 3 * (cell + GAP), GAP + 2 * (cell + GAP))
    for index, expected in enumerate(to_bytes(torch.tensor(values)).tolist()):
        row, column = divmod(index, 2)
        top, left = GAP + row * (cell + GAP), GAP + column * (cell + GAP)
        assert (sheet[top : top + cell, left : left + cell] == expected).all()
    between = sheet[:, GAP + cell : GAP + cell + GAP]
    assert between.min() == between.max() == 128
    assert sheet.min() == 0
    assert sheet.max() == 255


def test_a_grid_keeps_colours_and_shapes_that_are_not_square():
    images = torch.full((1, 3, 2, 6), -1.0)
    images[:, 2] = 1.0
    sheet = grid(images, columns=1, scale=5)
    assert sheet.size == (2 * GAP + 30, 2 * GAP + 10)
    assert sheet.getpixel((GAP, GAP)) == (0, 0, 255)
    assert sheet.getpixel((GAP + 29, GAP + 9)) == (0, 0, 255)


def test_small_images_are_enlarged_and_large_ones_left():
    assert grid(torch.zeros(1, 1, 8, 8), 1).height == 7 * 8 + 2 * GAP
    assert grid(torch.zeros(1, 1, 64, 64), 1).height == 64 + 2 * GAP
    assert grid(torch.zeros(1, 1, 200, 200), 1).height == 200 + 2 * GAP


def test_at_scale_one_a_grid_holds_the_very_pixels():
    images = torch.rand(2, 1, 9, 5, generator=torch.Generator().manual_seed(0)) * 2 - 1
    sheet = np.asarray(grid(images, columns=1, scale=1))
    for index, image in enumerate(to_bytes(images)[:, 0].numpy()):
        top = GAP + index * (9 + GAP)
        assert np.array_equal(sheet[top : top + 9, GAP : GAP + 5], image)


def test_a_picture_does_not_depend_on_its_neighbours():
    alone = np.asarray(grid(flat(0.2)[None], columns=2))
    beside = np.asarray(grid(torch.stack([flat(0.2), flat(1)]), columns=2))
    cell = slice(GAP, GAP + 56)
    assert np.array_equal(alone[cell, cell], beside[cell, cell])


def test_row_names_are_written_beside_their_rows():
    images = torch.ones(4, 1, 8, 8)
    plain = grid(images, columns=2)
    named = np.asarray(grid(images, columns=2, row_names=["cat", "dog"]))
    margin = named.shape[1] - (plain.width - GAP)
    assert margin > 4 * GAP
    names, pictures = named[:, :margin], named[:, margin:]
    assert pictures.min() == 255
    for top in (0, GAP + 56):
        assert names[top : top + 56].min() < 100
    assert not np.array_equal(names[: GAP + 56], names[GAP + 56 :][: GAP + 56])


def test_column_names_are_written_above_their_columns():
    images = torch.ones(4, 1, 8, 8)
    plain = grid(images, columns=2)
    named = np.asarray(grid(images, columns=2, column_names=["cat", "a dog of many letters"]))
    strip = named.shape[0] - (plain.height - GAP)
    assert strip > 4 * GAP
    assert named.shape[1] == plain.width
    assert named[strip:].min() == 255
    cat, dog = named[:strip, : GAP + 56], named[:strip, 2 * GAP + 56 : 2 * GAP + 112]
    assert cat.min() < 100
    assert dog.min() < 160  # small letters are gray at their edges
    assert named[:strip, GAP + 56 : 2 * GAP + 56].min() == 255  # neither leaves its column


def test_pixels_of_enlarged_images_flow_or_stay_squares():
    image = torch.tensor([[-1.0, 1.0], [1.0, -1.0]])[None, None]
    squares = np.asarray(grid(image, 1, scale=8, smooth=False))[GAP:-GAP, GAP:-GAP]
    assert set(np.unique(squares)) == {0, 255}
    assert (squares[:8, :8] == 0).all()
    assert (squares[:8, 8:] == 255).all()
    assert len(np.unique(np.asarray(grid(image, 1, scale=8))[GAP:-GAP, GAP:-GAP])) > 10


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_caption_stands_above_a_picture_and_leaves_it_alone(channels):
    below = grid(torch.zeros(2, channels, 8, 8), 2)
    made = captioned(below, "two cats")
    assert made.mode == below.mode
    assert made.size == (below.width, below.height + CAPTION)
    assert np.array_equal(np.asarray(made)[CAPTION:], np.asarray(below))
    above = np.asarray(made.convert("L"))[:CAPTION]
    assert above.min() < 50
    assert above.max() == 255


def test_a_long_caption_keeps_to_the_width():
    assert captioned(picture(flat(0, (1, 30, 30))), "a caption of many words").width == 30


@pytest.mark.parametrize(
    ("count", "columns", "words"),
    [(0, 2, "got 0 images, columns=2"), (2, 0, "2 images, columns=0")],
)
def test_a_grid_of_nothing_is_refused(count, columns, words):
    with pytest.raises(ConfigError, match=words):
        grid(torch.zeros(count, 1, 4, 4), columns)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_a_film_has_its_frames_in_order(tmp_path, ending):
    frames = []
    for index, value in enumerate((-1.0, 0.0, 1.0)):
        frames.append(tmp_path / f"{index}.png")
        picture(flat(value, (1, 16, 16))).save(frames[-1])
    target = tmp_path / f"film.{ending}"
    save_film(frames, target, milliseconds=100)
    with Image.open(target) as film:
        assert film.n_frames == 3
        assert film.info["loop"] == 0
        shown = []
        for index in range(film.n_frames):
            film.seek(index)
            shown.append(np.asarray(film.convert("L")).mean())
            if ending == "gif":
                assert film.info["duration"] == (1000 if index == 2 else 100)
    assert shown == pytest.approx([0, 128, 255], abs=3)
    assert all(frame.exists() for frame in frames)


def test_a_film_of_one_frame(tmp_path):
    frame = tmp_path / "0.png"
    picture(flat(0)).save(frame)
    save_film([frame], tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 1


def test_a_picture_is_saved_by_its_ending_and_its_folder_made(tmp_path):
    target = save_picture(picture(flat(0)), tmp_path / "new" / "x.BMP")
    with Image.open(target) as opened:
        assert opened.format == "BMP"


@pytest.mark.parametrize("name", ["x", "x.nonsense"])
def test_without_the_ending_of_a_picture_nothing_is_written(tmp_path, name):
    with pytest.raises(ConfigError, match=r"no ending of a picture.*such as x\.png"):
        save_picture(picture(flat(0)), tmp_path / "new" / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film", "film.png", "film.mp4"])
def test_a_film_of_another_kind_is_refused(tmp_path, name):
    with pytest.raises(ConfigError, match=r"ends in \.gif or \.webp; got"):
        save_film([picture(flat(0))], tmp_path / "new" / name)
    assert not list(tmp_path.iterdir())


def test_frames_of_several_sizes_or_none_are_refused(tmp_path):
    frames = [picture(flat(0)), picture(flat(0, (1, 5, 4)))]
    with pytest.raises(ConfigError, match=r"frames of one size; got \(4, 4\), \(4, 5\)"):
        save_film(frames, tmp_path / "film.gif")
    with pytest.raises(ConfigError, match="frames of one size; got no frame"):
        save_film([], tmp_path / "film.gif")


def test_grays_of_a_gif_are_near_and_black_and_white_are_kept():
    ramp = picture(from_bytes(EVERY_BYTE).reshape(1, 16, 16))
    with Image.open(io.BytesIO(film_bytes([ramp], ".gif", 100, hold=1))) as film:
        shown = np.asarray(film.convert("L")).astype(int).ravel()
    assert (shown[0], shown[255]) == (0, 255)
    assert np.abs(shown - np.arange(256)).max() <= 255 / COLOURS


def test_frames_of_a_gif_share_few_colours_and_captions_stay_white():
    stream = torch.Generator().manual_seed(0)
    images = torch.rand(3, 3, 20, 20, generator=stream) * 2 - 1
    frames = [captioned(picture(image), "x") for image in images]
    colours = set()
    with Image.open(io.BytesIO(film_bytes(frames, ".gif", 100, hold=1))) as film:
        assert film.n_frames == 3
        for index in range(3):
            film.seek(index)
            shown = film.convert("RGB")
            assert shown.getpixel((19, 0)) == (255, 255, 255)
            colours |= {colour for _, colour in shown.getcolors()}
            near = np.asarray(shown).astype(int) - np.asarray(frames[index])
            assert np.abs(near).mean() < 20
    assert len(colours) <= COLOURS


def test_what_is_transparent_in_a_film_is_white():
    clear = torch.full((4, 6, 6), -1.0)
    black = torch.tensor([-1.0, -1.0, -1.0, 1.0])[:, None, None].expand(4, 6, 6)
    frames = [picture(clear), picture(black), picture(clear)]
    with Image.open(io.BytesIO(film_bytes(frames, ".webp", 100, hold=1))) as film:
        film.seek(2)
        assert np.asarray(film.convert("L")).min() > 250
