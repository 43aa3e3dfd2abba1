"""The spread of a class by hand, and what a collapse does to it."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan import Classes, LabelledImages, Quantities
from condgan.errors import ConfigError, DataError, LabelError
from condgan.metrics.spread import spread, within_class_spread


def pixels(*values):
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)


def labelled(labels=("a", "a", "b", "b", "b", "c")):
    """Class a at 0 and 0.5, class b at -1, 0 and 1, and a single image of class c."""
    classes = Classes(["a", "b", "c", "d"])
    images = pixels(0, 0.5, -1, 0, 1, 0)[: len(labels)]
    return LabelledImages(images, classes.canonical(list(labels)), classes)


def test_the_mean_distance_between_two_different_images():
    assert spread(torch.tensor([[0.0], [3.0], [6.0]])) == 4.0
    assert spread(torch.tensor([[0.0, 0.0], [3.0, 4.0]])) == 5.0
    assert spread(pixels(-1, 0, 1)) == pytest.approx(4 / 3)
    assert spread(torch.zeros(4, 3, 2, 2)) == 0.0


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_images_have_no_distance(n):
    assert math.isnan(spread(torch.zeros(n, 1, 2, 2)))


@given(st.integers(2, 6), st.floats(0.1, 9), st.integers(0, 99))
@settings(max_examples=20)
def test_order_and_shift_do_not_matter_and_scale_does(n, scale, seed):
    images = torch.randn(n, 1, 2, 3, generator=torch.Generator().manual_seed(seed)).double()
    assert spread(images.flip(0) + 5) == pytest.approx(spread(images))
    assert spread(scale * images) == pytest.approx(scale * spread(images))


def test_shares_by_hand():
    """Every class is drawn at -0.5 and 0.5, of spread 1."""
    shares = within_class_spread(lambda labels: pixels(-0.5, 0.5), labelled(), n=2)
    # The first two real images of b are -1 and 0; c and d have fewer than two.
    assert shares == pytest.approx({"a": 1 / 0.5, "b": 1 / 1.0})
    more = within_class_spread(lambda labels: pixels(-1, 0, 1), labelled(), n=3)
    assert more == pytest.approx({"a": (4 / 3) / 0.5, "b": 1.0})


def test_a_collapse_is_nought_and_real_images_are_one():
    data = labelled()
    assert within_class_spread(lambda labels: pixels(0.3, 0.3), data, n=2) == {"a": 0.0, "b": 0.0}
    again = within_class_spread(lambda labels: data.of(labels[0], len(labels)), data, n=2)
    assert again == {"a": 1.0, "b": 1.0}


def test_each_class_is_drawn_by_its_label():
    asked = []

    def sample(labels):
        asked.append(labels)
        return pixels(0, 0.25, 0.5, 0.75)

    within_class_spread(sample, labelled(), n=4)
    assert asked == [["a"] * 4, ["b"] * 4]


def test_what_cannot_be_measured_is_refused():
    def sample(labels):
        return pixels(*range(len(labels)))

    with pytest.raises(ConfigError, match=r"n must be a whole number from 2; got 1"):
        within_class_spread(sample, labelled(), n=1)
    with pytest.raises(DataError, match="no class has two different real images"):
        within_class_spread(sample, labelled(["a"]), n=2)
    same = LabelledImages(pixels(0, 0, 0), torch.tensor([0, 0, 1]), Classes(2))
    with pytest.raises(DataError, match="no class has two different real images"):
        within_class_spread(sample, same, n=2)
    angles = LabelledImages(pixels(0, 1), torch.zeros(2, 1), Quantities(1), "angles")
    with pytest.raises(LabelError, match="angles has no classes"):
        within_class_spread(sample, angles, n=2)
    with pytest.raises(DataError, match=r"an image .* for each of 5 labels"):
        within_class_spread(lambda labels: pixels(0, 1), labelled(), n=5)
