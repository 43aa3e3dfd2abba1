"""The one place where batches come in: checked, mapped to class ids, moved to the device."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from condgan.classes import Classes
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.loader import InMemoryLoader
from condgan.data.readers.datasets import IMAGE_KEYS, LABEL_KEYS
from condgan.errors import ArgumentTypeError, DataError, LabelError, listed
from condgan.training.algorithms.protocol import Batch
from condgan.training.loaders import batches_of, classes_named, tensors_of
from condgan.training.ranks import Ranks
from condgan.training.sharing import all_too_small, divided, is_divisible, part_of

TOLERANCE = 1e-3
"""How far outside [-1, 1] an image may lie, for rounding in whatever made it."""


class Intake:
    """Batches of a loader as an algorithm wants them.

    A loader is anything that can be iterated over once an epoch and gives (images, labels): this
    library's own, a torch `DataLoader`, a list of batches. Labels are the user's own, and are
    looked up in `classes`, unless the loader has an attribute `classes` that says whose ids they
    are.

    Args:
        loader: where batches come from.
        classes: the condition of the networks.
        image_shape: the images the networks are made for.
        device: where batches go.
        fewest: batches of fewer images are passed over, since the networks cannot train on them;
            of several ranks each needs one image, since they normalise together.
        ranks: the processes that each take their part of a batch.

    Attributes:
        shown: of which classes a label has come by, bool `(K,)`; None if there are no classes.
        skipped: images that were passed over in this epoch.

    Warns:
        UserWarning: images in [0, 1]; a single class, as far as can be seen ahead; a data set
            whose classes are called by other numbers than their ids.

    Raises:
        ArgumentTypeError: not something to iterate over, or a batch that is no pair.
        DataError: no batch at all, images of another shape or type or outside [-1, 1].
        LabelError: labels that the networks do not know.
    """

    def __init__(
        self,
        loader: Any,
        classes: Condition,
        image_shape: tuple[int, int, int],
        device: torch.device,
        fewest: int = 1,
        ranks: Ranks | None = None,
    ) -> None:
        if isinstance(loader, LabelledImages):
            raise ArgumentTypeError(
                "the Trainer takes a loader; write data.loader(batch_size=64) for these images."
            )
        if not isinstance(loader, Iterable) or isinstance(loader, (str, bytes, Mapping, Tensor)):
            raise ArgumentTypeError(
                f"a loader gives batches of (images, labels); got {type(loader).__name__}. "
                "Use load_data(...).loader(batch_size=64) or a torch DataLoader."
            )
        if isinstance(loader, Iterator):
            raise ArgumentTypeError(
                f"a {type(loader).__name__} can be read only once, but each epoch reads again. "
                "Give a DataLoader, a list of batches, or an object whose __iter__ starts anew."
            )
        self.classes = classes
        self.image_shape = image_shape
        self.device = device
        self.ranks = ranks or Ranks()
        self.fewest = fewest if self.ranks.size == 1 else 1
        self.skipped = 0
        known = isinstance(classes, Classes)
        self.shown = torch.zeros(classes.size, dtype=torch.bool) if known else None
        self._noted = False
        theirs = getattr(loader, "classes", None)
        if not isinstance(theirs, Condition):
            theirs = classes_named(loader, classes)
        self._given_as = _ids_of(theirs) if isinstance(theirs, Condition) else None
        self._translation = _translation(theirs, classes) if isinstance(theirs, Condition) else None
        self._range_is_known = False
        self.loader: Any = loader
        self._checked_ahead = False
        self._check_ahead()
        self._trusted = isinstance(loader, InMemoryLoader)
        if isinstance(loader, InMemoryLoader):
            labels = self._ids(loader.labels)
            self.loader = loader.with_labels(labels, classes).to(device)
            self._warn_of_one_class([labels])
        self._shares_out()

    def _shares_out(self) -> None:
        """Where several ranks train, reads only what is this one's, if the loader lets it."""
        self._is_part = False
        if self.ranks.size == 1:
            return
        self._is_part = True
        if isinstance(self.loader, InMemoryLoader):
            self.loader = self.loader.part(self.ranks.rank, self.ranks.size)
        elif is_divisible(self.loader):
            self.loader = divided(self.loader, self.ranks)
        else:
            self._is_part = False

    @property
    def batches(self) -> int | None:
        """Batches in an epoch, or None if the loader cannot say."""
        try:
            return len(self.loader)
        except (TypeError, NotImplementedError):
            return None

    def __iter__(self) -> Iterator[Batch]:
        self.skipped = 0
        empty = True
        if self._trusted and not self._noted:
            self._note(self.loader.labels)
            self._noted = True
        for index, given in enumerate(batches_of(self.loader)):
            batch = Batch(*given) if self._trusted else self._checked(given, index)
            if not self._is_part:
                if len(batch.images) < self.fewest * self.ranks.size:
                    self.skipped += len(batch.images)
                    continue
                if self.ranks.size > 1:
                    own = part_of(len(batch.images), self.ranks)
                    batch = Batch(batch.images[own], batch.labels[own])
            empty = False
            yield batch
        self.skipped += getattr(getattr(self.loader, "batch_sampler", None), "left_out", 0)
        if empty:
            raise self._no_batch()

    def tell(self, G: Any) -> None:
        """Notes as `G.unseen` the classes of which no image has ever come by."""
        if not isinstance(self.classes, Classes) or self.shown is None or not self.shown.any():
            return
        before = getattr(G, "unseen", None)
        labels = self.classes.labels if before is None else before
        G.unseen = tuple(label for label in labels if not self.shown[self.classes.id(label)])

    def _checked(self, given: Any, index: int) -> Batch:
        images, labels = self._pair(given, index)
        if not self._checked_ahead:
            self._check_images(images, f"batch {index}")
        labels = self._labels(labels, f"batch {index}")
        if len(images) != len(labels):
            raise DataError(f"batch {index} has {len(images)} images but {len(labels)} labels.")
        if len(images) >= self.fewest:
            self._note(labels)
        return Batch(
            images.to(self.device, torch.float32, non_blocking=True),
            labels.to(self.device, non_blocking=True),
        )

    def _note(self, labels: Tensor) -> None:
        """Keeps in mind which classes come by; on the CPU, where labels are before they move."""
        if self.shown is not None:
            self.shown[labels.to(self.shown.device)] = True

    def _check_ahead(self) -> None:
        """What can be seen before the first batch: an empty loader, and tensors held whole."""
        if self.batches == 0:
            raise self._no_batch()
        if isinstance(self.loader, InMemoryLoader):
            if self.loader.image_shape != self.image_shape:
                raise self._other_shape(self.loader.image_shape, "the loader")
            if self.loader.images.is_floating_point():
                self._check_images(self.loader.images, "the loader")
            return
        found = []
        for images, labels in tensors_of(self.loader):
            self._check_images(images, "the data set")
            found.append(self._labels(labels, "the data set"))
        self._checked_ahead = bool(found)
        self._warn_of_one_class(found)

    def _warn_of_one_class(self, labels: list[Tensor]) -> None:
        """The first rows of a file that is sorted by class are of a single one."""
        if not isinstance(self.classes, Classes) or self.classes.size == 1 or not labels:
            return
        ids = torch.cat(labels)
        if len(ids) > 1 and bool((ids == ids[0]).all()):
            warnings.warn(
                f"all {len(ids)} images are of the class {self.classes.labels[int(ids[0])]!r}, "
                f"but the networks were made for {self.classes.size} classes, and can learn "
                "nothing of the others. Of data sorted by class take a part of each: "
                "data.split(0.1).",
                stacklevel=4,
            )

    def _pair(self, given: Any, index: int) -> tuple[Tensor, Any]:
        if isinstance(given, Mapping):
            image = next((key for key in IMAGE_KEYS if key in given), None)
            label = next((key for key in LABEL_KEYS if key in given), None)
            if image is not None and label is not None:
                given = (given[image], given[label])
        if not isinstance(given, (tuple, list)) or len(given) != 2:
            what = (
                f"a dict with the keys {listed(given)}"
                if isinstance(given, Mapping)
                else f"a {type(given).__name__}"
                + (f" of {len(given)}" if isinstance(given, (tuple, list)) else "")
            )
            raise ArgumentTypeError(
                f"a batch is a pair (images, labels), or a dict with one of {listed(IMAGE_KEYS)} "
                f"and one of {listed(LABEL_KEYS)}; batch {index} is {what}."
            )
        images, labels = given
        if not isinstance(images, Tensor):
            raise ArgumentTypeError(
                f"images come as a tensor (N, C, H, W); batch {index} has a "
                f"{type(images).__name__}. Give the data set a transform such as ToTensor, or use "
                "load_data(dataset).loader()."
            )
        return images, labels

    def _check_images(self, images: Tensor, where: str) -> None:
        if images.ndim != 4 or tuple(images.shape[1:]) != self.image_shape:
            raise self._other_shape(tuple(images.shape[1:]), where)
        if not images.is_floating_point():
            raise ArgumentTypeError(
                f"images must be floats in [-1, 1]; {where} holds {images.dtype}. For bytes write "
                "images.float() / 127.5 - 1, or use load_data(...).loader()."
            )
        if not len(images):
            raise DataError(f"{where} holds no image; leave empty batches out.")
        low, high = (float(bound) for bound in torch.aminmax(images.detach()))
        # Written so that NaN, which compares false to everything, is refused as well.
        if not (low >= -1 - TOLERANCE and high <= 1 + TOLERANCE):
            raise DataError(
                f"images must lie in [-1, 1]; {where} lies in [{low:g}, {high:g}]. For 0..255 "
                "write images / 127.5 - 1; after ToTensor(), use Normalize(0.5, 0.5) and no other; "
                "NaN means a broken image."
            )
        # A late batch may be of bright images alone; a set may be of black ones, all of them 0.
        if self._range_is_known or low == high:
            return
        self._range_is_known = True
        if low >= 0:
            warnings.warn(
                f"images of {where} lie in [{low:g}, {high:g}], but the generator draws in "
                "[-1, 1]: the discriminator will tell them apart by brightness alone. "
                "If these are in [0, 1], write images * 2 - 1, or Normalize(0.5, 0.5).",
                stacklevel=2,
            )

    def _labels(self, labels: Any, where: str) -> Tensor:
        try:
            if self._given_as is not None:
                return self._ids(self._given_as.canonical(labels))
            return self.classes.canonical(labels)
        except LabelError as error:
            raise LabelError(f"in {where}: {error}") from error

    def _ids(self, labels: Tensor) -> Tensor:
        return labels if self._translation is None else self._translation.to(labels.device)[labels]

    def _no_batch(self) -> DataError:
        sizes = {
            "images": _length(
                getattr(self.loader, "dataset", getattr(self.loader, "images", None))
            ),
            "batch_size": getattr(self.loader, "batch_size", None),
            "drop_last": getattr(self.loader, "drop_last", None),
        }
        known = ", ".join(f"{name} {size}" for name, size in sizes.items() if size is not None)
        if self.skipped and self.ranks.size > 1:
            return all_too_small(self.ranks)
        if self.skipped:
            return DataError(
                f"the loader gave only batches of one image{f' ({known})' if known else ''}, and "
                "the networks hold BatchNorm1d, which takes two: take larger batches."
            )
        return DataError(
            f"the loader gave no batch{f' ({known})' if known else ''}. Batches larger than the "
            "data with drop_last give none; so does an iterator that was read before: give the "
            "Trainer something that can be iterated over again."
        )

    def _other_shape(self, shape: tuple[int, ...], where: str) -> DataError:
        return DataError(
            f"images must have shape (N, channels, height, width) with {self.image_shape} as the "
            f"networks were made for; {where} has images of shape {shape}."
        )


