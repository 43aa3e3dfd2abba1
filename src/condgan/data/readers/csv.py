"""Tables of pixels: a row an image, its label in one column."""

from __future__ import annotations

import csv
import io
import math
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.sniff import opened, sniff
from condgan.errors import ConfigError, DataError, FileFormatError, LabelError, did_you_mean

ROWS = 2000
"""Rows read at a time: enough to be fast, few enough to be small."""

RAMP = 16
"""From this many columns on, a first row that counts 0, 1, 2, ... is taken for a header."""


def read_csv(
    path: str | Path,
    *,
    label_column: str | int | None = None,
    image_shape: tuple[int, int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """A CSV file of pixels, such as MNIST's: a label and then the pixels, row by row.

    Commas, semicolons or tabs; quoted or not; plain or gzipped; with or without a header, which
    is told by pixel cells in row one that are no numbers (or that count 0, 1, 2, ...).

    Args:
        path: the file, UTF-8.
        label_column: "first", "last", a position, or a name in the header. Left out, it is the
            column called `label` if the header has one, and otherwise the first.
        image_shape: (channels, height, width), pixels in that order; left out, the number of
            pixels must be a square, as 784 is, and the images are gray.
        value_range, classes, name: as in `read_arrays`; the name is that of the file if left out.
            Labels that all read as numbers are numbers, otherwise text.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: the file is no such table; a row or cell that is wrong is named by line.
        DataError: the pixels make no image of that shape, or `image_shape` is needed.
        ConfigError: a `label_column` that is not there.

    Example:
        >>> import pathlib, tempfile
        >>> table = pathlib.Path(tempfile.mkdtemp(), "two.csv")
        >>> _ = table.write_text("cat,0,255,0,255\\ndog,255,0,255,0\\n")
        >>> read_csv(table)
        LabelledImages('two', 2 x (1, 2, 2), Classes(['cat', 'dog']))
    """
    path = Path(path)
    found = sniff(path)
    if found.kind != "text file":
        raise found.refusal("a CSV file")
    with io.TextIOWrapper(opened(path), encoding="utf-8-sig") as stream:
        try:
            table, lines = _begin(path, stream, label_column)
            shape = _shape(path, len(table.columns) - 1, image_shape)
            pixels, labels = _read(table, lines)
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{path} is not UTF-8 text ({error}); save it as such.") from None
        except (OSError, EOFError, zlib.error) as error:
            raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None
    return read_arrays(
        pixels.reshape(-1, *shape),
        labels,
        layout="NCHW",
        value_range=value_range,
        classes=classes,
        name=name or path.name.removesuffix(".gz").removesuffix(".csv"),
    )


class _Table(NamedTuple):
    """What row one tells of the rest: `columns` are its cells, `label` the label's position."""

    path: Path
    delimiter: str
    columns: list[str]
    label: int

    def cells(self, line: str) -> list[str]:
        return _cells(line, self.delimiter)


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]


Line = tuple[int, str]


def _begin(
    path: Path, stream: Iterable[str], label_column: str | int | None
) -> tuple[_Table, Iterator[Line]]:
    """The table's form, and its numbered lines without header and without blank lines."""
    lines = ((n, line) for n, line in enumerate(stream, start=1) if not line.isspace())
    first = next(lines, None)
    if first is None:
        raise FileFormatError(f"{path} holds only blank lines.")
    delimiter = max(",;\t", key=first[1].count)
    cells = _cells(first[1], delimiter)
    if len(cells) < 2:
        raise FileFormatError(
            f"{path}, line {first[0]}: a row must hold a label and pixels, separated by commas, "
            f"semicolons or tabs; got {first[1].strip()[:60]!r}."
        )
    label = _label_position(path, cells, label_column)
    table = _Table(path, delimiter, cells, label)
    return table, lines if _is_header(cells, label) else _chained(first, lines)


def _chained(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _label_position(path: Path, cells: Sequence[str], column: str | int | None) -> int:
    if column is None:
        lower = [cell.lower() for cell in cells]
        return lower.index("label") if lower.count("label") == 1 else 0
    if column in ("first", "last"):
        return 0 if column == "first" else len(cells) - 1
    if isinstance(column, int) and -len(cells) <= column < len(cells):
        return column % len(cells)
    if isinstance(column, str) and column in cells:
        return cells.index(column)
    hint = did_you_mean(column, cells) if isinstance(column, str) else "."
    raise ConfigError(
        f"label_column={column!r} is not in {path}{hint} Its first row has {len(cells)} cells: "
        f"{', '.join(cells[:3])}, ..., {cells[-1]}. Give "
        '"first", "last", a position from 0, or a name in the header.'
    )


def _is_header(cells: Sequence[str], label: int) -> bool:
    pixels = [cell for i, cell in enumerate(cells) if i != label]
    if not all(_is_number(cell) for cell in pixels):
        return True
    if len(pixels) < RAMP:
        return False
    # Tables saved without column names often get them as 0, 1, 2, ...
    counts = [[str(i + start) for i in range(len(cells))] for start in (0, 1)]
    unnamed = not _is_number(cells[label])
    return list(cells) in counts or (unnamed and pixels in [row[:-1] for row in counts])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _shape(path: Path, pixels: int, shape: Sequence[int] | None) -> tuple[int, int, int]:
    if shape is None:
        side = math.isqrt(pixels)
        if side * side != pixels:
            raise DataError(
                f"{path} has {pixels} pixels a row, which make no square; give their shape: "
                "image_shape=(channels, height, width)."
            )
        return (1, side, side)
    if len(shape) != 3 or math.prod(shape) != pixels or min(shape) < 1:
        raise DataError(
            f"image_shape={tuple(shape)} does not fit {path}: it has {pixels} pixels a row, and "
            "image_shape is (channels, height, width) with that product."
        )
    channels, height, width = shape
    return (channels, height, width)


def _read(table: _Table, lines: Iterator[Line]) -> tuple[np.ndarray[Any, Any], Any]:
    """Pixels `(N, pixels)` and N labels."""
    texts: dict[str, int] = {}
    blocks = []
    codes = []
    whole = True
    while block := list(islice(lines, ROWS)):
        values = _parsed(table, block, texts, np.int32) if whole else None
        if values is None:
            whole = False
            values = _parsed(table, block, texts, np.float32)
        if values is None or values.shape != (len(block), len(table.columns)):
            raise _fault(table, block)
        codes.append(values[:, table.label].astype(np.int64))
        pixels = np.delete(values, table.label, axis=1)
        small = whole and pixels.min() >= 0 and pixels.max() <= 255
        blocks.append(pixels.astype(np.int16) if small else pixels)
    if not blocks:
        raise DataError(f"there is no image in {table.path}, only a header.")
    labels = _labels(list(texts), np.concatenate(codes))
    return _as_meant(np.concatenate(blocks)), labels


def _parsed(
    table: _Table, block: Sequence[Line], texts: dict[str, int], dtype: type[np.generic]
) -> np.ndarray[Any, Any] | None:
    """The rows as numbers, a label as its position in `texts`; None if a cell is no such number.

    numpy reads whole numbers several times faster than floats, so these are tried first.
    """

    def code(text: str) -> int:
        if not text.strip():
            raise ValueError("empty label")
        return texts.setdefault(text.strip(), len(texts))

    with warnings.catch_warnings():
        # numpy would read 0.5 as the whole number 0, with this warning.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.loadtxt(
                [line for _, line in block],
                dtype=dtype,
                delimiter=table.delimiter,
                comments=None,
                quotechar='"',
                converters={table.label: code},
                encoding="utf-8",
                ndmin=2,
            )
        except (ValueError, OverflowError, DeprecationWarning):
            return None


def _fault(table: _Table, block: Sequence[Line]) -> FileFormatError:
    """Which line of a block is wrong, and how."""
    for number, line in block:
        cells = table.cells(line)
        where = f"{table.path}, line {number}"
        if len(cells) != len(table.columns):
            return FileFormatError(
                f"{where}: {len(cells)} cells, but the first row has {len(table.columns)}."
            )
        if not cells[table.label]:
            return FileFormatError(f"{where}: the label is empty.")
        for column, cell in enumerate(cells):
            if column != table.label and not _is_number(cell):
                return FileFormatError(
                    f"{where}, cell {column + 1}: {cell!r} is not a number. The label was taken "
                    f"from cell {table.label + 1}; if it is another one, say label_column=..."
                )
    return FileFormatError(
        f"{table.path}, lines {block[0][0]} to {block[-1][0]} are not rows of numbers."
    )


def _labels(texts: Sequence[str], codes: np.ndarray[Any, Any]) -> Any:
    if all(_is_number(text) for text in texts):
        try:
            numbers = np.array([int(text) for text in texts])
        except (ValueError, OverflowError):
            numbers = np.array([float(text) for text in texts])
        if not np.all(np.isfinite(numbers)):
            raise LabelError(f"a label is {texts[int(np.argmin(np.isfinite(numbers)))]!r}.")
        return numbers[codes]
    return [texts[code] for code in codes]


def _as_meant(pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Floats such as `2.55e+02`, numpy's way of saving whole numbers, as whole numbers."""
    if pixels.dtype == np.float32 and pixels.max() > 1 and np.all(pixels == np.rint(pixels)):
        return pixels.astype(np.int32)
    return pixels
