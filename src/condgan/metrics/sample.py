"""How a metric sees a generator: labels go in, an image for each comes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from torch import Tensor

from condgan.classes import Label
from condgan.errors import DataError

Sample: TypeAlias = Callable[[list[Label]], Tensor]
"""From a list of the user's labels to images `(N, C, H, W)` in [-1, 1]; `G.generate` is one."""


def drawn(sample: Sample, label: Label, n: int) -> Tensor:
    """`n` images of one class, on the CPU.

    Raises:
        DataError: the sample gave another number of images than labels.
    """
    images = sample([label] * n)
    if images.ndim != 4 or len(images) != n:
        raise DataError(
            f"sample(labels) gives an image (C, H, W) for each of {n} labels; "
            f"got shape {tuple(images.shape)}."
        )
    return images.detach().cpu()
