"""`condgan evaluate RUN [DATA]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from condgan.arguments import seed_number
from condgan.cli.runs import classes_of, read, source_of, test_set_of
from condgan.errors import LabelError, listed
from condgan.metrics.evaluate import evaluate
from condgan.networks.conditional import ConditionalGenerator


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser("evaluate", help="judge a run, class by class")
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    parser.add_argument("data", nargs="?", help="real images (default: those of the run)")
    parser.add_argument("--test", help="real images that were not trained on")
    parser.add_argument("-n", type=int, default=1000, help="images of each class (default: 1000)")
    parser.add_argument("--gan-train", action="store_true", help="also train a classifier on them")
    parser.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")


def run(chosen: argparse.Namespace) -> None:
    """Prints the report, and writes it as JSON and as a page."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    source, image_size = source_of(chosen.folder, chosen.data, chosen.image_size)
    data = read(source, image_size)
    if data.classes != classes_of(G):
        raise LabelError(
            f"the run draws {listed(classes_of(G).labels)}, but the data have {data.classes!r}."
        )
    report = evaluate(
        G,
        data,
        test=test_set_of(source, chosen.test, chosen.image_size or image_size),
        n=chosen.n,
        gan_train=chosen.gan_train,
        seed=seed_number(chosen.seed),
    )
    print(report)
    print(f"  figures  {report.save(chosen.folder / 'report.json')}")
    print(f"  page     {report.save_page(chosen.folder / 'report.html', _losses(chosen.folder))}")


def _losses(folder: Path) -> list[dict[str, Any]] | None:
    """The losses that the run recorded, for the page; None if there are none."""
    try:
        steps: list[dict[str, Any]] = json.loads((folder / "history.json").read_text("utf-8"))[
            "steps"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return steps
