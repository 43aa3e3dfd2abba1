"""The losses of single steps: rows of numbers, kept in columns, and not without bound."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import torch
from torch import Tensor

from condgan.errors import ArgumentTypeError

Row: TypeAlias = dict[str, float | int | str]

WHOLE = ("step", "epoch", "images")
"""Columns of whole numbers; all others are floats."""


class StepTable(Sequence[Row]):
    """A list of rows `{"step": 10, "epoch": 1, "d_loss": 0.5, ...}`, at nine bytes a number.

    It holds at most `LIMIT` rows. When there are more, those whose step is no multiple of 2 are
    let go, and from then on left out; when there are again too many, those of no multiple of 4;
    and so on. The first row stays. So a long run is drawn with fewer dots, as far apart
    everywhere.

    Args:
        rows: what it begins with.

    Example:
        >>> table = StepTable([{"step": 1, "d_loss": 0.5}])
        >>> table.append({"step": 2, "d_loss": 0.25, "g_loss": 1.0})
        >>> table[0], len(table)
        ({'step': 1, 'd_loss': 0.5}, 2)
    """

    LIMIT = 100_000

    def __init__(self, rows: Iterable[Mapping[str, Any]] = ()) -> None:
        self._columns: dict[str, array[float]] = {}
        self._present: dict[str, array[int]] = {}
        self._rows = 0
        self._multiple = 1
        self.extend(rows)

    def append(self, row: Mapping[str, Any]) -> None:
        """Adds a row, unless its step is one of those that are left out by now.

        Raises:
            ArgumentTypeError: a value that is no number.
        """
        for name, value in row.items():
            if not isinstance(value, (int, float)):
                raise ArgumentTypeError(
                    f"a row of steps holds numbers; {name!r} is a {type(value).__name__}: "
                    f"{value!r}."
                )
        if self._rows and row.get("step", 0) % self._multiple:
            return
        for name in [name for name in row if name not in self._columns]:
            self._columns[name] = array("d", bytes(8 * self._rows))
            self._present[name] = array("b", bytes(self._rows))
        for name, column in self._columns.items():
            column.append(row.get(name, 0.0))
            self._present[name].append(name in row)
        self._rows += 1
        if self._rows > self.LIMIT:
            self._let_go()

    def extend(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds rows."""
        for row in rows:
            self.append(row)

    def __iadd__(self, rows: Iterable[Mapping[str, Any]]) -> StepTable:
        self.extend(rows)
        return self

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        at = range(self._rows)[index]
        return self._row(at) if isinstance(at, int) else [self._row(i) for i in at]

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, range(self._rows))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, (StepTable, list)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"StepTable({self._rows} rows: {', '.join(self._columns)})"

    def state_dict(self) -> dict[str, Any]:
        """The columns as float64, and which of their values are there, as plain data."""
        return {
            "columns": {name: _tensor(column) for name, column in self._columns.items()},
            "present": {name: _tensor(marks) for name, marks in self._present.items()},
            "rows": self._rows,
            "multiple": self._multiple,
        }

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        self._columns = {n: array("d", c.numpy().tobytes()) for n, c in saved["columns"].items()}
        self._present = {n: array("b", m.numpy().tobytes()) for n, m in saved["present"].items()}
        self._rows, self._multiple = saved["rows"], saved["multiple"]

    def _row(self, index: int) -> Row:
        return {
            name: int(column[index]) if name in WHOLE else column[index]
            for name, column in self._columns.items()
            if self._present[name][index]
        }

    def _let_go(self) -> None:
        """Leaves about half of the rows."""
        steps = np.asarray(self._columns.get("step", ()))
        stays = np.ones(len(steps), bool)
        while stays.sum() > self.LIMIT // 2 and self._multiple <= steps[-1]:
            self._multiple *= 2
            stays = steps % self._multiple == 0
            stays[0] = True
        if not stays.all():
            for columns in (self._columns, self._present):
                for name, column in columns.items():
                    columns[name] = array(column.typecode, np.asarray(column)[stays].tobytes())
            self._rows = int(stays.sum())


def _tensor(column: array[Any]) -> Tensor:
    return torch.from_numpy(np.array(column))
