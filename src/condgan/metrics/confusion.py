"""What is drawn as what, kept without its zeros: of ten thousand classes they are 100 million."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, overload

import torch
from torch import Tensor

DENSE = 100
"""Classes up to which a row is written down in full."""


class Confusion(Sequence[tuple[int, ...]]):
    """A table of whole numbers, as a sequence of its rows.

    Row i says how many of the images that were asked for as class i a classifier named as each
    class. A row is made when it is looked at; `counts` gives what is not 0 in it.

    Args:
        counts: of each row, the numbers that are not 0, by column.

    Example:
        >>> table = Confusion([{0: 3, 1: 1}, {1: 4}])
        >>> table[0], table.counts(1), len(table)
        ((3, 1), {1: 4}, 2)
    """

    def __init__(self, counts: Iterable[Mapping[int, int]]) -> None:
        self._counts = [dict(sorted(row.items())) for row in counts]

    @classmethod
    def of(cls, named: Iterable[Tensor]) -> Confusion:
        """From the ids that a classifier named, int64 `(N,)` of each class asked for, in order.

        Example:
            >>> Confusion.of([torch.tensor([0, 1, 0]), torch.tensor([1])])
            Confusion([(2, 1), (0, 1)])
        """
        pairs = (torch.unique(ids, return_counts=True) for ids in named)
        return cls(dict(zip(ids.tolist(), n.tolist(), strict=True)) for ids, n in pairs)

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[int] | Mapping[str, int]]) -> Confusion:
        """From rows as `plain` writes them."""
        return cls(
            {
                int(j): n
                for j, n in (row.items() if isinstance(row, Mapping) else enumerate(row))
                if n
            }
            for row in rows
        )

    def counts(self, index: int) -> Mapping[int, int]:
        """What is not 0 in a row, by column, in the order of columns."""
        return self._counts[index]

    def plain(self) -> list[list[int]] | list[dict[str, int]]:
        """Rows for JSON: whole up to `DENSE` classes, and of more without the zeros, by column."""
        if len(self) <= DENSE:
            return [list(row) for row in self]
        return [{str(j): n for j, n in row.items()} for row in self._counts]

    def __len__(self) -> int:
        return len(self._counts)

    @overload
    def __getitem__(self, index: int) -> tuple[int, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[int, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[int, ...] | list[tuple[int, ...]]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        row = self._counts[index]
        return tuple(row.get(j, 0) for j in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Confusion):
            return self._counts == other._counts
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(tuple(row) == tuple(theirs) for row, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Confusion({list(self)})" if len(self) <= DENSE else f"Confusion of {len(self)}"


def as_confusion(given: Any) -> Confusion:
    """A table as it is, or made from rows of numbers."""
    return given if isinstance(given, Confusion) else Confusion.of_rows(given)
