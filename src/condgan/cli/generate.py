"""`condgan generate RUN LABEL`."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from condgan.arguments import whole_number
from condgan.cli.runs import classes_of, shown
from condgan.errors import ConfigError
from condgan.images import grid
from condgan.naming import portable
from condgan.networks.conditional import ConditionalGenerator


def add(commands: Any) -> None:
    """Declares the command and its options."""
    generate = commands.add_parser("generate", help="draw images of the classes you name")
    generate.set_defaults(run=run)
    generate.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    generate.add_argument("labels", metavar="LABEL", nargs="*", help="classes (default: each)")
    generate.add_argument("-n", type=int, default=9, help="images of each (default: 9)")
    generate.add_argument("--out", type=Path, help="picture to write (default: in RUN)")
    generate.add_argument("--seed", type=int, help="draws the same images again")


def run(chosen: argparse.Namespace) -> None:
    """Draws, and writes one picture."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    labels = [classes_of(G).from_text(text) for text in chosen.labels] or shown(G)
    whole_number("-n", chosen.n)
    images = G.generate(labels, n=chosen.n, seed=chosen.seed)
    target = chosen.out
    if target is None:
        stem = "generated-" + portable("-".join(chosen.labels) or "all")
        target = chosen.folder / f"{stem}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    if len(labels) == 1:  # one class fills a square rather than a single long row
        sheet = grid(images, math.ceil(chosen.n**0.5))
    else:
        sheet = grid(images, chosen.n, [str(label) for label in labels])
    try:
        sheet.save(target)
    except ValueError as error:  # Pillow knows the format by the ending
        raise ConfigError(f"{target}: {error}; name a picture, such as images.png.") from None
    print(target)
