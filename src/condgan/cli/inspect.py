"""`condgan inspect DATA`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from condgan.classes import Classes
from condgan.cli.as_json import add_json, print_json, stdout_kept_for
from condgan.cli.data_options import (
    OPTIONS,
    add_data_options,
    arguments,
    as_flags,
    asked,
    epilog,
)
from condgan.cli.folders import as_typed, run_folder
from condgan.cli.in_flags import in_flags
from condgan.conditions import Attributes
from condgan.data.findings import Inspection
from condgan.data.inspect import inspect_data
from condgan.data.labelled import LabelledImages
from condgan.errors import ConfigError, DataError


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "inspect",
        help="say what is understood of labelled images, before training",
        epilog=epilog("inspect"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    parser.add_argument("data", metavar="DATA", help="labelled images, as below")
    parser.add_argument(
        "--out", type=Path, help="folder for the contact sheet (default: runs/NAME-inspect)"
    )
    parser.add_flag("--overwrite", help="write into a folder with files")
    add_json(parser)
    add_data_options(parser)


def run(chosen: argparse.Namespace) -> None:
    """Prints what was found, as text or as JSON, and draws a contact sheet.

    Raises:
        DataError: `condgan train` would refuse these images as they are.
    """
    options = asked(chosen)
    source, taken = arguments(chosen.data, options)
    with stdout_kept_for(chosen.json):
        found = inspect_data(source, **taken)
    out = run_folder(chosen.out, f"{found.data.name}-inspect", chosen.overwrite)
    if chosen.json:
        print_json(_plain(found))
    else:
        print(in_flags(str(found), OPTIONS))
        print()
    with stdout_kept_for(chosen.json):
        _tell_what_next(found, out, [chosen.data, *as_flags(options)])


def _tell_what_next(found: Inspection, out: Path, data: list[str]) -> None:
    print(f"contact sheet  {_draw(found, out)}")
    if found.problems:
        raise DataError(
            f"{found.data.name} cannot be trained on yet; 'before training' says what to do."
        )
    print("Train on them:")
    print(f"  condgan train {as_typed(data)}")


def _plain(found: Inspection) -> dict[str, Any]:
    """What was found, as plain values; images are called by their file or their position."""
    data, headers = found.data, found.headers
    sizes = headers.sizes.items() if headers else ()
    return {
        "format": 1,
        "name": data.name,
        "images": len(data),
        "shape": list(data.image_shape),
        "kind": data.classes.kind,
        "labels": _labels(data),
        "imbalance": found.imbalance,
        "files": [{"width": w, "height": h, "files": n} for (w, h), n in sizes],
        "same_picture": {
            "under_different_labels": [_called(found, group) for group in found.twins.apart],
            "under_one_label": [_called(found, group) for group in found.twins.together],
        },
        "nearly_constant": _called(found, found.flat),
        "oddities": [in_flags(text, OPTIONS) for text in found.oddities],
        "problems": [in_flags(text, OPTIONS) for text in found.problems],
    }


def _labels(data: LabelledImages) -> list[dict[str, Any]]:
    """Each class or attribute and its images, or each quantity and its range."""
    condition = data.classes
    if isinstance(condition, Classes):
        return [{"label": label, "images": count} for label, count in data.counts().items()]
    columns = zip(condition.names, data.labels.T, strict=True)
    if isinstance(condition, Attributes):
        return [{"label": name, "images": int(column.sum())} for name, column in columns]
    return [
        {"label": name, "low": float(column.min()), "high": float(column.max())}
        for name, column in columns
    ]


def _called(found: Inspection, images: Iterable[int]) -> list[str]:
    return [found.called(image) for image in images]


def _draw(found: Inspection, out: Path) -> str:
    try:
        sheet = found.sheet()
    except ConfigError as error:  # images of two channels are fine, but not as a picture
        return f"none: {error}"
    out.mkdir(parents=True, exist_ok=True)
    sheet.save(out / "sheet.png")
    return f"{out / 'sheet.png'}, a row a class"
