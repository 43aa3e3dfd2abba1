import io

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.data.readers.cells import read_cells
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
    pictures = read_cells(cells, Decoder(), root=folder)
    assert pictures.pile.values.shape == (2, 3, 4, 1)
    assert pictures.pile.values[:, 0, 0, 0].tolist() == [7, 8]
    assert pictures.pile.layout == "NHWC"
    assert list(pictures.kept) == [0, 1]
    assert read_cells(cells, Decoder(image_size=2), root=folder).pile.values.shape == (2, 2, 2, 1)


NESTED = np.empty(2, dtype=object)
NESTED[:] = [np.array([1, 2, 3]), np.array([4, 5, 6])]


@pytest.mark.parametrize(
    "cell", [np.array([[1, 2, 3], [4, 5, 6]]), [[1, 2, 3], [4, 5, 6]], NESTED], ids=range(3)
)
def test_arrays_keep_their_values(cell):
    pictures = read_cells([cell, cell], Decoder())
    assert pictures.pile.values.tolist() == [[[1, 2, 3], [4, 5, 6]]] * 2
    assert pictures.pile.layout is None


def test_tensors():
    assert read_cells([torch.zeros(1, 2, 2)], Decoder()).pile.values.shape == (1, 1, 2, 2)


def test_paths_without_a_root(folder, monkeypatch):
    monkeypatch.chdir(folder)
    cells = ["a.png", str(folder / "b.png")]
    assert read_cells(cells, Decoder()).pile.values[:, 0, 0, 0].tolist() == [7, 8]
    with pytest.raises(errors.DataError, match="outside"):
        read_cells(["../x.png"], Decoder(), root=folder)


def test_files_that_are_missing(folder):
    with pytest.raises(errors.MissingFileError, match=r"'x.png'"):
        read_cells(["x.png", "b.png"], Decoder(), root=folder)
    with pytest.warns(UserWarning, match=r"'x.png'"):
        pictures = read_cells(["x.png", "b.png"], Decoder(), root=folder, on_missing="skip")
    assert pictures.kept == [1]
    with (
        pytest.warns(UserWarning, match=r"'x.png'"),
        pytest.raises(errors.DataError, match="none of the files"),
    ):
        read_cells(["x.png"], Decoder(), root=folder, on_missing="skip")


def test_bytes_that_cannot_be_decoded():
    cells = [encoded(7), encoded(8)[:-20], encoded(9)]
    with pytest.raises(errors.FileFormatError, match="the image of row 1") as caught:
        read_cells(cells, Decoder())
    assert "tmp" not in str(caught.value)
    with pytest.warns(UserWarning, match="mine: skipped 1 images .*row 1"):
        pictures = read_cells(cells, Decoder(), on_bad="skip", source="mine")
    assert pictures.kept == [0, 2]
    assert pictures.pile.values[:, 0, 0, 0].tolist() == [7, 9]
    with (
        pytest.warns(UserWarning, match="skipped 1"),
        pytest.raises(errors.DataError, match="none of the 1"),
    ):
        read_cells([b"?"], Decoder(), on_bad="skip")


def test_bytes_that_promise_too_much():
    with pytest.raises(errors.FileFormatError, match="max_pixels"):
        read_cells([encoded(7, (20, 20))], Decoder(max_pixels=100))


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
        read_cells(cells, Decoder())


def test_options_that_fit_nothing():
    with pytest.raises(errors.ConfigError, match="image_size is for pictures"):
        read_cells([np.zeros((4, 4))], Decoder(image_size=2))
    with pytest.raises(errors.ConfigError, match=r"on_bad.*'ignore'"):
        read_cells([], Decoder(), on_bad="ignore")
