"""Tables of pixels: a row an image, its label in one column."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.flat import as_meant, row_shape
from condgan.data.readers.sniff import opened, sniff
from condgan.errors import ConfigError, DataError, FileFormatError, LabelError, did_you_mean

ROWS = 2000
"""Rows read at a time: enough to be fast, few enough to be small."""

BLOCK = 1 << 22
"""Characters read at a time, if that many rows are longer than this."""

LINE = 1 << 24
"""The most characters of one line; a longer one is no row of pixels."""

BLANK = 1 << 16
"""The most blank lines in a row."""

CELLS = 1 << 20
"""The most pixels of one row: an image of 1024 x 1024."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|nan", re.I | re.A)
"""What numpy reads as a number, which is less than Python does: no 1_000."""

LABEL = 1000
"""The most characters of a label."""

DIGITS = 18
"""Whole numbers of so many digits fit in 64 bits."""

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
            Labels that all read as numbers are numbers, otherwise text; so are whole numbers of
            more than 18 digits, which are names of things.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: the file is no such table; a row or cell that is wrong is named by line.
            A row may have 1024 x 1024 pixels and 16 million characters; a gzipped file may unpack
            to 100 times its size, and to 8 MiB in any case.
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
            if found.gzipped:
                _walk(path)
            table, lines = _begin(path, stream, label_column)
            shape = row_shape(table.width - 1, image_shape, str(path))
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


def _walk(path: Path) -> None:
    """Once through a gzipped file: damage and bombs show before a row of it is kept."""
    with opened(path) as stream:
        while stream.read1(1 << 20):
            pass


Line = tuple[int, str]
"""The number of a line, from 1, and its text."""


class _Table(NamedTuple):
    """What row one tells of the rest: how many cells a row has, and which is the label."""

    path: Path
    delimiter: str
    width: int
    label: int

    def cells(self, line: Line) -> list[str]:
        return _cells(self.path, line, self.delimiter)


def _cells(path: Path, line: Line, delimiter: str) -> list[str]:
    if line[1].count(delimiter) > CELLS:
        raise FileFormatError(f"{path}, line {line[0]}: there are more than {CELLS} pixels.")
    try:
        return [cell.strip() for cell in next(csv.reader([line[1]], delimiter=delimiter))]
    except csv.Error as error:
        raise FileFormatError(f"{path}, line {line[0]} is no row of cells: {error}.") from None


def _lines(path: Path, stream: io.TextIOWrapper) -> Iterator[Line]:
    """The numbered lines that are not blank, each of bounded length."""
    number = last = 0
    while line := stream.readline(LINE + 1):
        number += 1
        if len(line) > LINE:
            raise FileFormatError(
                f"{path}, line {number} has more than {LINE} characters; it begins {line[:40]!r}."
            )
        if not line.isspace():
            last = number
            yield number, line
        elif number - last > BLANK:
            raise FileFormatError(f"{path} has more than {BLANK} blank lines from {last + 1} on.")


def _begin(
    path: Path, stream: io.TextIOWrapper, label_column: str | int | None
) -> tuple[_Table, Iterator[Line]]:
    """The table's form, and its numbered lines without header and without blank lines."""
    lines = _lines(path, stream)
    first = next(lines, None)
    if first is None:
        raise FileFormatError(f"{path} holds only blank lines.")
    delimiter = max(",;\t", key=first[1].count)
    cells = _cells(path, first, delimiter)
    if len(cells) < 2:
        raise FileFormatError(
            f"{path}, line {first[0]}: a row must hold a label and pixels, separated by commas, "
            f"semicolons or tabs; got {first[1].strip()[:60]!r}."
        )
    label = _label_position(path, cells, label_column)
    table = _Table(path, delimiter, len(cells), label)
    if isinstance(label_column, str) and label_column not in ("first", "last"):
        return table, lines
    return table, lines if _is_header(table, cells, first) else _chained(first, lines)


