"""The `mlp` architecture: noise or pixels joined with the label, through fully connected layers.

Conditioning by concatenation is Mirza and Osindero, "Conditional Generative Adversarial Nets"
(2014, arXiv:1411.1784), sections 3.2 and 4.1. With the defaults and ten one-hot classes of 28x28
images these are the layers of the tutorial that the library started from: 180,184 parameters in
the generator and 159,601 in the discriminator.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from condgan.arguments import whole_number
from condgan.networks.architecture import Architecture


def hidden_layers(inputs: int, width: int, depth: int) -> list[nn.Module]:
    """`depth` times Linear, LeakyReLU(0.02), LayerNorm.

    LayerNorm (Ba and others, 2016, arXiv:1607.06450) treats each image alone, so any batch size
    trains, one image included.

    Raises:
        ConfigError: `width` or `depth` is not a positive whole number.
    """
    width = whole_number("width", width)
    layers: list[nn.Module] = []
    for _ in range(whole_number("depth", depth)):
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.02), nn.LayerNorm(width)]
        inputs = width
    return layers


class MlpGenerator(nn.Module):
    """(noise `(N, latent_dim)`, vectors `(N, condition_size)`) to images in (-1, 1)."""

    def __init__(
        self,
        latent_dim: int,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 200,
        depth: int = 1,
    ) -> None:
        super().__init__()
        width = whole_number("width", width)
        self.image_shape = image_shape
        self.layers = nn.Sequential(
            *hidden_layers(latent_dim + condition_size, width, depth),
            nn.Linear(width, math.prod(image_shape)),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        pixels: Tensor = self.layers(torch.cat([z, condition], dim=1))
        return pixels.view(-1, *self.image_shape)


class MlpDiscriminator(nn.Module):
    """(images, vectors `(N, condition_size)`) to features `(N, width)`."""

    judges_each_alone = True

    def __init__(
        self,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 200,
        depth: int = 1,
    ) -> None:
        super().__init__()
        self.features = whole_number("width", width)
        self.layers = nn.Sequential(
            *hidden_layers(math.prod(image_shape) + condition_size, width, depth)
        )

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        features: Tensor = self.layers(torch.cat([images.flatten(1), condition], dim=1))
        return features


MLP = Architecture(MlpGenerator, MlpDiscriminator)
