"""Pieces of HTML that the sections of a page are put together from."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

from torch import Tensor
from torch.nn.functional import interpolate

from condgan.images import grid

if TYPE_CHECKING:
    import PIL.Image

SMALLEST, LARGEST = 32, 64
"""Pixels between which the sides of sample images are brought, to be seen and yet be mailed."""


def escaped(text: object) -> str:
    """A user's text, or any other, so that a browser shows it as it is."""
    return escape(str(text))


def section(title: str, said: str, inside: str) -> str:
    """A section under a title, with what it shows in words."""
    return f"<section><h2>{title}</h2>{f'<p>{said}</p>' if said else ''}{inside}</section>"


def panel(title: str, said: str, drawn: str) -> str:
    """A chart under a title."""
    caption = f"<figcaption><strong>{escaped(title)}</strong>{escaped(said)}</figcaption>"
    return f"<figure>{caption}{drawn}</figure>"


def table_of(kind: str, label: str, said: str, head: str, body: str) -> str:
    """A table that scrolls by itself, by keyboard as well, where the screen is narrow."""
    # What a <caption> says would scroll out of sight with it.
    return (
        f'<p class="note">{said}</p>'
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">'
        f'<table class="{kind}" aria-label="{label}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def as_png(images: Tensor, columns: int) -> str:
    """A grid of images as the address of a PNG, in moderate pixels."""
    images = moderate(images)
    sheet = grid(images, columns, scale=max(1, SMALLEST // max(images.shape[2:])))
    return _address(sheet, "PNG", optimize=True)


def moderate(images: Tensor, largest: int = LARGEST) -> Tensor:
    """Images `(N, C, H, W)` on the CPU, made smaller if a side has more pixels than `largest`."""
    images = images.detach().float().cpu()
    side = max(images.shape[2:])
    if side <= largest:
        return images
    size = [max(1, round(pixels * largest / side)) for pixels in images.shape[2:]]
    return interpolate(images, size=size, mode="area")


def as_address(picture: PIL.Image.Image) -> str:
    """A picture as an address that holds all its bytes: few of them, for pages that hold many."""
    from PIL import features

    if features.check("webp"):
        return _address(picture, "WEBP", quality=82, method=2)  # twice as quick as the usual 4
    return _address(picture, "PNG")


def _address(picture: PIL.Image.Image, kind: str, **how: object) -> str:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return f"data:image/{kind.lower()};base64,{data}"
