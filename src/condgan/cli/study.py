"""`condgan study DATA`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.cli.as_json import add_json, print_json, stdout_kept_for
from condgan.cli.data_options import add_data_options, asked, epilog
from condgan.cli.folders import run_folder
from condgan.cli.runs import Source, only_classes, read, read_alike, test_set_of
from condgan.data.labelled import LabelledImages
from condgan.metrics.findings import Study
from condgan.metrics.sample import Sample
from condgan.metrics.study import study
from condgan.training.presets import preset
from condgan.training.trainer import Trainer


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "study",
        help="find out whether generated images help a classifier",
        epilog=epilog("study"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("data", metavar="DATA", help="labelled images with uneven classes")
    parser.add_argument(
        "--test",
        help="real images to test on, read as DATA are as far as they can be (default: a quarter "
        "of DATA, held out)",
    )
    parser.add_argument("--seeds", type=int, default=3, help="repetitions (default: 3)")
    parser.add_argument("--per-class", type=int, help="images to top up to (default: the largest)")
    parser.add_argument("--epochs", type=int, help="passes of the generator (default: by size)")
    parser.add_argument("--preset", default="quick", help="of the generator (default: quick)")
    parser.add_flag("--balanced", help="show the generator every class equally often")
    parser.add_argument(
        "--out", type=Path, help="folder for the figures (default: runs/NAME-study)"
    )
    parser.add_flag("--overwrite", help="write into a folder with files")
    add_json(parser)
    add_data_options(parser)


def run(chosen: argparse.Namespace) -> None:
    """Trains generators and classifiers, prints the verdict, and writes the figures."""
    with stdout_kept_for(chosen.json):
        found, out = _found(chosen)
        if not chosen.json:
            print(found)
        print(f"  figures  {found.save(out / 'study.json')}")
    if chosen.json:
        print_json(found.to_dict())


def _found(chosen: argparse.Namespace) -> tuple[Study, Path]:
    """What came out, and the folder that its figures go to."""
    source = Source(chosen.data, asked(chosen))
    data = read(source.data, **source.options)
    only_classes(data.classes, data.name)
    if chosen.test is None:
        test = test_set_of(source)
    else:
        test = read_alike(chosen.test, {}, source.options)
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
        test=test,
        seeds=chosen.seeds,
        per_class=chosen.per_class,
        progress=print,
    )
    return found, out
