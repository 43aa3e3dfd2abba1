"""`condgan page RUN OUT.html`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.cli.examples import ending
from condgan.cli.record import name_of
from condgan.metrics.report import Report
from condgan.networks.conditional import ConditionalGenerator
from condgan.page import write_page


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "page",
        help="write one HTML file in which anybody can draw, offline",
        **ending(
            "page runs/digits digits.html",
            'page runs/pets pets.html --title "Our pets"',
            note="What RUN holds comes along: snapshots as a film, and the report of `condgan "
            "evaluate RUN` as a report card.",
        ),
    )
    parser.set_defaults(run=run)
    parser.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    parser.add_argument("out", metavar="OUT.html", type=Path, help="file to write")
    parser.add_argument("--title", help="at its head (default: the name of the data)")


def run(chosen: argparse.Namespace) -> None:
    """Writes the page, with what the run folder has to show beside the generator."""
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    report = chosen.folder / "report.json"
    path = write_page(
        G,
        chosen.out,
        title=chosen.title or name_of(chosen.folder),
        report=Report.load(report) if report.is_file() else None,
        snapshots=chosen.folder / "snapshots",
    )
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB): open it in a browser")
