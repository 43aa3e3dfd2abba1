"""What an architecture is: the backbones of a generator and of its discriminator."""

from collections.abc import Callable
from typing import NamedTuple

from torch import nn


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
            and fake images share a pass.
    """

    generator: Callable[..., nn.Module]
    discriminator: Callable[..., nn.Module]
