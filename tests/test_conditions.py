"""Attributes and quantities: shapes, names, ranges, refusals, and the way to disk and back."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities, condition_from_config, counted
from condgan.errors import ArgumentTypeError, ConfigError, LabelError

FACE = Attributes(["hat", "smile", "beard"])
POSE = Quantities(["angle", "age"], ranges=[(0, 90), (-1, 1)])
NAMES = st.lists(st.text(max_size=4), min_size=1, max_size=5, unique=True)


@pytest.mark.parametrize("kind", [Attributes, Quantities])
def test_a_number_makes_names(kind):
    assert kind(2).names == ("0", "1")
    assert kind(np.int64(2)).size == 2
    assert kind(["a", "b"]).size == 2
    assert repr(kind(["a"])) == f"{kind.__name__}(['a'])"


@pytest.mark.parametrize("kind", [Attributes, Quantities])
@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        ("hat", ArgumentTypeError, "the string 'hat'"),
        (2.5, ArgumentTypeError, "a number or a list of names; got 2.5"),
        (None, ArgumentTypeError, "a number or a list of names; got None"),
        (0, LabelError, "at least one number; got none"),
        ([], LabelError, "at least one number; got none"),
        (["a", "a"], LabelError, "names must differ from each other; got 'a', 'a'"),
    ],
)
def test_wrong_names_are_refused(kind, names, error, words):
    with pytest.raises(error, match=re.escape(words)):
        kind(names)


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        ({"smile"}, [[0, 1, 0]]),
        (frozenset({"beard", "hat"}), [[1, 0, 1]]),
        (set(), [[0, 0, 0]]),
        ([{"hat"}, set(), {"smile", "beard"}], [[1, 0, 0], [0, 0, 0], [0, 1, 1]]),
        ([1, 0, 1], [[1, 0, 1]]),
        ((True, False, True), [[1, 0, 1]]),
        ([[1, 0, 1], [0, 0, 0]], [[1, 0, 1], [0, 0, 0]]),
        (np.array([[1, 0, 1]], dtype=np.uint8), [[1, 0, 1]]),
        (torch.tensor([[True, False, True]]), [[1, 0, 1]]),
        ([torch.tensor([1, 0, 1]), torch.tensor([0, 0, 1])], [[1, 0, 1], [0, 0, 1]]),
        (torch.empty(0, 3), []),
    ],
)
def test_attributes_become_rows_of_zeros_and_ones(labels, rows):
    canonical = FACE.canonical(labels)
    assert canonical.dtype == torch.float32
    assert canonical.shape == (len(rows), 3)
    assert canonical.tolist() == rows


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"smlie"}, "no attribute is called 'smlie'; did you mean 'smile'? Known: 'hat',"),
        ([{"hat"}, {7}], "no attribute is called 7. Known: 'hat',"),
        ([{"hat"}, "smile"], "a set of names for each image; got 'smile' among them"),
        ([{"hat"}, 3], "a set of names for each image; got 3 among them"),
        ([[0, 1, 0], [0, 0.5, 0]], "attributes are 0 or 1; row 1 holds [0.0, 0.5, 0.0]"),
        ([0, 2, 0], 'row 0 holds [0.0, 2.0, 0.0]. For real numbers use encoder="continuous"'),
        ([0, float("nan"), 0], "conditions must be finite; row 0"),
        ([0, 1], "shape (N, 3), for 'hat', 'smile', 'beard'; got (2,)"),
        (1, "got ()"),
        (torch.zeros(2, 3, 1), "got (2, 3, 1)"),
        ("smile", "a condition is 3 numbers ('hat', 'smile', 'beard'); got 'smile'"),
        ([[1, 0], [1]], "a condition is 3 numbers"),
        (None, "shape (N, 3)"),
    ],
)
def test_wrong_attributes_are_refused(labels, words):
    with pytest.raises(LabelError, match=re.escape(words)):
        FACE.canonical(labels)


@pytest.mark.parametrize(
    ("condition", "labels", "rows"),
    [
        (Quantities(1), 30, [[30]]),
        (Quantities(1), np.float32(30), [[30]]),
        (Quantities(1), torch.tensor(30), [[30]]),
        (Quantities(1), [30, 60], [[30], [60]]),
        (Quantities(1), [[30], [60]], [[30], [60]]),
        (Quantities(1), [], []),
        (POSE, [30, 200], [[30, 200]]),
        (POSE, [(30, 1), (45.5, -1)], [[30, 1], [45.5, -1]]),
        (POSE, np.array([[30, 1]], dtype=np.int64), [[30, 1]]),
        (POSE, torch.tensor([[30.0, 1.0]], dtype=torch.float64), [[30, 1]]),
    ],
)
def test_quantities_become_rows_of_numbers(condition, labels, rows):
    canonical = condition.canonical(labels)
    assert canonical.dtype == torch.float32
    assert canonical.shape == (len(rows), condition.size)
    assert canonical.tolist() == rows


@pytest.mark.parametrize("labels", [[[1.0, 2.0]], np.ones((1, 2), np.float32), torch.ones(1, 2)])
def test_editing_a_numpy_source_or_list_later_changes_no_condition(labels):
    before = POSE.canonical(labels).clone()
    canonical = POSE.canonical(labels)
    if not isinstance(labels, torch.Tensor):
        labels[0][0] = 9.0
    assert torch.equal(canonical, before)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([[1, 2], [3, float("inf")]], "conditions must be finite; row 1 holds [3.0, inf]"),
        ([1e300, 2], "conditions must be finite; row 0"),
        ([1, 2, 3], "shape (N, 2), for 'angle', 'age'; got (3,)"),
        (30, "got ()"),
        ([["a", "b"]], "a condition is 2 numbers ('angle', 'age'); got [['a', 'b']]"),
    ],
)
def test_wrong_quantities_are_refused(labels, words):
    with pytest.raises(LabelError, match=re.escape(words)):
        POSE.canonical(labels)


@pytest.mark.parametrize(
    "ranges",
    [
        [(0, 1)],
        [(0, 1)] * 3,
        [(0, 1), (1, 1)],
        [(0, 1), (2, 1)],
        [(0, 1), (float("nan"), 1)],
        [(0, 1), (0, float("inf"))],
    ],
)
def test_wrong_ranges_are_refused(ranges):
    with pytest.raises(ConfigError, match=r"low < high for each of 'a', 'b'; got \(\("):
        Quantities(["a", "b"], ranges=ranges)


def test_equality_is_by_kind_names_and_ranges():
    assert Attributes(["a"]) == Attributes(["a"])
    assert hash(Attributes(["a"])) == hash(Attributes(["a"]))
    assert Attributes(["a", "b"]) != Attributes(["b", "a"])
    assert Attributes(["a"]) != Quantities(["a"])
    assert Attributes(2) != Classes(2)
    assert Quantities(["a"]) != Quantities(["a"], ranges=[(0, 1)])
    assert Quantities(["a"], ranges=[(0, 1)]) == Quantities(["a"], ranges=[[0.0, 1.0]])


@given(NAMES, st.data())
def test_conditions_survive_json(names, data):
    ranged = [(low, low + 1.5) for low in data.draw(st.lists(st.integers(-9, 9), min_size=5))]
    for condition in (
        Attributes(names),
        Quantities(names),
        Quantities(names, ranges=ranged[: len(names)]),
    ):
        again = condition_from_config(json.loads(json.dumps(condition.config())))
        assert type(again) is type(condition)
        assert again == condition
        assert again.config() == condition.config()


@given(NAMES, st.data())
def test_a_set_of_names_reads_as_the_row_it_stands_for(names, data):
    condition = Attributes(names)
    chosen = data.draw(st.sets(st.sampled_from(names)))
    row = condition.canonical(chosen)[0].tolist()
    assert {name for name, there in zip(names, row, strict=True) if there} == chosen
    assert condition.canonical(row).tolist() == [row]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kind": "colours"}, "no condition is of kind 'colours'. Known: attributes, classes"),
        ({"labels": [1]}, "does not describe a condition: KeyError('kind')"),
        ({"kind": "classes"}, "does not describe a condition: KeyError('labels')"),
        ({"kind": "classes", "labels": None}, "does not describe a condition"),
        ({"kind": "quantities", "names": ["a"], "ranges": 5}, "does not describe a condition"),
        ([1], "does not describe a condition"),
    ],
)
def test_what_describes_no_condition_is_refused(config, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        condition_from_config(config)


@pytest.mark.parametrize(
    "labels",
    [
        [["hat"], ["hat", "smile"], []],
        [{"hat"}, ("smile", "hat"), []],
        [{"hat"}, ["hat", "smile"], ()],
    ],
)
def test_names_of_attributes_in_lists(labels):
    assert Attributes(["hat", "smile"]).canonical(labels).tolist() == [[1, 0], [1, 1], [0, 0]]


def test_one_of_a_kind_is_told_in_the_singular():
    assert counted(Classes(1)) == "1 class"
    assert counted(Classes(1200)) == "1,200 classes"
    assert counted(Attributes(["hat"])) == "1 attribute"
    assert counted(Quantities(2)) == "2 quantities"


def test_names_of_attributes_have_composed_accents_and_may_be_numbers():
    assert Attributes(["cafe\u0301"]).canonical({"caf\u00e9"}).tolist() == [[1]]
    assert Attributes(["3", "10"]).canonical([{3}, {10}]).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(LabelError, match="set of names"):
        Attributes(["hat"]).canonical([{"hat"}, 3])
