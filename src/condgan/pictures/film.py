"""Pictures one after another: walks that move, and what a run drew as it learnt."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from condgan.classes import natural_order
from condgan.errors import MissingFileError
from condgan.images import captioned, film_bytes, save_film

if TYPE_CHECKING:
    import PIL.Image

MOST = 60
"""Frames of a training film; of more snapshots some are left out, evenly."""


@dataclass(frozen=True, eq=False)
class Film:
    """Frames that loop; a notebook plays them.

    Attributes:
        frames: Pillow images of one size.
        milliseconds: how long each frame stays.
        hold: how many times as long the last one stays.
    """

    frames: tuple[PIL.Image.Image, ...]
    milliseconds: int = 200
    hold: int = 1

    def __repr__(self) -> str:
        seconds = (len(self.frames) - 1 + self.hold) * self.milliseconds / 1000
        return f"Film({len(self.frames)} frames, {seconds:.1f} s)"

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes the film, and makes its folder.

        Args:
            path: its ending chooses the format: `.gif`, which everything plays, or `.webp`, which
                is smaller.

        Raises:
            ConfigError: another ending.
        """
        target = Path(path)
        save_film(self.frames, target, self.milliseconds, hold=self.hold)
        return target

    def _repr_html_(self) -> str:
        film = film_bytes(self.frames, ".webp", self.milliseconds, hold=self.hold)
        source = base64.b64encode(film).decode("ascii")
        return f'<img src="data:image/webp;base64,{source}" alt="{self!r}">'


def training_film(folder: str | PathLike[str], milliseconds: int = 200) -> Film:
    """What a run drew as it learnt, each frame under its epoch; the last one stays longest.

    Args:
        folder: a run of `condgan train`, or a folder that `ImageSnapshots` wrote to.
        milliseconds: how long each frame stays.

    Raises:
        MissingFileError: there is no such folder, or no snapshot in it.
        ConfigError: its snapshots are of several sizes.

    Example:
        >>> training_film("runs/digits").save("learning.webp")  # doctest: +SKIP
        PosixPath('learning.webp')
    """
    given = Path(folder).expanduser()
    if not given.is_dir():
        raise MissingFileError(f"{given} is no folder; name a run of `condgan train`.")
    inner = given / "snapshots"
    where = inner if inner.is_dir() else given
    found = sorted(where.glob("epoch-*.png")) or sorted(where.glob("step-*.png"))
    if not found:
        raise MissingFileError(
            f"there is no snapshot in {where}; train with the callback ImageSnapshots, as "
            "`condgan train` does, or name the folder that it wrote to."
        )
    found.sort(key=lambda path: natural_order(path.stem))
    return film_of(found, milliseconds)


def film_of(snapshots: Sequence[Path], milliseconds: int = 200) -> Film:
    """Snapshots in their order, each under what its name says: `epoch-0012.png` is epoch 12.

    Args:
        snapshots: files, at least one, of one size; of more than `MOST` some are left out.
        milliseconds: how long each frame stays; the last one stays ten times as long.
    """
    from PIL import Image

    last = len(snapshots) - 1
    places = torch.linspace(0, last, min(MOST, len(snapshots))).round().long().tolist()
    frames = []
    for path in (snapshots[place] for place in places):
        unit, _, number = path.stem.partition("-")
        with Image.open(path) as opened:
            frames.append(captioned(opened, f"{unit} {number.lstrip('0') or 0}"))
    return Film(tuple(frames), milliseconds, hold=10)
