"""Bytes and numbers, pictures, grids, and films."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from condgan.errors import ConfigError
from condgan.images import GAP, from_bytes, grid, picture, save_film, to_bytes

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
