"""The user's labels and class ids: each way in, each way out, each refusal."""

import json
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan.classes import Classes, is_one_label, natural_order, plain_label
from condgan.conditions import condition_from_config
from condgan.errors import ArgumentTypeError, LabelError

LABELS = st.one_of(
    st.text(max_size=5),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
)


def says(*words):
    """A pattern for all of `words`, in this order."""
    return "(?s)" + ".*".join(map(re.escape, words))


# One label


@pytest.mark.parametrize(
    ("given_label", "plain"),
    [
        ("cat", "cat"),
        (np.str_("cat"), "cat"),
        (3, 3),
        (-3, -3),
        (3.0, 3),
        (2.5, 2.5),
        (True, True),
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (np.float32(3.0), 3),
        (np.bool_(True), True),
        (np.array(3), 3),
        (np.array("cat"), "cat"),
        (torch.tensor(3), 3),
        (torch.tensor(3.0), 3),
        (torch.tensor(True), True),
    ],
)
def test_a_label_becomes_a_plain_value(given_label, plain):
    got = plain_label(given_label)
    assert got == plain
    assert type(got) is type(plain)


@pytest.mark.parametrize(
    "wrong", [None, [1], (1,), {"a"}, np.array([1]), torch.ones(2), b"cat", 1j]
)
def test_what_is_no_label_is_refused_with_its_type(wrong):
    with pytest.raises(ArgumentTypeError, match=says("a string or a number", type(wrong).__name__)):
        plain_label(wrong)


@pytest.mark.parametrize("one", ["cat", 3, 2.5, True, np.int64(3), np.array(3), torch.tensor(3)])
def test_one_label_is_told_from_a_row_of_one(one):
    assert is_one_label(one)
    assert not is_one_label([one])


@pytest.mark.parametrize(
    ("labels", "ordered"),
    [
        ([10, 2, 1], [1, 2, 10]),
        (["10", "2", "1"], ["1", "2", "10"]),
        (["scan10", "scan2", "scan"], ["scan", "scan2", "scan10"]),
        (["b", 2, "a", 1.5], [1.5, 2, "a", "b"]),
        (["v1.10", "v1.9"], ["v1.9", "v1.10"]),
        (["a", "²", "1"], ["1", "a", "²"]),  # ² is a digit to str.isdigit, but not to int
        (["a2", "2a"], ["2a", "a2"]),
    ],
)
def test_natural_order(labels, ordered):
    assert sorted(labels, key=natural_order) == ordered
    assert list(Classes.of(labels).labels) == ordered


@given(st.lists(LABELS, min_size=1, max_size=6))
def test_any_labels_can_be_put_in_order(labels):
    classes = Classes.of(labels)
    assert set(classes.labels) == {plain_label(label) for label in labels}
    assert list(classes.labels) == list(Classes.of(labels[::-1]).labels)


# Making classes


def test_a_number_makes_labels_from_zero():
    for count in (3, np.int64(3)):
        assert Classes(count).labels == (0, 1, 2)
    assert repr(Classes(3)) == "Classes(3)"
    assert repr(Classes(["cat", 7])) == "Classes(['cat', 7])"
    assert len(Classes(3)) == Classes(3).size == 3


def test_a_list_keeps_its_order():
    assert Classes(["dog", "cat"]).labels == ("dog", "cat")
    assert Classes(np.array([5, 3])).labels == (5, 3)
    assert Classes(torch.tensor([5, 3])).labels == (5, 3)
    assert Classes(label for label in "ab").labels == ("a", "b")


def test_the_classes_of_a_column_are_found_once_each():
    assert Classes.of(torch.tensor([3, 1, 3, 2])).labels == (1, 2, 3)
    assert Classes.of(np.array(["b", "a", "b"])).labels == ("a", "b")
    assert Classes.of([1, 1.0, np.float32(1)]).labels == (1,)


