"""CSV of pixels with several columns of labels: one-hot, attributes or quantities."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import with_labels
from condgan.data.readers.csv import column_position
from condgan.data.readers.flat import unflattened
from condgan.data.readers.label_columns import explained, numbers
from condgan.data.readers.lines import Line, Rows, opened_rows
from condgan.data.readers.pixels import as_images
from condgan.data.readers.table import row_numbers, warn_of_row_numbers
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import ConfigError, FileFormatError


def read_pixel_table(
    path: str | Path,
    *,
    label_columns: Sequence[str | int],
    image_shape: tuple[int, int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    encoding: str | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """A CSV file of numbers: some columns are labels, all others pixels, row by row.

    `read_csv` is for one column of labels, which may be text.

    Args:
        path: the file, plain or gzipped; commas, semicolons or tabs.
        label_columns: names in the header, or positions from 0 (or from the end, -1).
        image_shape: (channels, height, width); left out, the number of pixels must be a square.
        encoding: as in `read_csv`.
        value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`. Left out, the
            classes are what `label_columns.explained` finds: one-hot columns are classes called
            as the columns.

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
    policy = Unlabelled(on_unlabelled, unlabelled)
    with opened_rows(path, encoding) as rows:
        head = rows.cells(rows.first)
        lines = rows.rest
        if numbers(head) is not None:
            head = [str(k) for k in range(len(head))]
            lines = rows.all()
        labels = [
            column_position(path, head, column, "a position from 0, or a name")
            for column in label_columns
        ]
        numbering = [k for k in row_numbers(head) if k not in labels]
        values = _values(rows, lines, len(head), labels, numbering, policy)
    warn_of_row_numbers(str(path), [head[k] for k in numbering])
    meant = explained(
        {head[k]: values[:, k] for k in labels}, classes, unlabelled=policy, source=str(path)
    )
    pixels = np.delete(values, [*labels, *numbering], axis=1)[meant.rows]
    return with_labels(
        as_images(
            unflattened(pixels, image_shape, str(path)),
            layout="NCHW",
            value_range=value_range,
            copy=False,
        ),
        meant.labels,
        classes=meant.condition,
        as_told=classes is not None,
        name=name or path.name.removesuffix(".gz").removesuffix(".csv"),
    )


def _values(
    rows: Rows,
    lines: Iterable[Line],
    width: int,
    labels: Sequence[int],
    numbering: Sequence[int],
    unlabelled: Unlabelled,
) -> np.ndarray[Any, Any]:
    """All cells as numbers `(N, width)`; NaN for labels that are none, 0 for numbers of rows."""

    def label(text: str) -> float:
        return float(text) if unlabelled.filled([text]) else np.nan

    converters = dict.fromkeys(labels, label) | dict.fromkeys(numbering, lambda text: 0.0)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "loadtxt: input contained no data")
            values = np.loadtxt(
                (line.text for line in lines),
                delimiter=rows.delimiter,
                quotechar='"',
                comments=None,
                ndmin=2,
                converters=converters,
                encoding="utf-8",
            )
    except (ValueError, OverflowError) as error:
        raise FileFormatError(
            f"{rows.path} is no table of numbers: {error}. With label_columns every cell but the "
            "header must be a number."
        ) from None
    if not len(values):
        raise FileFormatError(f"there is no image in {rows.path}, only a header.")
    if values.shape[1] != width:
        raise FileFormatError(
            f"{rows.path} has rows of {values.shape[1]} cells, but its header has {width}."
        )
    return values
