"""Data frames, and parquet files of them: a row an image."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.cells import Way, labelled_cells
from condgan.data.readers.class_names import with_names
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import OnBad
from condgan.data.readers.label_columns import explained
from condgan.data.readers.parquet import read_parquet
from condgan.data.readers.paths import OnMissing
from condgan.data.readers.pixels import Layout
from condgan.data.readers.plain import Column
from condgan.data.readers.repeats import each_once
from condgan.data.readers.table import (
    FILE_NAMES,
    Table,
    ends_as_image,
    named_twice,
    row_numbers,
    warn_of_row_numbers,
)
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import ConfigError, DataError, listed

IMAGE_NAMES = (
    *("image", "images", "img", "imgs", "pixels", "pixelvalues", "array", "bytes", "imagebytes"),
    *FILE_NAMES,
)
"""What the column of images is called: the first of these that holds anything but numbers."""


def read_frame(
    frame: Any,
    *,
    image_column: str | None = None,
    label_column: str | None = None,
    label_columns: Sequence[str] | None = None,
    root: str | Path | None = None,
    image_shape: tuple[int, int, int] | None = None,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    image_size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    on_bad: OnBad = "error",
    on_missing: OnMissing = "error",
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    workers: int = 0,
    cache: bool | str | Path = False,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """A pandas DataFrame (or one much like it), or a parquet file.

    The images are a column of paths, of arrays, of image files as bytes, or of Hugging Face's
    `{"bytes": ..., "path": ...}`; without such a column, all columns that are no labels are pixels.
    Names of classes that Hugging Face wrote into a parquet file become the labels.

    Args:
        frame: the frame, or the path of the file.
        image_column: what the column is called, if not as in `IMAGE_NAMES`.
        label_column, label_columns, classes: as in `read_listed`.
        root: the folder that paths are relative to, and must not leave. Left out, it is that of a
            parquet file; the paths in a frame are relative to where the program runs.
        image_shape: (channels, height, width) of pixels in columns, or of flat arrays; left out,
            their number must be a square.
        layout, value_range, name: as in `read_arrays`; of files, `value_range` as in
            `read_folder`.
        image_size, fit, max_pixels, channels, background, orient, on_bad: as in `read_folder`, for
            images that have to be decoded; `workers` and `cache` for paths.
        on_missing, on_unlabelled, unlabelled: as in `read_listed`.

    Raises:
        MissingExtraError: to read a parquet file, pandas and pyarrow must be installed.
        MissingFileError: there is no such file, or files that the frame names.
        FileFormatError: the file is no parquet file, or an image cannot be decoded.
        ConfigError: a column that is not there, or it is not clear which is meant.
        DataError: images that are not understood, or of different sizes.
        LabelError: labels that are empty, or not among the classes.

    Example:
        >>> import numpy as np
        >>> class Frame(dict):  # stands for pandas.DataFrame({...})
        ...     columns = ["image", "label"]
        >>> arrays = [np.full((8, 8), 255, np.uint8), np.zeros((8, 8), np.uint8)]
        >>> read_frame(Frame(image=arrays, label=["cat", "dog"]))
        LabelledImages('data', 2 x (1, 8, 8), Classes(['cat', 'dog']))
    """
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels, value_range)
    policy = Unlabelled(on_unlabelled, unlabelled)
    names: dict[str, list[str]] = {}
    source = "the data frame"
    if isinstance(frame, str | Path):
        path = Path(frame)
        frame, names = read_parquet(path)
        source, name = str(path), name or path.name.removesuffix(".parquet")
        root = path.parent if root is None else root
    folder = None if root is None else Path(root).expanduser()
    table = _table(frame, source)
    images = _image_column(table, image_column)
    columns = table.label_columns(
        label_column, label_columns, classes, [] if images is None else [images]
    )
    cells = _pixels(table, columns) if images is None else table.columns[images]
    once = _once(cells, columns, table, policy)
    told, wanted = with_names(columns, names, classes)
    meant = explained(
        {column: [of[row] for row in once] for column, of in told.items()},
        wanted,
        lambda i: table.place(once[i]),
        policy,
        source,
    )
    rows = [once[row] for row in meant.rows]
    return labelled_cells(
        [cells[row] for row in rows],
        meant.labels,
        meant.condition,
        Way(decode, folder, on_bad, on_missing, workers, cache, layout, image_shape),
        source=source,
        place=lambda i: table.place(rows[i]),
        as_told=classes is not None,
        name=name,
    )


def _once(
    cells: Column, columns: Mapping[str, Column], table: Table, unlabelled: Unlabelled
) -> Sequence[int]:
    """The rows that name a file for the first time; all, if images are no paths."""
    if not all(isinstance(cell, str | os.PathLike) for cell in cells):
        return range(len(cells))
    paths = [os.path.normpath(cell) for cell in cells]
    return each_once(paths, columns, table.source, table.place, unlabelled)


def _table(frame: Any, source: str) -> Table:
    names = [str(column) for column in frame.columns]
    twice = named_twice(names)
    if twice is not None:
        raise DataError(f"{source}: two columns are called {twice!r}; rename one of them.")
    columns = {text: frame[column] for text, column in zip(names, frame.columns, strict=True)}
    table = Table(source, {text: _cells(column) for text, column in columns.items()})
    if not table.columns or not len(next(iter(table.columns.values()))):
        raise DataError(f"there is no image in {source}: it has no rows.")
    return table


def _cells(column: Any) -> Column:
    """Numbers as an array, all else as a list, with None for what pandas marks as missing."""
    array: Any = np.asarray(column)
    if array.ndim == 1 and array.dtype.kind in "biuf":
        return np.asarray(array)
    if hasattr(column, "isna"):
        column = column.astype(object).where(column.notna(), None)
    return list(column.tolist() if hasattr(column, "tolist") else column)


def _image_column(table: Table, asked: str | None) -> str | None:
    if asked is not None:
        return table.asked_for(asked, "image_column")
    likely = {
        name: cells for name, cells in table.columns.items() if not isinstance(cells, np.ndarray)
    }
    named = Table(table.source, likely).named(IMAGE_NAMES)
    files = [name for name, cells in likely.items() if ends_as_image(cells[0])]
    return files[0] if named is None and len(files) == 1 else named


def _pixels(table: Table, labels: Collection[str]) -> np.ndarray[Any, Any]:
    """The columns that are neither labels nor numbers of rows, as `(N, columns)`."""
    rest = [column for column in table.columns if column not in labels]
    numbering = [rest[k] for k in row_numbers(rest)]
    columns = [column for column in rest if column not in numbering]
    others = [column for column in columns if not isinstance(table.columns[column], np.ndarray)]
    if others or not columns:
        raise ConfigError(
            f"{table.source} has no column called {listed(IMAGE_NAMES[:6])}, and its columns are "
            f"not all pixels{f': not numbers are {listed(others, 6)}' if others else ''}. Say "
            f'which holds the images: image_column="..."; it has {listed(table.columns)}.'
        )
    warn_of_row_numbers(table.source, numbering)
    return np.stack([np.asarray(table.columns[column]) for column in columns], axis=1)
