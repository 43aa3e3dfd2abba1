"""Ramps: end points, bounds, and never back."""

import dataclasses
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan.errors import ConfigError
from condgan.objectives.schedules import Ramp, value_at

SHAPES = ["linear", "cosine"]
SHARE = st.floats(0, 1)
VALUE = st.floats(-1e6, 1e6)
RAMP = st.builds(
    lambda first, last, points, shape: Ramp(first, last, *sorted(points), shape=shape),
    VALUE,
    VALUE,
    st.tuples(SHARE, SHARE),
    st.sampled_from(SHAPES),
)


@given(RAMP, SHARE)
@settings(max_examples=200)
def test_stays_between_its_ends(ramp, progress):
    low, high = sorted((ramp.first, ramp.last))
    tiny = 1e-12 * max(abs(low), abs(high))
    assert low - tiny <= ramp(progress) <= high + tiny


@given(RAMP, st.lists(SHARE, min_size=2, max_size=8))
@settings(max_examples=200)
def test_never_goes_back(ramp, progress):
    values = [ramp(point) for point in sorted(progress)]
    tiny = 1e-12 * max(abs(ramp.first), abs(ramp.last))
    direction = 1 if ramp.last >= ramp.first else -1
    assert all(direction * (b - a) >= -tiny for a, b in itertools.pairwise(values))


@given(RAMP, SHARE)
@settings(max_examples=200)
def test_is_at_its_ends_before_and_after(ramp, progress):
    assert ramp(ramp.end) == ramp(1.0) == ramp.last
    if progress >= ramp.end:
        assert ramp(progress) == ramp.last
    elif progress <= ramp.begin:
        assert ramp(progress) == ramp.first


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ("linear", [2, 2, 2 + 2 / 3, 4, 6 - 2 / 3, 6, 6]),
        # A sixth of the way: (1 - cos 30 degrees) / 2 of the height.
        (
            "cosine",
            [2, 2, 2 + 2 * (1 - math.sqrt(3) / 2), 4, 6 - 2 * (1 - math.sqrt(3) / 2), 6, 6],
        ),
    ],
)
def test_by_hand(shape, values):
    ramp = Ramp(2.0, 6.0, begin=0.2, end=0.8, shape=shape)
    found = [ramp(p) for p in (0.0, 0.2, 0.3, 0.5, 0.7, 0.8, 1.0)]
    assert found == pytest.approx(values)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_ramp_without_length_is_a_jump(shape):
    jump = Ramp(1.0, 3.0, begin=0.5, end=0.5, shape=shape)
    assert [jump(p) for p in (0.0, 0.25, 0.499, 0.5, 0.75, 1.0)] == [1, 1, 1, 3, 3, 3]
    assert Ramp(1.0, 3.0, begin=0.0, end=0.0)(0.0) == 3
    assert [Ramp(1.0, 3.0, begin=1.0)(p) for p in (0.0, 0.9, 1.0)] == [1, 1, 3]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"begin": -0.1}, "0 <= begin <= end <= 1; got -0.1 and 1.0"),
        ({"end": 1.1}, "got 0.0 and 1.1"),
        ({"begin": 0.6, "end": 0.5}, "got 0.6 and 0.5"),
        ({"begin": math.nan}, "begin must be a number; got nan"),
        ({"end": math.nan}, "end must be a number; got nan"),
        ({"begin": 20, "end": 40}, "shares of training"),
        ({"first": "high"}, "first must be a number; got 'high'"),
        ({"last": math.inf}, "last must be a number; got inf"),
        ({"begin": None}, "begin must be a number; got None"),
        ({"shape": "sine"}, "shape must be 'linear' or 'cosine'; got 'sine'"),
    ],
)
def test_what_is_no_ramp_is_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        Ramp(**arguments)


def test_a_number_is_a_number_at_any_time():
    assert value_at(3.5, 0.0) == value_at(3.5, 1.0) == 3.5
    assert value_at(Ramp(4.0, 0.0), 0.25) == 3.0


def test_is_a_value():
    assert Ramp(1.0, 0.5) == Ramp(1.0, 0.5)
    assert len({Ramp(), Ramp(1.0, 0.0), Ramp(shape="cosine")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        Ramp().first = 2.0
