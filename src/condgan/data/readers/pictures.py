"""Pictures one by one, as paths, encoded bytes or Pillow images, and a label for each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import paired, picked
from condgan.data.readers.cells import Way, labelled_cells
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import OnBad
from condgan.data.readers.paths import OnMissing
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled


def read_pictures(
    images: Any,
    labels: Any,
    *,
    root: str | Path | None = None,
    image_size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    value_range: tuple[float, float] | None = None,
    on_bad: OnBad = "error",
    on_missing: OnMissing = "error",
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    workers: int = 0,
    cache: bool | str | Path = False,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Pictures and their labels, in two lists.

    Args:
        images: N paths, Pillow images, or image files as bytes.
        labels, on_unlabelled, unlabelled, classes, name: as in `read_arrays`.
        root: the folder that paths are relative to, and must not leave; left out, they are
            relative to where the program runs.
        image_size, fit, max_pixels, channels, background, orient, value_range, on_bad: as in
            `read_folder`; so are `workers` and `cache`, for paths.
        on_missing: as in `read_listed`.

    Raises:
        FileFormatError: one cannot be decoded.
        MissingFileError: a file is not there.
        DataError: images of different kinds or sizes, or another number of labels.
        LabelError: labels that are missing, or not among the classes.

    Example:
        >>> from PIL import Image
        >>> read_pictures([Image.new("L", (9, 8)), Image.new("L", (8, 9))], [3, 4], image_size=8)
        LabelledImages('data', 2 x (1, 8, 8), Classes([3, 4]))
    """
    source = name or "the data"
    labels = paired(images, labels)
    rows = Unlabelled(on_unlabelled, unlabelled).rows({"label": labels}, source, "index {}".format)
    cells = list(images)
    return labelled_cells(
        [cells[row] for row in rows],
        picked(labels, rows),
        classes,
        Way(
            Decoder(channels, background, image_size, orient, fit, max_pixels, value_range),
            None if root is None else Path(root).expanduser(),
            on_bad,
            on_missing,
            workers,
            cache,
        ),
        source=source,
        place=lambda i: f"index {rows[i]}",
        as_told=classes is not None,
        name=name,
    )


def are_pictures(images: Any) -> bool:
    """Whether `read_pictures` reads them, rather than `read_arrays`.

    Example:
        >>> are_pictures(["a.png", "b.png"]), are_pictures([[[0, 255], [255, 0]]])
        (True, False)
    """
    if isinstance(images, np.ndarray) and images.dtype.kind not in "OUS":
        return False
    if not hasattr(images, "__len__") or not hasattr(images, "__iter__") or not len(images):
        return False
    first = next(iter(images))
    return (
        isinstance(first, str | bytes | bytearray | memoryview | os.PathLike)
        or hasattr(first, "getbands")
        or (isinstance(first, Mapping) and bool({"bytes", "path"} & set(first)))
    )