@pytest.mark.parametrize("none", [0, -2, [], ()])
def test_no_class_at_all_is_refused(none):
    with pytest.raises(LabelError, match="at least one class; got none"):
        Classes(none)


@pytest.mark.parametrize(
    ("labels", "twice"), [(["a", "b", "a"], "'a'"), ([1, 2, 1.0], "1"), ([1, np.int8(1)], "1")]
)
def test_a_label_that_comes_twice_is_named(labels, twice):
    with pytest.raises(LabelError, match=says("must differ", twice, "comes twice")):
        Classes(labels)


def test_a_single_string_is_refused_and_the_cure_given():
    with pytest.raises(ArgumentTypeError, match=says("the string 'cat'", "write ['cat']")):
        Classes("cat")


@pytest.mark.parametrize("wrong", [None, 3.5, True, torch.tensor(3)])
def test_what_is_neither_number_nor_list_is_refused(wrong):
    with pytest.raises(ArgumentTypeError, match="a number or a list of labels"):
        Classes(wrong)


def test_equality_is_by_labels_and_their_order():
    assert Classes(["a", "b"]) == Classes(("a", "b"))
    assert hash(Classes(["a", "b"])) == hash(Classes(("a", "b")))
    assert Classes(["a", "b"]) != Classes(["b", "a"])
    assert Classes(2) == Classes([0, 1])
    assert Classes(2) != Classes(["0", "1"])
    assert Classes(2) != 2
    assert "a" in Classes(["a"])
    assert "b" not in Classes(["a"])


# One label to its id


def test_ids_are_positions():
    classes = Classes(["cat", 7, 2.5])
    assert [classes.id(label) for label in ("cat", 7, np.int8(7), 7.0, 2.5)] == [0, 1, 1, 1, 2]
    assert Classes([True, False]).id(False) == 1


def test_an_unknown_label_lists_the_known_ones():
    with pytest.raises(LabelError) as caught:
        Classes(["cat", "dog"]).id("dgo")
    assert str(caught.value) == (
        "no class is labelled 'dgo'; did you mean 'dog'? Known: 'cat', 'dog'."
    )


@pytest.mark.parametrize(
    ("classes", "asked", "meant"),
    [(Classes(4), "3", "3, the int?"), (Classes(["3", "4"]), 3, "'3', the str?")],
)
def test_text_for_a_number_and_the_reverse_are_pointed_out(classes, asked, meant):
    with pytest.raises(LabelError, match=says(f"labelled {asked!r}; did you mean {meant}")):
        classes.id(asked)


def test_text_finds_its_label():
    assert Classes(10).from_text("3") == 3
    assert Classes(["cat", 2.5]).from_text("2.5") == 2.5
    assert Classes(["cat", 2.5]).from_text("cat") == "cat"


def test_text_that_fits_no_class_or_two_is_refused():
    with pytest.raises(LabelError, match=says("labelled 'cta'; did you mean 'cat'?", "cat, dog.")):
        Classes(["cat", "dog"]).from_text("cta")
    with pytest.raises(LabelError, match=says("2 classes read '3': 3, '3'")):
        Classes([3, "3"]).from_text("3")
    with pytest.raises(LabelError, match=says("38, 39, ...")):
        Classes(50).from_text("x")


# Rows of labels to ids


