"""Images that are no images of their own: the same pixels twice, or hardly any picture at all."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import torch

from condgan.data.labelled import LabelledImages

FLAT = 0.03
"""How much of the way from black to white an image must span to show something."""


class Twins(NamedTuple):
    """Groups of images with the same pixels, each as indices in order.

    Attributes:
        apart: groups with more than one label: some of them must be wrong.
        together: groups that share their label.
    """

    apart: tuple[tuple[int, ...], ...]
    together: tuple[tuple[int, ...], ...]


def twins(data: LabelledImages) -> Twins:
    """The images that occur more than once, pixel for pixel.

    Example:
        >>> import torch
        >>> images = torch.tensor([0, 9, 0, 9, 5], dtype=torch.uint8).reshape(5, 1, 1, 1)
        >>> twins(LabelledImages(images, torch.tensor([0, 1, 0, 0, 1]), ["cat", "dog"]))
        Twins(apart=((1, 3),), together=((0, 2),))
    """
    alike: dict[bytes, list[int]] = {}
    for index, image in enumerate(data.images.numpy()):
        alike.setdefault(blake2b(image.tobytes()).digest(), []).append(index)
    groups = [tuple(group) for group in alike.values() if len(group) > 1]
    differ = [bool((data.labels[list(group)] != data.labels[group[0]]).any()) for group in groups]
    return Twins(
        tuple(group for group, apart in zip(groups, differ, strict=True) if apart),
        tuple(group for group, apart in zip(groups, differ, strict=True) if not apart),
    )


def flat(data: LabelledImages) -> tuple[int, ...]:
    """The images whose every channel is nearly constant, as a failed scan is.

    Example:
        >>> import torch
        >>> images = torch.zeros(2, 1, 2, 2, dtype=torch.uint8)
        >>> images[1, 0, 0, 0] = 255
        >>> flat(LabelledImages(images, torch.tensor([0, 1]), 2))
        (0,)
    """
    low, high = torch.aminmax(data.images.flatten(2), dim=2)
    span = (high - low).amax(1) / (255 if data.images.dtype == torch.uint8 else 2)
    return tuple(int(index) for index in (span < FLAT).nonzero()[:, 0])
