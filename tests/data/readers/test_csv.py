import gzip

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from condgan import errors
from condgan.conditions import Quantities
from condgan.data.readers import csv as module
from condgan.data.readers import lines
from condgan.data.readers.csv import read_csv

X = np.random.default_rng(0).integers(0, 256, (12, 16))
X[0, 0] = 255
Y = np.arange(12) % 3
HEADERS = {
    "none": None,
    "cells": ["label", *(f"{i}x{j}" for i in range(4) for j in range(4))],
    "pixels": ["label", *(f"pixel{i}" for i in range(16))],
    "quoted": ['"label"', *(f'"{i}"' for i in range(16))],
    "counting": [str(i) for i in range(17)],
    "unnamed": ["y", *(str(i) for i in range(16))],
}


def table(path, rows, header=None, sep=",", end="\n"):
    lines = [] if header is None else [sep.join(header)]
    lines += [sep.join(map(str, row)) for row in rows]
    path.write_text(end.join(lines) + end)
    return path


def rows(labels=Y, pixels=X):
    return [[y, *x] for y, x in zip(labels, pixels.tolist(), strict=True)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "table.csv"


@pytest.mark.parametrize("header", HEADERS)
def test_with_and_without_header(path, header):
    data = read_csv(table(path, rows(), HEADERS[header]))
    assert data.name == "table"
    assert data.images.dtype == torch.uint8
    assert np.array_equal(data.images.numpy(), X.reshape(12, 1, 4, 4))
    assert data.labels.tolist() == Y.tolist()
    assert data.classes.labels == (0, 1, 2)


@given(arrays(np.uint8, st.tuples(st.integers(1, 7), st.just(9))), st.data())
def test_round_trip_in_blocks_of_any_size(tmp_path_factory, pixels, draw):
    pixels[0, 0] = 200
    labels = draw.draw(st.lists(st.integers(0, 5), min_size=len(pixels), max_size=len(pixels)))
    path = table(tmp_path_factory.getbasetemp() / "some.csv", rows(labels, pixels))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ROWS", draw.draw(st.integers(1, 8)))
        data = read_csv(path)
    assert np.array_equal(data.images.flatten(1).numpy(), pixels)
    assert [data[i][1] for i in range(len(data))] == labels


@pytest.mark.parametrize(("sep", "end"), [(";", "\n"), ("\t", "\n"), (",", "\r\n"), (", ", "\n")])
def test_dialects(path, sep, end):
    assert np.array_equal(
        read_csv(table(path, rows(), sep=sep, end=end)).images.flatten(1).numpy(), X
    )


def test_quotes_byte_order_marks_blank_lines_and_gzip(path):
    quoted = [[f'"{cell}"' for cell in row] for row in rows()]
    text = table(path, quoted).read_text()
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf\n" + text.replace("\n", "\n\n").encode()))
    data = read_csv(path)
    assert len(data) == 12
    assert data.classes.labels == (0, 1, 2)


@pytest.mark.parametrize("column", [None, "last", 16, -1, "label"])
def test_label_column(path, column):
    swapped = [[*row[1:], row[0]] for row in rows()]
    header = [*(f"p{i}" for i in range(16)), "label"]
    data = read_csv(table(path, swapped, header), label_column=column)
    assert data.labels.tolist() == Y.tolist()
    assert np.array_equal(data.images.flatten(1).numpy(), X)


def test_text_labels_stay_text(path):
    data = read_csv(table(path, rows(["cat", "a dog", "8", "#1"] * 3)))
    assert data.classes.labels == ("8", "#1", "a dog", "cat")
    assert data[1][1] == "a dog"


def test_text_labels_in_the_last_column_without_header(path):
    swapped = [[*row[1:], "cat"] for row in rows()]
    assert len(read_csv(table(path, swapped), label_column="last")) == 12


def test_numbers_written_as_floats(path):
    np.savetxt(path, rows(), delimiter=",")
    data = read_csv(path)
    assert data.images.dtype == torch.uint8
    assert data.classes.labels == (0, 1, 2)
    np.savetxt(path, rows(pixels=X / 255), delimiter=",")
    assert np.allclose(read_csv(path).images.flatten(1), X / 127.5 - 1, atol=1e-6)


def test_other_scales_and_labels_are_for_the_caller_to_explain(path):
    table(path, rows(np.arange(12) / 2, X // 16))
    with pytest.raises(errors.DataError, match=r"value_range=\(0, 15\)"):
        read_csv(path)
    data = read_csv(path, value_range=(0, 15), classes=Quantities(1))
    assert data.images.max() == 1
    assert data.labels.flatten().tolist() == (np.arange(12) / 2).tolist()
    with pytest.raises(errors.LabelError, match="Quantities"):
        read_csv(path, value_range=(0, 15))


def test_image_shape(path):
    table(path, [row[:13] for row in rows()])
    with pytest.raises(errors.DataError, match=r"12 pixels.*image_shape=\(channels, height, width"):
        read_csv(path)
    data = read_csv(path, image_shape=(3, 2, 2))
    assert data.images[5, 1, 1, 0] == X[5, 6]
    for wrong in [(3, 2, 3), (3, 4), (12, 1)]:
        with pytest.raises(errors.DataError, match="does not fit"):
            read_csv(path, image_shape=wrong)


def broken(line, change):
    made = rows()
    change(made[line - 1])
    return made


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda row: row.pop(), ["line 7", "16 cells", "17"]),
        (lambda row: row.append(0), ["line 7", "18 cells", "17"]),
        (lambda row: row.__setitem__(5, "x"), ["line 7", "cell 6", "'x'", "label_column"]),
        (lambda row: row.__setitem__(5, ""), ["line 7", "cell 6", "''"]),
    ],
)
@pytest.mark.parametrize("block", [2, 2000])
def test_wrong_rows_are_named_by_line(path, monkeypatch, change, words, block):
    monkeypatch.setattr(module, "ROWS", block)
    table(path, broken(7, change))
    with pytest.raises(errors.FileFormatError) as caught:
        read_csv(path)
    assert all(word in str(caught.value) for word in [*words, str(path)]), caught.value


