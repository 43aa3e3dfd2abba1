"""The `dcgan` architecture: transposed convolutions up, strided convolutions down.

Radford and others, "Unsupervised Representation Learning with Deep Convolutional Generative
Adversarial Networks" (2016, arXiv:1511.06434), section 3, with the label in the generator's batch
normalisation and a discriminator without batch normalisation, whose weights are meant to be
spectrally normalised (`layers.spectrally_normalised`). Any number of channels, any height and
width from 8. Weights and maps keep the channels last in memory, which convolutions are faster on.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import fold

from condgan.arguments import whole_number
from condgan.modes import is_drawing
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

SMALL = partial(nn.init.normal_, std=0.02)
"""Initial weights of the paper, section 4."""


FEW = 4
"""Channels, at most, that `Doubling` draws without a convolution."""


class Doubling(nn.ConvTranspose2d):
    """A 4x4 transposed convolution from `(N, before, h, w)` to `(N, after, 2h, 2w)`.

    A CPU convolves to sixteen channels in the time of one. To the one or three of an image a
    matrix product is faster, whose 4x4 tiles are summed where they overlap: five times for digits,
    and the same to within rounding. That is done while drawing only, where nothing is
    recorded: other tools want to find a convolution in what is exported.
    """

    def __init__(self, before: int, after: int, bias: bool) -> None:
        super().__init__(before, after, 4, stride=2, padding=1, bias=bias)

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        drawing = is_drawing() and input.device.type == "cpu"
        if not drawing or self.out_channels > FEW or self.bias is None:
            return super().forward(input, output_size)
        height, width = input.shape[2:]
        tiles = self.weight.flatten(1).T @ input.flatten(2)
        image = fold(tiles, (2 * height, 2 * width), 4, stride=2, padding=1)
        return image + self.bias[:, None, None]


class DcganGenerator(nn.Module):
    """(noise `(N, latent_dim)`, vectors `(N, condition_size)`) to images in [-1, 1].

    A linear layer draws the smallest map; each step normalises, rectifies and doubles it. For
    28x28 images of one channel and `width` w: `(2w, 7, 7)`, `(w, 14, 14)`, `(1, 28, 28)`.

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
        self.sizes = stages(size[0], size[1], depth)
        hidden = widths(whole_number("width", width), len(self.sizes) - 2)
        smallest = (hidden[0], *self.sizes[0])
        self.start = Start(latent_dim, condition_size, smallest, conditioning)
        into_norm = 0 if self.start.joins else condition_size
        self.norms = nn.ModuleList()
        self.ups = nn.ModuleList()
        for before, after in pairwise([*hidden, channels]):
            self.norms.append(ConditionalBatchNorm(before, into_norm))
            # A constant added before a normalisation is taken out by it.
            bias = len(self.ups) == len(self.sizes) - 2
            self.ups.append(Doubling(before, after, bias))
        initialised(self, SMALL)
        self.to(memory_format=torch.channels_last)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        x: Tensor = self.start(z, condition)
        for norm, up, (height, width) in zip(self.norms, self.ups, self.sizes[1:], strict=True):
            # Doubling may give one row or column more than an odd size has.
            x = up(torch.relu(norm(x, condition)))[:, :, :height, :width]
        return as_image(x).contiguous()


class DcganDiscriminator(nn.Module):
    """(images, vectors `(N, condition_size)`) to features `(N, F)`.

    Each 4x4 convolution halves the map, a last 3x3 one as well, and the features are the sums over
    what is left. Vectors are joined to the image as constant channels; a projecting head
    passes none (`condition_size` 0).

    Args:
        width: channels of the first map.
        depth: how often the image is halved before the last convolution.
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
        hidden = widths(whole_number("width", width), halvings)[::-1]
        layers: list[nn.Module] = []
        for before, after in pairwise([channels + condition_size, *hidden[:-1]]):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        layers += [nn.Conv2d(hidden[-2], hidden[-1], 3, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.layers = initialised(nn.Sequential(*layers), SMALL)
        self.to(memory_format=torch.channels_last)
        self.features = hidden[-1]

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        features: Tensor = self.layers(with_planes(images, condition)).sum(dim=(2, 3))
        return features


DCGAN = Architecture(
    DcganGenerator, DcganDiscriminator, conditioning="projection", spectral_norm=True
)
