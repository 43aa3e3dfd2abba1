"""`condgan study DATA`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.cli.folders import run_folder
from condgan.cli.runs import read, test_set_of
from condgan.data.labelled import LabelledImages
from condgan.metrics.sample import Sample
from condgan.metrics.study import study
from condgan.training.presets import preset
from condgan.training.trainer import Trainer


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "study", help="find out whether generated images help a classifier"
    )
    parser.set_defaults(run=run)
    parser.add_argument("data", help="labelled images with uneven classes")
    parser.add_argument("--test", help="real images to test on (default: a quarter, held out)")
    parser.add_argument("--seeds", type=int, default=3, help="repetitions (default: 3)")
    parser.add_argument("--per-class", type=int, help="images to top up to (default: the largest)")
    parser.add_argument("--epochs", type=int, help="passes of the generator (default: by size)")
    parser.add_argument("--preset", default="quick", help="of the generator (default: quick)")
    parser.add_flag("--balanced", help="show the generator every class equally often")
    parser.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    parser.add_argument(
        "--out", type=Path, help="folder for the figures (default: runs/NAME-study)"
    )
    parser.add_flag("--overwrite", help="write into a folder with files")


def run(chosen: argparse.Namespace) -> None:
    """Trains generators and classifiers, prints the verdict, and writes the figures."""
    data = read(chosen.data, chosen.image_size)
    out = run_folder(chosen.out, f"{data.name}-study", chosen.overwrite)
    recipe = preset(chosen.preset)

    def make(training: LabelledImages, seed: int) -> Sample:
        G, D = recipe.networks(training.classes, training.image_shape, seed=2 * seed)
        epochs = recipe.epochs(len(training)) if chosen.epochs is None else chosen.epochs
        loader = training.loader(recipe.batch_size, balanced=chosen.balanced)
        Trainer(G, D, loader, algorithm=recipe, seed=seed).fit(epochs)
        return G.generate

    found = study(
        data,
        make,
        test=test_set_of(chosen.data, chosen.test, chosen.image_size),
        seeds=chosen.seeds,
        per_class=chosen.per_class,
        progress=print,
    )
    print(found)
    print(f"  figures  {found.save(out / 'study.json')}")
