import numpy as np
import pytest

from condgan.arguments import whole_number
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
