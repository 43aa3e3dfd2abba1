"""`.npy` files of arrays that are not to be held whole: written row by row, read as a map."""

from __future__ import annotations

import math
import mmap
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

if sys.platform == "linux":
    # Without the last flag, which Python 3.13 was the first to name, Linux refuses to map what
    # would not fit in memory were all of it written to.
    MAP = {
        "prot": mmap.PROT_READ | mmap.PROT_WRITE,
        "flags": mmap.MAP_PRIVATE | getattr(mmap, "MAP_NORESERVE", 0x4000),
    }
else:
    MAP = {"access": mmap.ACCESS_COPY}


def mapped(path: Path) -> np.ndarray[Any, Any]:
    """The array of a file that `NpyFile` wrote, read as far as it is looked at.

    What is written to the array stays in memory and never reaches the file.

    Raises:
        OSError: the file is not there, or cannot be mapped.
        ValueError: it is none, or of another length than it says.
    """
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, kind = np.lib.format.read_array_header_1_0(file)
        start = file.tell()
        memory = mmap.mmap(file.fileno(), 0, **MAP)
    if len(memory) != start + math.prod(shape) * kind.itemsize:
        raise ValueError(f"{path} has {len(memory)} bytes, which is not what its header says.")
    return np.frombuffer(memory, kind, offset=start).reshape(shape)


class NpyFile:
    """Rows written one after the other, for `mapped` or `np.load` once `finish` was called.

    It is open only while something is written, so an error leaves nothing to close.

    Args:
        path: where to write; what was there is lost.
        row: the shape of a row.
        kind: the type of the numbers.

    Attributes:
        shape: of the array so far, `(N, *row)`.

    Example:
        >>> import pathlib, tempfile
        >>> file = NpyFile(pathlib.Path(tempfile.mkdtemp(), "x.npy"), (2,), np.dtype("uint8"))
        >>> file.add(np.array([[1, 2]], np.uint8))
        >>> file.add(np.array([[3, 4], [5, 6]], np.uint8))
        >>> file.finish()
        >>> np.load(file.path).tolist()
        [[1, 2], [3, 4], [5, 6]]
    """

    def __init__(self, path: Path, row: tuple[int, ...], kind: np.dtype[Any]) -> None:
        self.path = path
        self.shape = (0, *row)
        self.kind = kind
        self._write_header("wb")

    def takes(self, rows: np.ndarray[Any, Any]) -> bool:
        """Whether rows have the shape and type of those in the file."""
        return rows.shape[1:] == self.shape[1:] and bool(rows.dtype == self.kind)

    def add(self, rows: np.ndarray[Any, Any]) -> None:
        """Writes rows `(n, *row)` behind those that are there."""
        with self.path.open("ab") as file:
            file.write(np.ascontiguousarray(rows).data)
        self.shape = (self.shape[0] + len(rows), *self.shape[1:])

    def finish(self) -> None:
        """Says in the header how many rows there are, and makes sure that all is on disk."""
        self._write_header("r+b")

    def parts(self, length: int) -> Iterator[np.ndarray[Any, Any]]:
        """The rows of a finished file, `length` at a time."""
        rows = np.load(self.path, mmap_mode="r")
        for start in range(0, len(rows), length):
            yield rows[start : start + length]

    def _write_header(self, mode: str) -> None:
        """The header; numpy leaves room in it for any number of rows, so it keeps its length."""
        told = {"descr": self.kind.str, "fortran_order": False, "shape": self.shape}
        with self.path.open(mode) as file:
            np.lib.format.write_array_header_1_0(file, told)
            file.flush()
            os.fsync(file.fileno())
