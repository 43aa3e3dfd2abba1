"""Which values of image files mean black and white."""

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.data.readers.decode import DEEP, Decoder
from condgan.data.readers.folder import read_folder
from condgan.data.readers.value_range import ends_of

SCAN = np.array([[0, 1024, 2048, 4095]], np.uint16)
"""Of 12 bits, as cameras and microscopes write them into files of 16."""


@pytest.mark.parametrize("value", [(0, 4095), [0, 4095], np.array([0.0, 4095])])
def test_ends(value):
    assert ends_of(value) == (0, 4095)


@pytest.mark.parametrize("value", [(1, 1), (2, 1), (0,), 5, "ab", (0, np.inf), (np.nan, 1), None])
def test_what_is_no_range(value):
    with pytest.raises(errors.ConfigError, match="value_range must be"):
        ends_of(value)
    if value is not None:
        with pytest.raises(errors.ConfigError, match="value_range must be"):
            Decoder(value_range=value)


def saved(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_scans_of_12_bits_use_the_whole_scale(tmp_path, ending):
    saved(tmp_path / "a" / f"1.{ending}", SCAN)
    data = read_folder(tmp_path, value_range=(0, 4095))
    assert data.images[0, 0, 0].tolist() == pytest.approx([-1, -0.49988, 0.00024, 1], abs=1e-4)


def test_without_a_word_they_are_warned_of_also_from_the_cache(tmp_path):
    saved(tmp_path / "set" / "a" / "1.png", SCAN)
    saved(tmp_path / "set" / "a" / "2.png", np.full((1, 4), 200, np.uint8))  # bright, but of 8 bits
    for cache in (False, tmp_path / "kept", tmp_path / "kept"):
        with pytest.warns(UserWarning, match=r"up to 4095 of 65535.*value_range=\(0, 4095\)"):
            read_folder(tmp_path / "set", cache=cache)


def test_mixed_depths_each_have_their_own_range(tmp_path):
    saved(tmp_path / "a" / "1.png", SCAN)
    saved(tmp_path / "a" / "2.png", np.array([[0, 64, 128, 255]], np.uint8))
    data = read_folder(tmp_path, value_range=(0, 4095))
    assert data.images[:, 0, 0, 3].tolist() == [1, 1]
    assert data.images[1, 0, 0, 1].item() == pytest.approx(64 / 127.5 - 1, abs=1e-5)
    # A range that 8 bits can hold is meant for those as well.
    saved(tmp_path / "a" / "1.png", SCAN // 256)
    saved(tmp_path / "a" / "2.png", np.array([[0, 5, 10, 15]], np.uint8))
    data = read_folder(tmp_path, value_range=(0, 15))
    assert data.images[:, 0, 0, 3].tolist() == [1, 1]


def test_it_is_part_of_what_the_cache_knows_files_by(tmp_path):
    saved(tmp_path / "set" / "a" / "1.png", SCAN)
    for white in (4095, 8190):
        data = read_folder(tmp_path / "set", value_range=(0, white), cache=str(tmp_path / "kept"))
        assert data.images.max().item() == pytest.approx(4095 / white * 2 - 1, abs=1e-4)


def test_values_outside_are_an_error_that_names_the_file(tmp_path):
    saved(tmp_path / "a" / "1.png", SCAN)
    saved(tmp_path / "a" / "2.png", SCAN // 2)
    with pytest.raises(errors.FileFormatError, match=r"1\.png.*0 to 4095.*value_range=\(0, 4000\)"):
        read_folder(tmp_path, value_range=(0, 4000))
    with pytest.warns(UserWarning, match=r"skipped 1 files.*1\.png"):
        assert len(read_folder(tmp_path, value_range=(0, 4000), on_bad="skip")) == 1


def test_resizing_does_not_leave_the_range():
    edge = np.repeat([[0, 4095]], 8, axis=1).astype(np.uint16).repeat(16, axis=0)
    out = Decoder(value_range=(0, 4095), image_size=5)(Image.fromarray(edge))
    assert out.dtype == np.uint16
    assert out.max() == DEEP


@pytest.mark.parametrize(
    ("array", "value_range", "wanted"),
    [
        (np.array([[0.0, 0.5, 1.0]], np.float32), (0, 1), [0, 32768, DEEP]),
        (np.array([[-100, 0, 100]], np.int32), (-100, 100), [0, 32768, DEEP]),
        (np.array([[0, 300_000]], np.int32), (0, 300_000), [0, DEEP]),
    ],
)
def test_files_of_other_numbers_can_be_read_if_the_range_is_said(array, value_range, wanted):
    image = Image.fromarray(array)
    assert Decoder(value_range=value_range)(image)[0, :, 0].tolist() == wanted
    with pytest.raises(errors.DataError, match="value_range"):
        Decoder()(image)


def test_not_a_number_is_outside_of_any_range():
    with pytest.raises(errors.DataError, match="outside"):
        Decoder(value_range=(0, 1))(Image.fromarray(np.array([[0, np.nan]], np.float32)))


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "LA", "RGBA"])
def test_8_bits_that_use_a_part_of_their_scale(mode):
    gray = Image.fromarray(np.array([[0, 5, 15, 10]], np.uint8))
    colour = gray.convert("RGBA")
    image = gray.quantize(4) if mode == "P" else colour.convert(mode)
    pixels = Decoder(value_range=(0, 15))(image)
    assert pixels.dtype == np.uint8
    assert pixels[0, :, 0].tolist() == [0, 85, 255, 170]
    with pytest.raises(errors.DataError, match="outside"):
        Decoder(value_range=(0, 9))(image)


def test_what_is_behind_transparent_pixels_is_not_stretched():
    image = Image.new("RGBA", (2, 1), (250, 0, 0, 0))
    image.putpixel((1, 0), (15, 0, 0, 255))
    pixels = Decoder(value_range=(0, 15), background="gray")(image)
    assert pixels[0].tolist() == [[128, 128, 128], [255, 0, 0]]
    assert Decoder(value_range=(0, 15), channels=4)(image)[0, :, 3].tolist() == [0, 255]


def test_one_transparent_value_of_a_scan():
    image = Image.fromarray(SCAN)
    image.info["transparency"] = 4095
    pixels = Decoder(value_range=(0, 2048), background="black")(image)
    assert pixels[0, :, 0].tolist() == [0, 128, 255, 0]


def test_black_and_white_has_no_other_range():
    image = Image.new("1", (1, 1), 1)
    assert Decoder(value_range=(0, 1))(image).item() == 255


def test_pillow_images_in_a_list_are_read_so_too():
    from condgan import load_data

    data = load_data(([Image.fromarray(SCAN)] * 2, [0, 1]), value_range=(0, 4095))
    assert torch.equal(data.images[:, 0, 0, 3], torch.ones(2))
