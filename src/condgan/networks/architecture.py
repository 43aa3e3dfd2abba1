"""What an architecture is: the backbones of a generator and of its discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from torch import nn

Conditioning = Literal["concat", "projection", "none"]
"""Where a discriminator meets the label: in its backbone, in its head, or nowhere."""


class Architecture(NamedTuple):
    """A pair of backbones, the unit that a plugin registers under a name.

    Attributes:
        generator: `generator(latent_dim, condition_size, image_shape, **options)` makes a module
            from (noise `(N, latent_dim)`, vectors `(N, condition_size)`) to images
            `(N, *image_shape)` in [-1, 1].
        discriminator: `discriminator(condition_size, image_shape, **options)` makes a module from
            (images `(N, *image_shape)`, vectors `(N, condition_size)`) to features `(N, F)`; its
            attribute `features` is F. If its features of an image do not depend on the rest of
            the batch (no batch normalisation), an attribute `judges_each_alone = True` lets real
            and fake images share a pass. Where the label is not the backbone's business,
            `condition_size` is 0.
        conditioning: how the discriminator meets the label, unless the user chooses.
        spectral_norm: whether the discriminator's weights are spectrally normalised, unless the
            user chooses.
    """

    generator: Callable[..., nn.Module]
    discriminator: Callable[..., nn.Module]
    conditioning: Conditioning = "concat"
    spectral_norm: bool = False


CONVOLUTIONAL_FROM = 16
"""The least height and width at which convolutions are worth their time."""


def fitting(image_shape: tuple[int, int, int]) -> str:
    """The name that `architecture="auto"` stands for: by the shorter side of the image.

    Below 16 pixels `mlp`, to 64 `dcgan`, above `resnet`.
    """
    short = min(image_shape[1:])
    if short < CONVOLUTIONAL_FROM:
        return "mlp"
    return "dcgan" if short <= 64 else "resnet"
