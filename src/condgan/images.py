"""The one range of images, [-1, 1], and the ways out of it: bytes, grids, PNG files, films.

Images are float32 `(N, C, H, W)`; -1 is black and 1 is white. The mapping to bytes is fixed, so
a picture's brightness never depends on its neighbours.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from condgan.errors import ConfigError, listed
from condgan.lettering import fitted, font_for

if TYPE_CHECKING:
    import PIL.Image

    from condgan.lettering import Font

GAP = 2
"""Pixels between two images of a grid."""

SMALLEST = 56
"""Images are enlarged by a whole factor until they are about this many pixels high."""

CAPTION = 28
"""Pixels that a line of text above a picture is high."""

COLOURS = 128
"""Colours of a GIF, which has 256 at most, and is smaller the fewer there are."""

FILMS: dict[str, dict[str, Any]] = {".gif": {}, ".webp": {"quality": 85}}
"""Endings of films, and how Pillow writes each."""


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
    images: Tensor,
    columns: int,
    row_names: Sequence[str] = (),
    scale: int | None = None,
    *,
    column_names: Sequence[str] = (),
    smooth: bool = True,
) -> PIL.Image.Image:
    """Images side by side, `columns` to a row, filled row by row, as one Pillow image.

    Args:
        images: `(N, C, H, W)` in [-1, 1], with N at least 1.
        columns: images in a row.
        row_names: text to the left of each row, such as its class; none leaves no margin.
        scale: whole factor by which each image is enlarged, since few people can read 8x8
            squares; chosen from its height if left out. 1 leaves pixels as they are.
        column_names: text above each column, in the room that it has.
        smooth: whether pixels flow into each other where images are enlarged, or stay squares.

    Raises:
        ConfigError: no image, no column, or a number of channels that is not a picture's.
    """
    from PIL import Image

    if len(images) < 1 or columns < 1:
        raise ConfigError(
            f"a grid needs an image and a column; got {len(images)} images, columns={columns}."
        )
    height, width = images.shape[2:]
    scale = scale or max(1, round(SMALLEST / height))
    cell = (width * scale, height * scale)
    size = max(11, min(20, cell[1] // 3))
    left = max(
        (int(font_for(name, size).getlength(name)) + 4 * GAP for name in row_names), default=GAP
    )
    top = size + 4 * GAP if column_names else GAP
    rows = -(-len(images) // columns)
    tiles = [picture(image) for image in images.cpu()]
    sheet = Image.new(
        tiles[0].mode,
        (left + columns * (cell[0] + GAP), top + rows * (cell[1] + GAP)),
        color="white" if row_names or column_names else "gray",
    )
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        place = (left + column * (cell[0] + GAP), top + row * (cell[1] + GAP))
        sheet.paste(tile.resize(cell, how), place)
    for row, name in enumerate(row_names):
        middle = top + row * (cell[1] + GAP) + cell[1] // 2
        _write(sheet, name, font_for(name, size), (left - 2 * GAP, middle), "rm")
    for column, name in enumerate(column_names):
        middle = left + column * (cell[0] + GAP) + cell[0] // 2
        _write(sheet, *fitted(name, size, cell[0]), (middle, top // 2), "mm")
    return sheet


def captioned(sheet: PIL.Image.Image, caption: str) -> PIL.Image.Image:
    """A picture with a line of text above it, as wide as it was."""
    from PIL import Image

    made = Image.new(sheet.mode, (sheet.width, sheet.height + CAPTION), color="white")
    made.paste(sheet, (0, CAPTION))
    text, font = fitted(caption, CAPTION * 2 // 3, sheet.width - 4 * GAP)
    _write(made, text, font, (2 * GAP, CAPTION // 2), "lm")
    return made


def _write(
    sheet: PIL.Image.Image, text: str, font: Font, place: tuple[float, float], anchor: str
) -> None:
    from PIL import ImageDraw

    ImageDraw.Draw(sheet).text(place, text, font=font, fill="black", anchor=anchor)


def save_picture(made: PIL.Image.Image, path: str | PathLike[str]) -> Path:
    """Writes a picture in the format that the ending of `path` names, and makes its folder.

    Raises:
        ConfigError: no format has that ending.
    """
    from PIL import Image

    target = Path(path)
    if target.suffix.lower() not in Image.registered_extensions():
        raise ConfigError(
            f"{target} has no ending of a picture; name another, such as "
            f"{target.with_suffix('.png').name}."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    made.save(target)
    return target


def save_film(
    frames: Sequence[Path | PIL.Image.Image],
    target: str | PathLike[str],
    milliseconds: int = 200,
    *,
    hold: int = 10,
) -> None:
    """Pictures, in order, as one animated picture that loops.

    Args:
        frames: pictures of one size, or their files; at least one.
        target: where to write; the ending (`.gif`, `.webp`) chooses the format.
        milliseconds: how long each frame stays.
        hold: how many times as long the last one stays.

    Raises:
        ConfigError: another ending, no frame, or frames of several sizes.
    """
    path = Path(target)
    film = film_bytes(frames, path.suffix.lower(), milliseconds, hold=hold)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(film)


def film_bytes(
    frames: Sequence[Path | PIL.Image.Image], ending: str, milliseconds: int, *, hold: int
) -> bytes:
    """What `save_film` writes into a file with that ending."""
    if ending not in FILMS:
        raise ConfigError(f"the name of a film ends in {' or '.join(FILMS)}; got {ending!r}.")
    pictures = [_opened(frame) for frame in frames]
    sizes = {each.size for each in pictures}
    if len(sizes) != 1:
        raise ConfigError(
            f"a film needs frames of one size; got {listed(sorted(sizes)) or 'no frame'}."
        )
    if ending == ".gif":
        pictures = _in_few_colours(pictures)
    file = io.BytesIO()
    pictures[0].save(
        file,
        format=ending[1:],
        save_all=True,
        append_images=pictures[1:],
        duration=[milliseconds] * (len(pictures) - 1) + [hold * milliseconds],
        loop=0,
        **FILMS[ending],
    )
    return file.getvalue()


def _opened(frame: Path | PIL.Image.Image) -> PIL.Image.Image:
    """A frame without transparency, which lets earlier frames shine through."""
    from PIL import Image

    if isinstance(frame, Path):
        with Image.open(frame) as opened:
            frame = opened.copy()
    if frame.mode in ("L", "RGB"):
        return frame
    clear = frame.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")


def _in_few_colours(pictures: list[PIL.Image.Image]) -> list[PIL.Image.Image]:
    """All in the same colours, chosen once: a palette a frame would flicker, and take room."""
    from PIL import Image

    if all(each.mode == "L" for each in pictures):
        steps = [round(gray * (COLOURS - 1) / 255) for gray in range(256)]
        grays = [round(255 * step / (COLOURS - 1)) for step in range(COLOURS)]
        palette = [gray for gray in grays for _ in "RGB"]
        return [_indexed(np.asarray(each.point(steps)), palette) for each in pictures]
    pictures = [each.convert("RGB") for each in pictures]
    some = pictures[:: -(-len(pictures) // 16)]
    strip = Image.fromarray(np.concatenate([np.asarray(each) for each in some]))
    few = strip.quantize(COLOURS - 2, dither=Image.Dither.NONE)
    palette = (few.getpalette() or [])[: 3 * (COLOURS - 2)]
    black, white = len(palette) // 3, len(palette) // 3 + 1
    frames = []
    for each in pictures:
        pixels = np.asarray(each)
        indices = np.array(each.quantize(palette=few, dither=Image.Dither.NONE))
        # Captions and gaps stay as they are, where the nearest colour would be nearly so.
        indices[(pixels == 0).all(axis=2)] = black
        indices[(pixels == 255).all(axis=2)] = white
        frames.append(_indexed(indices, [*palette, *[0] * 3, *[255] * 3]))
    return frames


def _indexed(indices: np.ndarray[Any, Any], palette: list[int]) -> PIL.Image.Image:
    """A picture of the colours of a palette."""
    from PIL import Image

    height, width = indices.shape
    made = Image.frombytes("P", (width, height), indices.tobytes())
    made.putpalette(palette)
    return made
