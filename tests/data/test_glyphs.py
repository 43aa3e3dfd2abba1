"""Glyphs: what is drawn, where, how often, and what is refused."""

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ImageFont
from torch import Tensor
from torch.nn.functional import interpolate

from condgan.classes import Classes
from condgan.data.glyphs import ALPHABET, glyphs
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data
from condgan.errors import (
    ArgumentTypeError,
    CondganError,
    ConfigError,
    LabelError,
    UnknownNameError,
)

few_examples = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def tens() -> LabelledImages:
    return glyphs(10, n=1000)


def framed(images: Tensor) -> Tensor:
    """Each image's ink stretched over the whole image: what is left is its form."""
    tiles = []
    for image in images:
        rows, columns = (image[0] > -0.5).nonzero().T
        ink = image[:, rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        tiles.append(interpolate(ink[None], size=(16, 16), mode="bilinear"))
    return torch.cat(tiles).flatten(1)


def named_right(data: LabelledImages) -> float:
    """The part of held-out images whose nearest neighbour in form is of their class."""
    kept, held_out = data.split(0.3)
    distances = torch.cdist(framed(held_out.floats()), framed(kept.floats()))
    right = kept.labels[distances.argmin(dim=1)] == held_out.labels
    return right.float().mean().item()


# What is drawn


def test_up_to_ten_classes_are_labelled_by_their_digit(tens: LabelledImages):
    assert tens.name == "glyphs"
    assert tens.classes == Classes(10)
    assert tens.images.shape == (1000, 1, 28, 28)
    assert tens.images.dtype == torch.uint8
    assert tens.labels.dtype == torch.int64
    # The same digits, asked for by their text.
    assert torch.equal(glyphs("0123456789", n=1000).images, tens.images)


def test_more_classes_are_labelled_by_what_is_drawn():
    labels = glyphs(len(ALPHABET) + 2, n=1).classes.labels
    assert labels == (*ALPHABET, "00", "01")
    assert ALPHABET.startswith("0123456789ABC")


@pytest.mark.parametrize("classes", [1, 2, 10, 11, 73, 74, 10_000])
def test_any_number_of_classes_works(classes: int):
    data = glyphs(classes, n=3)
    assert len(data.classes) == classes
    assert np.int64(classes) == len(glyphs(np.int64(classes), n=1).classes)


def test_own_texts_are_the_labels():
    assert glyphs("BA", n=2).classes == Classes(["B", "A"])
    assert glyphs(["cat", "dog"], n=2).classes == Classes(["cat", "dog"])
    assert glyphs([7, 3], n=2).counts() == {7: 1, 3: 1}


@pytest.mark.parametrize(("classes", "n"), [(10, 1000), (36, 1800), (["cat", "dog", "cot"], 300)])
def test_nearest_neighbours_in_form_name_held_out_glyphs(classes: Any, n: int):
    # Chance is 10, 3 and 33 %; measured 100, 99 and 100 %.
    assert named_right(glyphs(classes, n)) > 0.95


def test_a_class_is_varied(tens: LabelledImages):
    for label in tens.classes.labels:
        images = tens.of(label).flatten(1)
        distances = torch.cdist(images, images).fill_diagonal_(torch.inf)
        nearest = distances.min(dim=1).values
        assert nearest.min() > 0
        # As much as 12 pixels that are black in one image and white in the other.
        assert nearest.median() > 2 * 12**0.5


def test_place_size_and_stroke_vary(tens: LabelledImages):
    ink = tens.of(8)[:, 0] > -0.5
    tops = ink.any(dim=2).int().argmax(dim=1)
    heights = ink.any(dim=2).sum(dim=1)
    lefts = ink.any(dim=1).int().argmax(dim=1)
    density = ink.sum(dim=(1, 2)) / heights.square()
    assert tops.min() <= 1
    assert tops.max() >= 10
    assert lefts.min() <= 1
    assert lefts.max() >= 12
    assert heights.min() <= 16
    assert heights.max() >= 25
    assert density.max() > 1.5 * density.min()


# The image


@few_examples
@given(
    texts=st.lists(
        st.text(ALPHABET + ".,'-_|/@#", min_size=1, max_size=3), min_size=1, max_size=4, unique=True
    ),
    height=st.integers(8, 70),
    width=st.integers(8, 70),
    seed=st.integers(0, 2**32),
)
def test_glyphs_are_bright_and_fully_inside(texts: list[str], height: int, width: int, seed: int):
    data = glyphs(texts, n=4, image_size=(height, width), seed=seed)
    assert data.images.shape == (4, 1, height, width)
    assert data.images.amax(dim=(1, 2, 3)).tolist() == [255] * 4
    border = torch.ones(height, width, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert not data.images[:, 0, border].any()


def test_a_single_image_size_is_a_square():
    assert glyphs(n=1, image_size=12).image_shape == (1, 12, 12)
    assert glyphs(n=1, image_size=np.int64(12)).image_shape == (1, 12, 12)


def test_capitals_stay_readable_in_small_images():
    # 9 pixels where there is room for them, nearly all 6 in the smallest image.
    for size, least in ((28, 9), (16, 9), (8, 5)):
        ink = glyphs("AHX", n=60, image_size=size).images[:, 0] > 0
        assert ink.any(dim=2).sum(dim=1).min() >= least


# Chance


def test_equal_arguments_give_equal_images(tens: LabelledImages):
    again = glyphs(10, n=1000)
    assert torch.equal(again.images, tens.images)
    assert torch.equal(again.labels, tens.labels)


def test_another_seed_gives_other_images(tens: LabelledImages):
    other = glyphs(10, n=1000, seed=1)
    assert not torch.equal(other.labels, tens.labels)
    assert not torch.equal(other.images, tens.images)


def test_classes_come_in_mixed_order(tens: LabelledImages):
    assert len(tens.labels[:100].unique()) == 10


def test_global_random_state_is_neither_read_nor_changed():
    def states() -> tuple[Any, ...]:
        return (
            random.getstate(),
            [str(part) for part in np.random.get_state()],  # noqa: NPY002
            torch.get_rng_state().tolist(),
        )

    before = states()
    first = glyphs(n=20)
    assert states() == before
    random.random()
    np.random.random()  # noqa: NPY002
    torch.rand(1)
    assert torch.equal(glyphs(n=20).images, first.images)


# Weights


@few_examples
@given(
    weights=st.lists(
        st.one_of(st.integers(0, 1000), st.floats(0, 1e6, allow_nan=False)), min_size=1, max_size=10
    ).filter(any),
    n=st.integers(1, 40),
)
def test_counts_are_the_nearest_whole_shares(weights: list[float], n: int):
    counts = list(glyphs(len(weights), n=n, weights=weights, image_size=8).counts().values())
    total = sum(map(Fraction, weights))
    assert sum(counts) == n
    for count, weight in zip(counts, weights, strict=True):
        assert abs(count - n * Fraction(weight) / total) < 1
        assert weight > 0 or count == 0


def test_whole_shares_are_met_exactly():
    data = glyphs("ABC", n=1000, weights=[0.7, 0.2, 0.1])
    assert data.counts() == {"A": 700, "B": 200, "C": 100}


def test_the_earlier_class_gets_what_cannot_be_shared():
    assert glyphs(4, n=6).counts() == {0: 2, 1: 2, 2: 1, 3: 1}
    assert glyphs(4, n=2).counts() == {0: 1, 1: 1, 2: 0, 3: 0}


def test_weights_may_be_named():
    assert glyphs(3, n=21, weights={2: 0.1}).counts() == {0: 10, 1: 10, 2: 1}
    assert glyphs("AB", n=4, weights={"A": 0}).counts() == {"A": 0, "B": 4}


def test_weights_may_be_arrays_and_very_large():
    assert glyphs(2, n=4, weights=np.array([3.0, 1.0])).counts() == {0: 3, 1: 1}
    assert glyphs(2, n=4, weights=torch.tensor([3, 1])).counts() == {0: 3, 1: 1}
    assert glyphs(2, n=4, weights=[1e308, 1e308]).counts() == {0: 2, 1: 2}


# Errors


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"classes": 0}, ConfigError, r"classes must be a positive whole number; got 0"),
        ({"classes": -3}, ConfigError, r"classes must be a positive whole number; got -3"),
        ({"classes": 10**9}, ConfigError, r"394419 different glyphs; got classes=1000000000"),
        ({"classes": 2.5}, ArgumentTypeError, r"got 2\.5"),
        ({"classes": True}, ArgumentTypeError, r"got True"),
        ({"classes": []}, LabelError, r"at least one class"),
        ({"classes": ""}, LabelError, r"at least one class"),
        ({"classes": "ABA"}, LabelError, r"'A' comes twice"),
        ({"classes": ["four"]}, ConfigError, r"1 to 3 characters; got 'four', which has 4"),
        ({"classes": ["A", ""]}, ConfigError, r"1 to 3 characters; got '', which has 0"),
        ({"classes": ["A", "\u732b"]}, ConfigError, r"cannot draw the character '\u732b'"),
        ({"classes": ["a b"]}, ConfigError, r"cannot draw the character ' ' of 'a b'"),
        ({"classes": ["a\n"]}, ConfigError, r"cannot draw the character '\\n'"),
        ({"n": 0}, ConfigError, r"n must be a positive whole number; got 0"),
        ({"n": 10.5}, ConfigError, r"n must be a positive whole number; got 10\.5"),
        ({"n": True}, ConfigError, r"n must be a positive whole number; got True"),
        ({"image_size": 7}, ConfigError, r"image_size must be a whole number from 8; got 7"),
        ({"image_size": (28, 4)}, ConfigError, r"image_size must be a whole number from 8; got 4"),
        ({"image_size": (1, 28, 28)}, ConfigError, r"\(height, width\); got \(1, 28, 28\)"),
        ({"image_size": "28"}, ConfigError, r"image_size .* got '28'"),
        ({"seed": -1}, ConfigError, r"seed must be a whole number from 0; got -1"),
        ({"seed": None}, ConfigError, r"seed must be a whole number from 0; got None"),
        ({"weights": [1, 2]}, ConfigError, r"10 classes but 2 weights"),
        ({"weights": [0] * 10}, ConfigError, r"weights are all 0"),
        ({"weights": [1] * 9 + [-2]}, ConfigError, r"got -2 for class 9"),
        ({"weights": {3: float("nan")}}, ConfigError, r"got nan for class 3"),
        ({"weights": {3: float("inf")}}, ConfigError, r"got inf for class 3"),
        ({"weights": {3: "2"}}, ConfigError, r"got '2' for class 3"),
        ({"weights": {3: None}}, ConfigError, r"got None for class 3"),
        ({"weights": {"3": 2}}, LabelError, r"no class is labelled '3'; did you mean 3, the int"),
        ({"weights": 2}, ArgumentTypeError, r"mapping from labels; got 2"),
    ],
)
def test_errors_name_what_came(arguments: dict[str, Any], error: type, message: str):
    with pytest.raises(error, match=message):
        glyphs(**arguments)


@pytest.mark.parametrize("cause", [ImportError("no _imagingft"), TypeError("no size")])
def test_a_pillow_without_its_font_is_named(cause: Exception, monkeypatch: pytest.MonkeyPatch):
    def refuse(size: int) -> None:
        raise cause

    monkeypatch.setattr(ImageFont, "load_default", refuse)
    with pytest.raises(CondganError, match=r"FreeType.*pip install --upgrade pillow"):
        glyphs(n=1)


@pytest.mark.parametrize(("classes", "count"), [(30, 30), ("AB", 2), (["x", "y", "z"], 3)])
def test_by_name_it_takes_any_classes(classes, count):
    data = load_data("glyphs", classes=classes, n=60)
    assert len(data.classes) == count


def test_capitals_do_not_hide_its_name():
    with pytest.raises(UnknownNameError, match="did you mean 'glyphs'"):
        load_data("GLYPHS")
