"""How a metric sees a generator: labels go in, an image for each comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from condgan.classes import Label
from condgan.errors import ArgumentTypeError, DataError
from condgan.images import from_bytes

Sample: TypeAlias = Callable[[list[Label]], Tensor]
"""From a list of the user's labels to images `(N, C, H, W)`, floats in [-1, 1] or bytes (uint8);
`G.generate` is one."""

TOLERANCE = 1e-3
"""How far outside [-1, 1] an image may lie, for rounding in whatever made it."""


def drawn(sample: Sample, label: Label, n: int) -> Tensor:
    """`n` images of one class; see `images_of`."""
    return images_of(sample, [label] * n)


def images_of(sample: Sample, labels: list[Label]) -> Tensor:
    """An image for each label, float32 `(N, C, H, W)` on the CPU; bytes become [-1, 1].

    Raises:
        ArgumentTypeError: the sample gave anything but a tensor.
        DataError: the sample gave another number of images than labels, or values outside
            [-1, 1], which would give plausible wrong figures.
    """
    n = len(labels)
    images: Any = sample(labels)
    if not isinstance(images, Tensor):
        raise ArgumentTypeError(
            f"sample(labels) gives a tensor of images; got a {type(images).__name__}."
        )
    if images.ndim != 4 or len(images) != n:
        raise DataError(
            f"sample(labels) gives an image (C, H, W) for each of {n} labels; "
            f"got shape {tuple(images.shape)}."
        )
    images = images.detach().cpu()
    if images.dtype == torch.uint8:
        return from_bytes(images)
    floats: Tensor = images.float()
    low, high = (float(bound) for bound in torch.aminmax(floats)) if n else (0.0, 0.0)
    # Written so that NaN, which compares false to everything, is refused as well.
    if not (low >= -1 - TOLERANCE and high <= 1 + TOLERANCE):
        raise DataError(
            f"sample(labels) gives images in [-1, 1]; these lie in [{low:g}, {high:g}]. "
            "For 0..255 give bytes (uint8), or images / 127.5 - 1."
        )
    return floats.clamp(-1, 1)
