"""Augmentation of what the discriminator sees, through which gradients reach the generator.

Real and fake images are changed alike, so the generator learns to draw unchanged ones while the
discriminator, which never sees an image twice, cannot learn few images by heart: Zhao and others,
"Differentiable Augmentation for Data-Efficient GAN Training" (2020, arXiv:2006.10738); Karras and
others, "Training Generative Adversarial Networks with Limited Data" (2020, arXiv:2006.06676).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from condgan.arguments import number_within
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.verdict import Verdict


@dataclass(frozen=True)
class Augment:
    """Random changes of a batch of images, differentiable.

    Each of the changes below is applied to each image with a given probability, drawn from torch's
    global stream (a run's own, while it trains). The kinds of change are those of Zhao and others
    (2020, arXiv:2006.10738), section 4; what moves in at the border is the image's own edge, not
    black.

    Attributes:
        translation: the longest move, as a share of height and width; what is uncovered is
            filled with the image's own border.
        cutout: the side of a square set to mid-grey, as a share of height and width.
        colour: the most that brightness is added (in units of half the value range), and that
            saturation and contrast are scaled.
        flip: mirror left and right. Only where a mirrored image is of the same class, which a
            digit or a letter is not.

    Raises:
        ConfigError: a strength that is not from 0 to 1, a flip that is not True or False.

    Example:
        >>> import torch
        >>> from condgan.objectives.augment import Augment
        >>> Augment(translation=0.125)(torch.zeros(2, 1, 8, 8)).shape
        torch.Size([2, 1, 8, 8])
    """

    translation: float = 0.125
    cutout: float = 0.0
    colour: float = 0.0
    flip: bool = False

    def __post_init__(self) -> None:
        for name in ("translation", "cutout", "colour"):
            number_within(name, getattr(self, name), 0, 1)
        if not isinstance(self.flip, bool):
            raise ConfigError(f"flip is True or False; got {self.flip!r}.")

    def __call__(self, images: Tensor, p: float | Tensor = 1.0) -> Tensor:
        """Images `(N, C, H, W)` in [-1, 1], each change applied to each with probability `p`."""
        if self.flip:
            images = torch.where(_chosen(images, p) & _chosen(images, 0.5), images.flip(3), images)
        if self.translation:
            images = torch.where(_chosen(images, p), translated(images, self.translation), images)
        if self.colour:
            images = torch.where(_chosen(images, p), recoloured(images, self.colour), images)
        if self.cutout:
            images = torch.where(_chosen(images, p), cut_out(images, self.cutout), images)
        return images


def _chosen(images: Tensor, p: float | Tensor) -> Tensor:
    """Which images are changed, `(N, 1, 1, 1)`."""
    return torch.rand(len(images), 1, 1, 1, device=images.device) < p


def pixels(length: int, share: float) -> int:
    """A share of a side in whole pixels, at least one: a change that is asked for is made."""
    return max(1, round(length * share))


def translated(images: Tensor, share: float) -> Tensor:
    """Each image moved by whole pixels, up to `share` of its height and width either way."""
    count, _, height, width = images.shape
    up, left = pixels(height, share), pixels(width, share)
    padded = pad(images, (left, left, up, up), mode="replicate")
    device = images.device
    rows = torch.randint(2 * up + 1, (count, 1), device=device) + torch.arange(
        height, device=device
    )
    columns = torch.randint(2 * left + 1, (count, 1), device=device) + torch.arange(
        width, device=device
    )
    image = torch.arange(count, device=device)[:, None, None]
    picked = padded.permute(0, 2, 3, 1)[image, rows[:, :, None], columns[:, None, :]]
    return picked.permute(0, 3, 1, 2)


def recoloured(images: Tensor, strength: float) -> Tensor:
    """Brightness, saturation (of colour images) and contrast changed by up to `strength`."""

    def drawn() -> Tensor:
        return (torch.rand(len(images), 1, 1, 1, device=images.device) * 2 - 1) * strength

    images = images + drawn()
    if images.shape[1] > 1:
        grey = images.mean(dim=1, keepdim=True)
        images = grey + (images - grey) * (1 + drawn())
    middle = images.mean(dim=(1, 2, 3), keepdim=True)
    return middle + (images - middle) * (1 + drawn())


def cut_out(images: Tensor, share: float) -> Tensor:
    """A rectangle of `share` of height and width, anywhere on each image, set to mid-grey."""
    count, _, height, width = images.shape
    device = images.device

    def covered(length: int) -> Tensor:
        size = pixels(length, share)
        centre = torch.randint(length, (count, 1), device=device)
        start = centre - size // 2
        places = torch.arange(length, device=device)
        return (places >= start) & (places < start + size)

    hole = covered(height)[:, None, :, None] & covered(width)[:, None, None, :]
    return images.masked_fill(hole, 0.0)


class Augmented(nn.Module):
    """A discriminator that is shown augmented images while it trains, and plain ones otherwise.

    Give it to a `Trainer` in place of D. Its buffer `p` is how likely each change is;
    `AdaptAugment` moves it. The discriminator itself is `augmented.D`, to save or to load.

    Args:
        D: any discriminator.
        augment: the changes: an `Augment`, or a differentiable function of (images
            `(N, C, H, W)`, probability `p`) to as many images.
        p: how likely each change is at first, from 0 to 1.

    Raises:
        ArgumentTypeError: D is no discriminator, or `augment` no function.
        ConfigError: `p` is not from 0 to 1.

    Example:
        >>> import condgan
        >>> D = condgan.ConditionalDiscriminator(10, (1, 8, 8))
        >>> gentle = condgan.Augmented(D, condgan.Augment(translation=0.125, cutout=0.25))
    """

    def __init__(self, D: nn.Module, augment: Augment | Any = None, p: float = 1.0) -> None:
        super().__init__()
        if not isinstance(D, nn.Module) or hasattr(D, "latent_dim"):
            raise ArgumentTypeError(f"Augmented wraps a discriminator; got a {type(D).__name__}.")
        if isinstance(augment, type) or not (augment is None or callable(augment)):
            raise ArgumentTypeError(
                f"augment is an Augment(...), or a function augment(images, p); got {augment!r}."
            )
        number_within("p", p, 0, 1)
        self.D = D
        self.augment = Augment() if augment is None else augment
        self.p: Tensor
        self.register_buffer("p", torch.tensor(float(p)))
        for name in ("classes", "image_shape", "auxiliary", "conditioning", "judges_each_alone"):
            if hasattr(D, name):
                setattr(self, name, getattr(D, name))

    def forward(self, images: Tensor, labels: Tensor) -> Tensor | Verdict:
        """As D, of augmented images in training mode."""
        if self.training:
            images = self.augment(images, self.p)
        judged: Tensor | Verdict = self.D(images, labels)
        return judged
