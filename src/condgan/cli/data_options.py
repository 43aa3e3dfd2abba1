"""The options that say how data are read: one table, shared by the commands that take data."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from condgan.cli.flags import Parser
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.class_names import as_numbers
from condgan.data.readers.decode import Fit
from condgan.data.readers.pixels import Layout
from condgan.data.readers.sniff import sniff

KINDS = """what DATA can be:
  a name    digits, glyphs, mnist, fashion-mnist, kmnist, qmnist, emnist, or a plugin's
            (mnist and its like are kept in $CONDGAN_DATA or ~/.cache/condgan/data)
  a folder  of class folders; of images with a table of their labels; of idx files
  a file    a table of labels (CSV or JSON), a CSV of pixels, idx, .npz, .npy, parquet

examples:
"""


def epilog(command: str) -> str:
    """What a command's help ends with."""
    return (
        f"{KINDS}  condgan {command} pets --image-size 32 --fit pad\n"
        f"  condgan {command} photos --labels faces.csv --label-columns hat,smile\n"
        f"  condgan {command} pixels.csv --label-column last --image-shape 3 32 32\n"
    )


def size(text: str) -> int | list[int]:
    """`32`, or `48x64` for 48 pixels high and 64 wide."""
    sides = [int(side) for side in text.split("x")]
    return sides[0] if len(sides) == 1 else sides


def names(text: str) -> list[str]:
    """`hat,smile` as its parts; what holds a comma is quoted as in a CSV file.

    Example:
        >>> names('hat, "red, dark"')
        ['hat', 'red, dark']
    """
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]


