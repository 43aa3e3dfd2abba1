"""CSV of pixels with several columns of labels: one-hot, attributes or quantities."""

from __future__ import annotations

import csv
import io
import warnings
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.csv import column_position
from condgan.data.readers.flat import unflattened
from condgan.data.readers.label_columns import explained, numbers
from condgan.data.readers.sniff import opened, sniff
from condgan.errors import ConfigError, FileFormatError


def read_pixel_table(
    path: str | Path,
    *,
    label_columns: Sequence[str | int],
    image_shape: tuple[int, int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """A CSV file of numbers: some columns are labels, all others pixels, row by row.

    `read_csv` is for one column of labels, which may be text.

    Args:
        path: the file, UTF-8, plain or gzipped; commas, semicolons or tabs.
        label_columns: names in the header, or positions from 0 (or from the end, -1).
        image_shape: (channels, height, width); left out, the number of pixels must be a square.
        value_range, classes, name: as in `read_arrays`. Left out, the classes are what
            `label_columns.explained` finds: one-hot columns are classes called as the columns.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: the file is no such table; the message says where.
        ConfigError: a column that is not there.
        DataError: the pixels make no image of that shape.
        LabelError: the columns are no labels.

    Example:
        >>> import pathlib, tempfile
        >>> table = pathlib.Path(tempfile.mkdtemp(), "two.csv")
        >>> _ = table.write_text("a,b,c,d,cat,dog\\n0,255,0,255,1,0\\n255,0,255,0,0,1\\n")
        >>> read_pixel_table(table, label_columns=["cat", "dog"]).counts()
        {'cat': 1, 'dog': 1}
    """
    if isinstance(label_columns, str) or not label_columns:
        raise ConfigError(f"label_columns must be a list of columns; got {label_columns!r}.")
    path = Path(path)
    found = sniff(path)
    if found.kind != "text file":
        raise found.refusal("a CSV file")
    try:
        head, values = _values(path)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not UTF-8 text ({error}); save it as such.") from None
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None
    except (ValueError, OverflowError) as error:
        raise FileFormatError(
            f"{path} is no table of numbers: {error}. With label_columns every cell but the "
            "header must be a number."
        ) from None
    positions = [
        column_position(path, head, column, "a position from 0, or a name")
        for column in label_columns
    ]
    labels, condition = explained({head[k]: values[:, k] for k in positions}, classes)
    return read_arrays(
        unflattened(np.delete(values, positions, axis=1), image_shape, str(path)),
        labels,
        layout="NCHW",
        value_range=value_range,
        classes=condition,
        name=name or path.name.removesuffix(".gz").removesuffix(".csv"),
    )


def _values(path: Path) -> tuple[list[str], np.ndarray[Any, Any]]:
    """The names of the columns, which are their positions without a header, and all numbers."""
    with io.TextIOWrapper(opened(path), encoding="utf-8-sig") as stream:
        lines: Iterator[str] = iter(stream)
        first = next((line for line in lines if not line.isspace()), "")
        delimiter = max(",;\t", key=first.count)
        head = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))]
        without_header = numbers(head) is not None
        if without_header:
            head = [str(k) for k in range(len(head))]
            lines = chain([first], lines)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "loadtxt: input contained no data")
            values = np.loadtxt(lines, delimiter=delimiter, quotechar='"', comments=None, ndmin=2)
    if not len(values):
        raise FileFormatError(f"there is no image in {path}, only a header.")
    if values.shape[1] != len(head):
        raise FileFormatError(
            f"{path} has rows of {values.shape[1]} cells, but its header has {len(head)}."
        )
    return head, values