def _chained(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _label_position(path: Path, cells: Sequence[str], column: str | int | None) -> int:
    if column is None:
        called = [i for i, cell in enumerate(cells) if cell.lower() == "label"]
        return called[0] if len(called) == 1 else 0
    if column in ("first", "last"):
        return 0 if column == "first" else len(cells) - 1
    return column_position(path, cells, column, '"first", "last", a position from 0, or a name')


def column_position(path: Path, cells: Sequence[str], column: Any, wanted: str) -> int:
    """Where a column is: a position, from either end, or a name in the header.

    Raises:
        ConfigError: it is not there.
    """
    if isinstance(column, int) and -len(cells) <= column < len(cells):
        return column % len(cells)
    if isinstance(column, str) and column in cells:
        return cells.index(column)
    hint = did_you_mean(column, cells) if isinstance(column, str) else "."
    raise ConfigError(
        f"there is no column {column!r} in {path}{hint} Its first row has {len(cells)} cells: "
        f"{', '.join(cells[:3])}, ..., {cells[-1]}. Give {wanted} in the header."
    )


def _is_header(table: _Table, cells: Sequence[str], first: Line) -> bool:
    label = table.label
    pixels = [cell for i, cell in enumerate(cells) if i != label]
    numbers = [_is_number(cell) for cell in pixels]
    if not any(numbers):
        return True
    if not all(numbers):
        # Neither names nor pixels: taken for names, an image would be lost without a word.
        raise _fault(table, [first])
    if len(pixels) < RAMP:
        return False
    # Tables saved without column names often get them as 0, 1, 2, ...
    if any(_counts(cells, start) for start in (0, 1)):
        return True
    return not _is_number(cells[label]) and any(_counts(pixels, start) for start in (0, 1))


def _counts(cells: Sequence[str], start: int) -> bool:
    return all(cell == str(i) for i, cell in enumerate(cells, start))


def _is_number(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None


def _read(table: _Table, lines: Iterator[Line]) -> tuple[np.ndarray[Any, Any], Any]:
    """Pixels `(N, pixels)` and N labels."""
    texts: dict[str, int] = {}
    blocks = []
    codes = []
    whole = True
    while block := _block(lines):
        values = _parsed(table, block, texts, np.int32) if whole else None
        if values is None:
            whole = False
            values = _parsed(table, block, texts, np.float32)
        if values is None or values.shape != (len(block), table.width):
            raise _fault(table, block)
        codes.append(values[:, table.label].astype(np.int64))
        pixels = np.delete(values, table.label, axis=1)
        small = whole and pixels.min() >= 0 and pixels.max() <= 255
        blocks.append(pixels.astype(np.int16) if small else pixels)
    if not blocks:
        raise DataError(f"there is no image in {table.path}, only a header.")
    labels = _labels(list(texts), np.concatenate(codes))
    return as_meant(np.concatenate(blocks)), labels


def _block(lines: Iterator[Line]) -> list[Line]:
    """The next few lines, so many that they are worth a call and fit in the memory."""
    block: list[Line] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line[1])
        if len(block) >= ROWS or size >= BLOCK:
            break
    return block


def _parsed(
    table: _Table, block: Sequence[Line], texts: dict[str, int], dtype: type[np.generic]
) -> np.ndarray[Any, Any] | None:
    """The rows as numbers, a label as its position in `texts`; None if a cell is no such number.

    numpy reads whole numbers several times faster than floats, so these are tried first.
    """

    def code(text: str) -> int:
        if not 0 < len(text.strip()) <= LABEL:
            raise ValueError("no label")
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
    for line in block:
        cells = table.cells(line)
        where = f"{table.path}, line {line[0]}"
        if len(cells) != table.width:
            return FileFormatError(
                f"{where}: {len(cells)} cells, but the first row has {table.width}."
            )
        if not cells[table.label]:
            return FileFormatError(f"{where}: the label is empty.")
        if len(cells[table.label]) > LABEL:
            return FileFormatError(
                f"{where}: the label has more than {LABEL} characters; it begins "
                f"{cells[table.label][:40]!r}."
            )
        for column, cell in enumerate(cells):
            if column != table.label and not _is_number(cell):
                return FileFormatError(
                    f"{where}, cell {column + 1}: {cell[:60]!r} is not a number. The label was "
                    f"taken from cell {table.label + 1}; if it is another one, say label_column=..."
                )
    return FileFormatError(
        f"{table.path}, lines {block[0][0]} to {block[-1][0]} are not rows of numbers."
    )


def _labels(texts: Sequence[str], codes: np.ndarray[Any, Any]) -> Any:
    numbers = _numbers(texts)
    if numbers is None:
        return [texts[code] for code in codes]
    if not np.all(np.isfinite(numbers)):
        raise LabelError(f"a label is {texts[int(np.argmin(np.isfinite(numbers)))]!r}.")
    return numbers[codes]


def _numbers(texts: Sequence[str]) -> np.ndarray[Any, Any] | None:
    """Labels as numbers, whole ones exactly; None if one is text, or whole and too long."""
    if not all(_is_number(text) for text in texts):
        return None
    whole = [text.lstrip("+-").isdigit() for text in texts]
    if any(
        len(text.lstrip("+-0")) > DIGITS
        for text, is_whole in zip(texts, whole, strict=True)
        if is_whole
    ):
        return None
    return np.array([int(text) if all(whole) else float(text) for text in texts])