def joined(items: Iterable[object]) -> str:
    """The text of which `names` makes these items."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(items)
    return line.getvalue()


def named_value(text: str) -> tuple[str, Any]:
    """`n=500` as a name and a value, which is JSON, or else text.

    Example:
        >>> named_value("n=500"), named_value("label=species")
        (('n', 500), ('label', 'species'))
    """
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise argparse.ArgumentTypeError(f"write NAME=VALUE; got {text!r}")
    return name, _plain_value(value)


def _plain_value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # A path is found again from anywhere; a word is none, whatever the folder holds.
        return anywhere(text) if any(mark in text for mark in "/\\.") else text


LIST: dict[str, Any] = {"type": names, "action": "extend", "metavar": "NAMES"}
SKIP: dict[str, Any] = {"choices": ["error", "skip"]}

OPTIONS: dict[str, dict[str, Any]] = {
    "image_size": {"type": size, "metavar": "HxW", "help": "resize images in files: 32, or 48x64 "
                   "for 48 high and 64 wide"},
    "fit": {"choices": get_args(Fit), "help": "what becomes of images of another shape"},
    "channels": {"type": int, "choices": [1, 3, 4], "help": "1 gray, 3 colour, 4 with alpha"},
    "background": {"metavar": "COLOUR", "help": "behind what is transparent, and of the border"},
    "max_pixels": {"type": int, "metavar": "N", "help": "larger files are refused"},
    "value_range": {"type": float, "nargs": 2, "metavar": ("LOW", "HIGH"),
                    "help": "values that mean black and white"},
    "image_shape": {"type": int, "nargs": 3, "metavar": ("C", "H", "W"),
                    "help": "shape of pixels that stand in a row"},
    "layout": {"choices": get_args(Layout), "help": "where the channels of arrays are"},
    "transpose": {"help": "swap rows and columns of idx files, as EMNIST's need"},
    "labels": {"metavar": "FILE", "help": "table of labels of a folder; labels of an idx or .npy "
               "file; array of labels in an .npz file"},
    "images": {"metavar": "NAME", "help": "array of images in an .npz file"},
    "file_column": {"metavar": "NAME", "help": "column of paths in a table"},
    "image_column": {"metavar": "NAME", "help": "column of images in a parquet file"},
    "label_column": {"metavar": "NAME", "help": "column of labels; in a CSV of pixels also first, "
                     "last or a position from 0"},
    "label_columns": {**LIST, "help": "several columns of labels: hat,smile"},
    "encoding": {"metavar": "NAME", "help": "of a table of text, such as cp1252"},
    "root": {"metavar": "FOLDER", "help": "what paths in a parquet file are relative to; where "
             "mnist and its like are kept"},
    "split": {"metavar": "NAME", "help": "part of the data: train, test, ..."},
    "classes": {**LIST, "help": "the classes in this order: cat,dog; or how many: 10"},
    "attributes": {**LIST, "help": "labels are yes or no, several an image: hat,smile; or how "
                   "many: 5"},
    "quantities": {**LIST, "help": "labels are numbers, not classes: age; or how many: 2"},
    "unlabelled": {**LIST, "help": "cells that mean that there is no label: NA,?"},
    "on_unlabelled": {**SKIP, "help": "what to do about images without a label"},
    "on_missing": {**SKIP, "help": "what to do about files that a table names and nobody has"},
    "on_bad": {**SKIP, "help": "what to do about files that cannot be decoded"},
    "cache": {"help": "keep images decoded, in $CONDGAN_CACHE or ~/.cache/condgan"},
    "workers": {"type": int, "metavar": "N", "help": "processes to decode in"},
}  # fmt: skip
"""Option of `load_data` to how the command line takes it; what has only `help` is on or off."""

MEANINGS: dict[str, Callable[[Any], Any]] = {
    "classes": lambda labels: labels,
    "attributes": Attributes,
    "quantities": Quantities,
}
"""Options that say what labels mean, of which one is enough: all are `classes` in Python."""

HOW = {"cache", "workers"}
"""Options that change how fast images are read, and not which."""

WHICH = {"labels", "images", "split"}
"""Options that pick a part of some data, which other data do not have."""


def flag_of(option: str) -> str:
    """`--image-size` for `image_size`."""
    return f"--{option.replace('_', '-')}"


def add_data_options(parser: Parser) -> None:
    """Declares all of them; each kind of data takes some, and refuses the others by name."""
    group = parser.add_argument_group("how data are read", "which of these there are depends on "
                                      "the kind of data; docs/own-data.md has more")  # fmt: skip
    meaning = group.add_mutually_exclusive_group()
    for option, how in OPTIONS.items():
        if how.keys() == {"help"}:
            parser.add_flag(flag_of(option), how["help"], group)
        else:
            (meaning if option in MEANINGS else group).add_argument(flag_of(option), **how)
    group.add_argument("--option", type=named_value, action="append", metavar="NAME=VALUE",
                       help="any other of a data set by name, such as n=500 of glyphs or "
                       "one of a plugin's; may be given again")  # fmt: skip


def asked(chosen: argparse.Namespace) -> dict[str, Any]:
    """The data options that were given, as plain values that are found again from anywhere."""
    given = {option: getattr(chosen, option, None) for option in OPTIONS}
    known = {
        option: anywhere(value) if option in ("labels", "root") else value
        for option, value in given.items()
        if value is not None and value is not False
    }
    return {**known, **dict(getattr(chosen, "option", None) or ())}


def anywhere(text: str) -> str:
    """A path that exists as an absolute one; else the text, which is a name of something."""
    path = Path(text)
    return str(path.resolve()) if text and path.exists() else text


def arguments(data: str, options: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A source and options as `load_data` takes them."""
    taken: dict[str, Any] = {o: tuple(v) if isinstance(v, list) else v for o, v in options.items()}
    for option, meaning in MEANINGS.items():
        if option in taken:
            labels = as_numbers(taken.pop(option))
            one = len(labels) == 1 and isinstance(labels[0], int)
            taken["classes"] = meaning(labels[0] if one else labels)
    if "label_column" in taken:
        taken["label_column"] = as_numbers([taken["label_column"]])[0]
    path = Path(data)
    if "labels" in taken and path.is_file() and sniff(path).kind in ("idx file", "numpy file"):
        return (data, taken.pop("labels")), taken
    return data, taken


def as_flags(options: Mapping[str, Any]) -> list[str]:
    """Options as a person types them."""
    return [word for option, value in options.items() for word in _words(option, value)]


def _words(option: str, value: Any) -> list[str]:
    if option not in OPTIONS:
        plain = isinstance(value, str) and _plain_value(value) == value
        return ["--option", f"{option}={value if plain else json.dumps(value)}"]
    flag, how = flag_of(option), OPTIONS[option]
    if isinstance(value, bool):
        return [flag if value else flag.replace("--", "--no-", 1)]
    parts = list(value) if isinstance(value, list | tuple) else [value]
    if "nargs" in how:
        return [flag, *map(str, parts)]
    text = joined(parts) if how.get("type") is names else "x".join(map(str, parts))
    # Else it would be read as another option.
    return [f"{flag}={text}"] if text.startswith("-") else [flag, text]
