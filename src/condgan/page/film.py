"""The pictures that a run saved while it trained, small enough to travel in a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from condgan.metrics.page.markup import as_address

FRAMES = 24
"""Pictures in a film at most."""

LONGEST = 900
"""Pixels to which the longer side of a picture is brought at most."""


class Frame(NamedTuple):
    """One picture: when it was taken, such as "epoch 12", and its address with all its bytes."""

    when: str
    source: str


def film(folder: Path) -> list[Frame]:
    """The snapshots in a folder, in order: those by epoch, or by step if there are no others.

    Files that are no pictures are passed over.
    """
    for unit in ("epoch", "step"):
        found = {}
        for path in folder.glob(f"{unit}-*.png"):
            if number := re.fullmatch(rf"{unit}-(\d+)", path.stem):
                found[int(number[1])] = path
        if len(found) > 1:
            return [
                Frame(f"{unit} {number:,}", source)
                for number in _spread(sorted(found))
                if (source := _embedded(found[number])) is not None
            ]
    return []


def _spread(numbers: list[int]) -> list[int]:
    """Of many, the first, the last, and some between: more of them early, when most is learnt."""
    last = len(numbers) - 1
    if last < FRAMES:
        return numbers
    places = {round(last * (i / (FRAMES - 1)) ** 2) for i in range(FRAMES)}
    return [numbers[place] for place in sorted(places)]


def _embedded(path: Path) -> str | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
    except (OSError, UnidentifiedImageError):
        return None
    picture.thumbnail((LONGEST, LONGEST))
    return as_address(picture)