@pytest.mark.parametrize(
    ("classes", "labels", "ids"),
    [
        (["cat", "dog"], ["dog", "cat", "dog"], [1, 0, 1]),
        (["cat", "dog"], ("dog",), [1]),
        (["cat", "dog"], np.array(["dog", "cat"]), [1, 0]),
        (["cat", "dog"], np.array(["dog", "cat"], dtype=object), [1, 0]),
        (["cat", "dog"], np.array([["dog"], ["cat"]]), [1, 0]),
        (["cat", "dog"], [["dog"], ["cat"]], [1, 0]),
        (["cat", "dog"], "dog", [1]),
        ([5, 7, 9], [9, 5], [2, 0]),
        ([5, 7, 9], torch.tensor([9, 5]), [2, 0]),
        ([5, 7, 9], np.float32([9, 5]), [2, 0]),
        ([5, 7, 9], torch.tensor(7), [1]),
        (["cat", 7], ["cat", 7], [0, 1]),
        ([0.5, 1.5], [1.5, 0.5], [1, 0]),
        ([True, False], [False, True], [1, 0]),
        ([True, False], np.array([False, True]), [1, 0]),
        (3, [2, 0], [2, 0]),
        (3, (2, 0), [2, 0]),
        (3, 2, [2]),
        (3, [2.0, 0.0], [2, 0]),
        (3, [np.int8(2), np.float64(0)], [2, 0]),
        (3, [torch.tensor(2), torch.tensor(0)], [2, 0]),
        (3, torch.tensor([2, 0], dtype=torch.uint8), [2, 0]),
        (3, torch.tensor([[2.0], [0.0]]), [2, 0]),
        (3, np.array([[2], [0]]), [2, 0]),
        (2, [True, False], [1, 0]),
        (3, [[0, 0, 1], [1, 0, 0]], [2, 0]),
        (3, torch.eye(3)[[2, 0]], [2, 0]),
        (3, np.eye(3, dtype=bool)[[2, 0]], [2, 0]),
        (3, [], []),
        (["cat"], [], []),
    ],
)
def test_canonical_labels_are_int64_ids(classes, labels, ids):
    canonical = Classes(classes).canonical(labels)
    assert canonical.dtype == torch.int64
    assert canonical.shape == (len(ids),)
    assert canonical.tolist() == ids


def test_canonical_labels_are_a_copy():
    labels = torch.tensor([0, 1])
    Classes(2).canonical(labels).fill_(0)
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize("labels", [[1, 2, 3], [1.0, 2.0, 3.0], torch.tensor([1, 2, 3])])
def test_labels_that_start_at_one_are_refused_with_range_and_cure(labels):
    with pytest.raises(LabelError) as caught:
        Classes(3).canonical(labels)
    assert str(caught.value) == (
        "labels must lie in 0 to 2 (num_classes is 3); got values from 1 to 3, first 3 at index 2. "
        "If these are your labels, name them: Classes([1, ..., 3])."
    )


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 1, -1, -2], ["from -2 to 1, first -1 at index 2"]),
        (np.array([0, 2**64 - 1], dtype=np.uint64), ["first 18446744073709551615 at index 1"]),
        ([0.0, float("inf")], ["first inf at index 1"]),
        ([0, 2.5], ["label 2.5 at index 1 is not among the 3 classes", "Known: 0, 1, 2"]),
        ([0.0, float("nan")], ["label nan at index 1"]),
        (["0"], ["label '0' at index 0"]),
        ([0, "cat"], ["label 'cat' at index 1"]),
        (3, ["no class is labelled 3", "Known: 0, 1, 2"]),
        ([[0.2, 0.3, 0.5]], ["not one-hot rows", "multihot", "continuous"]),
        ([[1, 1, 0]], ["shape (1, 3)", "not one-hot rows"]),
        ([[0, 0, 0]], ["not one-hot rows"]),
        ([[0, 0, 2]], ["not one-hot rows"]),
        (torch.zeros(2, 4), ["(N,) or (N, 1), or be one-hot rows (N, 3); got (2, 4)"]),
        (torch.zeros(2, 3, 1), ["got (2, 3, 1)"]),
        ([[0, 1], [2]], ["one row of values", "[[0, 1], [2]]"]),
    ],
)
def test_wrong_labels_are_refused_with_value_and_place(labels, words):
    with pytest.raises(LabelError, match=says(*words)):
        Classes(3).canonical(labels)


@pytest.mark.parametrize("labels", [np.eye(2), np.array([["cat", "dog"], ["dog", "cat"]])])
def test_named_classes_have_no_one_hot_rows(labels):
    with pytest.raises(LabelError, match=r"\(N,\) or \(N, 1\); got \(2, 2\)"):
        Classes(["cat", "dog"]).canonical(labels)


