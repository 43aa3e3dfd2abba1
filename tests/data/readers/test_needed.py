"""Errors that name the option that would have prevented them."""

import copy
import pickle

import numpy as np
import pytest
from PIL import Image

from condgan import errors
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.needed import (
    MarkFoundError,
    OptionNeededError,
    RangeNeededError,
    SizeNeededError,
)
from condgan.data.readers.pictures import read_pictures

X = np.arange(64).reshape(4, 4, 4)
SIZES = [Image.new("L", (30, 20)), Image.new("L", (40, 50))]


@pytest.mark.parametrize(
    ("read", "images", "labels", "error", "options"),
    [
        (read_arrays, X * 16, [0, 1] * 2, RangeNeededError, {"value_range": (0, 1008)}),
        (read_arrays, X - 0.5, [0, 1] * 2, RangeNeededError, {"value_range": (-0.5, 62.5)}),
        (read_arrays, X / 63, [0, 1, 2, -1], MarkFoundError, {"unlabelled": (-1,)}),
        (read_pictures, SIZES, [0, 1], SizeNeededError, {"image_size": 16}),
    ],
)
def test_what_they_suggest_is_enough(read, images, labels, error, options):
    with pytest.raises(error) as caught:
        read(images, labels)
    found = caught.value.options
    assert options.items() <= found.items()
    for option, value in options.items():
        if option != "unlabelled":
            assert option in str(caught.value)
            assert value == found[option]
    if error is MarkFoundError:
        with pytest.warns(UserWarning, match="index 3"):
            assert len(read(images, labels, **found)) == 3
    else:
        assert len(read(images, labels, **found)) == len(labels)


def test_a_range_that_is_too_narrow():
    with pytest.raises(RangeNeededError) as caught:
        read_arrays(X, [0, 1] * 2, value_range=(1, 60))
    assert caught.value.options == {"value_range": (0, 63)}


@pytest.mark.parametrize("kind", [RangeNeededError, SizeNeededError, MarkFoundError])
def test_they_are_errors_as_others(kind):
    error = kind("say more", {"x": 1})
    assert isinstance(error, OptionNeededError | errors.CondganError)
    assert isinstance(error, errors.LabelError if kind is MarkFoundError else errors.DataError)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert str(again) == "say more"
        assert again.options == {"x": 1}
