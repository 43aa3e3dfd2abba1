"""Batches picked by index from tensors in memory: no worker, no copy but the batch itself."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.conditions import Condition
from condgan.images import from_bytes


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
        batch_size: int = 64,
        shuffle: bool = True,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        self.images = images
        self.labels = labels
        self.classes = classes
        self.batch_size = whole_number("batch_size", batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.generator = generator

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
        return InMemoryLoader(
            self.images,
            labels,
            classes,
            self.batch_size,
            self.shuffle,
            self.drop_last,
            self.generator,
        )

    def to(self, device: torch.device | str) -> InMemoryLoader:
        """The same loader over tensors that live on `device`."""
        return InMemoryLoader(
            self.images.to(device),
            self.labels.to(device),
            self.classes,
            self.batch_size,
            self.shuffle,
            self.drop_last,
            self.generator,
        )

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        count = len(self.images)
        end = len(self) * self.batch_size
        # Also unshuffled, a batch is picked by index: a slice would let its user change the set.
        order = (
            torch.randperm(count, generator=self.generator) if self.shuffle else torch.arange(count)
        ).to(self.images.device)
        for start in range(0, end, self.batch_size):
            chosen = order[start : start + self.batch_size]
            images = self.images.index_select(0, chosen)
            labels = self.labels.index_select(0, chosen)
            yield from_bytes(images) if images.dtype == torch.uint8 else images, labels
