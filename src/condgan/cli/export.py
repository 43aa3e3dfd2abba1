"""`condgan export RUN OUT`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.cli.data_options import add_data_options, asked
from condgan.cli.examples import ending
from condgan.cli.runs import classes_of, read
from condgan.errors import ConfigError, LabelError, listed
from condgan.networks.conditional import ConditionalGenerator
from condgan.networks.export import export_images

ONNX = "generator.onnx"


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "export",
        help="write a folder of images of each class, or the generator for other tools",
        **ending(
            "export runs/digits images --per-class 100",
            "export runs/pets more_pets --balance pets",
            "export runs/digits digits.onnx --to onnx",
            note="Options of data are those of --balance.",
        ),
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    parser.add_argument("out", metavar="OUT", type=Path, help="folder, or .onnx file, to write")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--per-class", type=int, help="images of each class")
    what.add_argument("--balance", metavar="DATA", help="top these data up to the largest class")
    what.add_argument("--to", choices=["onnx"], help="the generator itself (extra onnx)")
    parser.add_argument("--seed", type=int, default=0, help="of the first image (default: 0)")
    add_data_options(parser)


def run(chosen: argparse.Namespace) -> None:
    """Writes PNG files in class folders, with a manifest from which each can be drawn again.

    Or the generator, as a file that other tools draw with.
    """
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    if chosen.to == "onnx":
        print(f"  {_written(G, chosen.out)}")
        return
    counts = _counts(G, chosen)
    manifest = export_images(G, chosen.out, counts, seed=chosen.seed)
    for label, count in counts.items():
        print(f"  {count:6,} images of {label}")
    print(f"  manifest {manifest}")


def _written(G: ConditionalGenerator, out: Path) -> Path:
    """The ONNX file, at `out` or in the folder `out`; it replaces none."""
    path = out if out.suffix == ".onnx" and not out.is_dir() else out / ONNX
    if path.exists():
        raise ConfigError(f"{path} is there already; name another file, or delete it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return G.export_onnx(path)


def _counts(G: ConditionalGenerator, chosen: argparse.Namespace) -> dict[Label, int]:
    """How many images of each class are asked for."""
    classes = classes_of(G)
    if chosen.balance is None:
        if options := asked(chosen):
            raise ConfigError(f"{listed(options)}: options of data, of which there are none here.")
        return dict.fromkeys(classes.labels, whole_number("--per-class", chosen.per_class))
    have = read(chosen.balance, **asked(chosen)).counts()
    unknown = [label for label in have if label not in classes]
    if unknown:
        raise LabelError(f"the run does not draw {listed(unknown)} of {chosen.balance}.")
    largest = max(have.values())
    # Also of the classes that the data lack altogether: they are the neediest.
    counts = {label: largest - have.get(label, 0) for label in classes}
    if not any(counts.values()):
        raise ConfigError(f"{chosen.balance} is balanced already; nothing to write.")
    return counts
