"""Layers that more than one convolutional architecture is made of."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from condgan.arguments import whole_number
from condgan.errors import ConfigError

SMALLEST = 8
"""The least height and width that the convolutional architectures take."""


AIM = 8
"""The shorter side of the smallest feature map is at most this, unless a depth says otherwise."""


class Start(nn.Module):
    """Noise, and if the label joins it that too, to a generator's smallest map.

    Args:
        latent_dim, condition_size: length of the noise and of the label's vector.
        shape: `(channels, height, width)` of the map.
        conditioning: "concat" joins the label to the noise, "norm" leaves it to normalisations.

    Raises:
        ConfigError: neither "norm" nor "concat".
    """

    def __init__(
        self,
        latent_dim: int,
        condition_size: int,
        shape: tuple[int, int, int],
        conditioning: str,
    ) -> None:
        super().__init__()
        if conditioning not in ("norm", "concat"):
            raise ConfigError(f"conditioning must be 'norm' or 'concat'; got {conditioning!r}.")
        self.joins = conditioning == "concat"
        self.shape = shape
        self.linear = nn.Linear(latent_dim + self.joins * condition_size, math.prod(shape))

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        channels, height, width = self.shape
        flat: Tensor = self.linear(torch.cat([z, condition], dim=1) if self.joins else z)
        return flat.view(-1, height, width, channels).permute(0, 3, 1, 2)  # channels last


def with_planes(images: Tensor, condition: Tensor) -> Tensor:
    """Images `(N, C, H, W)`, vectors `(N, S)` to `(N, C + S, H, W)`: each number a flat plane."""
    if not condition.shape[1]:
        return images
    planes = condition[:, :, None, None].expand(-1, -1, *images.shape[2:])
    return torch.cat([images, planes], dim=1)


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation whose scale and shift are linear in the condition.

    Each channel of `(N, C, H, W)` is normalised over the batch and the pixels, then scaled by
    `1 + a(c)` and shifted by `b(c)`: Dumoulin and others, "A Learned Representation For Artistic
    Style" (2017, arXiv:1610.07629), equation 5; in GANs Miyato and Koyama, "cGANs with Projection
    Discriminator" (2018, arXiv:1802.05637), section 5. Since the pixels count too, a batch of one
    image trains.

    Args:
        channels: C.
        condition_size: length of the vectors; 0 for plain batch normalisation.
    """

    def __init__(self, channels: int, condition_size: int) -> None:
        super().__init__()
        self.normalise = nn.BatchNorm2d(channels, affine=not condition_size)
        self.modulate = nn.Linear(condition_size, 2 * channels) if condition_size else None
        if self.modulate is not None:
            nn.init.normal_(self.modulate.weight, std=0.02)
            nn.init.zeros_(self.modulate.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        normal: Tensor = self.normalise(x)
        if self.modulate is None:
            return normal
        scale, shift = self.modulate(condition)[:, :, None, None].chunk(2, dim=1)
        return torch.addcmul(shift, normal, 1 + scale)


REACH = 1.05
"""How far beyond the range of images a generator's last tanh is stretched before it is clipped."""


def as_image(x: Tensor) -> Tensor:
    """Any numbers to pixels in [-1, 1], both ends included.

    Real images hold pure black and white, which a plain tanh never reaches: a discriminator then
    tells the two apart by that alone, and the generator spends itself on getting closer. Stretched
    and clipped, the ends are reached; a pixel that lies there is pushed neither way.

    Example:
        >>> import torch
        >>> as_image(torch.tensor([-5.0, 0.0, 5.0]))
        tensor([-1.,  0.,  1.])
    """
    return (REACH * torch.tanh(x)).clamp(-1, 1)


def stages(height: int, width: int, depth: int | None, aim: int = AIM) -> list[tuple[int, int]]:
    """Sizes of the feature maps from the smallest to the image, each half the next, rounded up.

    Args:
        height, width: of the image, at least 8.
        depth: how often the image is halved; None halves until the shorter side is at most `aim`,
            and at least once.

    Raises:
        ConfigError: an image that is too small, or too small for that depth; a depth that is not a
            positive whole number.

    Example:
        >>> stages(28, 28, None)
        [(7, 7), (14, 14), (28, 28)]
    """
    short = min(height, width)
    if short < SMALLEST:
        raise ConfigError(
            f"convolutional architectures take images from {SMALLEST}x{SMALLEST}; got "
            f"{height}x{width}. Use architecture='mlp', or enlarge the images (image_size=)."
        )
    deepest = math.ceil(math.log2(short)) - 1
    if depth is None:
        depth = max(1, math.ceil(math.log2(short / aim)))
    depth = whole_number("depth", depth)
    if depth > deepest:
        raise ConfigError(
            f"depth must be at most {deepest} for images of {height}x{width}, which each step "
            f"halves; got {depth}."
        )
    sizes = [(height, width)]
    for _ in range(depth):
        h, w = sizes[0]
        sizes.insert(0, (-(-h // 2), -(-w // 2)))
    return sizes


def widths(width: int, depth: int, most: int = 8) -> list[int]:
    """Channels of each stage from the smallest map on: twice as many each step down, to a limit.

    Example:
        >>> widths(32, 3)
        [256, 128, 64, 32]
    """
    return [width * min(2**step, most) for step in reversed(range(depth + 1))]


def spectrally_normalised(module: nn.Module) -> nn.Module:
    """The same module, each weight matrix divided by its largest singular value.

    Miyato and others, "Spectral Normalization for Generative Adversarial Networks" (2018,
    arXiv:1802.05957), with one power iteration a pass in training. Torch's parametrisation can be
    copied, and its state dict saved, at any time; the module itself cannot be pickled.
    """
    for layer in list(module.modules()):
        if isinstance(layer, (nn.Linear, nn.Embedding, nn.Conv2d)) and layer.weight.numel():
            spectral_norm(layer)
    return module


def initialised(module: nn.Module, weight: Callable[[Tensor], Tensor]) -> nn.Module:
    """The same module, its linear and convolution weights redrawn by `weight`, biases zero.

    What modulates a normalisation keeps its own small weights.
    """
    kept = {m.modulate for m in module.modules() if isinstance(m, ConditionalBatchNorm)}
    for layer in module.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)) and layer not in kept:
            weight(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return module
