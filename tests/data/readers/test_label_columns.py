import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.label_columns import are_yes_or_no, explained, numbers
from condgan.data.readers.plain import is_blank

NAMES = ["hat", "smile"]


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["cat", " dog ", "cat"], ["cat", "dog"]),
        (["3", "10", "3"], [3, 10]),
        (["3.0", "7", "7"], [3, 7]),
        ([1.0, 2.0, 2.0], [1, 2]),
        (np.array([5, 4, 5], dtype=np.uint8), [4, 5]),
        ([torch.tensor(1), torch.tensor(0), torch.tensor(1)], [0, 1]),
        ([True, False, True], [False, True]),
        (["1_000", "2", "2"], ["1_000", "2"]),
        ([[3], [4], [3]], [3, 4]),
        ([[1, 0], [0, 1], [1, 0]], [0, 1]),
    ],
)
def test_one_column_of_classes(cells, classes):
    labels, condition = explained({"label": cells})[:2]
    assert isinstance(condition, Classes)
    assert sorted(condition.labels, key=str) == sorted(classes, key=str)
    assert len(condition.canonical(labels)) == 3


@pytest.mark.parametrize(
    "cells",
    [
        ["hat|smile", "hat", "", "smile"],
        [["hat", "smile"], ["hat"], [], ["smile"]],
        [("smile", "hat"), {"hat"}, None, np.array(["smile"])],
    ],
)
@pytest.mark.parametrize("given_classes", [None, Attributes(NAMES)])
def test_one_column_of_several_labels_an_image(cells, given_classes):
    labels, condition = explained({"tags": cells}, given_classes)[:2]
    assert condition == Attributes(NAMES)
    assert condition.canonical(labels).tolist() == [[1, 1], [1, 0], [0, 0], [0, 1]]


def test_tags_that_are_numbers():
    labels, condition = explained({"tags": [[3, 10], [3], []]})[:2]
    assert condition == Attributes(["3", "10"])
    assert condition.canonical(labels).tolist() == [[1, 1], [1, 0], [0, 0]]
    labels, condition = explained({"tags": [[1, 2], [0, 1]]}, Attributes(3))[:2]
    assert condition.canonical(labels).tolist() == [[0, 1, 1], [1, 1, 0]]


@pytest.mark.parametrize(
    ("cells", "ranges"),
    [
        (["0.5", "2", "-1"], [(-1, 2)]),
        ([0.5, 2, -1], [(-1, 2)]),
        ([[0.5, 1], [2, 3], [1, 2]], [(0.5, 2), (1, 3)]),
    ],
)
def test_numbers_with_a_fraction_are_quantities(cells, ranges):
    labels, condition = explained({"angle": cells})[:2]
    assert isinstance(condition, Quantities)
    assert condition.ranges == tuple(ranges)
    assert condition.canonical(labels).shape == (3, len(ranges))


@pytest.mark.parametrize(
    ("hat", "smile"),
    [
        (["1", "0", "1"], ["1", "1", "0"]),
        (["1", "-1", "1"], ["1", "1", "-1"]),
        (["yes", "No", "yes"], ["TRUE", "true", "false"]),
        ([True, False, True], [1, 1, 0]),
        (np.array([1.0, 0.0, 1.0]), np.array([1, 1, 0])),
    ],
)
def test_columns_of_yes_and_no_are_attributes(hat, smile):
    labels, condition = explained({"hat": hat, "smile": smile})[:2]
    assert condition == Attributes(NAMES)
    assert condition.canonical(labels).tolist() == [[1, 1], [0, 1], [1, 0]]


def test_columns_of_which_one_is_yes_are_classes():
    columns = {"cat": ["1", "0", "0"], "dog": ["0", "1", "1"]}
    assert explained(columns)[:2] == (["cat", "dog", "dog"], Classes(["cat", "dog"]))
    assert explained(columns, ["dog", "cat"])[0] == ["cat", "dog", "dog"]
    assert explained(columns, 2)[0] == [0, 1, 1]
    labels, condition = explained(columns, Attributes(["cat", "dog"]))[:2]
    assert condition.canonical(labels).tolist() == [[1, 0], [0, 1], [0, 1]]


