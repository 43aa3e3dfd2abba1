"""Real images to learn from, and others to compare or to test with."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from condgan import Attributes, Classes, LabelledImages
from condgan.errors import ArgumentTypeError, LabelError
from condgan.metrics.real import HELD_OUT, real_sets

LABELS = ["cat", "dog", "owl"]


def numbered(labels=LABELS, n=12, name="pets", side=2):
    images = torch.arange(n, dtype=torch.uint8).view(n, 1, 1, 1).repeat(1, 1, side, side)
    return LabelledImages(images, torch.arange(n) % len(labels), Classes(labels), name)


@pytest.mark.parametrize("seed", [0, 1])
def test_without_a_test_set_a_part_is_held_out(seed):
    data = numbered()
    for found, wanted in zip(real_sets(data, None, seed), data.split(HELD_OUT, seed), strict=True):
        assert torch.equal(found.images, wanted.images)


def test_a_test_set_is_taken_as_it_is():
    data, test = numbered(), numbered(n=6)
    assert real_sets(data, test) == (data, test)


@given(st.permutations(LABELS))
def test_a_test_set_in_another_order_means_the_same(order):
    test = numbered()
    found = real_sets(numbered(), test.in_terms_of(order))[1]
    assert found.classes == test.classes
    assert torch.equal(found.labels, test.labels)
    assert torch.equal(found.images, test.images)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (
            ["cat", "dog"],
            "others must have the classes 'cat', 'dog', 'owl', in any order; it lacks",
        ),
        (["owl", "cat", "dog", "cow"], "it has also 'cow'."),
        (["cow", "dog", "cat"], "it has also 'cow' and lacks 'owl'."),
    ],
)
def test_other_classes_are_refused_by_name(labels, said):
    with pytest.raises(LabelError, match="test images must have the classes and") as caught:
        real_sets(numbered(), numbered(labels, name="others"))
    assert said in str(caught.value)


def test_another_shape_is_refused():
    with pytest.raises(
        LabelError, match=re.escape("(1, 2, 2); got Classes(['cat', 'dog', 'owl'])")
    ):
        real_sets(numbered(), numbered(side=3))


def test_what_is_no_set_of_classes_is_refused():
    rows = LabelledImages(torch.zeros(2, 1, 2, 2), torch.eye(2), Attributes(2), "faces")
    for pair in ((rows, None), (numbered(), rows)):
        with pytest.raises(LabelError, match=r"the labels of faces are Attributes"):
            real_sets(*pair)
    with pytest.raises(ArgumentTypeError, match=r"got a str. load_data\(...\) makes them"):
        real_sets("pets", None)
