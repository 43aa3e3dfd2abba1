import numpy as np
import pytest

from condgan.arguments import number_within, whole_number
from condgan.errors import ConfigError


@pytest.mark.parametrize("value", [3, 3.0, np.int64(3), np.float32(3)])
def test_whole_numbers_of_any_type_are_taken(value):
    number = whole_number("n", value)
    assert number == 3
    assert type(number) is int


@pytest.mark.parametrize("value", [0, -1, 2.5, True, "3", None, float("nan"), float("inf"), [3]])
def test_anything_else_is_refused_by_name(value):
    with pytest.raises(ConfigError) as caught:
        whole_number("n", value)
    assert str(caught.value) == f"n must be a positive whole number; got {value!r}."


def test_the_least_is_named():
    assert whole_number("n", 0, least=0) == 0
    with pytest.raises(ConfigError, match="n must be a whole number from 8; got 7"):
        whole_number("n", 7, least=8)


@pytest.mark.parametrize("value", [0, 0.5, 1, np.float32(0.5), np.int64(1)])
def test_numbers_within_bounds_are_taken_as_they_are(value):
    assert number_within("p", value, 0, 1) is value


@pytest.mark.parametrize(
    "value", [-0.1, 1.1, True, "0.5", None, float("nan"), float("inf"), [0.5], 1j]
)
def test_no_number_within_bounds_is_refused_by_name(value):
    with pytest.raises(ConfigError) as caught:
        number_within("p", value, 0, 1)
    assert str(caught.value) == f"p must be a number from 0 to 1; got {value!r}."


def test_only_the_bounds_that_there_are_are_named():
    with pytest.raises(ConfigError, match=r"^lr must be a number from 0; got -1\.$"):
        number_within("lr", -1, 0)
    with pytest.raises(ConfigError, match=r"^first must be a number; got nan\.$"):
        number_within("first", float("nan"))
