"""What goes wrong with files and folders elsewhere: names, headers, half downloads, clutter.

Each test names the case (D32 to D41) that it stands for, and holds for neighbours of it too.
"""

import gzip
import urllib.error
import urllib.request
import warnings

import numpy as np
import pytest
import torch
from PIL import Image

import condgan
from condgan import errors
from condgan.data.readers import torchvision as family

X = np.arange(10 * 16, dtype=np.uint8).reshape(10, 4, 4)
X[0, 0, 0] = 255
Y = np.arange(10, dtype=np.uint8) % 3


def idx(array):
    """The bytes of an idx file of whole numbers up to 255."""
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def picture(path, value=100, form=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), value).save(path, format=form)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0517790\nsize 182023\n"


# D32


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["images.gz", "images", "images-idx3-ubyte.gz", "images.idx"])
def test_d32_the_content_says_whether_a_file_is_gzipped(tmp_path, name, packed):
    pack = gzip.compress if packed else bytes
    (tmp_path / name).write_bytes(pack(idx(X)))
    (tmp_path / "labels").write_bytes(idx(Y))
    data = condgan.load_data((tmp_path / name, tmp_path / "labels"))
    assert np.array_equal(data.images[:, 0].numpy(), X)
    assert data.labels.tolist() == Y.tolist()


def test_d32_a_gzipped_table_under_any_name(tmp_path):
    text = "\n".join(f"{k % 2},0,255,9,{k}" for k in range(6)).encode()
    for name, content in (("a.csv", gzip.compress(text)), ("b.csv.gz", text)):
        (tmp_path / name).write_bytes(content)
        assert len(condgan.load_data(tmp_path / name)) == 6


def test_d32_what_is_packed_otherwise_says_so(tmp_path):
    import bz2
    import lzma

    for content, words in (
        (lzma.compress(idx(X)), "xz archive"),
        (bz2.compress(idx(X)), "bzip2 archive"),
        (gzip.compress(gzip.compress(idx(X))), "gzipped"),
    ):
        (tmp_path / "images.gz").write_bytes(content)
        with pytest.raises(errors.FileFormatError, match=words):
            condgan.load_data(tmp_path / "images.gz")


# D33


@pytest.mark.parametrize(
    "page", [b"<html>503</html>", b"<!DOCTYPE html>\n<html>", b"<?xml version='1.0'?><Error/>"]
)
@pytest.mark.parametrize("name", ["train-images-idx3-ubyte.gz", "table.csv", "images"])
def test_d33_a_web_page_under_the_name_of_data(tmp_path, name, page):
    (tmp_path / name).write_bytes(page)
    with pytest.raises(errors.FileFormatError) as caught:
        condgan.load_data(tmp_path / name)
    for words in ("HTML page", f"{len(page)} bytes", repr(page[:10])[2:-1], "fetch the file again"):
        assert words in str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kept", [0.5, 0.9, 0.99])
def test_d33_half_a_file_says_how_much_is_missing(tmp_path, packed, kept):
    noise = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    content = gzip.compress(idx(noise)) if packed else idx(noise)
    (tmp_path / "images").write_bytes(content[: int(kept * len(content))])
    (tmp_path / "labels").write_bytes(idx(np.zeros(100)))
    with pytest.raises(errors.FileFormatError, match=r"promises 78416 bytes.*Fetch the file again"):
        condgan.load_data(tmp_path / "images")


def raw(root, kind="MNIST"):
    folder = root / kind / "raw"
    folder.mkdir(parents=True)
    images = np.arange(20 * 784).reshape(20, 28, 28)
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(np.arange(20) % 10))
    return folder


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>503</html>", "HTML page"),
        (b"", "empty file"),
        (POINTER, "git lfs pull"),
        (idx(np.zeros((20, 28, 28)))[:9000], "promises 15696 bytes.*there are 9000"),
    ],
)
def test_d33_a_spoilt_file_of_torchvision_is_named_and_how_to_mend_it(tmp_path, content, words):
    file = raw(tmp_path) / "train-images-idx3-ubyte"
    file.write_bytes(content)
    with pytest.raises(errors.FileFormatError, match=words) as caught:
        family.mnist(tmp_path, download=False)
    assert str(file) in str(caught.value)
    assert "delete it" in str(caught.value)


