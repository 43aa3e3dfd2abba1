"""A labelled image set held in memory, checked once and for all when it is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from condgan.classes import Classes, Label
from condgan.conditions import Condition, as_condition
from condgan.data.loader import InMemoryLoader
from condgan.errors import ArgumentTypeError, ConfigError, DataError, LabelError, listed
from condgan.images import from_bytes


class LabelledImages(Dataset[tuple[Tensor, Any]]):
    """Images with their labels, as one tensor each.

    `load_data` makes one from files, arrays or data sets; this class only holds what was read.

    Args:
        images: uint8 `(N, C, H, W)` in 0..255, or float32 in [-1, 1].
        labels: canonical labels: class ids int64 `(N,)`, or float32 `(N, size)`.
        classes: what the labels mean: a condition, a number of classes, or a list of labels.
        name: what to call the set in files and messages.

    Raises:
        ArgumentTypeError: images or labels of another type.
        DataError: no image, another shape, values outside the range, counts that differ.
        LabelError: labels that are not canonical; `classes.canonical(labels)` makes them so.

    Example:
        >>> import torch, condgan
        >>> data = condgan.LabelledImages(
        ...     torch.zeros(4, 1, 8, 8, dtype=torch.uint8),
        ...     torch.tensor([0, 1, 1, 0]),
        ...     condgan.Classes(["cat", "dog"]),
        ... )
        >>> data.image_shape, data.counts(), data[2][1]
        ((1, 8, 8), {'cat': 2, 'dog': 2}, 'dog')
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        classes: Condition | int | Iterable[Label],
        name: str = "data",
    ) -> None:
        classes = as_condition(classes)
        if images.dtype not in (torch.uint8, torch.float32):
            raise ArgumentTypeError(f"images must be uint8 or float32; got {images.dtype}.")
        if images.ndim != 4 or 0 in images.shape[1:]:
            raise DataError(
                f"images must have shape (N, channels, height, width); got {tuple(images.shape)}."
            )
        if not len(images):
            raise DataError("there is no image in this data set.")
        if len(images) != len(labels):
            raise DataError(f"there are {len(images)} images but {len(labels)} labels.")
        if images.dtype == torch.float32:
            low, high = (float(bound) for bound in torch.aminmax(images))
            # Written so that NaN, which compares false to everything, is refused as well.
            if not (low >= -1.0 and high <= 1.0):
                raise DataError(
                    f"float images must lie in [-1, 1]; these lie in [{low:g}, {high:g}]. "
                    "Say what they mean: load_data(..., value_range=(low, high))."
                )
        _check_canonical(labels, classes)
        self.images = images.contiguous()
        self.labels = labels
        self.classes: Condition = classes
        self.name = name

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)`."""
        channels, height, width = self.images.shape[1:]
        return (channels, height, width)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Any]:
        """Image `index` as float32 in [-1, 1], and its label in the user's own terms."""
        image = self.images[index]
        label = self.labels[index]
        return (
            from_bytes(image) if image.dtype == torch.uint8 else image.clone(),
            self.classes.labels[int(label)] if isinstance(self.classes, Classes) else label,
        )

    def __repr__(self) -> str:
        return f"LabelledImages({self.name!r}, {len(self)} x {self.image_shape}, {self.classes})"

    def counts(self) -> dict[Label, int]:
        """How many images each class has, also those that have none.

        Raises:
            LabelError: the set has no classes but attributes or quantities.
        """
        classes = self._named_classes()
        counts = torch.bincount(self.labels, minlength=len(classes)).tolist()
        return dict(zip(classes.labels, counts, strict=True))

    def of(self, label: Label, n: int | None = None) -> Tensor:
        """The first `n` images (all if left out) of one class, float32 `(n, C, H, W)` in [-1, 1].

        Raises:
            LabelError: the label is unknown.
        """
        found = (self.labels == self._named_classes().id(label)).nonzero()[:n, 0]
        return self.floats(found)

    def floats(self, indices: Tensor | slice = slice(None)) -> Tensor:
        """Images as float32 in [-1, 1], all of them or those at `indices`."""
        images = self.images[indices]
        return from_bytes(images) if images.dtype == torch.uint8 else images.clone()

    def subset(self, indices: Tensor | Sequence[int]) -> LabelledImages:
        """The images at `indices`, or where a mask of N truth values is true; the classes stay."""
        chosen = torch.as_tensor(indices)
        if chosen.dtype == torch.bool:
            chosen = chosen.nonzero()[:, 0]
        chosen = chosen.to(torch.int64)
        return LabelledImages(self.images[chosen], self.labels[chosen], self.classes, self.name)

    def in_terms_of(self, classes: Condition | int | Iterable[Label]) -> LabelledImages:
        """The same images, with the classes in another order and the class ids to match.

        `load_data(data, classes=...)` is for classes of which there are no images too.

        Args:
            classes: the classes of this set, in any order; attributes and quantities only as
                they are.

        Raises:
            LabelError: a class is not of this set, or one of this set is not there; the message
                lists them.

        Example:
            >>> import torch, condgan
            >>> images = torch.zeros(3, 1, 8, 8)
            >>> data = condgan.LabelledImages(images, torch.tensor([0, 1, 1]), ["cat", "dog"])
            >>> data.in_terms_of(["dog", "cat"]).labels
            tensor([1, 0, 0])
        """
        wanted = as_condition(classes)
        if wanted == self.classes:
            return self
        own = self._named_classes()
        if not isinstance(wanted, Classes):
            raise LabelError(f"{self.name} has {own!r}, which cannot be told as {wanted!r}.")
        foreign = [label for label in own if label not in wanted]
        lacking = [label for label in wanted if label not in own]
        if foreign or lacking:
            parts = {"has also": foreign, "lacks": lacking}
            said = " and ".join(f"{verb} {listed(them)}" for verb, them in parts.items() if them)
            raise LabelError(
                f"{self.name} must have the classes {listed(wanted)}, in any order; it {said}."
            )
        ids = torch.tensor([wanted.id(label) for label in own])
        return LabelledImages(self.images, ids[self.labels], wanted, self.name)

    def split(self, fraction: float, seed: int = 0) -> tuple[LabelledImages, LabelledImages]:
        """Two parts without overlap, the second with about `fraction` of each class.

        Raises:
            ConfigError: `fraction` is not strictly between 0 and 1.
            DataError: the set is too small for two parts.
        """
        if not 0 < fraction < 1:
            raise ConfigError(f"fraction must lie between 0 and 1; got {fraction}.")
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed))
        if isinstance(self.classes, Classes):
            of_each = torch.bincount(self.labels, minlength=len(self.classes))
            by_class = order[torch.argsort(self.labels[order], stable=True)]
            groups = list(torch.split(by_class, of_each.tolist()))
        else:
            groups = [order]
        held_out = torch.cat([group[: round(len(group) * fraction)] for group in groups])
        kept = torch.cat([group[round(len(group) * fraction) :] for group in groups])
        if not len(held_out) or not len(kept):
            raise DataError(f"{len(self)} images are too few to hold {fraction:.0%} of them out.")
        return self.subset(kept.sort().values), self.subset(held_out.sort().values)

    def loader(
        self,
        batch_size: int = 64,
        *,
        shuffle: bool = True,
        drop_last: bool = False,
        balanced: bool = False,
        generator: torch.Generator | None = None,
    ) -> InMemoryLoader:
        """Batches of this set, drawn by index from the resident tensor.

        A batch is (images float32 in [-1, 1], canonical labels): class ids, not your own labels;
        the loader's `classes` says which is which, and the Trainer reads it.

        Args:
            batch_size: images a batch; the last may be smaller.
            shuffle: a new order each epoch, drawn from `generator`, or from torch's global
                stream, which a Trainer seeds for the time of `fit`.
            drop_last: leave out a last batch that is not full.
            balanced: show every class equally often, by repeating the images of rare classes and
                leaving out some of frequent ones, drawn anew each epoch.

        Raises:
            ConfigError: `batch_size` is not a positive whole number, or `balanced` without
                classes.
        """
        return InMemoryLoader(
            self.images,
            self.labels,
            self.classes,
            batch_size=batch_size,
            shuffle=shuffle,
            drop_last=drop_last,
            generator=generator,
            balanced=balanced,
        )

    def _named_classes(self) -> Classes:
        if not isinstance(self.classes, Classes):
            raise LabelError(f"{self.name} has no classes; its labels are {self.classes}.")
        return self.classes


def _check_canonical(labels: Any, classes: Condition) -> None:
    """What training relies on without looking again, since it is told that these are ids."""
    ids = isinstance(classes, Classes)
    wanted = torch.int64 if ids else torch.float32
    if not isinstance(labels, Tensor) or labels.dtype != wanted or labels.ndim != 2 - ids:
        raise LabelError(
            f"canonical labels of {classes!r} are {wanted} "
            f"{'(N,)' if ids else f'(N, {classes.size})'}; got {labels!r}. "
            "classes.canonical(labels) makes them from your own."
        )
    (Classes(classes.size) if ids else classes).canonical(labels)
