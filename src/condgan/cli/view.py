"""`condgan view RUN`."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from pathlib import Path
from typing import Any

from condgan.cli.examples import ending
from condgan.cli.record import PAGE, is_left_by_a_run, record_of
from condgan.errors import ConfigError, MissingFileError
from condgan.metrics.page.page import page
from condgan.metrics.page.run import run_page
from condgan.metrics.page.writing import write_page
from condgan.metrics.report import Report


def add(commands: Any) -> None:
    """Declares the command and its options."""
    view = commands.add_parser(
        "view",
        help="open the page of a run, also while it trains",
        **ending(
            "view runs/digits",
            "view runs/digits --no-open",
            note="Training writes the page, and `condgan evaluate RUN` adds its figures. Where "
            "there is none, it is made of what the run left.",
        ),
    )
    view.set_defaults(run=run)
    view.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` writes")
    view.add_flag("--open", default=True, help="open it in a browser")


def run(chosen: argparse.Namespace) -> None:
    """Finds the page of a run or makes it, prints where it is, and opens it."""
    path = _page_of(chosen.folder)
    print(path)
    if chosen.open and not webbrowser.open(path.resolve().as_uri()):
        print("condgan: note: no browser was found; open that file with one.", file=sys.stderr)


def _page_of(folder: Path) -> Path:
    """The page in a run folder, made if there is none.

    Raises:
        MissingFileError: there is no such folder.
        ConfigError: it holds no run.
    """
    path = folder / PAGE
    if path.is_file():
        return path
    if not folder.is_dir():
        raise MissingFileError(f"{folder} is no folder; name one that `condgan train` wrote.")
    if not is_left_by_a_run(folder):
        raise ConfigError(f"{folder} holds no run; name a folder that `condgan train` wrote.")
    record = record_of(folder)
    report = folder / "report.json"
    made = page(Report.load(report), record=record) if report.is_file() else run_page(record)
    return write_page(made, path)