def test_d33_a_download_that_breaks_off_is_fetched_anew_the_next_time(tmp_path, monkeypatch):
    import hashlib

    from torchvision import datasets

    made = raw(tmp_path / "served")
    served = {f"{file.name}.gz": gzip.compress(file.read_bytes()) for file in made.iterdir()}
    resources = [(name, hashlib.md5(content).hexdigest()) for name, content in served.items()]
    monkeypatch.setattr(datasets.MNIST, "resources", resources)
    monkeypatch.setattr(datasets.MNIST, "mirrors", ["https://served.invalid/"])

    class Answer:
        """What urlopen gives: the content, or half of it and then a broken line."""

        def __init__(self, url, breaks):
            self.url, self.rest, self.breaks = url, served[url.rsplit("/", 1)[1]], breaks
            self.length = len(self.rest)
            self.headers = {}

        def read(self, size):
            if self.breaks and len(self.rest) < self.length:
                raise urllib.error.URLError("connection reset")
            size = min(size, self.length // 2) if self.breaks else size
            part, self.rest = self.rest[:size], self.rest[size:]
            return part

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    broken = [True]
    monkeypatch.setattr(
        urllib.request,
        "urlopen",
        lambda request, **_: Answer(getattr(request, "full_url", request), broken[0]),
    )
    with pytest.raises(errors.DataError, match="connection"):
        family.mnist(tmp_path / "kept")
    assert not list((tmp_path / "kept").rglob("*-ubyte"))
    broken[0] = False
    assert len(family.mnist(tmp_path / "kept")) == 20


# D34


@pytest.mark.parametrize(("images", "labels"), [(10, 9), (9, 10), (10, 0), (1, 10)])
def test_d34_other_counts_of_images_and_labels_are_refused(tmp_path, images, labels):
    (tmp_path / "images").write_bytes(idx(X[:images]))
    (tmp_path / "labels").write_bytes(idx(Y[:labels]))
    with pytest.raises(errors.DataError) as caught:
        condgan.load_data((tmp_path / "images", tmp_path / "labels"))
    for words in (f"{images} images", f"{labels} labels", "images", str(tmp_path / "labels")):
        assert words in str(caught.value)


def test_d34_the_files_of_torchvision_must_be_a_pair_too(tmp_path):
    (raw(tmp_path) / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(19) % 10))
    with pytest.raises(errors.DataError, match="20 images but 19 labels"):
        family.mnist(tmp_path, download=False)


# D35


@pytest.mark.parametrize("mark", ["-", "."])
@pytest.mark.parametrize("other", ["-", "."])
@pytest.mark.parametrize(("begin", "split"), [("train", None), ("t10k", "test"), ("test", "test")])
def test_d35_both_spellings_are_found(tmp_path, begin, split, mark, other):
    (tmp_path / f"{begin}-images{mark}idx3-ubyte").write_bytes(idx(X))
    (tmp_path / f"{begin}-labels{other}idx1-ubyte.gz").write_bytes(gzip.compress(idx(Y)))
    options = {} if split is None else {"split": split}
    assert len(condgan.load_data(tmp_path, **options)) == 10


def test_d35_otherwise_the_names_taken_and_those_there_are_listed(tmp_path):
    (tmp_path / "train-images.idx3-ubyte").write_bytes(idx(X))
    (tmp_path / "train_labels.bin").write_bytes(idx(Y))
    with pytest.raises(errors.MissingFileError) as caught:
        condgan.load_data(tmp_path)
    for name in ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte", "train_labels.bin"):
        assert name in str(caught.value)


# D36

SQUARES = np.random.default_rng(0).integers(0, 256, (100, 16))
HEADERS = {
    "none": None,
    "cells": "label," + ",".join(f"{i}x{j}" for i in range(1, 5) for j in range(1, 5)),
    "pixels": "label," + ",".join(f"pixel{i}" for i in range(16)),
    "quoted": '"y",' + ",".join(f'"p {i}"' for i in range(16)),
    "counting": ",".join(str(i) for i in range(17)),
    "counting pixels": "class," + ",".join(str(i) for i in range(1, 17)),
}


