import json

import numpy as np
import pytest

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data.readers.class_names import (
    as_numbers,
    named,
    names_in_metadata,
    names_of_feature,
    spell_out,
    with_names,
)

NAMES = ["cat", "dog", "owl"]


class ClassLabel:
    names = NAMES


class Sequence:
    feature = ClassLabel()


class Value:
    dtype = "int64"


@pytest.mark.parametrize(
    ("feature", "names"),
    [
        (ClassLabel(), NAMES),
        (Sequence(), NAMES),
        ([ClassLabel()], NAMES),
        (Value(), []),
        (None, []),
    ],
)
def test_names_of_features(feature, names):
    assert names_of_feature(feature) == names


@pytest.mark.parametrize(
    ("names", "right"),
    [
        (["0", "1"], True),
        (["0 - zero", "1 - one"], True),
        (["cat", "dog"], False),
        (["0", "1", "10", "2"], False),
        ([], False),
    ],
)
def test_names_that_only_spell_out(names, right):
    assert spell_out(names) is right


def test_names_that_are_numbers():
    assert as_numbers(["0", "1", "10", "2"]) == [0, 1, 10, 2]
    for names in (["01", "2"], ["cat", "1"], ["1.5"]):
        assert as_numbers(names) == names


def test_numbers_become_names():
    assert named([2, 0], NAMES, "x") == ["owl", "cat"]
    assert named([np.int64(1), "dog"], NAMES, "x") == ["dog", "dog"]
    assert named([[2, 0], []], NAMES, "x") == [["owl", "cat"], []]


@pytest.mark.parametrize("label", [-2, 3, "yak", 1.5])
def test_numbers_without_a_name(label):
    with pytest.raises(errors.LabelError, match=r"label, row 1: label .* none of the 3"):
        named([0, label], NAMES, "label")


def test_what_marks_images_without_a_label_in_test_splits():
    assert named([-1, None, float("nan"), 2.0], NAMES, "label") == [None, None, None, "owl"]


def test_columns_with_names():
    names = {"y": NAMES, "digit": ["0", "1"]}
    assert with_names({"y": [2, 2]}, names, None) == ({"y": ["owl", "owl"]}, Classes(NAMES))
    assert with_names({"y": [2, 2]}, names, 5) == ({"y": ["owl", "owl"]}, 5)
    assert with_names({"y": [[2], []]}, names, None) == ({"y": [["owl"], []]}, Attributes(NAMES))
    assert with_names({"digit": [1]}, names, None) == ({"digit": [1]}, None)
    assert with_names({"x": [1]}, names, None) == ({"x": [1]}, None)
    assert with_names({"x": [1], "y": [1]}, names, None) == ({"x": [1], "y": [1]}, None)


def test_names_in_metadata():
    features = {
        "y": {"names": NAMES, "_type": "ClassLabel"},
        "tags": {"feature": {"names": NAMES, "_type": "ClassLabel"}, "_type": "Sequence"},
        "image": {"_type": "Image"},
    }
    text = json.dumps({"info": {"features": features}}).encode()
    assert names_in_metadata({b"huggingface": text}) == {"y": NAMES, "tags": NAMES}
    for metadata in ({}, {b"huggingface": b"{"}, {b"huggingface": b'{"info": []}'}):
        assert names_in_metadata(metadata) == {}