def fewest_images(*networks: nn.Module) -> int:
    """How many images a batch needs: two where `BatchNorm1d` has nothing but them to average over.

    The library's own networks normalise over pixels too, or each image alone, and need one.
    """
    modules = (module for network in networks for module in network.modules())
    return 2 if any(isinstance(module, nn.BatchNorm1d) for module in modules) else 1


def _ids_of(theirs: Condition) -> Condition:
    """What a loader's labels are, when they are canonical in terms of `theirs`."""
    return Classes(len(theirs)) if isinstance(theirs, Classes) else theirs


def _translation(theirs: Condition, ours: Condition) -> Tensor | None:
    """Our class id for each of a loader's, or None where they are the same."""
    if theirs == ours:
        return None
    if not isinstance(theirs, Classes) or not isinstance(ours, Classes):
        raise LabelError(
            f"the loader's labels are {theirs!r}, but the networks were made for {ours!r}."
        )
    unknown = [label for label in theirs.labels if label not in ours]
    if unknown:
        raise LabelError(
            f"the loader has classes that the networks do not know: {listed(unknown)}. They know "
            f"{listed(ours.labels)}; make them with ConditionalGenerator(data.classes, ...)."
        )
    return torch.tensor([ours.id(label) for label in theirs.labels])


def _length(thing: Any) -> int | None:
    try:
        return len(thing)
    except TypeError:
        return None
