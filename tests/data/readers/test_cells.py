import io

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.data.readers.cells import Way, read_cells
from condgan.data.readers.decode import Decoder


def picture(value, size=(4, 3)):
    return Image.new("L", size, value)


def encoded(value, size=(4, 3)):
    file = io.BytesIO()
    picture(value, size).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def folder(tmp_path):
    for name, value in (("a.png", 7), ("b.png", 8)):
        (tmp_path / name).write_bytes(encoded(value))
    return tmp_path


PLAIN = Way(Decoder())


@pytest.mark.parametrize(
    "cells",
    [
        [encoded(7), encoded(8)],
        [bytearray(encoded(7)), memoryview(encoded(8))],
        [{"bytes": encoded(7), "path": None}, {"bytes": encoded(8), "path": "nowhere.png"}],
        [picture(7), picture(8)],
        ["a.png", "b.png"],
        [{"bytes": None, "path": "a.png"}, {"path": "b.png"}],
    ],
    ids=["bytes", "buffers", "bytes of Hugging Face", "Pillow", "paths", "paths of Hugging Face"],
)
def test_pictures(cells, folder):
    pixels, kept = read_cells(cells, Way(Decoder(), root=folder))
    assert pixels.shape == (2, 1, 3, 4)
    assert pixels[:, 0, 0, 0].tolist() == [7, 8]
    assert list(kept) == [0, 1]
    small = Way(Decoder(image_size=2), root=folder)
    assert read_cells(cells, small).pixels.shape == (2, 1, 2, 2)


NESTED = np.empty(2, dtype=object)
NESTED[:] = [np.array([1, 2, 3]), np.array([4, 5, 200])]


@pytest.mark.parametrize(
    "cell", [np.array([[1, 2, 3], [4, 5, 200]]), [[1, 2, 3], [4, 5, 200]], NESTED], ids=range(3)
)
def test_arrays_keep_their_values(cell):
    assert read_cells([cell, cell], PLAIN).pixels.tolist() == [[[[1, 2, 3], [4, 5, 200]]]] * 2


def test_flat_arrays_and_tensors():
    assert read_cells([torch.zeros(1, 2, 2)], PLAIN).pixels.shape == (1, 1, 2, 2)
    assert read_cells([np.ones(16)] * 3, PLAIN).pixels.shape == (3, 1, 4, 4)
    flat = Way(Decoder(), image_shape=(1, 2, 8))
    assert read_cells([np.ones(16)], flat).pixels.shape == (1, 1, 2, 8)


def test_paths_without_a_root(folder, monkeypatch):
    monkeypatch.chdir(folder)
    cells = ["a.png", str(folder / "b.png")]
    assert read_cells(cells, PLAIN).pixels[:, 0, 0, 0].tolist() == [7, 8]
    with pytest.raises(errors.DataError, match="outside"):
        read_cells(["../x.png"], Way(Decoder(), root=folder))


def test_paths_in_a_cache_or_by_workers_as_in_folders(folder, tmp_path):
    cells = ["a.png", "b.png"]
    for _ in range(2):
        way = Way(Decoder(), root=folder, cache=tmp_path / ".." / "kept")
        assert read_cells(cells, way).pixels[:, 0, 0, 0].tolist() == [7, 8]
    with pytest.raises(errors.ConfigError, match="workers must be"):
        read_cells(cells, Way(Decoder(), root=folder, workers=-1))
    for option in ({"cache": True}, {"workers": 2}):
        with pytest.raises(errors.ConfigError, match=r"for paths of image files; .* a Pillow"):
            read_cells([picture(7)], Way(Decoder(), **option))


def test_files_that_are_missing(folder):
    way = Way(Decoder(), root=folder, on_missing="skip")
    with pytest.raises(errors.MissingFileError, match=r"'x.png'"):
        read_cells(["x.png", "b.png"], Way(Decoder(), root=folder))
    with pytest.warns(UserWarning, match=r"'x.png'"):
        assert read_cells(["x.png", "b.png"], way).kept == [1]
    with (
        pytest.warns(UserWarning, match=r"'x.png'"),
        pytest.raises(errors.DataError, match="none of the files"),
    ):
        read_cells(["x.png"], way)


def test_bytes_that_cannot_be_decoded():
    cells = [encoded(7), encoded(8)[:-20], encoded(9)]
    with pytest.raises(errors.FileFormatError, match="the image of row 1") as caught:
        read_cells(cells, PLAIN)
    assert "tmp" not in str(caught.value)
    with pytest.warns(UserWarning, match="mine: skipped 1 images .*row 1"):
        pixels, kept = read_cells(cells, Way(Decoder(), on_bad="skip"), "mine")
    assert kept == [0, 2]
    assert pixels[:, 0, 0, 0].tolist() == [7, 9]
    with (
        pytest.warns(UserWarning, match="skipped 1"),
        pytest.raises(errors.DataError, match="none of the 1"),
    ):
        read_cells([b"?"], Way(Decoder(), on_bad="skip"))


def test_bytes_that_promise_too_much():
    with pytest.raises(errors.FileFormatError, match="max_pixels"):
        read_cells([encoded(7, (20, 20))], Way(Decoder(max_pixels=100)))


def test_one_range_of_values_for_all_kinds(folder):
    deep = Image.fromarray(np.full((2, 2), 4095, np.uint16))
    deep.save(folder / "deep.png")
    way = Way(Decoder(value_range=(0, 4095)), root=folder)
    array = np.full((2, 2), 4095, np.uint16)
    for cell in ("deep.png", (folder / "deep.png").read_bytes(), deep, array):
        assert read_cells([cell], way).pixels.unique().tolist() == [1]


@pytest.mark.parametrize(
    ("cells", "error", "words"),
    [
        ([picture(1), encoded(1)], errors.DataError, "row 0 is a Pillow image .* encoded bytes"),
        ([encoded(1), None], errors.DataError, "row 1 is nothing"),
        ([None], errors.DataError, "no image in row 0"),
        ([3], errors.ArgumentTypeError, "int"),
        ([NESTED, np.array([np.zeros(2), np.zeros(3)], object)], errors.DataError, "lengths"),
        ([picture(1), picture(1, (5, 5))], errors.DataError, "row 0 is 3 x 4 .*row 1 is 5 x 5"),
        ([encoded(1), encoded(1, (5, 5))], errors.DataError, "row 0 is 3 x 4 .*row 1 is 5 x 5"),
    ],
)
def test_what_is_no_image_is_refused(cells, error, words):
    with pytest.raises(error, match=words):
        read_cells(cells, PLAIN)


@pytest.mark.parametrize("option", [{"image_size": 2}, {"channels": 3}])
def test_options_that_fit_nothing(option):
    with pytest.raises(errors.ConfigError, match=f"{next(iter(option))} is for pictures"):
        read_cells([np.zeros((4, 4))], Way(Decoder(**option)))


def test_on_bad_has_two_values():
    with pytest.raises(errors.ConfigError, match=r"on_bad.*'ignore'"):
        read_cells([], Way(Decoder(), on_bad="ignore"))
