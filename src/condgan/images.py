"""The one range of images, [-1, 1], and the ways out of it: bytes, grids, PNG files, films.

Images are float32 `(N, C, H, W)`; -1 is black and 1 is white. The mapping to bytes is fixed, so
a picture's brightness never depends on its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from condgan.errors import ConfigError

if TYPE_CHECKING:
    import PIL.Image

GAP = 2
"""Pixels between two images of a grid."""

SMALLEST = 56
"""Images are enlarged by a whole factor until they are about this many pixels high."""


def from_bytes(images: Tensor) -> Tensor:
    """uint8 0..255 to float32 [-1, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)


def to_bytes(images: Tensor) -> Tensor:
    """float [-1, 1] to uint8 0..255; the input is left as it is."""
    return images.detach().to(torch.float32).add(1.0).mul_(127.5).round_().clamp_(0, 255).byte()


def check_channels(channels: int) -> None:
    """Refuses a number of channels that is not a picture's.

    Raises:
        ConfigError: neither 1 (gray), 3 (colour) nor 4 (colour and opacity).
    """
    if channels not in (1, 3, 4):
        raise ConfigError(
            f"a picture has 1, 3 or 4 channels; got {channels}. "
            "Choose channels first: images[:, :3]."
        )


def picture(image: Tensor) -> PIL.Image.Image:
    """One image `(C, H, W)` in [-1, 1], with 1, 3 or 4 channels, as a Pillow image.

    Raises:
        ConfigError: another number of channels, which has no usual colours.
    """
    from PIL import Image

    check_channels(image.shape[0])
    pixels = to_bytes(image).cpu().permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def grid(
    images: Tensor, columns: int, row_names: Sequence[str] = (), scale: int | None = None
) -> PIL.Image.Image:
    """Images side by side, `columns` to a row, filled row by row, as one Pillow image.

    Args:
        images: `(N, C, H, W)` in [-1, 1], with N at least 1.
        columns: images in a row.
        row_names: text to the left of each row, such as its class; none leaves no margin.
        scale: whole factor by which each image is enlarged, smoothly, since few people can read
            8x8 squares; chosen from its height if left out. 1 leaves pixels as they are.

    Raises:
        ConfigError: no image, no column, or a number of channels that is not a picture's.
    """
    from PIL import Image, ImageDraw, ImageFont

    if len(images) < 1 or columns < 1:
        raise ConfigError(
            f"a grid needs an image and a column; got {len(images)} images, columns={columns}."
        )
    height, width = images.shape[2:]
    scale = scale or max(1, round(SMALLEST / height))
    cell = (width * scale, height * scale)
    font = ImageFont.load_default(size=max(11, min(20, cell[1] // 3)))
    margin = max((int(font.getlength(name)) + 4 * GAP for name in row_names), default=GAP)
    rows = -(-len(images) // columns)
    tiles = [picture(image) for image in images.cpu()]
    sheet = Image.new(
        tiles[0].mode,
        (margin + columns * (cell[0] + GAP), GAP + rows * (cell[1] + GAP)),
        color="white" if row_names else "gray",
    )
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        place = (margin + column * (cell[0] + GAP), GAP + row * (cell[1] + GAP))
        sheet.paste(tile.resize(cell, Image.Resampling.BICUBIC), place)
    draw = ImageDraw.Draw(sheet)
    for row, name in enumerate(row_names):
        middle = GAP + row * (cell[1] + GAP) + cell[1] // 2
        draw.text((margin - 2 * GAP, middle), name, font=font, fill="black", anchor="rm")
    return sheet


def save_film(frames: Sequence[Path], target: Path, milliseconds: int = 200) -> None:
    """The picture files `frames`, in order, as one animated picture that loops.

    Args:
        frames: pictures of one size, at least one.
        target: where to write; the ending (`.gif`, `.webp`) chooses the format.
        milliseconds: how long each frame stays; the last one stays ten times as long.
    """
    from PIL import Image

    pictures = []
    for frame in frames:
        with Image.open(frame) as opened:
            pictures.append(opened.copy())
    durations = [milliseconds] * (len(pictures) - 1) + [10 * milliseconds]
    pictures[0].save(target, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
