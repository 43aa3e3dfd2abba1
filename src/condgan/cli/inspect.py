"""`condgan inspect DATA`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from condgan.classes import Classes
from condgan.cli.folders import as_typed, run_folder
from condgan.data.findings import Inspection
from condgan.data.inspect import inspect_data
from condgan.errors import ConfigError, DataError


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "inspect", help="say what is understood of labelled images, before training"
    )
    parser.set_defaults(run=run)
    parser.add_argument("data", help="labelled images, as `condgan train` takes them")
    parser.add_argument(
        "--out", type=Path, help="folder for the contact sheet (default: runs/NAME-inspect)"
    )
    parser.add_flag("--overwrite", help="write into a folder with files")
    parser.add_argument("--image-size", type=int, help="resize images of a folder to this square")


def run(chosen: argparse.Namespace) -> None:
    """Prints what was found, and draws a contact sheet.

    Raises:
        DataError: `condgan train` would refuse these images as they are.
    """
    options = {} if chosen.image_size is None else {"image_size": chosen.image_size}
    found = inspect_data(chosen.data, **options)
    out = run_folder(chosen.out, f"{found.data.name}-inspect", chosen.overwrite)
    print(found)
    print()
    print(f"contact sheet  {_draw(found, out)}")
    if found.problems:
        raise DataError(
            f"{found.data.name} cannot be trained on yet; 'before training' says what to do."
        )
    if isinstance(found.data.classes, Classes):
        size = [] if chosen.image_size is None else ["--image-size", str(chosen.image_size)]
        print("Train on them:")
        print(f"  condgan train {as_typed([chosen.data, *size])}")


def _draw(found: Inspection, out: Path) -> str:
    try:
        sheet = found.sheet()
    except ConfigError as error:  # images of two channels are fine, but not as a picture
        return f"none: {error}"
    out.mkdir(parents=True, exist_ok=True)
    sheet.save(out / "sheet.png")
    return f"{out / 'sheet.png'}, a row a class"
