"""`condgan evaluate RUN [DATA]`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.arguments import seed_number
from condgan.cli.as_json import add_json, print_json, stdout_kept_for
from condgan.cli.data_options import add_data_options, asked
from condgan.cli.examples import ending
from condgan.cli.record import PAGE, record_of
from condgan.cli.runs import Source, classes_of, read, read_alike, source_of, test_set_of
from condgan.data.labelled import LabelledImages
from condgan.metrics.evaluate import evaluate
from condgan.metrics.features import inception_features
from condgan.metrics.named import metrics_of
from condgan.metrics.page.page import page
from condgan.metrics.page.writing import write_page
from condgan.metrics.report import Report
from condgan.networks.conditional import ConditionalGenerator


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "evaluate",
        help="judge a run, class by class",
        **ending(
            "evaluate runs/digits",
            "evaluate runs/pets --test other_pets --features inception",
            "evaluate runs/pets --json > pets.json",
            note="Options of data are those of DATA, or else of --test, which is otherwise read "
            "as the data of the run are; with neither, they are put to those that the run was "
            "given.",
        ),
    )
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
    parser.add_argument(
        "--metric",
        action="append",
        default=[],
        metavar="NAME",
        help="another figure, such as within-class-spread or a plugin's; may be given again",
    )
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default: 0)")
    add_json(parser)
    add_data_options(parser)


def run(chosen: argparse.Namespace) -> None:
    """Prints the report, as text or as JSON, and writes it as JSON and as the page of the run."""
    with stdout_kept_for(chosen.json):
        report = _report(chosen)
        if not chosen.json:
            print(report)
        out = chosen.out or chosen.folder
        print(f"  figures  {report.save(out / 'report.json')}")
        made = page(report, record=record_of(chosen.folder))
        print(f"  page     {write_page(made, out / PAGE)}")
    if chosen.json:
        print_json(report.to_dict())


def _report(chosen: argparse.Namespace) -> Report:
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    classes = classes_of(G)
    # Before anything is read: what is missing is said at once.
    metrics = metrics_of(chosen.metric)
    features = inception_features() if chosen.features == "inception" else None
    data, test = _real_images(chosen)
    return evaluate(
        G,
        data.in_terms_of(classes),
        test=test,
        n=chosen.n,
        features=features,
        gan_train=chosen.gan_train,
        metrics=metrics,
        seed=seed_number(chosen.seed),
    )


def _real_images(chosen: argparse.Namespace) -> tuple[LabelledImages, LabelledImages | None]:
    """Those that the run was trained on, or that are named, and others for a test if there are."""
    given, own = asked(chosen), {}
    if chosen.data is not None:
        source = Source(chosen.data, given)
    else:
        source = source_of(chosen.folder)
        if chosen.test is not None:
            own = given
        else:
            source = source._replace(options={**source.options, **given})
    data, rest = read(source.data, **source.options), None
    if source.held_out is not None:
        data, rest = source.held_out.parts(data)
    if chosen.test is not None:
        return data, read_alike(chosen.test, own, source.options)
    return data, test_set_of(source) if rest is None else rest
