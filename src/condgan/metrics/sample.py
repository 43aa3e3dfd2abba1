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


def drawn(sample: Sample, label: Label, n: int) -> Tensor:
    """`n` images of one class, float32 `(n, C, H, W)` on the CPU; bytes become [-1, 1].

    Raises:
        ArgumentTypeError: the sample gave anything but a tensor.
        DataError: the sample gave another number of images than labels.
    """
    images: Any = sample([label] * n)
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
    return from_bytes(images) if images.dtype == torch.uint8 else images.float()
