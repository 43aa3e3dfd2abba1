"""Images and labels that are in memory already, and the step in which every reader ends."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

import numpy as np
from torch import Tensor

from condgan.classes import Classes, Label, is_one_label
from condgan.conditions import Condition, as_condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.labels import condition_found, tidy
from condgan.data.readers.odd_classes import warn_of_odd_classes
from condgan.data.readers.pixels import Layout, as_images
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import DataError, LabelError, listed


def read_arrays(
    images: Any,
    labels: Any,
    *,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Images and their labels, from numpy arrays, tensors or lists, as `LabelledImages`.

    The values are copied: what the caller holds is neither changed nor shared.

    Args:
        images: `(N, H, W)`, `(N, C, H, W)` or `(N, H, W, C)` with C of 1, 3 or 4; or a list of N
            arrays, tensors or Pillow images of one size.
        labels: N labels of any kind that `Classes.canonical` takes; rows `(N, k)`; or a set or
            list of labels for each image, which are then attributes.
        layout: "NCHW" or "NHWC", where the shape could be either, as `(N, 3, 3, 3)` could, or
            where C is not 1, 3 or 4.
        value_range: the (low, high) that mean black and white; they become -1 and 1. Left out,
            uint8 and other whole numbers are 0..255, and floats are [-1, 1] if one is negative
            and [0, 1] otherwise; numbers that fit none of these are refused.
        on_unlabelled: "error", or "skip" to leave out images whose label is missing (None, NaN,
            empty text), with one warning that counts and names them.
        unlabelled: labels that mean the same, such as "NA" or -1: one of them, or several.
        classes: what the labels mean: how many there are, a list of them, or `Classes`,
            `Attributes` or `Quantities`. Left out, they are the labels that occur, in order, with
            a warning where these look odd.
        name: what to call the set; "data" if left out.

    Returns:
        Images `(N, C, H, W)`: uint8 where they are whole numbers of 0..255, float32 in [-1, 1]
        otherwise.

    Raises:
        DataError: a shape, value or number of images that cannot be right, or no label at all.
        LabelError: a label that is missing, or not among the classes, or labels of a shape that
            needs `classes`.

    Example:
        >>> import numpy as np
        >>> from condgan.data.readers.arrays import read_arrays
        >>> data = read_arrays(np.linspace(0, 1, 32).reshape(2, 4, 4), ["cat", "dog"])
        >>> data.image_shape, data.counts()
        ((1, 4, 4), {'cat': 1, 'dog': 1})
        >>> data.images.min().item(), data.images.max().item()
        (-1.0, 1.0)
    """
    return labelled_pixels(
        as_images(images, layout=layout, value_range=value_range),
        labels,
        on_unlabelled=on_unlabelled,
        unlabelled=unlabelled,
        classes=classes,
        name=name,
    )


def labelled_pixels(
    pixels: Tensor,
    labels: Any,
    *,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """What `read_arrays` does, of images that are condgan's own already and are not copied.

    Where a reader has made them of what nobody else holds, a file takes its own size in memory,
    and not twice that.
    """
    policy = Unlabelled(on_unlabelled, unlabelled)
    labels = paired(pixels, labels)
    rows = policy.rows({"label": labels}, name or "the data", "index {}".format)
    if len(rows) < len(labels):
        pixels, labels = pixels[rows], picked(labels, rows)
    return with_labels(pixels, labels, classes=classes, name=name)


def picked(values: Any, rows: Sequence[int]) -> Any:
    """The values, in an array or list, at some positions."""
    return values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows]


def with_labels(
    pixels: Tensor,
    labels: Any,
    *,
    classes: int | Iterable[Label] | Condition | None = None,
    as_told: bool = True,
    name: str | None = None,
) -> LabelledImages:
    """Images that are condgan's own already, which are not copied, with their labels.

    Args:
        pixels: `(N, C, H, W)`, uint8 or float32 in [-1, 1].
        labels, classes, name: as in `read_arrays`.
        as_told: whether the user listed these classes, so that nothing about them can be odd.

    Raises:
        DataError: no image, or another number of labels.
        LabelError: a label that is not among the classes, or labels of an unclear shape.

    Example:
        >>> import torch
        >>> with_labels(torch.zeros(2, 1, 4, 4), ["cat", "dog"])
        LabelledImages('data', 2 x (1, 4, 4), Classes(['cat', 'dog']))
    """
    labels = paired(pixels, labels)
    if not len(pixels):
        raise DataError("there is no image in this data set.")
    condition = condition_found(labels) if classes is None else as_condition(classes)
    data = LabelledImages(pixels, condition.canonical(labels), condition, name or "data")
    if isinstance(condition, Classes):
        counts = data.counts()
        if classes is None or not as_told:
            warn_of_odd_classes(counts, data.name)
        _warn_of_empty_classes(counts, data.name)
    return data


def paired(images: Sized, labels: Any) -> Any:
    """The labels as a list or array, as many as there are images.

    Raises:
        LabelError: one label for all.
        DataError: another number of labels.
    """
    labels = tidy(labels)
    if is_one_label(labels):
        raise LabelError(f"labels must be a row of {len(images)}, one an image; got {labels!r}.")
    if len(labels) != len(images):
        raise DataError(
            f"there are {len(images)} images but {len(labels)} labels; each image needs one."
        )
    return labels


def _warn_of_empty_classes(counts: Mapping[Label, int], name: str) -> None:
    empty = [label for label, count in counts.items() if not count]
    if empty:
        warnings.warn(
            f"{name}: no image of {len(empty)} of {len(counts)} classes: "
            f"{listed(empty)}. They keep their place; nothing can be learnt about them.",
            stacklevel=4,
        )
