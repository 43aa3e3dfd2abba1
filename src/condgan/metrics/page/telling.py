"""Figures as people read them, and what each means in a line."""

from __future__ import annotations

import math
from collections.abc import Callable

DASH, MINUS = "\u2013", "\u2212"

MEANINGS = {
    "accuracy": "How many a classifier trained on real images names as the class asked for. "
    "Higher is better.",
    "frechet": "Fréchet distance: how far the features of generated images lie from those of real "
    "ones, in mean and in variation. Lower is better.",
    "kernel": "Kernel distance: the same question without assuming a bell shape; 0 within chance, "
    "so it may fall below 0. Lower is better.",
    "precision": "How many generated images lie among real ones. Higher is better.",
    "recall": "How many real images lie among generated ones. Higher is better.",
    "density": "How crowded with real images the places are that generated ones lie in. About 1, "
    "or more, is good.",
    "coverage": "How many real images have a generated one near them. Higher is better.",
    "spread": "How different two images of one class are, as a share of the real difference. "
    "About 1 is good; near 0 it draws one image over and over.",
    "copies": "How many generated images are near-copies of training images. About as many as of "
    "real ones is good.",
    "duplicates": "How many generated images are near-copies of another generated one. Lower is "
    "better.",
}
"""Each figure in a line, in the words of somebody who has not met it."""

SHARES = ("accuracy", "copies", "duplicates")
"""Figures told in percent."""


def title_of(name: str) -> str:
    """A figure's name, short, at the head of a column."""
    return {"frechet": "Fréchet", "copies": "Near-copies"}.get(name, name.capitalize())


def teller(name: str) -> Callable[[float], str]:
    """`told` for one figure."""
    return lambda value: told(name, value)


def told(name: str, value: float) -> str:
    """A value as people read it; a dash if it could not be measured."""
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if name in SHARES:
        return f"{value:.1%}".replace(".0%", "%")
    if name in ("frechet", "kernel"):
        text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        return text.replace("-", MINUS)
    return f"{value:.2f}"
