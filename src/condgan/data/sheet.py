"""A contact sheet: a few images of every class on one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from condgan.classes import Classes
from condgan.conditions import Quantities
from condgan.data.labelled import LabelledImages
from condgan.images import grid

if TYPE_CHECKING:
    import PIL.Image

ROWS, COLUMNS = 20, 10

LARGEST = 112
"""Pixels of the longer side beyond which images are made smaller."""

NAME = 24
"""Letters of a name that a row has room for."""


def contact_sheet(data: LabelledImages) -> PIL.Image.Image:
    """A row for each of the first 20 classes, of 10 images from first to last of that class.

    Attributes have a row of the images that have them, quantities a row from the least to the
    greatest. Large images are made smaller. A class without images leaves its row empty.

    Raises:
        ConfigError: a number of channels that is not a picture's.

    Example:
        >>> import torch
        >>> data = LabelledImages(torch.zeros(3, 1, 8, 8), torch.tensor([0, 0, 1]), ["cat", "dog"])
        >>> contact_sheet(data).mode
        'L'
    """
    names, rows = [], []
    for name, indices in _rows(data)[:ROWS]:
        places = torch.linspace(0, len(indices) - 1, min(COLUMNS, len(indices))).round().long()
        shown = _small(data.floats(indices[places]))
        blank = torch.ones(COLUMNS - len(shown), *shown.shape[1:])
        names.append(name if len(name) <= NAME else f"{name[: NAME - 3]}...")
        rows.append(torch.cat([shown, blank]))
    return grid(torch.cat(rows), COLUMNS, names)


def _rows(data: LabelledImages) -> list[tuple[str, Tensor]]:
    """What the rows show, by name: indices of images."""
    if isinstance(data.classes, Classes):
        ids = enumerate(data.classes)
        return [(str(label), (data.labels == k).nonzero()[:, 0]) for k, label in ids]
    columns = zip(data.classes.names, data.labels.T, strict=True)
    if isinstance(data.classes, Quantities):
        return [(name, column.argsort(stable=True)) for name, column in columns]
    return [(name, column.nonzero()[:, 0]) for name, column in columns]


def _small(images: Tensor) -> Tensor:
    height, width = images.shape[2:]
    shrunk = LARGEST / max(height, width)
    if shrunk >= 1:
        return images
    size = [max(1, round(side * shrunk)) for side in (height, width)]
    # Averages are not taken of no image at all.
    return (
        nn.functional.interpolate(images, size, mode="area")
        if len(images)
        else images[:, :, : size[0], : size[1]]
    )
