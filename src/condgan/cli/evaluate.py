"""`condgan evaluate RUN [DATA]`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from condgan.arguments import seed_number
from condgan.cli.runs import classes_of, read, source_of, test_set_of
from condgan.data.labelled import LabelledImages
from condgan.metrics.evaluate import evaluate
from condgan.metrics.features import inception_features
from condgan.networks.conditional import ConditionalGenerator


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser("evaluate", help="judge a run, class by class")
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    parser.add_argument("data", nargs="?", help="real images (default: those of the run)")
    parser.add_argument(
        "--test",
        help="real images that were not trained on (default: those the run held out, or the test "
        "set that comes with a name such as mnist)",
    )
    parser.add_argument("--out", type=Path, help="folder for the report (default: RUN)")
    parser.add_argument("-n", type=int, default=1000, help="images of each class (default: 1000)")
    parser.add_argument(
        "--features",
        choices=["classifier", "inception"],
        default="classifier",
        help="what distances are taken in: of a classifier of the real images (default), or of "
        "the Inception network, which is downloaded once (extra metrics)",
    )
    parser.add_flag("--gan-train", help="also train a classifier on them")
    parser.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")


def run(chosen: argparse.Namespace) -> None:
    """Prints the report, and writes it as JSON and as a page."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    classes = classes_of(G)
    # Before anything is read: what is missing is said at once.
    features = inception_features() if chosen.features == "inception" else None
    data, test = _real_images(chosen)
    report = evaluate(
        G,
        data.in_terms_of(classes),
        test=test,
        n=chosen.n,
        features=features,
        gan_train=chosen.gan_train,
        seed=seed_number(chosen.seed),
    )
    print(report)
    out = chosen.out or chosen.folder
    print(f"  figures  {report.save(out / 'report.json')}")
    print(f"  page     {report.save_page(out / 'report.html', _losses(chosen.folder))}")


def _real_images(chosen: argparse.Namespace) -> tuple[LabelledImages, LabelledImages | None]:
    """Those that the run was trained on, or that are named, and others for a test if there are."""
    source = source_of(chosen.folder, chosen.data, chosen.image_size)
    data = read(source.data, source.image_size)
    if source.held_out is not None:
        data, rest = source.held_out.parts(data)
        if chosen.test is None:
            return data, rest
    return data, test_set_of(source.data, chosen.test, chosen.image_size or source.image_size)


def _losses(folder: Path) -> list[dict[str, Any]] | None:
    """The losses that the run recorded, for the page; None if there are none."""
    try:
        steps: list[dict[str, Any]] = json.loads((folder / "history.json").read_text("utf-8"))[
            "steps"
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return steps
