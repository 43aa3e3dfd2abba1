"""How a metric sees a generator: labels go in, an image for each comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from torch import Tensor

from condgan.classes import Label
from condgan.errors import ArgumentTypeError, DataError

Sample: TypeAlias = Callable[[list[Label]], Tensor]
"""From a list of the user's labels to images `(N, C, H, W)` in [-1, 1]; `G.generate` is one."""


def drawn(sample: Sample, label: Label, n: int) -> Tensor:
    """`n` images of one class, on the CPU.

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
    return images.detach().cpu()
