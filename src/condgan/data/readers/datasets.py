"""Data sets of torch or Hugging Face, read once into memory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from condgan.classes import Classes, Label, plain_label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import with_labels
from condgan.data.readers.cells import Way, labelled_cells
from condgan.data.readers.class_names import (
    names_listed,
    names_of_feature,
    with_listed_names,
    with_names,
)
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import OnBad
from condgan.data.readers.image_folder import items_of
from condgan.data.readers.label_columns import Meaning, explained
from condgan.data.readers.paths import OnMissing
from condgan.data.readers.pixels import Layout
from condgan.data.readers.plain import Column
from condgan.data.readers.table import ends_as_image
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import CondganError, ConfigError, DataError, did_you_mean, listed

IMAGE_KEYS = ("image", "images", "img", "pixel_values")
"""Where the image is in an item that is a dictionary: the first of these that it has."""

LABEL_KEYS = ("label", "labels", "target", "class")
"""Where the label is in an item that is a dictionary: the first of these that it has."""


def read_dataset(
    dataset: Any,
    *,
    split: str | None = None,
    image_key: str | None = None,
    label_key: str | Sequence[str] | None = None,
    image_size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    layout: Layout | None = None,
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
    """Any map-style or iterable data set of torch or Hugging Face, read once from first to last.

    An item is `(image, label)`, or a dictionary with one of `IMAGE_KEYS` and one of `LABEL_KEYS`.
    An image is a Pillow image, an array, a tensor, a path, or Hugging Face's
    `{"bytes": ..., "path": ...}`. A label of a pair is anything that `Classes.canonical` takes, or
    a row of numbers; labels of dictionaries mean what `label_columns.explained` says.

    Whole-number labels become the names that the data set lists as `classes`, as torchvision's
    do, if every name occurs and none only spells out its number ("0 - zero"), or if the `classes`
    asked for are such names. The names of a Hugging Face `ClassLabel` are used whether they occur
    or not. A `LabelledImages` passes through. Of torchvision's `ImageFolder` without transforms
    the files are read, as `read_folder` does.

    Args:
        dataset: has `__getitem__` and `__len__`, or can be iterated over; or a dictionary of such
            under the names of their splits.
        split: which of these; it may be left out if there is but one.
        image_key, label_key: where image and label are in an item, if not under the usual keys;
            several keys of labels are several columns.
        image_size, fit, max_pixels, channels, background, orient, on_bad: as in `read_folder`, for
            images that are Pillow's or encoded; so are `workers` and `cache`, for paths.
        on_missing: as in `read_listed`.
        layout, value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`.

    Raises:
        DataError: items that are not understood, of different sizes, or none at all.
        ConfigError: no such split or key, or none given where several are there.
        LabelError: labels that are missing, or not among the classes.

    Example:
        >>> import torch
        >>> pairs = torch.utils.data.TensorDataset(torch.rand(4, 1, 8, 8), torch.arange(4) % 2)
        >>> read_dataset(pairs).counts()
        {0: 2, 1: 2}
    """
    if isinstance(dataset, LabelledImages):
        return restated(dataset, classes=classes, name=name)
    dataset = _of_split(dataset, split)
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels, value_range)
    policy = Unlabelled(on_unlabelled, unlabelled)
    source = f"this {type(dataset).__name__}"
    keys = _Keys(getattr(dataset, "features", None), image_key, label_key)
    pairs = [keys.pair(item, index) for index, item in enumerate(_items(dataset))]
    if not pairs:
        raise DataError(f"there is no image in {source}.")
    told: list[Any] = [label for _, label in pairs]
    labels: Column
    as_told = classes is not None
    if keys.of_labels:
        labels, classes, rows = _of_columns(dataset, keys.of_labels, told, classes, policy, source)
    else:
        rows = policy.rows({"label": told}, source, "item {}".format)
        labels, classes = with_listed_names(
            names_listed(dataset), [told[row] for row in rows], classes
        )
    return labelled_cells(
        [pairs[row][0] for row in rows],
        labels,
        classes,
        Way(decode, None, on_bad, on_missing, workers, cache, layout),
        source=source,
        place=lambda i: f"item {rows[i]}",
        as_told=as_told,
        name=name,
    )


def are_items(source: Any) -> bool:
    """Whether something is a list of `(image, label)` or of dictionaries, an item an image.

    Example:
        >>> are_items([("1.png", "cat"), ("2.png", "dog")]), are_items((["1.png"], ["cat"]))
        (True, False)
    """
    if not isinstance(source, list | tuple) or not source:
        return False
    return all(isinstance(item, Mapping) for item in source) or all(map(_is_pair, source))


def _is_pair(item: Any) -> bool:
    if not isinstance(item, list | tuple) or len(item) != 2:
        return False
    return _is_image(item[0]) and not _is_image(item[1])


def _is_image(thing: Any) -> bool:
    """Whether something is an image for certain: a label may be a number, a name or a list."""
    if isinstance(thing, np.ndarray | Tensor):
        return thing.ndim > 1
    if isinstance(thing, list | tuple):
        return len(thing) > 0 and isinstance(thing[0], list | tuple | np.ndarray | Tensor)
    encoded = isinstance(thing, bytes | bytearray | os.PathLike | Mapping)
    return encoded or hasattr(thing, "getbands") or ends_as_image(thing)


def is_dataset(source: Any) -> bool:
    """Whether `read_dataset` can be asked to read something."""
    if isinstance(source, dict):
        return bool(source) and all(is_dataset(part) for part in source.values())
    if isinstance(source, Dataset):
        return True
    # Arrays and lists have these methods too.
    plain = isinstance(source, np.ndarray | Tensor | list | tuple | bytes | str)
    by_index = hasattr(source, "__getitem__") and hasattr(source, "__len__")
    return not plain and (by_index or (hasattr(source, "features") and hasattr(source, "__iter__")))


def _of_split(dataset: Any, split: str | None) -> Any:
    if not isinstance(dataset, dict):
        if split is None:
            return dataset
        raise ConfigError(
            f"split={split!r} is for a dictionary of data sets; this is one, a "
            f"{type(dataset).__name__}."
        )
    if split is None and len(dataset) == 1:
        return next(iter(dataset.values()))
    if split in dataset:
        return dataset[split]
    first = next(iter(dataset))
    said = "" if split is None else f"split {split!r} is not there: "
    raise ConfigError(
        f"{said}this {type(dataset).__name__} has the splits {listed(dataset)}. Say which: "
        f"split={first!r}."
    )


def restated(
    data: LabelledImages,
    *,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """The same images under another name or with other classes, as in `read_arrays`."""
    if classes is None:
        if name in (None, data.name):
            return data
        return LabelledImages(data.images, data.labels, data.classes, name or data.name)
    labels: Any = data.labels
    if isinstance(data.classes, Classes):
        labels = [data.classes.labels[k] for k in data.labels.tolist()]
    return with_labels(data.images.clone(), labels, classes=classes, name=name or data.name)


def _items(dataset: Any) -> Iterator[Any]:
    of_files = items_of(dataset)
    if of_files is not None:
        yield from of_files
        return
    # Torch's IterableDataset has a __getitem__ as well, which only raises.
    by_index = hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__")
    if by_index and not isinstance(dataset, IterableDataset):
        for index in range(len(dataset)):
            try:
                item = dataset[index]
            except CondganError:
                raise
            except Exception as error:  # somebody's own code may raise anything
                raise DataError(
                    f"item {index} of this {type(dataset).__name__} cannot be read: "
                    f"{type(error).__name__}: {error}. Repair it, or leave it out, as with "
                    "torch.utils.data.Subset."
                ) from error
            yield item
    else:
        yield from dataset


class _Keys:
    """Where image and labels are in an item that is a dictionary; settled by the first one.

    `of_labels` stays empty if items are pairs.
    """

    def __init__(
        self, features: Any, image_key: str | None, label_key: str | Sequence[str] | None
    ) -> None:
        self.features = features if isinstance(features, Mapping) else {}
        self.image = image_key
        self.asked = [label_key] if isinstance(label_key, str) else list(label_key or [])
        self.of_labels: list[str] = []

    def pair(self, item: Any, index: int) -> tuple[Any, Any]:
        """Image and label of an item; the label is a list of them, one a key."""
        if isinstance(item, Mapping):
            if not self.of_labels:
                self._settle(item, index)
            for key in (self.image, *self.of_labels):
                if key not in item:
                    raise ConfigError(
                        f"item {index} of the data set has no {key!r}"
                        f"{did_you_mean(str(key), map(str, item))} It has {listed(item)}."
                    )
            return item[self.image], [_tidy(item[key]) for key in self.of_labels]
        if self.asked or self.image or self.of_labels:
            raise ConfigError(
                f"item {index} of the data set is {type(item).__name__}, which has no keys; leave "
                "image_key and label_key out."
            )
        if isinstance(item, tuple | list) and len(item) == 2:
            return item[0], _tidy(item[1])
        if isinstance(item, tuple | list):
            raise _not_understood(
                f"a {type(item).__name__} of {len(item)}: {', '.join(_types(item))}", index
            )
        raise _not_understood(type(item).__name__, index)

    def _settle(self, item: Mapping[str, Any], index: int) -> None:
        image = self.image or _usual(item, IMAGE_KEYS) or self._only("Image")
        usual = _usual(item, LABEL_KEYS) or self._only("ClassLabel")
        labels = self.asked or ([usual] if usual is not None else [])
        if image is None or not labels:
            raise _not_understood(f"a dictionary with {listed(item)}", index)
        self.image, self.of_labels = image, labels

    def _only(self, kind: str) -> str | None:
        """The one column of Hugging Face's that is declared to be of a kind."""
        found = [key for key, feature in self.features.items() if type(feature).__name__ == kind]
        return found[0] if len(found) == 1 else None


def _usual(item: Mapping[str, Any], keys: Sequence[str]) -> str | None:
    return next((key for key in keys if key in item), None)


def _not_understood(found: str, index: int) -> DataError:
    return DataError(
        f"item {index} of the data set is {found}; wanted (image, label), or a dictionary with "
        f"one of {listed(IMAGE_KEYS)} and one of {listed(LABEL_KEYS)}. Other keys are named with "
        "image_key=... and label_key=..."
    )


def _types(item: Sequence[Any]) -> list[str]:
    return [type(part).__name__ for part in item]


def _tidy(label: Any) -> Any:
    if isinstance(label, Tensor | np.ndarray | np.generic) and label.ndim == 0:
        return plain_label(label)
    return label


def _of_columns(
    dataset: Any,
    keys: list[str],
    rows: list[list[Any]],
    classes: Any,
    unlabelled: Unlabelled,
    source: str,
) -> Meaning:
    """Labels under one key or several, and what they mean."""
    columns: dict[str, Column] = dict(zip(keys, map(list, zip(*rows, strict=True)), strict=True))
    features = getattr(dataset, "features", None)
    declared = features if isinstance(features, Mapping) else {}
    names = {key: names_of_feature(declared.get(key)) for key in keys}
    columns, classes = with_names(columns, names, classes)
    if len(keys) == 1 and not names[keys[0]]:
        labels, classes = with_listed_names(names_listed(dataset), columns[keys[0]], classes)
        columns = {keys[0]: labels}
    return explained(columns, classes, "item {}".format, unlabelled, source)