@pytest.mark.parametrize("begin", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("header", HEADERS)
def test_d36_100_rows_with_and_without_header(tmp_path, header, begin):
    rows = [",".join(map(str, [k % 10, *row])) for k, row in enumerate(SQUARES)]
    lines = rows if HEADERS[header] is None else [HEADERS[header], *rows]
    (tmp_path / "table.csv").write_text(begin + "\n".join(lines), encoding="utf-8")
    data = condgan.load_data(tmp_path / "table.csv")
    assert len(data) == 100
    assert np.array_equal(data.images.flatten(1).numpy(), SQUARES)
    assert data.labels.tolist() == [k % 10 for k in range(100)]


@pytest.mark.parametrize(
    "first", ["1,0,oops,0,255", "1,0,,0,255", "1,0,0 0,255,9", "label,0,p1,p2,p3", "1,0,1_0,9,255"]
)
def test_d36_a_first_row_that_is_neither_header_nor_image_is_not_lost(tmp_path, first):
    (tmp_path / "table.csv").write_text(first + "\n2,0,0,0,255\n")
    with pytest.raises(errors.FileFormatError, match=r"line 1, cell \d.*not a number"):
        condgan.load_data(tmp_path / "table.csv")
    # A label's name is in headers only.
    if first.startswith("label"):
        assert len(condgan.load_data(tmp_path / "table.csv", label_column="label")) == 1


def test_d36_a_first_image_that_looks_like_counting_but_is_none(tmp_path):
    rows = ["0," + ",".join(map(str, range(0, 32, 2))), "1," + ",".join(["255"] * 16)]
    (tmp_path / "table.csv").write_text("\n".join(rows))
    assert len(condgan.load_data(tmp_path / "table.csv")) == 2


# D37


def test_d37_columns_first_is_for_the_caller_to_say(tmp_path):
    glyph = np.zeros((3, 6, 4), np.uint8)
    glyph[:, 1, 3] = 255  # row 1, column 3
    (tmp_path / "images").write_bytes(idx(glyph.swapaxes(1, 2)))
    (tmp_path / "labels").write_bytes(idx(np.arange(3)))
    turned = condgan.load_data(tmp_path / "images", transpose=True)
    assert turned.image_shape == (1, 6, 4)
    assert turned.images.nonzero()[0].tolist() == [0, 0, 1, 3]
    assert condgan.load_data(tmp_path / "images").image_shape == (1, 4, 6)


def test_d37_colour_is_transposed_within_each_channel(tmp_path):
    images = np.zeros((2, 3, 5, 4), np.uint8)
    images[:, 2, 4, 0] = 255
    (tmp_path / "images").write_bytes(idx(images))
    (tmp_path / "labels").write_bytes(idx(np.arange(2)))
    data = condgan.load_data(tmp_path / "images", transpose=True)
    assert data.images.nonzero()[0].tolist() == [0, 2, 0, 4]


def test_d37_emnist_is_turned_by_itself(tmp_path):
    folder = tmp_path / "EMNIST" / "raw"
    folder.mkdir(parents=True)
    stored = np.zeros((2, 28, 28), np.uint8)
    stored[:, 20, 3] = 255
    (folder / "emnist-digits-train-images-idx3-ubyte").write_bytes(idx(stored))
    (folder / "emnist-digits-train-labels-idx1-ubyte").write_bytes(idx(np.array([0, 1])))
    with pytest.warns(UserWarning, match="no image of 8 of 10"):
        data = family.emnist(tmp_path, download=False, split="digits")
    assert data.images.nonzero()[0].tolist() == [0, 0, 3, 20]


# D38


@pytest.mark.parametrize(
    "clutter",
    [
        ".ipynb_checkpoints/1.png",
        ".git/1.png",
        "__MACOSX/a/._1.png",
        "__MACOSX/1.png",
        "@eaDir/1.png",
        "a/.ipynb_checkpoints/1.png",
        "a/__MACOSX/1.png",
        "a/._1.png",
        "a/.DS_Store",
        ".DS_Store",
    ],
)
def test_d38_what_systems_leave_behind_is_no_class_and_no_image(tmp_path, clutter):
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path / "b" / "1.png")
    picture(tmp_path / clutter, form="png")
    assert condgan.load_data(tmp_path).counts() == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("clutter", "words"),
    [
        ("a/Thumbs.db", "1 .db"),
        ("a/desktop.ini", "1 .ini"),
        ("a/1.txt", "1 .txt"),
        ("a/README", "1 files without ending"),
        ("Thumbs.db", "1 files beside the class folders"),
    ],
)
def test_d38_other_files_are_counted(tmp_path, clutter, words):
    picture(tmp_path / "a" / "1.png")
    picture(tmp_path / "b" / "1.png")
    (tmp_path / clutter).write_bytes(b"\0\1\2")
    with pytest.warns(UserWarning, match=words):
        assert condgan.load_data(tmp_path).counts() == {"a": 1, "b": 1}


