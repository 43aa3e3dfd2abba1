"""Images without a label: what counts as none, and what is done about them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.plain import Column, is_blank, plain
from condgan.errors import ConfigError, DataError, LabelError

OnUnlabelled: TypeAlias = Literal["error", "skip"]
"""What to do about images that have no label."""

FEW = 6
"""Images that are named in a message."""


def first_of(found: Sequence[str]) -> str:
    """The first few in words, and how many more there are."""
    rest = len(found) - FEW
    return ", ".join(found[:FEW]) + (f" and {rest} more" if rest > 0 else "")


@dataclass(frozen=True)
class Unlabelled:
    """What is done about images without a label.

    Args:
        policy: "error", or "skip" to leave them out, with one warning that counts and names them.
        marks: what else than an empty cell means "no label", such as "NA" or -1: one of them, or
            several.

    Raises:
        ConfigError: another policy.

    Example:
        >>> labels = ["cat", "?", "dog"]
        >>> with warnings.catch_warnings(action="ignore"):
        ...     Unlabelled("skip", "?").rows({"label": labels}, "pets")
        [0, 2]
    """

    policy: OnUnlabelled = "error"
    marks: Any = ()

    def __post_init__(self) -> None:
        if self.policy not in ("error", "skip"):
            raise ConfigError(f'on_unlabelled must be "error" or "skip"; got {self.policy!r}.')

    def rows(
        self,
        columns: Mapping[str, Column],
        source: str,
        place: Callable[[int], str] = "row {}".format,
        *,
        blank_is_none: bool = False,
    ) -> Sequence[int]:
        """The rows that have all their labels.

        Args:
            columns: name to N cells each.
            source, place: what to call them, and row i, in messages.
            blank_is_none: an empty cell says that none of several labels is true, unless "" is
                one of the marks.

        Warns:
            LeftOut: some rows are left out.

        Raises:
            LabelError: some rows lack a label, unless these are skipped.
            DataError: all do.
        """
        marks = self._marks()
        length = len(next(iter(columns.values())))
        lacking = np.zeros(length, bool)
        for cells in columns.values():
            lacking |= _lacking(cells, marks, blank_is_none)
        if not lacking.any():
            return range(length)
        found = [place(row) for row in np.flatnonzero(lacking).tolist()]
        self.settle("have no label", found, length, source, "Give them one,")
        if lacking.all():
            raise DataError(f"none of the {length} images of {source} has a label.")
        kept: list[int] = np.flatnonzero(~lacking).tolist()
        return kept

    def filled(self, cells: Iterable[Any]) -> list[Any]:
        """The plain values of those cells that are neither empty nor marks."""
        marks = self._marks()
        values = (plain(cell) for cell in cells)
        return [value for value in values if not _lacks(value, marks, blank_is_none=False)]

    def settle(
        self, fault: str, found: Sequence[str], length: int, source: str, way_out: str
    ) -> None:
        """Refuses images of which the label is not known, or tells that they are left out.

        Args:
            fault: what they do, such as "have no label".
            found: what to call each of them.
            length: of how many images.
            source: what has their labels.
            way_out: how to make it good, up to an "or".
        """
        some = first_of(found)
        said = f"{source}: {len(found)} of {length} images {fault}"
        if self.policy == "error":
            raise LabelError(
                f'{said}: {some}. {way_out} or leave them out with on_unlabelled="skip".'
            )
        warnings.warn(LeftOut(f"{said} and are left out: {some}.", "on_unlabelled"), stacklevel=6)

    def _marks(self) -> set[str]:
        several = isinstance(self.marks, Iterable) and not isinstance(self.marks, str)
        return {_text(plain(mark)) for mark in (self.marks if several else [self.marks])}


def _lacking(cells: Column, marks: set[str], blank_is_none: bool) -> np.ndarray[Any, Any]:
    """Where cells hold no label, as N truth values."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "biuf" and not marks:
        # Most labels by far come so, and perhaps in millions.
        if cells.dtype.kind != "f":
            return np.zeros(len(cells), bool)
        return np.asarray(np.isnan(cells).any(axis=tuple(range(1, cells.ndim))))
    return np.array([_lacks(plain(cell), marks, blank_is_none) for cell in cells], bool)


def _lacks(value: Any, marks: set[str], blank_is_none: bool) -> bool:
    if isinstance(value, list):
        if len(value) == 1:
            return _lacks(value[0], marks, blank_is_none)
        return any(isinstance(part, float) and math.isnan(part) for part in value)
    if is_blank(value):
        return not blank_is_none or "" in marks
    return bool(marks) and _text(value) in marks


def _text(value: Any) -> str:
    """A value as a file would have it: -1 and -1.0 are "-1", nothing is empty."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if is_blank(value) else str(value)


STRICT = Unlabelled()
"""Every image needs a label, and an empty cell is the only one that is none."""
