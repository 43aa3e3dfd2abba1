"""Images of a large array, kept in the library's own form in a file that is mapped into memory."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from condgan.data.readers.decode import WHITE
from condgan.data.readers.image_cache import PART, no_room, refuse_if_full
from condgan.data.readers.npy_file import NpyFile, mapped
from condgan.data.readers.pixels import Layout, as_images
from condgan.errors import DataError

FORMAT = 1
"""To be raised whenever the same file would be kept in another way."""

Array = np.ndarray[Any, Any]


def cached_array(
    folder: Path,
    source: Path,
    array: Array,
    *,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
) -> Tensor:
    """What `as_images` makes of an array of a file, mapped into memory and never held whole.

    The file in the cache is named by where the source is, its size and time, and how it is read.

    Args:
        folder: where such files are kept.
        source: the file of the array.
        array: what is in it, itself mapped if it is not to be in memory.
        layout, value_range: as in `as_images`.

    Raises:
        DataError: a shape or values that cannot be understood.
        WriteError: the cache cannot be written.
    """
    if array.ndim < 3 or not array.size or array.dtype.kind not in "buif":
        return as_images(array, layout=layout, value_range=value_range)  # which says why not
    stat = source.stat()
    how = (FORMAT, str(source.resolve()), stat.st_size, stat.st_mtime_ns, layout, value_range)
    digest = hashlib.sha256(repr(how).encode()).hexdigest()[:16]
    path = folder / f"{source.name.removesuffix('.npy')}-{digest}.npy"
    try:
        return torch.from_numpy(mapped(path))
    except (OSError, ValueError):  # not there, or not whole
        pass
    told = _settled(array, layout, value_range)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=folder) as beside:
            _written(Path(beside, path.name), array, layout, told).replace(path)
        return torch.from_numpy(mapped(path))
    except OSError as error:
        raise no_room(folder, error) from error


def _settled(
    array: Array, layout: Layout | None, value_range: tuple[float, float] | None
) -> tuple[float, float]:
    """The values that mean black and white in the whole array, of which no part can tell alone."""
    ends = np.array([[part.min(), part.max()] for part in _parts(array)], array.dtype)
    low, high = ends[:, 0].min(), ends[:, 1].max()
    try:
        as_images(np.array([low, high]).reshape(2, 1, 1), value_range=value_range)
    except DataError:
        as_images(array, layout=layout, value_range=value_range)  # says where
        raise
    if value_range is not None:
        return value_range
    if array.dtype.kind == "f":
        return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
    return (0, WHITE)


def _parts(array: Array) -> list[Array]:
    """Views of some rows each, whose numbers take no more than `PART` bytes as float64."""
    rows = max(1, PART // max(1, 8 * array[:1].size))
    return [array[start : start + rows] for start in range(0, len(array), rows)]


def _written(
    path: Path, array: Array, layout: Layout | None, value_range: tuple[float, float]
) -> Path:
    file = None
    for part in _parts(array):
        images = as_images(part, layout=layout, value_range=value_range).numpy()
        if file is None:
            refuse_if_full(path.parent, images[0].nbytes * len(array))
            file = NpyFile(path, images.shape[1:], images.dtype)
        file.add(images)
    assert file is not None
    file.finish()
    return path