@pytest.mark.parametrize("labels", [None, {0, 1}, {0: 1}, [[None]], np.array([1j])])
def test_what_holds_no_labels_is_refused(labels):
    with pytest.raises(ArgumentTypeError, match="a string or a number"):
        Classes(3).canonical(labels)


@given(st.data())
@settings(max_examples=50)
def test_labels_to_ids_and_back(data):
    classes = Classes(data.draw(st.lists(LABELS, min_size=1, max_size=6, unique_by=plain_label)))
    ids = data.draw(st.lists(st.integers(0, len(classes) - 1), max_size=8))
    asked = [classes.labels[i] for i in ids]
    if any(isinstance(label, str) for label in asked) or all(map(is_plain_number, asked)):
        assert classes.canonical(asked).tolist() == ids
    assert [classes.id(label) for label in asked] == ids


def is_plain_number(label):
    """Whether an array of float64 holds this number exactly."""
    return not isinstance(label, str) and float(label) == label


@given(st.integers(1, 9), st.data())
@settings(max_examples=40)
def test_one_hot_rows_say_what_ids_say(k, data):
    ids = torch.tensor(data.draw(st.lists(st.integers(0, k - 1), min_size=1, max_size=8)))
    rows = torch.nn.functional.one_hot(ids, k)
    expected = ids.tolist() if k > 1 else [1] * len(ids)
    if k == 1:  # a single column is labels, and a label 1 is not among one class
        with pytest.raises(LabelError, match="from 1 to 1"):
            Classes(k).canonical(rows)
    else:
        assert Classes(k).canonical(rows).tolist() == expected
        assert Classes(k).canonical(rows.double().numpy()).tolist() == expected


# Written down and read again


@given(st.lists(LABELS, min_size=1, max_size=6, unique_by=plain_label))
@settings(max_examples=50)
def test_classes_survive_json_with_the_types_of_their_labels(labels):
    classes = Classes(labels)
    again = condition_from_config(json.loads(json.dumps(classes.config())))
    assert again == classes
    assert [type(label) for label in again.labels] == [type(label) for label in classes.labels]


def test_the_configuration_keeps_text_and_numbers_apart():
    assert Classes([3, "3", 2.5]).config() == {"kind": "classes", "labels": [3, "3", 2.5]}
    assert Classes(np.array([3, 1])).config()["labels"] == [3, 1]


@pytest.mark.parametrize("label", [float("nan"), float("inf")])
def test_a_label_that_json_does_not_know_is_refused(label):
    with pytest.raises(LabelError, match="must be finite"):
        Classes([1.5, label])


DECOMPOSED, COMPOSED = "cafe\u0301", "caf\u00e9"


def test_accents_are_the_same_however_they_were_typed():
    classes = Classes([DECOMPOSED, "tea"])
    assert classes.labels == (COMPOSED, "tea")
    for text in (DECOMPOSED, COMPOSED):
        assert text in classes
        assert classes.id(text) == 0
        assert classes.from_text(text) == COMPOSED
        assert classes.canonical([text, "tea"]).tolist() == [0, 1]
    assert len(Classes.of([DECOMPOSED, COMPOSED])) == 1
    with pytest.raises(LabelError, match="twice"):
        Classes([DECOMPOSED, COMPOSED])


def test_long_numbers_in_text_have_an_order():
    labels = ["x" + "9" * 5000, "x" + "1" * 5001, "x10", "x9", "x010"]
    wanted = ["x9", "x010", "x10", *labels[:2]]
    assert sorted(labels, key=natural_order) == wanted


def test_bytes_are_no_text_and_the_way_out_is_said():
    with pytest.raises(ArgumentTypeError, match=r"b'cat' of type bytes.*label\.decode\(\)"):
        Classes.of([b"cat"])