def test_other_columns_of_numbers_are_quantities():
    labels, condition = explained({"x": ["1", "5"], "y": ["-1", "1"]})[:2]
    assert condition.names == ("x", "y")
    assert condition.ranges == ((1, 5), (-1, 1))
    assert labels == [[1, -1], [5, 1]]


def test_what_the_labels_mean_can_be_said():
    assert explained({"age": ["3", "4"]}, Quantities(["age"]))[0] == [[3], [4]]
    assert explained({"hat": ["-1", "1"]}, Attributes(["hat"]))[0] == [[0], [1]]
    assert explained({"x": ["-1", "1"]}, Quantities(["x"]))[0] == [[-1], [1]]
    assert explained({"label": ["0", "1"]}, ["0", "1"])[0] == ["0", "1"]
    assert explained({"label": ["0", "1"]}, 2)[0] == [0, 1]
    assert explained({"label": ["a|b", "c"]}, ["a|b", "c"])[0] == ["a|b", "c"]


@pytest.mark.parametrize(
    ("columns", "classes", "words"),
    [
        ({"label": ["a", "", None]}, None, ["2 of 3 images", "row 1, row 2", "on_unlabelled"]),
        ({"label": [1.0, float("nan")]}, None, ["the data: 1 of 2 images", "row 1"]),
        ({"label": ["1", "inf"]}, None, ["'inf'", "unlabelled='inf'"]),
        ({"angle": [0.5, 0.5]}, None, ["angle is 0.5 for every image", "ranges="]),
        ({"age": ["3", "old"]}, Quantities(1), ["'old' at row 1", "label_column="]),
        ({"hat": ["1", "0"], "who": ["Ann", "Bob"]}, None, ["'who'", "'Ann' at row 0"]),
        ({"hat": ["1", ""], "smile": ["0", "0"]}, None, ["1 of 2 images", "row 1"]),
        ({"hat": ["1", "1"], "smile": ["0", "1"]}, 2, ["'hat', 'smile'", "Attributes"]),
        ({"hat": ["1", "inf"], "smile": ["0", "1"]}, None, ["finite"]),
        ({"box": [[10, 20], [3, 4]]}, None, ["2 whole numbers", "Attributes", "Quantities(2)"]),
        ({"tags": [["hat"], "smile"]}, None, ["'smile' at row 1", "list"]),
        ({"tags": [[["hat"]], [["hat"], []]]}, None, ["lists of lists"]),
        ({"tags": [[], []]}, None, ["no label"]),
        ({"tags": [["a", "b"], ["a"]]}, ["a", "b"], ["several labels an image", "Attributes"]),
    ],
)
def test_what_means_nothing_is_refused(columns, classes, words):
    with pytest.raises(errors.LabelError) as caught:
        explained(columns, classes)
    assert all(word in str(caught.value) for word in words), caught.value


def test_rows_are_called_as_they_are_in_the_file():
    with pytest.raises(errors.LabelError, match="line 3"):
        explained({"label": ["a", ""]}, None, lambda i: f"line {i + 2}")


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_numbers_are_read_back_from_their_text(values):
    assert numbers([str(value) for value in values]) == values
    assert numbers(values) == values


@given(st.lists(st.text(st.characters(exclude_categories=["N"]), min_size=1), min_size=1))
def test_any_text_is_a_class_tag_or_blank(cells):
    try:
        labels, condition = explained({"label": cells})[:2]
    except errors.LabelError:
        assert any(is_blank(cell) or not cell.replace("|", "").strip() for cell in cells) or (
            numbers([cell.strip() for cell in cells]) is not None
        )
    else:
        assert len(condition.canonical(labels)) == len(cells)


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=8))
def test_columns_of_truths_come_back_as_they_were(rows):
    columns = {str(k): [row[k] for row in rows] for k in range(3)}
    labels, condition = explained(columns)[:2]
    if isinstance(condition, Classes):
        assert [row.index(True) for row in rows] == condition.canonical(labels).tolist()
        assert all(sum(row) == 1 for row in rows)
    else:
        assert condition.canonical(labels).tolist() == rows


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (["1", "0"], True),
        (["1", "-1"], True),
        (["1", "-1", "0"], False),
        (["yes", "FALSE"], True),
        (["2", "1"], False),
        (["x"], False),
        ([[1]], False),
        ([""], False),
        (["", "1", None], True),
    ],
)
def test_yes_or_no(cells, right):
    assert are_yes_or_no(cells) is right
