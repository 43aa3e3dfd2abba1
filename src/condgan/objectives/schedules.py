"""Numbers that change while training goes on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from condgan.arguments import number_within
from condgan.errors import ConfigError


@dataclass(frozen=True)
class Ramp:
    """A number that goes from one value to another between two points of training.

    Before `begin` it is `first`, after `end` it is `last`. A loader that cannot say how
    many batches it has counts as not begun until its first epoch is over.

    Attributes:
        first, last: the two values.
        begin, end: shares of training done, from 0 to 1.
        shape: "linear", or "cosine" for a smooth start and finish.

    Raises:
        ConfigError: not a number, not `0 <= begin <= end <= 1`, or a shape that is neither.

    Example:
        >>> decay = Ramp(1.0, 0.0, begin=0.5)
        >>> decay(0.25), decay(0.75), decay(1.0)
        (1.0, 0.5, 0.0)
    """

    first: float = 1.0
    last: float = 0.0
    begin: float = 0.0
    end: float = 1.0
    shape: Literal["linear", "cosine"] = "linear"

    def __post_init__(self) -> None:
        for name in ("first", "last", "begin", "end"):
            number_within(name, getattr(self, name))
        if not 0 <= self.begin <= self.end <= 1:
            raise ConfigError(
                f"a ramp begins and ends at shares of training, 0 <= begin <= end <= 1; "
                f"got {self.begin!r} and {self.end!r}."
            )
        if self.shape not in ("linear", "cosine"):
            raise ConfigError(f"shape must be 'linear' or 'cosine'; got {self.shape!r}.")

    def __call__(self, progress: float) -> float:
        """The value when `progress` (0 to 1) of training is done."""
        if progress >= self.end:
            return self.last
        if progress <= self.begin:
            return self.first
        way = (progress - self.begin) / (self.end - self.begin)
        if self.shape == "cosine":
            way = (1 - math.cos(math.pi * way)) / 2
        return self.first + (self.last - self.first) * way


def check_weight(name: str, value: float | Ramp) -> None:
    """Whether a term's weight is a number from 0, or a ramp.

    Raises:
        ConfigError: it is neither.
    """
    if not isinstance(value, Ramp):
        number_within(name, value, 0)


def value_at(value: float | Ramp, progress: float) -> float:
    """A number as it is, or a ramp's value at that share of training."""
    return value(progress) if isinstance(value, Ramp) else value
