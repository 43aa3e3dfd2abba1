"""Classes that were found in data, and perhaps not meant as such."""

import warnings

import numpy as np
import pytest

from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.odd_classes import warn_of_odd_classes


def said(counts):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_odd_classes(counts, "pets")
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("label", ["NA", "n/a", "nan", "NULL", "none", "Unknown", "?", " - "])
def test_text_that_looks_like_no_label_is_a_class_with_a_warning(label):
    (text,) = said({"cat": 3, label: 2})
    for words in (f"2 images have the label {label!r}", f"unlabelled=({label!r},)", "classes=["):
        assert words in text


def test_several_are_named_as_they_can_be_passed_on():
    (text,) = said({"cat": 3, "NA": 2, "?": 1})
    assert "3 images have the label 'NA', '?'" in text
    assert "unlabelled=('NA', '?')" in text


@pytest.mark.parametrize("labels", [["cat", "Cat"], ["cat ", "cat"], ["a  b", "A b"], [3, "3"]])
def test_classes_that_are_nearly_the_same(labels):
    (text,) = said({labels[0]: 3, labels[1]: 2, "owl": 1})
    assert f"{labels[0]!r} (3 images) and {labels[1]!r} (2 images)" in text


@pytest.mark.parametrize(
    ("counts", "odd"),
    [
        (dict.fromkeys(range(21), 1), True),
        (dict.fromkeys(range(20), 1), False),
        (dict.fromkeys(range(50), 2), False),
        (dict.fromkeys(range(60), 19), True),
        (dict.fromkeys(range(60), 20), False),
        ({str(k) + "x": 1 for k in range(60)}, False),
    ],
)
def test_many_whole_numbers_may_be_amounts(counts, odd):
    texts = said(counts)
    assert len(texts) == odd
    if odd:
        assert f"classes=Quantities(1, ranges=[(0, {len(counts) - 1})])" in texts[0]


@pytest.mark.parametrize("labels", [["3,5", "2"], ["0.5", "-1"], ["1e3", "2,25"]])
def test_text_that_reads_as_numbers_with_a_fraction(labels):
    (text,) = said(dict.fromkeys(labels, 1))
    assert "Quantities" in text


@pytest.mark.parametrize("labels", [["3", "2"], ["0.5", "x"], ["1,2", 3], ["3,5,1", "2"]])
def test_text_that_is_a_name(labels):
    assert said(dict.fromkeys(labels, 1)) == []


def test_ordinary_classes_need_no_word():
    assert said({"cat": 1, "dog": 2}) == said({0: 5, 1: 5}) == said({}) == []
    assert said({True: 1, False: 1}) == []


def test_classes_that_somebody_listed_are_never_odd():
    X = np.zeros((2, 4, 4), np.float32)
    with pytest.warns(UserWarning, match="'none'"):
        assert read_arrays(X, ["none", "a"]).counts() == {"a": 1, "none": 1}
    assert read_arrays(X, ["none", "a"], classes=["none", "a"]).counts() == {"none": 1, "a": 1}


@pytest.mark.parametrize(
    ("labels", "odd"),
    [
        (["hat;smile", "hat", "smile"], True),
        (["smile, hat", "hat", "smile"], True),
        (["['hat', 'smile']", "[]"], True),
        (["salt, pepper", "salt"], False),
        (["hat smile", "hat", "smile"], False),
        ([1, "1,2", "1", "2"], True),
    ],
)
def test_text_that_holds_several_labels(labels, odd):
    texts = [text for text in said(dict.fromkeys(labels, 2)) if "several labels in one" in text]
    assert len(texts) == odd
    assert all('"hat|smile"' in text for text in texts)


def test_points_between_thousands():
    (text,) = said({"1.000,5": 1, "3,5": 1})
    assert "Quantities" in text
