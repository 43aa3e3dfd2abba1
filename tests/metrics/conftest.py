"""Blobs: a set of four classes that is quick to learn, and ways to draw from it badly."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

from condgan import Classes, LabelledImages

CORNERS = ["nw", "ne", "sw", "se"]
CENTRES = torch.tensor([[2.0, 2.0], [2.0, 5.0], [5.0, 2.0], [5.0, 5.0]])


def make_blobs(n: int = 320, seed: int = 0, channels: int = 1) -> LabelledImages:
    """`n` images (channels, 8, 8) of a soft spot in one of four corners, with noise."""
    stream = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 4
    y, x = (CENTRES[labels] + torch.rand(n, 2, generator=stream) - 0.5).T[:, :, None, None]
    axis = torch.arange(8.0)
    squared = (axis[None, :, None] - y).square() + (axis[None, None, :] - x).square()
    noise = 0.15 * torch.randn(n, channels, 8, 8, generator=stream)
    images = (1.6 * torch.exp(-squared / 3) - 0.8)[:, None] + noise
    return LabelledImages(images.clamp(-1, 1), labels, Classes(CORNERS), "blobs")


@pytest.fixture(scope="session")
def blobs() -> Callable[..., LabelledImages]:
    return make_blobs


@pytest.fixture(scope="session")
def resample() -> Callable[[LabelledImages], Any]:
    """Makes a sample that draws images of the class asked for, with replacement."""

    def of(data: LabelledImages) -> Any:
        def sample(labels: list[Any]) -> torch.Tensor:
            pool = data.of(labels[0])
            return pool[torch.randint(len(pool), (len(labels),))]

        return sample

    return of
