"""Tables of labels as files hold them: CSV, lists with spaces, and the usual forms of JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from condgan.data.readers.files import ENDINGS
from condgan.data.readers.odd_classes import looks_missing
from condgan.data.readers.sniff import sniff
from condgan.data.readers.table import (
    FILE_NAMES,
    Table,
    ends_as_image,
    is_unnamed,
    named_twice,
    simplified,
)
from condgan.data.readers.text import NUMBER, opened_text, separator, with_points
from condgan.errors import FileFormatError, listed

FILE, LABEL = "file", "label"
"""What the columns are called of a table that names none."""

FORMS = '{"img.png": label}, [{"file": "img.png", "label": ...}] or {"labels": [["img.png", 3]]}'

COLUMNS = 10_000
"""The most columns of a table of labels; more are no labels, and each is looked at."""

SEPARATOR = re.compile(r"sep=([,;\t])\s*$")
"""What Excel writes into a first line of its own to say what stands between cells."""

DECLARED = re.compile(r'\s*\{\s*"labels"\s*:')
IMAGE = re.compile(rf'({"|".join(map(re.escape, ENDINGS))})"', re.IGNORECASE)


def read_table(path: Path, encoding: str | None = None) -> Table:
    """The table in a text file.

    CSV has commas, semicolons or tabs and a line of names first; without one, a cell of the first
    line must end as image files do, and that column is `file`. Lists such as `img.png 3`, with
    spaces, are read so too. JSON is any of `FORMS`, columns as `{"file": [...], "label": [...]}`,
    or an object a line.

    Args:
        path: the file, plain or gzipped.
        encoding: of its text, if that is neither UTF-8 nor UTF-16 with a mark.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: it is no such table; the line or entry that is wrong is named.
        ConfigError: there is no such encoding.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "dataset.json")
        >>> _ = file.write_text('{"labels": [["00000/a.png", 3], ["00000/b.png", 0]]}')
        >>> read_table(file).columns
        {'file': ['00000/a.png', '00000/b.png'], 'label': [3, 0]}
    """
    found = sniff(path)
    if found.kind not in ("text file", "JSON file"):
        raise found.refusal("a table of labels (CSV or JSON)")
    with opened_text(path, encoding, newline="") as lines:
        try:
            return (_of_json if found.kind == "JSON file" else _of_csv)(path, lines)
        except RecursionError:
            raise FileFormatError(f"{path} is nested too deeply for a table.") from None


def declares_labels(path: Path) -> bool:
    """Whether a file begins as the `dataset.json` of NVIDIA's tools does."""
    return sniff(path).kind == "JSON file" and DECLARED.match(_start(path)) is not None


def lists_files(path: Path) -> bool:
    """Whether a file is such a table, rather than pixels or prose; only its start is read."""
    try:
        kind = sniff(path).kind
        if kind == "JSON file":
            start = _start(path)
            return bool(DECLARED.match(start) or IMAGE.search(start))
        if kind != "text file":
            return False
        delimiter, head, second = _first_rows(path)
    except FileFormatError:
        return False
    if _file_cell(head) is not None:
        return len(head) > 1
    if len(head) < 2 or len(second) != len(head):
        return False
    if _file_cell(second) is not None and delimiter != " ":
        return True
    column = Table("", dict.fromkeys(head, ())).named(FILE_NAMES)
    # Tables of pixels may number their images.
    return column is not None and (not second[head.index(column)].isdecimal() or len(head) == 2)


def columns_named(path: Path) -> list[str]:
    """The cells of the first line, if a file may be a table of anything; only its start is read."""
    try:
        if sniff(path).kind != "text file":
            return []
        delimiter, head, second = _first_rows(path)
    except FileFormatError:
        return []
    return head if 1 < len(head) == len(second) and delimiter != " " else []


def _first_rows(path: Path) -> tuple[str, list[str], list[str]]:
    """What separates the cells, and those of the first two lines."""
    # What a table lists, shows in any encoding.
    with opened_text(path, errors="replace", newline="") as lines:
        delimiter, rows = _rows(lines)
        return delimiter, next(rows, (0, []))[1], next(rows, (0, []))[1]


def _start(path: Path) -> str:
    with opened_text(path, errors="replace") as text:
        return text.read(1 << 16)


def _rows(lines: Iterator[str]) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """What separates the cells, and the lines that are not blank, each with its number."""
    filled = ((n, x) for n, x in enumerate(lines) if not x.isspace())
    before, first = next(filled, (0, ""))
    told = SEPARATOR.match(first)
    if told:
        before, first = next(filled, (0, ""))
    delimiter = told[1] if told else separator(first)
    if delimiter not in first:
        delimiter = " "
    return delimiter, _numbered(chain([first], lines), delimiter, before)


def _numbered(lines: Iterator[str], delimiter: str, before: int) -> Iterator[tuple[int, list[str]]]:
    cells = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    for row in cells:
        if any(row):
            yield before + cells.line_num, [cell.strip() for cell in row]


