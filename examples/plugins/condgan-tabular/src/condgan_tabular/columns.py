"""Columns of a table, and the way from its cells to numbers in [-1, 1] and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from condgan.errors import DataError, did_you_mean, listed

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Number:
    """A column of numbers from `low` to `high`, as one number from -1 to 1.

    Attributes:
        name: of the column.
        low, high: the smallest and the largest number in it.
        decimals: how many digits after the point are written.
    """

    name: str
    low: float
    high: float
    decimals: int = 0

    @property
    def width(self) -> int:
        return 1

    def encode(self, cells: Sequence[Any]) -> Tensor:
        values = torch.tensor([float(cell) for cell in cells], dtype=torch.float64)
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2 or 1.0
        return ((values - middle) / half).float().clamp(-1, 1)[:, None]

    def decode(self, numbers: Tensor) -> list[Any]:
        middle, half = (self.low + self.high) / 2, (self.high - self.low) / 2
        found = [round(middle + half * x, self.decimals) for x in numbers[:, 0].tolist()]
        return found if self.decimals else [int(x) for x in found]


@dataclass(frozen=True)
class Choice:
    """A column of words, as 1 for the one that it is and -1 for every other.

    Attributes:
        name: of the column.
        options: the words that occur in it.
    """

    name: str
    options: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.options)

    def encode(self, cells: Sequence[Any]) -> Tensor:
        numbers = -torch.ones(len(cells), self.width)
        for row, cell in enumerate(cells):
            numbers[row, self.index(cell)] = 1.0
        return numbers

    def decode(self, numbers: Tensor) -> list[Any]:
        return [self.options[index] for index in numbers.argmax(dim=1).tolist()]

    def index(self, cell: Any) -> int:
        if cell not in self.options:
            raise DataError(
                f"column {self.name!r} has no {cell!r}{did_you_mean(str(cell), self.options)} "
                f"Known: {listed(self.options)}."
            )
        return self.options.index(cell)


class Columns:
    """The columns of a table, in order.

    Args:
        columns: each a `Number` or a `Choice`.

    Example:
        >>> columns = Columns([Number("age", 0, 80), Choice("colour", ("black", "white"))])
        >>> images = columns.encode([{"age": 20, "colour": "white"}])
        >>> images
        tensor([[[[-0.5000, -1.0000,  1.0000]]]])
        >>> columns.decode(images)
        [{'age': 20, 'colour': 'white'}]
    """

    def __init__(self, columns: Iterable[Number | Choice]) -> None:
        self.columns = tuple(columns)

    @classmethod
    def of(cls, rows: Sequence[Row], names: Iterable[str]) -> Columns:
        """What stands in these columns: numbers if all their cells are, else words."""
        return cls(_column(name, [str(row[name]) for row in rows]) for name in names)

    @property
    def widths(self) -> list[int]:
        """Numbers that each column becomes: the option `blocks` of the architecture `rows`."""
        return [column.width for column in self.columns]

    def encode(self, rows: Sequence[Row]) -> Tensor:
        """Rows as images of one line, float32 `(N, 1, 1, numbers)` in [-1, 1]."""
        parts = [column.encode([row[column.name] for row in rows]) for column in self.columns]
        return torch.cat(parts, dim=1)[:, None, None]

    def decode(self, images: Tensor) -> list[dict[str, Any]]:
        """Such images as rows: the nearest number that can be written, and the likeliest word."""
        parts = images.detach().cpu().flatten(1).split(self.widths, dim=1)
        cells = [column.decode(x) for column, x in zip(self.columns, parts, strict=True)]
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]

    def config(self) -> list[dict[str, Any]]:
        """Plain values, for a JSON file beside a saved generator; see `from_config`."""
        return [asdict(column) for column in self.columns]

    @classmethod
    def from_config(cls, config: Iterable[Mapping[str, Any]]) -> Columns:
        return cls(
            Choice(column["name"], tuple(column["options"]))
            if "options" in column
            else Number(**column)
            for column in config
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.columns == other.columns

    def __hash__(self) -> int:
        return hash(self.columns)

    def __repr__(self) -> str:
        return f"Columns({list(self.columns)!r})"


def _column(name: str, cells: Sequence[str]) -> Number | Choice:
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return Choice(name, tuple(sorted(set(cells))))
    return Number(name, min(values), max(values), max(map(_decimals, cells)))


def _decimals(cell: str) -> int:
    return len(cell.partition(".")[2])
