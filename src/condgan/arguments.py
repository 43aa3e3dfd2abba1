"""The checks of arguments that every room makes: counts, seeds, and numbers within bounds."""

from __future__ import annotations

import math
from typing import Any

from condgan.errors import ConfigError


def whole_number(name: str, value: Any, least: int = 1) -> int:
    """`value` as an int, if it is a whole number from `least`; numpy's and `3.0` are too.

    Raises:
        ConfigError: anything else, `True` included; the message names the argument.

    Example:
        >>> whole_number("n", 3.0)
        3
    """
    try:
        number = int(value)
        whole = bool(number == value) and not isinstance(value, (bool, str))
    except (TypeError, ValueError, OverflowError):
        number, whole = 0, False
    if not whole or number < least:
        wanted = "a positive whole number" if least == 1 else f"a whole number from {least}"
        raise ConfigError(f"{name} must be {wanted}; got {value!r}.")
    return number


def number_within(name: str, value: Any, least: float = -math.inf, most: float = math.inf) -> float:
    """`value` as it is, if it is a finite number from `least` to `most`.

    Raises:
        ConfigError: anything else, `True` and text included; the message names the argument.

    Example:
        >>> number_within("p", 0.5, 0, 1)
        0.5
    """
    try:
        within = not isinstance(value, (bool, str)) and bool(least <= value <= most)
        if within and math.isfinite(value):
            found: float = value
            return found
    except (TypeError, ValueError):
        pass
    bounds = f" from {least:g}" if least > -math.inf else ""
    bounds += f" to {most:g}" if most < math.inf else ""
    raise ConfigError(f"{name} must be a number{bounds}; got {value!r}.")


def seed_number(seed: Any) -> int:
    """A seed as torch takes it: a whole number from 0 to 2**63 - 1.

    Raises:
        ConfigError: anything else.
    """
    number = whole_number("seed", seed, least=0)
    if number >= 2**63:
        raise ConfigError(f"seed must be less than 2**63; got {seed!r}.")
    return number
