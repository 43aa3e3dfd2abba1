"""Torch data sets of any kind, read once into memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import IterableDataset

from condgan.classes import Classes, Label, plain_label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.pixels import Layout
from condgan.data.readers.stack import stacked
from condgan.errors import DataError, listed

IMAGE_KEYS = ("image", "images", "img", "pixel_values")
"""Where the image is in an item that is a dictionary: the first of these that it has."""

LABEL_KEYS = ("label", "labels", "target", "class")
"""Where the label is in an item that is a dictionary: the first of these that it has."""


def read_dataset(
    dataset: Any,
    *,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Any map-style or iterable torch data set, read once from its first item to its last.

    An item is `(image, label)`, or a dictionary with one of `IMAGE_KEYS` and one of `LABEL_KEYS`.
    An image is a Pillow image, an array or a tensor, and all have one size. A label is anything
    that `Classes.canonical` takes, or a row of numbers.

    Whole-number labels become the names that the data set lists as `classes`, as torchvision's
    do, if every name occurs and none only spells out its number ("0 - zero"), or if the `classes`
    asked for are such names. A `LabelledImages` passes through.

    Args:
        dataset: has `__getitem__` and `__len__`, or can be iterated over.
        layout, value_range, classes, name: as in `read_arrays`.

    Raises:
        DataError: items that are not understood, of different sizes, or none at all.
        LabelError: labels that are not among the classes.

    Example:
        >>> import torch
        >>> pairs = torch.utils.data.TensorDataset(torch.rand(4, 1, 8, 8), torch.arange(4) % 2)
        >>> read_dataset(pairs).counts()
        {0: 2, 1: 2}
    """
    if isinstance(dataset, LabelledImages):
        return _restated(dataset, classes, name)
    pairs = [_pair(item, index) for index, item in enumerate(_items(dataset))]
    if not pairs:
        raise DataError(f"there is no image in this {type(dataset).__name__}.")
    pile = stacked([image for image, _ in pairs], "the image of item {}".format)
    labels = [label for _, label in pairs]
    names = _names(dataset)
    if _are_worth_it(names, labels) if classes is None else _are_asked_for(names, labels, classes):
        labels = [names[label] for label in labels]
        classes = names if classes is None else classes
    return read_arrays(
        pile.values,
        labels,
        layout=pile.layout or layout,
        value_range=value_range or pile.value_range,
        classes=classes,
        name=name,
    )


def _restated(
    data: LabelledImages, classes: int | Iterable[Label] | Condition | None, name: str | None
) -> LabelledImages:
    """The same images under another name or other classes."""
    if classes is None:
        if name in (None, data.name):
            return data
        return LabelledImages(data.images, data.labels, data.classes, name or data.name)
    labels: Any = data.labels
    if isinstance(data.classes, Classes):
        labels = [data.classes.labels[k] for k in data.labels.tolist()]
    return read_arrays(
        data.images,
        labels,
        layout="NCHW",
        value_range=(-1, 1) if data.images.is_floating_point() else (0, 255),
        classes=classes,
        name=name or data.name,
    )


def _items(dataset: Any) -> Iterator[Any]:
    # Torch's IterableDataset has a __getitem__ as well, which only raises.
    by_index = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
    if by_index and not isinstance(dataset, IterableDataset):
        for index in range(len(dataset)):
            yield dataset[index]
    else:
        yield from dataset


def _pair(item: Any, index: int) -> tuple[Any, Any]:
    if isinstance(item, Mapping):
        image = next((key for key in IMAGE_KEYS if key in item), None)
        label = next((key for key in LABEL_KEYS if key in item), None)
        if image is not None and label is not None:
            return item[image], _tidy(item[label])
        found = f"a dictionary with {listed(item)}"
    elif isinstance(item, tuple | list) and len(item) == 2:
        return item[0], _tidy(item[1])
    elif isinstance(item, tuple | list):
        found = f"a {type(item).__name__} of {len(item)}: {', '.join(_types(item))}"
    else:
        found = type(item).__name__
    raise DataError(
        f"item {index} of the data set is {found}; wanted (image, label), or a dictionary with "
        f"one of {listed(IMAGE_KEYS)} and one of {listed(LABEL_KEYS)}."
    )


def _types(item: Sequence[Any]) -> list[str]:
    return [type(part).__name__ for part in item]


def _tidy(label: Any) -> Any:
    if isinstance(label, Tensor | np.ndarray | np.generic) and label.ndim == 0:
        return plain_label(label)
    return label


def _names(dataset: Any) -> list[str]:
    """The class names of a data set like torchvision's, also of a part of one."""
    names = getattr(dataset, "classes", None)
    if names is None and hasattr(dataset, "dataset"):
        return _names(dataset.dataset)
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return list(names)
    return []


def _are_worth_it(names: list[str], labels: list[Any]) -> bool:
    """Whether every name occurs and none only spells out its number."""
    spelt_out = any(re.fullmatch(rf"{i}( - .+)?", name) for i, name in enumerate(names))
    return bool(names) and not spelt_out and _numbers(labels) == set(range(len(names)))


def _are_asked_for(names: list[str], labels: list[Any], classes: Any) -> bool:
    """Whether the `classes` asked for are these names, as far as they occur."""
    asked = classes.labels if isinstance(classes, Classes) else classes
    numbers = _numbers(labels)
    return (
        isinstance(asked, list | tuple)
        and bool(numbers)
        and numbers <= set(range(len(names)))
        and all(names[number] in asked for number in numbers)
    )


def _numbers(labels: list[Any]) -> set[int]:
    """The class numbers that occur; none if a label is something else."""
    return set(labels) if all(isinstance(label, int) for label in labels) else set()