def _of_csv(path: Path, lines: io.TextIOWrapper) -> Table:
    delimiter, rows = _rows(lines)
    first = next(rows, None)
    if first is None:
        raise FileFormatError(f"{path} holds only blank lines.")
    if _file_cell(first[1]) is not None:
        rows = chain([first], rows)
    head = _names(path, first[1])
    # One object for cells that are alike: there can be millions of them, mostly 0 and 1.
    alike: dict[str, str] = {}
    cells: list[list[str]] = []
    numbers: list[int] = []
    for number, row in rows:
        if len(row) != len(head):
            raise FileFormatError(
                f"{path}, line {number}: {len(row)} cells, but the first row has {len(head)}. "
                "A cell with a comma in it must be quoted."
            )
        cells.append([alike.setdefault(cell, cell) for cell in row])
        numbers.append(number)
    columns: dict[str, Sequence[str]] = {}
    if cells:
        columns = dict(zip(head, zip(*cells, strict=True), strict=True))
    # pandas writes the numbers of its rows under no name.
    columns = {name: of for name, of in columns.items() if not is_unnamed(name)}
    if not columns:
        raise FileFormatError(f"{path} has no rows, only a header.")
    if delimiter != ",":
        columns = {name: _with_points(path, name, of) for name, of in columns.items()}
    return Table(str(path), columns, lambda i: f"line {numbers[i]}")


def _names(path: Path, first: list[str]) -> list[str]:
    """What the columns are called, by the first line or, if that names none, in general."""
    position = _file_cell(first)
    if position is None:
        head = first
    elif len(first) == 2:
        head = [FILE if k == position else LABEL for k in range(2)]
    else:
        head = [FILE if k == position else f"column {k + 1}" for k in range(len(first))]
    if len(head) < 2:
        raise FileFormatError(
            f"{path}, line 1: a table needs a column of files and one of labels; "
            f"got {listed(head, 3)}."
        )
    _refuse_many(path, len(head))
    twice = named_twice(head)
    if twice is not None:
        raise FileFormatError(f"{path}: two columns are called {twice!r}; rename one of them.")
    return head


def _refuse_many(path: Path, columns: int) -> None:
    if columns > COLUMNS:
        raise FileFormatError(
            f"{path} has {columns} columns, which is no table of labels; there may be {COLUMNS}."
        )


def _with_points(path: Path, name: str, cells: Sequence[str]) -> Sequence[str]:
    """A column of numbers with points where some have decimal commas; others as they are."""
    comma = next((cell for cell in cells if with_points(cell) != cell), None)
    if comma is None:
        return cells
    pointed = [with_points(cell) for cell in cells]
    if not all(NUMBER.fullmatch(cell) or not cell or looks_missing(cell) for cell in pointed):
        return cells
    warnings.warn(
        f"{path}: the numbers of column {name!r} have decimal commas; {comma!r} is read as "
        f"{with_points(comma)}.",
        stacklevel=6,
    )
    return pointed


def _file_cell(cells: list[str]) -> int | None:
    """The first cell that ends as image files do: then this is no line of names."""
    return next((k for k, cell in enumerate(cells) if ends_as_image(cell)), None)


def _of_json(path: Path, lines: io.TextIOWrapper) -> Table:
    text = lines.read()
    try:
        content = json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        # An object a line, as Hugging Face's metadata.jsonl has it.
        content = _of_lines(path, text, error)
    except ValueError as error:
        raise FileFormatError(f"{path}: {error}.") from None
    columns = _columns(path, content)
    if not columns or not all(columns.values()):
        raise FileFormatError(f"{path} has no entries.")
    return Table(str(path), columns, "entry {}".format)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, value in pairs:
        if key in keys:
            raise ValueError(f"{key!r} comes twice in one object; leave one out")
        keys[key] = value
    return keys


def _of_lines(path: Path, text: str, error: json.JSONDecodeError) -> Any:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines]
    except ValueError:
        raise FileFormatError(f"{path} is no sound JSON: {error}.") from None


def _columns(path: Path, content: Any) -> dict[str, list[Any]]:
    """The columns in any of the usual forms of JSON."""
    if isinstance(content, dict):
        lists = all(isinstance(value, list) for value in content.values())
        if lists and any(simplified(key) in FILE_NAMES for key in content):
            lengths = {key: len(value) for key, value in content.items()}
            if len(set(lengths.values())) > 1:
                raise FileFormatError(f"{path}: its columns differ in length: {lengths}.")
            return content
        if "labels" in content and content["labels"] is None:
            raise FileFormatError(
                f'{path} says {{"labels": null}}: this data set has no labels. Make it again with '
                f"labels, or write them as {FORMS}."
            )
        if "labels" in content and isinstance(content["labels"], list | dict):
            return _columns(path, content["labels"])
        _refuse_other_forms(path, content)
        content = [[key, value] for key, value in content.items()]
    if not isinstance(content, list):
        raise FileFormatError(f"{path} holds {type(content).__name__}; wanted {FORMS}.")
    if all(isinstance(entry, dict) for entry in content):
        keys = dict.fromkeys(key for entry in content for key in entry)
        _refuse_many(path, len(keys))
        return {key: [entry.get(key) for entry in content] for key in keys}
    for index, entry in enumerate(content):
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)):
            raise FileFormatError(f"{path}: entry {index} is {_short(entry)}; wanted {FORMS}.")
        if isinstance(entry[1], dict):
            raise FileFormatError(
                f"{path}: the label of {entry[0]!r} is {_short(entry[1])}; wanted {FORMS}."
            )
    return {FILE: [entry[0] for entry in content], LABEL: [entry[1] for entry in content]}


def _refuse_other_forms(path: Path, content: dict[str, Any]) -> None:
    """Refuses what would be read as a file for each key, and is something else for certain."""
    if {"images", "annotations"} <= content.keys():
        raise FileFormatError(
            f"{path} has 'images' and 'annotations', as COCO's tools write them, of which one "
            f"image can have many. Make a table with one entry an image: {FORMS}."
        )
    key, value = next(iter(content.items()), ("", None))
    if isinstance(value, list) and value and not ends_as_image(key) and ends_as_image(value[0]):
        raise FileFormatError(
            f"{path} has a list of files for each label, such as {key!r}; wanted the label of "
            f"each file: {FORMS}."
        )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."