def test_pixels_that_are_no_numbers_after_all(path):
    table(path, broken(3, lambda row: row.__setitem__(2, "nan")))
    with pytest.raises(errors.DataError, match=r"finite.*\(2, 0, 0, 1\)"):
        read_csv(path)


def test_label_columns_that_are_not_there(path):
    table(path, rows(), HEADERS["pixels"])
    with pytest.raises(errors.ConfigError, match=r"'labels'.*did you mean 'label'"):
        read_csv(path, label_column="labels")
    with pytest.raises(errors.ConfigError, match=r"17.*17 cells"):
        read_csv(path, label_column=17)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"<html>", errors.FileFormatError, "HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", errors.FileFormatError, "git lfs pull"),
        (b"", errors.FileFormatError, "empty file"),
        (b"\n \n", errors.FileFormatError, "blank"),
        (b"hello\nworld\n", errors.FileFormatError, "line 1"),
        (b"label,a,b,c,d\n", errors.DataError, "only a header"),
        ("1,é,0,0,255\n".encode("latin-1"), errors.FileFormatError, "UTF-8"),
        (gzip.compress(b"1,0,0,0,255\n" * 9999)[:-9], errors.FileFormatError, "end"),
    ],
)
def test_files_that_are_no_tables(path, content, kind, words):
    path.write_bytes(content)
    with pytest.raises(kind, match=words):
        read_csv(path)


