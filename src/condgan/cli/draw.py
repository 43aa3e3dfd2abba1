"""`condgan draw RUN`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.cli.conditions import from_text, shown
from condgan.cli.examples import ending
from condgan.errors import ConfigError, listed
from condgan.naming import portable
from condgan.networks.conditional import ConditionalGenerator
from condgan.pictures import (
    Film,
    ImageGrid,
    class_grid,
    same_noise,
    training_film,
    walk_between,
    walk_within,
)

FRAMES = 24
"""Images of a walk that moves, from one end to the other."""

QUICK, SLOW = 80, 400
"""Milliseconds that a frame stays in a film of a walk, and in one of classes."""


def add(commands: Any) -> None:
    """Declares the command and its options."""
    draw = commands.add_parser(
        "draw",
        help="make pictures to share: grids, walks between classes, films",
        **ending(
            "draw runs/digits",
            "draw runs/digits --walk 3 8 --film",
            "draw runs/digits --film --out learning.webp",
            note="With nothing but RUN, a row of images of each class. A film ends in .gif, or in "
            ".webp by --out; with RUN alone it shows what was drawn as training went on.",
        ),
    )
    draw.set_defaults(run=run)
    draw.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    draw.add_argument(
        "asked", metavar="LABEL", nargs="*", help="classes of a grid, or of --same-noise"
    )
    draw.add_argument("--within", metavar="LABEL", help="walk from image to image of a class")
    draw.add_argument(
        "--walk", nargs=2, metavar=("FROM", "TO"), help="walk from one class to another"
    )
    draw.add_flag("--same-noise", help="draw every class from the same noises")
    draw.add_flag("--film", help="make it move")
    draw.add_flag("--smooth", help="let the pixels of small images flow into each other")
    draw.add_argument("-n", type=int, help="images of each class, walks, or noises")
    draw.add_argument("--steps", type=int, help=f"images of a walk (default: 9; film: {FRAMES})")
    draw.add_argument("--out", type=Path, help="picture or film to write (default: in RUN)")
    draw.add_argument("--seed", type=int, help="of the noise (default: 0)")


def run(chosen: argparse.Namespace) -> None:
    """Draws, writes one picture or film, and says where it is."""
    ends: list[str] = chosen.walk or ([] if chosen.within is None else [chosen.within])
    _refuse_what_does_not_go_together(chosen, bool(ends))
    name, made = _drawn(chosen, ends)
    if isinstance(made, Film):
        print(made.save(chosen.out or chosen.folder / f"{name}.gif"))
    else:
        print(made.save(chosen.out or chosen.folder / f"{name}.png", smooth=chosen.smooth))


def _refuse_what_does_not_go_together(chosen: argparse.Namespace, walks: bool) -> None:
    if (chosen.within is not None) + (chosen.walk is not None) + chosen.same_noise > 1:
        raise ConfigError("choose one of --within, --walk and --same-noise.")
    if chosen.asked and (walks or (chosen.film and not chosen.same_noise)):
        raise ConfigError(
            f"a LABEL after RUN goes with a grid or --same-noise; got {listed(chosen.asked)}."
        )
    if chosen.steps is not None and not walks:
        raise ConfigError("--steps goes with --within or --walk.")
    drawn_anew = chosen.n is not None or chosen.seed is not None or chosen.smooth
    if drawn_anew and chosen.film and not (walks or chosen.same_noise):
        raise ConfigError(
            "--film alone shows the snapshots of the training as they are; -n, --seed and --smooth "
            "go with it where images are drawn: --within, --walk or --same-noise."
        )


def _drawn(chosen: argparse.Namespace, ends: list[str]) -> tuple[str, ImageGrid | Film]:
    """What was asked for, and the name of its file."""
    if chosen.film and not (ends or chosen.same_noise):
        return "training", training_film(chosen.folder)
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    how: dict[str, int] = {}
    if chosen.film:
        how |= {"n": 9, "steps": FRAMES} if ends else {"n": 9}
    how |= {name: x for name in ("n", "steps", "seed") if (x := getattr(chosen, name)) is not None}
    if ends:
        walk = walk_between if chosen.walk else walk_within
        name = portable("-".join(["walk" if chosen.walk else "within", *ends]))
        made = walk(G, *(from_text(G.classes, text) for text in ends), **how)
    else:
        labels = [from_text(G.classes, text) for text in chosen.asked] or shown(G.classes)
        if not labels:
            raise ConfigError(f"say what to draw, after RUN: a number for each of {G.classes!r}.")
        draw = same_noise if chosen.same_noise else class_grid
        name = "same-noise" if chosen.same_noise else "classes"
        made = draw(G, labels, **how)
    if chosen.film:
        return name, made.film(SLOW if chosen.same_noise else QUICK, smooth=chosen.smooth)
    return name, made