# D39


@pytest.mark.parametrize("empty", ["a", "b", "c"])
@pytest.mark.parametrize("content", [None, ".hidden.png", "notes.txt"])
def test_d39_an_empty_class_keeps_its_place(tmp_path, empty, content):
    for name in "abc":
        (tmp_path / name).mkdir()
        if name != empty:
            picture(tmp_path / name / "1.png")
        elif content is not None:
            (tmp_path / name / content).write_bytes(b"x")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = condgan.load_data(tmp_path)
    assert sum(f"1 of 3 classes: '{empty}'" in str(each.message) for each in caught) == 1
    assert len(caught) == 1 + (content == "notes.txt")
    assert data.classes.labels == ("a", "b", "c")
    assert data.labels.tolist() == [k for k, name in enumerate("abc") if name != empty]


def test_d39_a_class_that_is_wanted_but_has_no_folder(tmp_path):
    for name in "ac":
        picture(tmp_path / name / "1.png")
    with pytest.warns(UserWarning, match="'b'"):
        assert condgan.load_data(tmp_path, classes=["a", "b", "c"]).labels.tolist() == [0, 2]


# D40


def test_d40_endings_of_any_case_count_once(tmp_path):
    names = ("1.JPG", "2.jpeg", "3.webp", "4.png", "5.Jpeg", "6.TIF", "7.bmp", "8.GIF", "9.JFIF")
    for value, name in enumerate(names):
        form = "jpeg" if "j" in name.lower() else None
        picture(tmp_path / "a" / name, value * 20, form)
    data = condgan.load_data(tmp_path)
    assert len(data) == len(names)
    values = data.images[:, :, 0, 0].float().mean(1)
    assert torch.allclose(values, torch.arange(9) * 20.0, atol=2)


def test_d40_endings_that_are_not_read_are_told_by_kind(tmp_path):
    picture(tmp_path / "a" / "1.png")
    for name in ("2.heic", "3.HEIC", "4.svg", "5.npy"):
        (tmp_path / "a" / name).write_bytes(b"x")
    with pytest.warns(UserWarning, match=r"skipped 4 .*2 \.heic, 1 \.npy, 1 \.svg"):
        assert len(condgan.load_data(tmp_path)) == 1


# D41


@pytest.mark.parametrize("name", ["table.csv", "images-idx3-ubyte", "images.gz", "x.png"])
@pytest.mark.parametrize("content", [POINTER, POINTER.replace(b"\n", b"\r\n"), POINTER[:60]])
def test_d41_a_git_lfs_pointer_says_what_to_run(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(errors.FileFormatError, match=r"Git LFS pointer.*git lfs pull"):
        condgan.load_data(tmp_path / name)


def test_d41_a_pointer_among_images_and_among_labels(tmp_path):
    picture(tmp_path / "set" / "a" / "1.png")
    (tmp_path / "set" / "a" / "2.png").write_bytes(POINTER)
    with pytest.raises(errors.FileFormatError, match="git lfs pull"):
        condgan.load_data(tmp_path / "set")
    (tmp_path / "images").write_bytes(idx(X))
    (tmp_path / "labels").write_bytes(POINTER)
    with pytest.raises(errors.FileFormatError, match=r"labels is not.*git lfs pull"):
        condgan.load_data(tmp_path / "images")
