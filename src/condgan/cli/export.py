"""`condgan export RUN OUT`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.arguments import whole_number
from condgan.cli.runs import classes_of, read
from condgan.errors import ConfigError, LabelError, listed
from condgan.networks.conditional import ConditionalGenerator
from condgan.networks.export import export_images


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser("export", help="write a folder of images of each class")
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    parser.add_argument("out", metavar="OUT", type=Path, help="folder to write")
    how_many = parser.add_mutually_exclusive_group(required=True)
    how_many.add_argument("--per-class", type=int, help="images of each class")
    how_many.add_argument(
        "--balance", metavar="DATA", help="top these data up to the largest class"
    )
    parser.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    parser.add_argument("--seed", type=int, default=0, help="of the first image (default: 0)")


def run(chosen: argparse.Namespace) -> None:
    """Writes PNG files in class folders, with a manifest from which each can be drawn again."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    classes = classes_of(G)
    if chosen.balance is None:
        counts = dict.fromkeys(classes.labels, whole_number("--per-class", chosen.per_class))
    else:
        have = read(chosen.balance, chosen.image_size).counts()
        unknown = [label for label in have if label not in classes]
        if unknown:
            raise LabelError(f"the run does not draw {listed(unknown)} of {chosen.balance}.")
        largest = max(have.values())
        # Also of the classes that the data lack altogether: they are the neediest.
        counts = {label: largest - have.get(label, 0) for label in classes}
        if not any(counts.values()):
            raise ConfigError(f"{chosen.balance} is balanced already; nothing to write.")
    manifest = export_images(G, chosen.out, counts, seed=chosen.seed)
    for label, count in counts.items():
        print(f"  {count:6,} images of {label}")
    print(f"  manifest {manifest}")
