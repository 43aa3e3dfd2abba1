"""Tables of pixels: a row an image, its label in one column."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.flat import as_meant, row_shape
from condgan.data.readers.lines import Line, Rows, opened_rows
from condgan.data.readers.table import LABEL_NAMES, Table, row_numbers, warn_of_row_numbers
from condgan.data.readers.text import NUMBER
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import ConfigError, DataError, FileFormatError, LabelError, did_you_mean

ROWS = 2000
"""Rows read at a time: enough to be fast, few enough to be small."""

BLOCK = 1 << 22
"""Characters read at a time, if that many rows are longer than this."""

LABEL = 1000
"""The most characters of a label."""

DIGITS = 18
"""Whole numbers of so many digits fit in 64 bits."""

SHADES = 64
"""From more different numbers on, a column may be one of pixels."""

RAMP = 16
"""From this many columns on, a first row that counts 0, 1, 2, ... is taken for a header."""


def read_csv(
    path: str | Path,
    *,
    label_column: str | int | None = None,
    image_shape: tuple[int, int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    encoding: str | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """A CSV file of pixels, such as MNIST's: a label and then the pixels, row by row.

    Commas, semicolons or tabs; quoted or not; plain or gzipped; with or without a header, which
    is told by pixel cells in row one that are no numbers (or that count 0, 1, 2, ...). A column
    that the header calls nothing, "Unnamed: 0" or "id" is left out, with a warning.

    Args:
        path: the file.
        label_column: "first", "last", a position, or a name in the header. Left out, it is the
            column called `label`, `class` or the like if the header has one, and otherwise the
            first, with a warning where the last looks more like it.
        image_shape: (channels, height, width), pixels in that order; left out, the number of
            pixels must be a square, as 784 is, and the images are gray.
        encoding: of its text, if that is neither UTF-8 nor UTF-16 with a mark.
        value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`; the name is
            that of the file if left out.
            Labels that all read as numbers are numbers, otherwise text; so are whole numbers of
            more than 18 digits, which are names of things.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: the file is no such table; a row or cell that is wrong is named by line.
            A row may have 1024 x 1024 pixels and 16 million characters; a gzipped file may unpack
            to 100 times its size, and to 8 MiB in any case.
        DataError: the pixels make no image of that shape, or `image_shape` is needed.
        LabelError: an empty label, unless these are skipped, or one that is not a class.
        ConfigError: a `label_column` that is not there, or no such encoding.

    Example:
        >>> import pathlib, tempfile
        >>> table = pathlib.Path(tempfile.mkdtemp(), "two.csv")
        >>> _ = table.write_text("cat,0,255,0,255\\ndog,255,0,255,0\\n")
        >>> read_csv(table)
        LabelledImages('two', 2 x (1, 2, 2), Classes(['cat', 'dog']))
    """
    path = Path(path)
    with opened_rows(path, encoding) as rows:
        table, lines = _begin(rows, label_column)
        shape = row_shape(table.width - 1 - len(table.left_out), image_shape, str(path))
        pixels, texts, numbers = _read(table, lines)
    if label_column is None and table.label == 0:
        _warn_of_last(path, texts, pixels[:, -1])
    policy = Unlabelled(on_unlabelled, unlabelled)
    kept = policy.rows({"label": texts}, str(path), lambda i: f"line {numbers[i]}")
    if len(kept) < len(texts):
        pixels, texts = pixels[kept], [texts[row] for row in kept]
    return read_arrays(
        as_meant(pixels).reshape(-1, *shape),
        _labels(texts),
        layout="NCHW",
        value_range=value_range,
        classes=classes,
        name=name or path.name.removesuffix(".gz").removesuffix(".csv"),
    )


class _Table(NamedTuple):
    """What row one tells of the rest: how many cells a row has, and which are no pixels."""

    rows: Rows
    width: int
    label: int
    left_out: tuple[int, ...] = ()


def _begin(rows: Rows, label_column: str | int | None) -> tuple[_Table, Iterator[Line]]:
    """The table's form, and its lines without the header."""
    first, cells = rows.first, rows.cells(rows.first)
    if len(cells) < 2:
        raise FileFormatError(
            f"{rows.path}, line {first.number}: a row must hold a label and pixels, separated by "
            f"commas, semicolons or tabs; got {first.text.strip()[:60]!r}."
        )
    numbering = tuple(row_numbers(cells))
    if numbering:
        table = _table(rows, cells, label_column, numbering)
        if table.left_out and _has_header(table, cells, label_column):
            warn_of_row_numbers(str(rows.path), [cells[i] for i in table.left_out])
            return table, rows.rest
    table = _table(rows, cells, label_column)
    return table, rows.rest if _has_header(table, cells, label_column) else rows.all()


def _table(
    rows: Rows,
    cells: Sequence[str],
    label_column: str | int | None,
    numbering: tuple[int, ...] = (),
) -> _Table:
    label = _label_position(rows.path, cells, label_column, numbering)
    return _Table(rows, len(cells), label, tuple(i for i in numbering if i != label))


def _has_header(table: _Table, cells: Sequence[str], label_column: str | int | None) -> bool:
    named = isinstance(label_column, str) and label_column not in ("first", "last")
    return named or _is_header(table, cells)


def _label_position(
    path: Path, cells: Sequence[str], column: str | int | None, numbering: Sequence[int]
) -> int:
    if column is None:
        first = next((i for i in range(len(cells)) if i not in numbering), 0)
        called = Table("", dict.fromkeys(cells, ())).named(LABEL_NAMES)
        return first if called is None else cells.index(called)
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


def _is_header(table: _Table, cells: Sequence[str]) -> bool:
    label = table.label
    pixels = [cell for i, cell in enumerate(cells) if i not in (label, *table.left_out)]
    numbers = [_is_number(cell) for cell in pixels]
    if not any(numbers):
        return True
    if not all(numbers):
        # Neither names nor pixels: taken for names, an image would be lost without a word.
        raise _fault(table, [table.rows.first])
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


def _read(
    table: _Table, lines: Iterator[Line]
) -> tuple[np.ndarray[Any, Any], list[str], list[int]]:
    """Pixels `(N, pixels)`, N labels as text, and the number of each line."""
    texts: dict[str, int] = {}
    blocks = []
    codes: list[int] = []
    numbers: list[int] = []
    whole = True
    while block := _block(lines):
        values = _parsed(table, block, texts, np.int32) if whole else None
        if values is None:
            whole = False
            values = _parsed(table, block, texts, np.float32)
        if values is None or values.shape != (len(block), table.width):
            raise _fault(table, block)
        codes += values[:, table.label].astype(np.int64).tolist()
        numbers += (line.number for line in block)
        pixels = np.delete(values, (table.label, *table.left_out), axis=1)
        small = whole and pixels.min() >= 0 and pixels.max() <= 255
        blocks.append(pixels.astype(np.int16) if small else pixels)
    if not blocks:
        raise DataError(f"there is no image in {table.rows.path}, only a header.")
    labels = list(texts)
    return np.concatenate(blocks), [labels[code] for code in codes], numbers


def _block(lines: Iterator[Line]) -> list[Line]:
    """The next few lines, so many that they are worth a call and fit in the memory."""
    block: list[Line] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line.text)
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
        if len(text.strip()) > LABEL:
            raise ValueError("no label")
        return texts.setdefault(text.strip(), len(texts))

    with warnings.catch_warnings():
        # numpy would read 0.5 as the whole number 0, with this warning.
        warnings.simplefilter("error", DeprecationWarning)
        try:
            return np.loadtxt(
                [line.text for line in block],
                dtype=dtype,
                delimiter=table.rows.delimiter,
                comments=None,
                quotechar='"',
                converters={table.label: code, **dict.fromkeys(table.left_out, _nothing)},
                encoding="utf-8",
                ndmin=2,
            )
        except (ValueError, OverflowError, DeprecationWarning):
            return None


def _warn_of_last(path: Path, texts: Sequence[str], last: np.ndarray[Any, Any]) -> None:
    """Warns where the first column looks like a pixel, and the last like the labels.

    A corner of a picture is the same in all of them, or has nearly every brightness.
    """
    first, others = set(texts), len(np.unique(last))
    corner = len(first) == 1 < others <= len(texts) / 4
    if corner or (len(first) > SHADES and all(map(_is_number, first)) and others <= SHADES / 2):
        warnings.warn(
            f"{path}: the labels are taken from the first column, but the last looks more like "
            f"them: {len(first)} different values in the first, {others} in the last. If that is "
            'right: label_column="last".',
            stacklevel=4,
        )


def _nothing(text: str) -> int:
    return 0


def _fault(table: _Table, block: Sequence[Line]) -> FileFormatError:
    """Which line of a block is wrong, and how."""
    for line in block:
        cells = table.rows.cells(line)
        where = f"{table.rows.path}, line {line.number}"
        if len(cells) != table.width:
            return FileFormatError(
                f"{where}: {len(cells)} cells, but the first row has {table.width}."
            )
        if len(cells[table.label]) > LABEL:
            return FileFormatError(
                f"{where}: the label has more than {LABEL} characters; it begins "
                f"{cells[table.label][:40]!r}."
            )
        for column, cell in enumerate(cells):
            if column not in (table.label, *table.left_out) and not _is_number(cell):
                return FileFormatError(
                    f"{where}, cell {column + 1}: {cell[:60]!r} is not a number. The label was "
                    f"taken from cell {table.label + 1}; if it is another one, say "
                    'label_column="...". If the table lists image files, say in which column: '
                    'file_column="...".'
                )
    return FileFormatError(
        f"{table.rows.path}, lines {block[0].number} to {block[-1].number} are not rows of numbers."
    )


def _labels(texts: Sequence[str]) -> Any:
    """Labels as numbers, if all read so, or as text."""
    different = list(dict.fromkeys(texts))
    numbers = _numbers(different)
    if numbers is None:
        return texts
    if not np.all(np.isfinite(numbers)):
        wrong = different[int(np.argmin(np.isfinite(numbers)))]
        raise LabelError(
            f"a label is {wrong!r}, which names no class; if it means that there is none: "
            f'unlabelled={wrong!r}, on_unlabelled="skip".'
        )
    number_of = dict(zip(different, numbers.tolist(), strict=True))
    return np.array([number_of[text] for text in texts], numbers.dtype)


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