def test_missing(path):
    with pytest.raises(errors.MissingFileError, match=r"table\.csv"):
        read_csv(path)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("LINE", 20, "line 1 has more than 20 characters"),
        ("CELLS", 15, "more than 15 pixels"),
        ("LABEL", 2, "line 2: the label has more than 2 characters; it begins 'cat'"),
        ("BLANK", 3, "more than 3 blank lines from 13 on"),
    ],
)
def test_limits_against_what_is_no_table(path, monkeypatch, limit, value, words):
    text = table(path, rows([0, "cat", *[1] * 10])).read_text() + "\n" * 5
    path.write_text(text)
    assert len(read_csv(path)) == 12
    monkeypatch.setattr(module if limit == "LABEL" else lines, limit, value)
    with pytest.raises(errors.FileFormatError, match=words):
        read_csv(path)


def test_a_gzipped_file_that_unpacks_to_too_much_or_is_damaged_at_its_end(path):
    good = gzip.compress("\n".join(",".join(map(str, row)) for row in rows()).encode())
    path.write_bytes(good)
    assert len(read_csv(path)) == 12
    for spoilt in (good[:-1], good[:-5] + b"\1" + good[-4:], good[:-8] + b"\1" + good[-7:]):
        path.write_bytes(spoilt)
        with pytest.raises(errors.FileFormatError, match="to its end"):
            read_csv(path)
    path.write_bytes(gzip.compress(b"1,0,0,0,255\n" * 10**6))
    with pytest.raises(errors.FileFormatError, match="gunzip"):
        read_csv(path)


def test_no_row_of_a_damaged_gzipped_file_is_parsed(path, monkeypatch):
    path.write_bytes(gzip.compress(b"1,0,0,0,255\n" * 9999)[:-1])
    monkeypatch.setattr(module, "_begin", lambda *_: pytest.fail("parsed"))
    with pytest.raises(errors.FileFormatError, match="to its end"):
        read_csv(path)


def test_rows_are_read_in_blocks_of_bounded_length(path, monkeypatch):
    sizes = []
    block = module._block

    def spy(lines):
        found = block(lines)
        sizes.append(sum(len(line) for _, line in found))
        return found

    monkeypatch.setattr(module, "_block", spy)
    monkeypatch.setattr(module, "BLOCK", 100)
    assert len(read_csv(table(path, rows()))) == 12
    assert len(sizes) > 4
    assert max(sizes) < 200


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1e999", "Infinity"])
def test_cells_that_are_not_finite(path, cell):
    table(path, broken(3, lambda row: row.__setitem__(2, cell)))
    with pytest.raises(errors.DataError, match=r"finite.*\(2, 0, 0, 1\)"):
        read_csv(path)


@pytest.mark.parametrize("cell", [2**31, 2**32 + 7, 2**63, 2**64, 10**30, -(2**31) - 1])
def test_cells_beyond_32_bits_do_not_wrap(path, cell):
    table(path, broken(3, lambda row: row.__setitem__(2, cell)))
    with pytest.raises(errors.DataError, match=f"{np.float32(cell):g}".replace("+", r"\+")):
        read_csv(path)


def test_long_numbers_are_names(path):
    ids = ["12345678901234567890", "12345678901234567891", "7"]
    assert read_csv(table(path, rows(ids * 4))).classes.labels == ("7", *ids[:2])
    whole = ["999999999999999999", "-5", "007"]
    assert read_csv(table(path, rows(whole * 4))).classes.labels == (-5, 7, 10**18 - 1)


def test_what_only_python_takes_for_a_number_is_a_name(path):
    labels = read_csv(table(path, rows(["1_0", "1_1", "\u0663"] * 4))).classes.labels
    assert labels == ("1_0", "1_1", "\u0663")


@pytest.mark.parametrize("label", ["nan", "inf", "1e999"])
def test_labels_that_are_not_finite(path, label):
    with pytest.raises(errors.LabelError, match=label):
        read_csv(table(path, rows([label, 1, 2] * 4)))
    classes = [label, "cat", "2"]
    data = read_csv(table(path, rows([label, "cat", 2] * 4)), classes=classes)
    assert data.counts() == dict.fromkeys(classes, 4)


