"""A label encoder for conditions of numbers and words together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from condgan import Quantities
from condgan.errors import LabelError, did_you_mean, listed
from condgan_tabular.columns import Choice, Columns, Number

OF, OR = ": ", " | "
"""A quantity called `sex: female | male` is a choice, written down as 0 or 1."""


def condition_of(columns: Columns) -> Quantities:
    """Columns as what a network is conditioned on; of words, each is a number from 0.

    condgan's own conditions are one class, attributes, or quantities. The words of a choice stand
    in the name of its quantity, and so they are saved with a generator.

    Example:
        >>> condition_of(Columns([Number("age", 0, 80), Choice("sex", ("female", "male"))]))
        Quantities(['age', 'sex: female | male'])
    """
    names, ranges = [], []
    for column in columns.columns:
        if isinstance(column, Number):
            names.append(column.name)
            ranges.append((column.low, max(column.high, column.low + 1)))
        else:
            names.append(column.name + OF + OR.join(column.options))
            ranges.append((0, max(1, column.width - 1)))
    return Quantities(names, ranges)


def columns_of(condition: Quantities) -> Columns:
    """The way back: which of a condition's quantities are numbers, and which words."""
    columns: list[Number | Choice] = []
    for index, name in enumerate(condition.names):
        column, found, options = name.partition(OF)
        if found and OR in options:
            columns.append(Choice(column, tuple(options.split(OR))))
        else:
            low, high = condition.ranges[index] if condition.ranges else (-1.0, 1.0)
            columns.append(Number(name, low, high))
    return Columns(columns)


def label_of(condition: Quantities, wanted: Mapping[str, Any]) -> list[float]:
    """What `generate` takes for a label: `label_of(G.classes, {"age": 20, "sex": "male"})`.

    Raises:
        LabelError: a column is missing.
        DataError: a word that is none of its column's.
    """
    row = []
    for column in columns_of(condition).columns:
        if column.name not in wanted:
            raise LabelError(
                f"say what {column.name!r} is{did_you_mean(column.name, map(str, wanted))} "
                f"Given: {listed(wanted)}."
            )
        cell = wanted[column.name]
        row.append(float(column.index(cell) if isinstance(column, Choice) else cell))
    return row


class Mixed(nn.Module):
    """Quantities float32 `(N, size)`: numbers to [-1, 1], words to one-hot rows."""

    condition: ClassVar[type] = Quantities

    def __init__(self, condition: Quantities) -> None:
        super().__init__()
        self.columns = columns_of(condition)
        self.size = sum(self.columns.widths)

    def forward(self, labels: Tensor) -> Tensor:
        parts = []
        for column, values in zip(self.columns.columns, labels.unbind(dim=1), strict=True):
            if isinstance(column, Choice):
                ids = values.round().long().clamp(0, column.width - 1)
                parts.append(one_hot(ids, column.width).to(labels.dtype))
            else:
                share = (values - column.low) / (column.high - column.low)
                parts.append((2 * share - 1)[:, None])
        return torch.cat(parts, dim=1)
