"""What an architecture is: the backbones of a generator and of its discriminator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from condgan.errors import ConfigError
from condgan.modes import evaluating

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


TOLERANCE = 1e-3
"""How far beyond [-1, 1] a pixel may lie by rounding."""

_tries: ContextVar[bool] = ContextVar("_tries", default=True)


@contextmanager
def untried() -> Iterator[None]:
    """Backbones that are made inside are taken at their word, as those of a saved network are.

    They drew before they were saved; and how large an image is, only the file says.
    """
    token = _tries.set(False)
    try:
        yield
    finally:
        _tries.reset(token)


def check_images(
    backbone: nn.Module, latent_dim: int, condition_size: int, image_shape: tuple[int, int, int]
) -> None:
    """Whether a generator's backbone draws what it should, seen by drawing two images.

    Raises:
        ConfigError: it fails, or draws images of another shape or range.
    """
    if not _tries.get():
        return
    images = tried(backbone, (2, latent_dim), (2, condition_size))
    if not isinstance(images, Tensor) or images.shape != (2, *image_shape):
        raise ConfigError(
            f"a generator's backbone draws images {(2, *image_shape)} of two rows of noise; "
            f"{type(backbone).__name__} gave {shown(images)}."
        )
    if not images.is_meta and not images.abs().max() <= 1 + TOLERANCE:
        raise ConfigError(
            f"a generator's backbone draws pixels in [-1, 1], such as by a last tanh; those of "
            f"{type(backbone).__name__} reach {float(images.abs().max()):.3g}."
        )


def feature_count(
    backbone: nn.Module, condition_size: int, image_shape: tuple[int, int, int]
) -> int:
    """How many features a discriminator's backbone says that it gives, and does.

    Raises:
        ConfigError: it fails, says nothing, or gives another number.
    """
    said: Any = getattr(backbone, "features", None)
    if isinstance(said, bool) or not isinstance(said, int):
        raise ConfigError(
            f"a discriminator's backbone has an attribute `features`, how many it gives for an "
            f"image; that of {type(backbone).__name__} is {said!r}."
        )
    if not _tries.get():
        return said
    features = tried(backbone, (2, *image_shape), (2, condition_size))
    if not isinstance(features, Tensor) or features.shape != (2, said):
        raise ConfigError(
            f"{type(backbone).__name__} says that it gives {said} features for an image; of two "
            f"images it gave {shown(features)}."
        )
    return said


def tried(backbone: nn.Module, *shapes: tuple[int, ...]) -> Any:
    """What a backbone makes of zeros of these shapes, in evaluation mode."""
    device = next((p.device for p in backbone.parameters()), None)
    given = [torch.zeros(shape, device=device) for shape in shapes]
    try:
        with evaluating(backbone):
            return backbone(*given)
    except Exception as error:
        raise ConfigError(
            f"{type(backbone).__name__} cannot take {' and '.join(map(str, shapes))}: "
            f"{type(error).__name__}: {error}"
        ) from error


def shown(given: Any) -> str:
    return str(tuple(given.shape)) if isinstance(given, Tensor) else repr(given)
