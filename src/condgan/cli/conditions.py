"""What a run draws, as a person types it and as a picture's row is called."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from torch import Tensor

from condgan.classes import Classes
from condgan.cli.data_options import joined, names
from condgan.conditions import Attributes, Condition, Quantities
from condgan.errors import LabelError, listed

ROWS = 20
"""Conditions that a picture shows at most."""

STEPS = 7
"""Values of a quantity that a picture shows."""

NONE = "none"
"""An image without any of the attributes."""

TITLE = 40
"""Letters that a picture's row has room for."""


class Row(tuple[float, ...]):
    """Attributes or quantities of an image, as the numbers that `generate` takes.

    Attributes:
        text: what one types to ask for them: `hat,smile`, `4.5` or `angle=30,size=2`.
    """

    text: str

    @classmethod
    def of(cls, condition: Attributes | Quantities, numbers: list[float]) -> Row:
        """The numbers with their text."""
        row = cls(numbers)
        if isinstance(condition, Attributes):
            row.text = joined(n for n, yes in zip(condition.names, row, strict=True) if yes) or NONE
        elif condition.size == 1:
            row.text = f"{row[0]:g}"
        else:
            row.text = joined(f"{n}={x:g}" for n, x in zip(condition.names, row, strict=True))
        return row

    def __str__(self) -> str:
        return self.text if len(self.text) <= TITLE else f"{self.text[: TITLE - 3]}..."


def from_text(condition: Condition, text: str) -> Any:
    """What a text asks for, as `generate` takes it.

    Raises:
        LabelError: it names nothing of the condition.

    Warns:
        UserWarning: a number beyond those that were learnt from.

    Example:
        >>> from_text(Attributes(["hat", "smile"]), "smile")
        (0.0, 1.0)
        >>> from_text(Quantities(["angle", "size"]), "size=2,angle=30")
        (30.0, 2.0)
    """
    if isinstance(condition, Classes):
        return condition.from_text(text)
    if isinstance(condition, Attributes):
        return Row.of(condition, _yes_or_no(condition, text))
    return Row.of(condition, _numbers(condition, text))


def typed(label: Any) -> str:
    """The text that `from_text` makes this label of."""
    return label.text if isinstance(label, Row) else str(label)


def shown(condition: Condition, labels: Tensor | None = None) -> list[Any]:
    """What a picture has rows for, as `generate` takes it.

    The first classes. Of attributes none, each alone, and what is most frequent. Of quantities
    some values of each, from the least to the greatest, where the others are in the middle.

    Args:
        condition: what is drawn.
        labels: canonical, of the images that were trained on, if they are at hand.
    """
    if isinstance(condition, Classes):
        return list(condition.labels[:ROWS])
    if isinstance(condition, Attributes):
        rows = _combinations(condition, labels)
    else:
        rows = _spread(condition, labels)
    return [Row.of(condition, list(row)) for row in list(dict.fromkeys(rows))[:ROWS]]


def _combinations(condition: Attributes, labels: Tensor | None) -> list[tuple[float, ...]]:
    alone = torch.eye(condition.size)[: ROWS // 2]
    rows = torch.cat([torch.zeros(1, condition.size), alone])
    if labels is not None:
        found, counts = torch.unique(labels, dim=0, return_counts=True)
        rows = torch.cat([rows, found[counts.argsort(descending=True, stable=True)]])
    return [tuple(row) for row in rows.tolist()]


def _spread(condition: Quantities, labels: Tensor | None) -> list[tuple[float, ...]]:
    ranges = condition.ranges or ()
    if not ranges and labels is not None:
        ranges = tuple((float(column.min()), float(column.max())) for column in labels.T)
    middle = [_rounded((low + high) / 2, low, high) for low, high in ranges]
    rows = []
    for k, (low, high) in enumerate(ranges):
        for value in torch.linspace(low, high, STEPS, dtype=torch.float64).tolist():
            rows.append((*middle[:k], _rounded(value, low, high), *middle[k + 1 :]))
    return rows


def _rounded(value: float, low: float, high: float) -> float:
    """A value with no more digits than matter between two bounds."""
    return round(value, 2 - math.floor(math.log10(high - low))) if high > low else value


def _yes_or_no(condition: Attributes, text: str) -> list[float]:
    wanted = {text} if text in condition.names else set(names(text))
    if wanted == {NONE} and NONE not in condition.names:
        wanted = set()
    try:
        row: list[float] = condition.canonical([wanted])[0].tolist()
    except LabelError as error:
        raise LabelError(
            f"{error} Several at once are written {joined(condition.names[:2])}, and an image "
            f"without any, {NONE}."
        ) from None
    return row


def _numbers(condition: Quantities, text: str) -> list[float]:
    parts = names(text)
    if not any("=" in part for part in parts) and len(parts) == condition.size:
        parts = [f"{name}={part}" for name, part in zip(condition.names, parts, strict=True)]
    found = {name.strip(): value for name, _, value in (part.rpartition("=") for part in parts)}
    try:
        if found.keys() == set(condition.names):
            numbers = [float(found[name]) for name in condition.names]
            _warn_beyond(condition, numbers)
            return numbers
    except ValueError:
        pass
    example = Row.of(condition, list(range(1, condition.size + 1)))
    raise LabelError(
        f"{text!r} is not what this run draws: a number for each of {listed(condition.names)}, "
        f"such as {example.text}."
    )


def _warn_beyond(condition: Quantities, numbers: list[float]) -> None:
    for name, x, (low, high) in zip(condition.names, numbers, condition.ranges or (), strict=False):
        if not low <= x <= high:
            warnings.warn(
                f"{name} {x:g} lies beyond {low:g} to {high:g}, which the generator learnt from: "
                "what it draws there is a guess.",
                stacklevel=4,
            )
