"""Data frames, and parquet files of them: a row an image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.cells import read_cells
from condgan.data.readers.class_names import names_in_metadata, with_names
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import OnBad
from condgan.data.readers.flat import unflattened
from condgan.data.readers.label_columns import Column, explained
from condgan.data.readers.paths import OnMissing
from condgan.data.readers.pixels import Layout
from condgan.data.readers.sniff import sniff
from condgan.data.readers.table import FILE_NAMES, Table
from condgan.errors import ConfigError, DataError, FileFormatError, MissingExtraError, listed

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
        layout, value_range, name: as in `read_arrays`.
        image_size, fit, max_pixels, channels, background, orient, on_bad: as in `read_folder`, for
            images that have to be decoded.
        on_missing: as in `read_listed`.

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
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels)
    names: dict[str, list[str]] = {}
    source = "the data frame"
    if isinstance(frame, str | Path):
        path = Path(frame)
        frame, names = _parquet(path)
        source, name = str(path), name or path.name.removesuffix(".parquet")
        root = path.parent if root is None else root
    table = _table(frame, source)
    images = _image_column(table, image_column)
    columns = table.label_columns(
        label_column, label_columns, classes, [] if images is None else [images]
    )
    columns, classes = with_names(columns, names, classes)
    if images is None:
        labels, condition = explained(columns, classes, table.place)
        pixels = _pixels(table, [column for column in table.columns if column not in columns])
        return read_arrays(
            unflattened(pixels, image_shape, source),
            labels,
            layout="NCHW",
            value_range=value_range,
            classes=condition,
            name=name,
        )
    pictures = read_cells(
        table.columns[images],
        decode,
        root=None if root is None else Path(root).expanduser(),
        source=source,
        place=table.place,
        on_bad=on_bad,
        on_missing=on_missing,
    )
    pile, kept = pictures.pile, pictures.kept
    of_kept = {column: [cells[row] for row in kept] for column, cells in columns.items()}
    labels, condition = explained(of_kept, classes, lambda i: table.place(kept[i]))
    flat = pile.values.ndim == 2
    return read_arrays(
        unflattened(pile.values, image_shape, source) if flat else pile.values,
        labels,
        layout="NCHW" if flat else pile.layout or layout,
        value_range=value_range or pile.value_range,
        classes=condition,
        name=name,
    )


def _parquet(path: Path) -> tuple[Any, dict[str, list[str]]]:
    """The frame in a parquet file, and the names of the classes of its columns."""
    found = sniff(path)
    if found.kind != "parquet file":
        raise found.refusal("a parquet file")
    try:
        import pandas as pd
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError(
            f"reading the parquet file {path}", "pandas with pyarrow", "parquet"
        ) from None
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
        return frame, names_in_metadata(pq.read_schema(path).metadata or {})
    # Damaged metadata makes pandas raise almost anything.
    except Exception as error:
        raise FileFormatError(
            f"{path} ({found.size} bytes) begins as a parquet file but cannot be read: {error}. "
            "Fetch it again."
        ) from None


def _table(frame: Any, source: str) -> Table:
    names = [str(column) for column in frame.columns]
    twice = next((column for column in names if names.count(column) > 1), None)
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
    return Table(table.source, likely).named(IMAGE_NAMES)


def _pixels(table: Table, columns: list[str]) -> np.ndarray[Any, Any]:
    """Columns of numbers as `(N, columns)`."""
    others = [column for column in columns if not isinstance(table.columns[column], np.ndarray)]
    if others or not columns:
        raise ConfigError(
            f"{table.source} has no column called {listed(IMAGE_NAMES[:6])}, and its columns are "
            f"not all pixels{f': not numbers are {listed(others, 6)}' if others else ''}. Say "
            f'which holds the images: image_column="..."; it has {listed(table.columns)}.'
        )
    return np.stack([np.asarray(table.columns[column]) for column in columns], axis=1)
