"""`condgan generate RUN LABEL`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from condgan.arguments import whole_number
from condgan.cli.conditions import from_text, shown
from condgan.cli.examples import ending
from condgan.errors import ConfigError
from condgan.images import grid, save_picture
from condgan.naming import portable
from condgan.networks.conditional import ConditionalGenerator


def add(commands: Any) -> None:
    """Declares the command and its options."""
    generate = commands.add_parser(
        "generate",
        help="draw images of the classes you name",
        **ending(
            "generate runs/digits 3 -n 16",
            "generate runs/pets cat dog --seed 7 --out pets.png",
            "generate runs/photos hat,smile",
            note="A run on attributes draws those that are named together, as in hat,smile, or "
            "none of them: none. A run on quantities draws numbers: 4.5, or angle=30,size=2 for "
            "several.",
        ),
    )
    generate.set_defaults(run=run)
    generate.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    generate.add_argument(
        "asked",
        metavar="LABEL",
        nargs="*",
        help="classes, attributes or quantities (default: some of each)",
    )
    generate.add_argument("-n", type=int, default=9, help="images of each (default: 9)")
    generate.add_argument("--out", type=Path, help="picture to write (default: in RUN)")
    generate.add_argument("--seed", type=int, help="draws the same images again")


def run(chosen: argparse.Namespace) -> None:
    """Draws, and writes one picture."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    labels = [from_text(G.classes, text) for text in chosen.asked] or shown(G.classes)
    whole_number("-n", chosen.n)
    if not labels:
        raise ConfigError(f"say what to draw, after RUN: a number for each of {G.classes!r}.")
    images = G.generate(labels, n=chosen.n, seed=chosen.seed)
    target = chosen.out
    if target is None:
        stem = "generated-" + portable("-".join(chosen.asked) or "all")
        target = chosen.folder / f"{stem}.png"
    if len(labels) == 1:  # one class fills a square rather than a single long row
        sheet = grid(images, math.ceil(chosen.n**0.5))
    else:
        sheet = grid(images, chosen.n, [str(label) for label in labels])
    print(save_picture(sheet, target))
