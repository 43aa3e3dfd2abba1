"""The `resnet` architecture: residual blocks up and down.

The networks of Miyato and others, "Spectral Normalization for Generative Adversarial Networks"
(2018, arXiv:1802.05957), appendix B.4, conditioned as in Miyato and Koyama, "cGANs with Projection
Discriminator" (2018, arXiv:1802.05637), figures 13 and 14. Any number of channels, any height and
width from 8.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from condgan.arguments import whole_number
from condgan.networks.architecture import Architecture
from condgan.networks.layers import (
    ConditionalBatchNorm,
    Start,
    as_image,
    initialised,
    stages,
    widths,
    with_planes,
)


class UpBlock(nn.Module):
    """`(N, before, h, w)` to `(N, after, *size)` with `size` about twice `(h, w)`."""

    def __init__(self, before: int, after: int, size: tuple[int, int], condition_size: int) -> None:
        super().__init__()
        self.size = size
        self.norm1 = ConditionalBatchNorm(before, condition_size)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.norm2 = ConditionalBatchNorm(after, condition_size)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.skip = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        # A 1x1 convolution commutes with nearest enlargement, and costs a quarter before it.
        straight = self._enlarged(self.skip(x))
        x = self.conv1(self._enlarged(relu(self.norm1(x, condition))))
        x = self.conv2(relu(self.norm2(x, condition)))
        return x + straight

    def _enlarged(self, x: Tensor) -> Tensor:
        height, width = self.size
        return interpolate(x, scale_factor=2.0)[:, :, :height, :width]


class DownBlock(nn.Module):
    """`(N, before, h, w)` to `(N, after, h // 2, w // 2)`, or the same size if not `halve`.

    The `first` block of a discriminator sees pixels, which it does not rectify.
    """

    def __init__(self, before: int, after: int, *, first: bool = False, halve: bool = True) -> None:
        super().__init__()
        self.first = first
        self.halve = halve
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.skip = nn.Conv2d(before, after, 1) if halve or before != after else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        inner: Tensor = self.conv2(relu(self.conv1(x if self.first else relu(x))))
        if self.halve:  # a 1x1 convolution commutes with pooling, and costs a quarter after it
            inner, x = avg_pool2d(inner, 2), avg_pool2d(x, 2)
        straight: Tensor = self.skip(x)
        return inner + straight


class ResnetGenerator(nn.Module):
    """(noise `(N, latent_dim)`, vectors `(N, condition_size)`) to images in [-1, 1].

    Args:
        width: channels of the last map before the image.
        depth: how often the map is doubled.
        conditioning: "norm" puts the label into every normalisation, "concat" beside the noise.
    """

    def __init__(
        self,
        latent_dim: int,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 32,
        depth: int | None = None,
        conditioning: Literal["norm", "concat"] = "norm",
    ) -> None:
        super().__init__()
        channels, *size = image_shape
        sizes = stages(size[0], size[1], depth)
        hidden = widths(whole_number("width", width), len(sizes) - 1)
        smallest = (hidden[0], *sizes[0])
        self.start = Start(latent_dim, condition_size, smallest, conditioning)
        into_norm = 0 if self.start.joins else condition_size
        self.blocks = nn.ModuleList(
            UpBlock(before, after, bigger, into_norm)
            for (before, after), bigger in zip(pairwise(hidden), sizes[1:], strict=True)
        )
        self.norm = ConditionalBatchNorm(hidden[-1], 0)
        self.to_image = nn.Conv2d(hidden[-1], channels, 3, padding=1)
        initialised(self, nn.init.xavier_uniform_)
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        x: Tensor = self.start(z, condition)
        for block in self.blocks:
            x = block(x, condition)
        return as_image(self.to_image(relu(self.norm(x, condition)))).contiguous()


class ResnetDiscriminator(nn.Module):
    """(images, vectors `(N, condition_size)`) to features `(N, F)`, sums over the last map.

    Vectors are joined to the image as constant channels; a projecting head passes none.

    Args:
        width: channels of the first map.
        depth: how often the image is halved; two blocks that keep the size follow.
    """

    judges_each_alone = True

    def __init__(
        self,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 32,
        depth: int | None = None,
    ) -> None:
        super().__init__()
        channels, *size = image_shape
        halvings = len(stages(size[0], size[1], depth)) - 1
        hidden = widths(whole_number("width", width), halvings - 1)[::-1]
        first, *rest = pairwise([channels + condition_size, *hidden])
        last = hidden[-1]
        self.blocks = nn.Sequential(
            DownBlock(*first, first=True),
            *(DownBlock(before, after) for before, after in rest),
            DownBlock(last, last, halve=False),
            DownBlock(last, last, halve=False),
        )
        initialised(self, nn.init.xavier_uniform_)
        self.to(memory_format=torch.channels_last)
        self.features = last

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        features: Tensor = relu(self.blocks(with_planes(images, condition))).sum(dim=(2, 3))
        return features


RESNET = Architecture(
    ResnetGenerator, ResnetDiscriminator, conditioning="projection", spectral_norm=True
)
