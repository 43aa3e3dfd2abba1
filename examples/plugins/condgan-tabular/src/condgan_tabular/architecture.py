"""The architecture `rows`: small networks for images of one line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from condgan import Architecture
from condgan.errors import ConfigError


def layers(inputs: int, width: int, depth: int) -> nn.Sequential:
    """`depth` times Linear and LeakyReLU(0.2)."""
    made: list[nn.Module] = []
    for _ in range(depth):
        made += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return nn.Sequential(*made)


class RowsGenerator(nn.Module):
    """(noise, label vectors) to rows in [-1, 1], word by word.

    Args:
        latent_dim, condition_size, image_shape: as every architecture takes them.
        width, depth: of the hidden layers.
        blocks: numbers that each column has, as `data.columns.widths`. Those of a choice add up,
            as 1 for one word and -1 for the others do. Left out, each number is on its own.
    """

    def __init__(
        self,
        latent_dim: int,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 64,
        depth: int = 2,
        blocks: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        numbers = math.prod(image_shape)
        self.image_shape = tuple(image_shape)
        self.blocks = [1] * numbers if blocks is None else list(blocks)
        if sum(self.blocks) != numbers:
            raise ConfigError(
                f"blocks add up to the {numbers} numbers of an image {self.image_shape}; got "
                f"{self.blocks}."
            )
        self.hidden = layers(latent_dim + condition_size, width, depth)
        self.out = nn.Linear(width, numbers)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        numbers = self.out(self.hidden(torch.cat([z, condition], dim=1)))
        parts = [
            torch.tanh(part) if part.shape[1] == 1 else 2 * part.softmax(dim=1) - 1
            for part in numbers.split(self.blocks, dim=1)
        ]
        return torch.cat(parts, dim=1).view(-1, *self.image_shape)


class RowsDiscriminator(nn.Module):
    """(rows, label vectors) to features `(N, width)`."""

    judges_each_alone = True

    def __init__(
        self,
        condition_size: int,
        image_shape: tuple[int, int, int],
        width: int = 64,
        depth: int = 2,
    ) -> None:
        super().__init__()
        self.features = width
        self.hidden = layers(math.prod(image_shape) + condition_size, width, depth)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        features: Tensor = self.hidden(torch.cat([images.flatten(1), condition], dim=1))
        return features


ROWS = Architecture(RowsGenerator, RowsDiscriminator, conditioning="concat", spectral_norm=True)
