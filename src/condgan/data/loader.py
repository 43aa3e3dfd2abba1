"""Batches picked by index from resident tensors: no worker, no copy but the batch itself."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.classes import Classes
from condgan.conditions import Condition
from condgan.errors import ConfigError
from condgan.images import from_bytes

SHARE = 0.5
"""How much of an accelerator's free memory a set may take; networks need the rest."""


class InMemoryLoader:
    """Iterates over (images, labels) of a set held as two tensors; see `LabelledImages.loader`.

    Its labels are canonical already, in terms of `classes`; whoever reads a loader that has an
    attribute `classes` may rely on that.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        classes: Condition,
        *,
        batch_size: int = 64,
        shuffle: bool = True,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
        balanced: bool = False,
    ) -> None:
        if balanced and not isinstance(classes, Classes):
            raise ConfigError(f"balanced batches need classes; the labels are {classes!r}.")
        if balanced and not shuffle:
            raise ConfigError("balanced batches are drawn at random; leave out shuffle=False.")
        self.images = images
        self.labels = labels
        self.classes = classes
        self.device = images.device
        self.batch_size = whole_number("batch_size", batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = generator
        self.balanced = balanced
        self.parts = (0, 1)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(channels, height, width)`."""
        channels, height, width = self.images.shape[1:]
        return (channels, height, width)

    def __len__(self) -> int:
        """Batches in an epoch."""
        full, rest = divmod(len(self.images), self.batch_size)
        return full + bool(rest and not self.drop_last)

    def with_labels(self, labels: Tensor, classes: Condition) -> InMemoryLoader:
        """The same images with other labels, canonical in terms of `classes`."""
        return self._over(self.images, labels, classes)

    def to(self, device: torch.device | str) -> InMemoryLoader:
        """The same loader, with batches that are on `device`.

        The whole set moves there if it takes no more than `SHARE` of the room; otherwise it stays
        where it is, and each batch moves.
        """
        device = torch.device(device)
        free = free_bytes(device)
        fits = free is None or self.images.nbytes <= SHARE * free
        home = device if fits else self.images.device
        other = self._over(self.images.to(home), self.labels.to(home), self.classes)
        other.device = device
        return other

    def part(self, index: int, of: int) -> InMemoryLoader:
        """The same loader, which gives of each batch one of so many parts, as even as can be.

        One of a few images may be empty.
        """
        other = self._over(self.images, self.labels, self.classes)
        other.parts = (index, of)
        return other

    def _over(self, images: Tensor, labels: Tensor, classes: Condition) -> InMemoryLoader:
        """A loader with the same settings over other tensors."""
        other = copy.copy(self)
        other.images, other.labels, other.classes = images, labels, classes
        return other

    def _order(self) -> Tensor:
        """The image of each place in an epoch."""
        count = len(self.images)
        if self.balanced:
            frequency = torch.bincount(self.labels).double()
            weights = frequency.reciprocal()[self.labels].cpu()
            return torch.multinomial(weights, count, replacement=True, generator=self.generator)
        if self.shuffle:
            return torch.randperm(count, generator=self.generator)
        return torch.arange(count)

    def _own(self, batch: Tensor) -> Tensor:
        index, of = self.parts
        return batch[index * len(batch) // of : (index + 1) * len(batch) // of]

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        end = len(self) * self.batch_size
        # Also unshuffled, a batch is picked by index: a slice would let its user change the set.
        order = self._order().to(self.images.device)
        for start in range(0, end, self.batch_size):
            chosen = self._own(order[start : start + self.batch_size])
            # Moved as bytes, a quarter of what they become.
            images = self.images.index_select(0, chosen).to(self.device)
            labels = self.labels.index_select(0, chosen).to(self.device)
            yield from_bytes(images) if images.dtype == torch.uint8 else images, labels


def free_bytes(device: torch.device) -> int | None:
    """The free memory of an accelerator, or None if it does not say, as the CPU."""
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    return free
