import gzip

import numpy as np
import pytest

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.pixel_table import read_pixel_table

HEAD = "cat,dog,p0,p1,p2,p3\n"
ROWS = "1,0,0,255,0,255\n0,1,255,0,255,0\n"
IMAGES = [[[0, 255], [0, 255]], [[255, 0], [255, 0]]]


@pytest.fixture
def saved(tmp_path):
    def save(text):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return save


@pytest.mark.parametrize(
    ("text", "columns", "classes"),
    [
        (HEAD + ROWS, ["cat", "dog"], ["cat", "dog"]),
        ("\ufeff\n" + (HEAD + ROWS).replace(",", ";"), ["cat", "dog"], ["cat", "dog"]),
        (gzip.compress((HEAD + ROWS).encode()), ["dog", "cat"], ["dog", "cat"]),
        (ROWS, [0, 1], ["0", "1"]),
        (ROWS, [0, -5], ["0", "1"]),
    ],
)
def test_one_hot_columns(saved, text, columns, classes):
    data = read_pixel_table(saved(text), label_columns=columns)
    assert data.classes == Classes(classes)
    assert data.images[:, 0].tolist() == IMAGES
    assert [data[k][1] for k in range(2)] == (classes if classes[0] != "dog" else ["cat", "dog"])
    assert data.name == "table"


def test_attributes_and_quantities(saved):
    path = saved("hat,smile,p\n1,1,255\n0,1,0\n")
    data = read_pixel_table(path, label_columns=["hat", "smile"])
    assert data.classes == Attributes(["hat", "smile"])
    assert data.labels.tolist() == [[1, 1], [0, 1]]
    path = saved("255,0.5\n0,2.5\n")
    data = read_pixel_table(path, label_columns=[-1])
    assert data.classes == Quantities(["1"], ranges=[(0.5, 2.5)])


def test_shape_range_and_name(saved):
    path = saved("a,b,c,d,e,f,y\n0,8,16,0,8,16,3\n")
    data = read_pixel_table(
        path, label_columns=["y"], image_shape=(1, 2, 3), value_range=(0, 16), name="mine"
    )
    assert data.images[0, 0].tolist() == [[-1, 0, 1]] * 2
    assert data.counts() == {3: 1}
    assert data.name == "mine"


@pytest.mark.parametrize(
    ("text", "columns", "error", "words"),
    [
        (HEAD + ROWS, ["cta", "dog"], errors.ConfigError, "did you mean 'cat'.* has 6 cells"),
        (HEAD + ROWS, [6], errors.ConfigError, "there is no column 6 in"),
        (HEAD + ROWS, [], errors.ConfigError, "list of columns"),
        (HEAD + ROWS, "cat", errors.ConfigError, "list of columns"),
        (HEAD, ["cat"], errors.FileFormatError, "only a header"),
        (HEAD + "1,0,x,0,0,0\n", ["cat"], errors.FileFormatError, "no table of numbers.*'x'"),
        (HEAD + "1,0,0\n1,0,0,0,0,0\n", ["cat"], errors.FileFormatError, "columns changed"),
        (HEAD + "1,0,0\n", ["cat"], errors.FileFormatError, "3 cells, but its header has 6"),
        (HEAD + ROWS, ["cat"], errors.DataError, "5 pixels a row"),
        ("p0,ä\n".encode("latin-1"), ["p0"], errors.FileFormatError, "UTF-8"),
        (gzip.compress((HEAD + ROWS * 99).encode())[:-30], ["cat"], errors.DataError, "table.csv"),
        ("<html>", ["cat"], errors.FileFormatError, "HTML page"),
    ],
)
def test_what_cannot_be_read(saved, text, columns, error, words):
    with pytest.raises(error, match=words):
        read_pixel_table(saved(text), label_columns=columns)


def test_numbers_come_back_as_numpy_wrote_them(saved, tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (5, 16)).astype(float)
    values[0, 0] = 255
    labels = np.arange(5)[:, None] % 2
    np.savetxt(tmp_path / "table.csv", np.hstack([values, labels, 1 - labels]), delimiter=",")
    data = read_pixel_table(tmp_path / "table.csv", label_columns=[16, 17])
    assert data.images.reshape(5, 16).tolist() == values.tolist()
    assert data.labels.tolist() == [1, 0, 1, 0, 1]


def test_rows_without_a_label(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(",p,q,hat,smile\n0,0,255,1,1\n1,255,0,,1\n2,0,0,0,NA\n3,9,200,0,1\n")
    numbered = pytest.warns(UserWarning, match="column '' numbers the rows")
    options = {"label_columns": ["hat", "smile"], "image_shape": (1, 1, 2)}
    with pytest.raises(errors.FileFormatError, match="'NA'"):
        read_pixel_table(path, **options)
    with numbered, pytest.raises(errors.LabelError, match="2 of 4 images have no label: row 1"):
        read_pixel_table(path, **options, unlabelled="NA")
    with numbered, pytest.warns(UserWarning, match="2 of 4"):
        data = read_pixel_table(path, **options, unlabelled="NA", on_unlabelled="skip")
    assert data.labels.tolist() == [[1, 1], [0, 1]]
    assert data.images[:, 0, 0].tolist() == [[0, 255], [9, 200]]


def test_decimal_commas_and_another_encoding(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("größe;p\n1,5;0,5\n2;1,0\n", encoding="latin-1")
    data = read_pixel_table(path, label_columns=["größe"], encoding="latin-1")
    assert data.labels.tolist() == [[1.5], [2]]
    assert data.images.flatten().tolist() == [0, 1]
