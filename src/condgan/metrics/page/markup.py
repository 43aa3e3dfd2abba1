"""Pieces of HTML that the sections of a page are put together from."""

from __future__ import annotations

import base64
import io
from html import escape

from torch import Tensor
from torch.nn.functional import interpolate

from condgan.images import grid

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
    images = images.detach().float().cpu()
    largest = max(images.shape[2:])
    if largest > LARGEST:
        size = [max(1, round(side * LARGEST / largest)) for side in images.shape[2:]]
        images = interpolate(images, size=size, mode="area")
    sheet = grid(images, columns, scale=max(1, SMALLEST // max(images.shape[2:])))
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
