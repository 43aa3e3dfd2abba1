"""Text on pictures: the font that has its letters, in the size that fits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from PIL import ImageFont

    Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

OTHERS = (
    "DejaVuSans.ttf",
    "arial.ttf",
    "Arial Unicode.ttf",
    "malgun.ttf",
    "AppleSDGothicNeo.ttc",
    "NanumGothic.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKkr-Regular.otf",
)
"""Fonts of common systems, for letters that the one that comes with Pillow lacks."""

SMALLEST = 9
"""Size under which few can read."""

MISSING = "\uffff"
"""No letter, for which each font draws what it draws for those that it lacks."""


def font_for(text: str, size: int) -> Font:
    """Pillow's own font, or one of the system's where that lacks a letter and the other has all."""
    own = _own(size)
    if text.isascii() or _has(own, text):
        return own
    others = (_other(name, size) for name in OTHERS)
    return next((font for font in others if font is not None and _has(font, text)), own)


def fitted(text: str, size: int, width: float) -> tuple[str, Font]:
    """A text and its font, smaller than `size` or cut short where it is wider than `width`.

    Example:
        >>> fitted("a name that nobody can read in so little room", 20, 60)[0]
        'a name that ...'
    """
    for smaller in range(size, SMALLEST - 1, -1):
        font = font_for(text, smaller)
        if font.getlength(text) <= width:
            return text, font
    kept = len(text)
    while kept > 1 and font.getlength(f"{text[:kept]}...") > width:
        kept -= 1
    return f"{text[:kept]}...", font


@cache
def _own(size: int) -> Font:
    from PIL import ImageFont

    return ImageFont.load_default(size=size)


@cache
def _other(name: str, size: int) -> Font | None:
    from PIL import ImageFont

    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _has(font: Font, text: str) -> bool:
    box = bytes(font.getmask(MISSING))
    return all(letter.isspace() or bytes(font.getmask(letter)) != box for letter in text)