def test_a_cell_too_long_for_a_table(path):
    path.write_text("1,0,0," + "7" * 200_000 + ",0\n")
    with pytest.raises(errors.FileFormatError, match="line 1 is no row of cells"):
        read_csv(path)


def test_labels_that_are_missing(path):
    labels = ["", "cat", "NA"] * 4
    with pytest.raises(errors.LabelError, match="4 of 12 images have no label: line 1, line 4"):
        read_csv(table(path, rows(labels)))
    with pytest.warns(UserWarning, match="8 of 12"):
        data = read_csv(path, on_unlabelled="skip", unlabelled=["NA"])
    assert data.counts() == {"cat": 4}
    assert torch.equal(data.images, read_csv(table(path, rows())).images[1::3])
    with pytest.warns(UserWarning, match="8 of 12"):
        data = read_csv(table(path, rows(["", 7, "?"] * 4)), on_unlabelled="skip", unlabelled="?")
    assert data.counts() == {7: 4}


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "id", "Image_ID"])
@pytest.mark.parametrize("cell", ["7", "img_7"])
def test_a_column_that_numbers_the_rows_is_no_pixel(path, name, cell):
    wanted = read_csv(table(path, rows(), HEADERS["pixels"]))
    numbered = [[cell, *row] for row in rows()]
    for label in ("label", "digit"):
        head = [name, label, *(f"pixel{i}" for i in range(16))]
        with pytest.warns(UserWarning, match=f"column '{name}' numbers the rows"):
            data = read_csv(table(path, numbered, head))
        assert torch.equal(data.images, wanted.images)
        assert data.counts() == wanted.counts()


def test_a_column_of_numbers_without_a_name_is_pointed_out(path):
    with pytest.raises(errors.DataError, match=r"17 pixels.*One fewer would be 4 x 4.*numbers the"):
        read_csv(table(path, [[k, *row] for k, row in enumerate(rows())]))


def test_decimal_commas_where_they_separate_nothing(path):
    path.write_text("cat;0,5;0,25;1,0;0\ndog;0;0;0,5;1,0\n")
    data = read_csv(path)
    assert data.counts() == {"cat": 1, "dog": 1}
    assert data.images[0].flatten().tolist() == [0, -0.5, 1, -1]


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8-sig", None), ("utf-16", None), ("latin-1", "latin-1")]
)
def test_other_encodings(path, encoding, told):
    text = "\n".join(",".join(map(str, row)) for row in rows(["grün", "blau", "rot"] * 4))
    path.write_text(text, encoding=encoding)
    assert read_csv(path, encoding=told).counts() == {"blau": 4, "grün": 4, "rot": 4}


@pytest.mark.parametrize("name", ["class", "Target", "labels"])
def test_a_column_called_like_labels_is_that_wherever_it_is(path, name):
    header = [*(f"pixel{i}" for i in range(1, 17)), name]
    data = read_csv(table(path, [[*row[1:], row[0]] for row in rows()], header))
    assert data.labels.tolist() == Y.tolist()
    assert np.array_equal(data.images.flatten(1).numpy(), X)


def test_labels_that_are_perhaps_in_the_last_column(path):
    pixels = X.copy()
    pixels[:, 0] = 0
    swapped = [[*row[1:], row[0]] for row in rows(pixels=pixels)]
    with pytest.warns(UserWarning, match="1 different values in the first, 3 in the last") as w:
        read_csv(table(path, swapped))
    assert 'label_column="last"' in str(w[0].message)
    assert read_csv(path, label_column="last").labels.tolist() == Y.tolist()
    many = [[k % 100, *[200] * 15, k % 3] for k in range(2000)]  # 100 shades of a pixel
    with pytest.warns(UserWarning, match="100 different values in the first, 3 in the last"):
        read_csv(table(path, many))


def test_one_class_alone_is_no_reason_to_doubt(path):
    read_csv(table(path, rows(labels=np.zeros(12, int))))
    blank = X.copy()
    blank[:, -1] = 0
    read_csv(table(path, rows(labels=np.zeros(12, int), pixels=blank)))
