"""Classical augmentation: the same image, a little elsewhere, a little turned or resized."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

SHIFT = 0.08
"""Largest shift to either side, as a part of the image's height or width."""

TURN = math.radians(10)
"""Largest rotation to either side."""

SCALE = 0.1
"""Largest change of size, as a part of it."""


def jittered(images: Tensor) -> Tensor:
    """Each image shifted, turned and resized at random and slightly, without ever being flipped.

    A flipped digit or letter is another one or none; what moves in from outside repeats the edge,
    so that the ground need not be black. Simard and others, "Best practices for convolutional
    neural networks applied to visual document analysis" (ICDAR 2003), section 2.

    Args:
        images: float32 `(N, C, H, W)`, in whatever range.

    Returns:
        As many, of the same shape and range; drawn from torch's global stream.

    Example:
        >>> import torch
        >>> jittered(torch.full((2, 1, 8, 8), -1.0)).shape
        torch.Size([2, 1, 8, 8])
    """
    count, _, height, width = images.shape
    turn, scale, across, down = torch.rand(4, count).mul(2).sub(1)
    cosine = torch.cos(turn * TURN) * (1 + scale * SCALE)
    sine = torch.sin(turn * TURN) * (1 + scale * SCALE)
    # Places run from -1 to 1 in both directions, also where an image is not square.
    maps = torch.stack(
        [
            torch.stack([cosine, -sine * height / width, 2 * SHIFT * across], dim=1),
            torch.stack([sine * width / height, cosine, 2 * SHIFT * down], dim=1),
        ],
        dim=1,
    ).to(images)
    places = affine_grid(maps, list(images.shape), align_corners=False)
    return grid_sample(images, places, padding_mode="border", align_corners=False)
