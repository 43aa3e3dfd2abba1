"""Errors that an option would have prevented, told so that a program can try again with it."""

from __future__ import annotations

from typing import Any

from condgan.errors import CondganError, DataError, LabelError


class OptionNeededError(CondganError):
    """What came can be read if more is said about it.

    Args:
        message: what came, and what to say.
        options: of `load_data`, and the values that fit what came best.

    Example:
        >>> RangeNeededError("images go up to 16", {"value_range": (0, 16)}).options
        {'value_range': (0, 16)}
    """

    def __init__(self, message: str, options: dict[str, Any]) -> None:
        super().__init__(message, options)
        self.message = message
        self.options = options

    def __str__(self) -> str:
        return self.message


class RangeNeededError(OptionNeededError, DataError):
    """Values of which it is not clear which mean black and white."""


class SizeNeededError(OptionNeededError, DataError):
    """Pictures of different sizes."""


class MarkFoundError(OptionNeededError, LabelError):
    """A number among the labels that looks like a mark for "no label"."""
