"""Tables of labels as files hold them: CSV, lists with spaces, and the usual forms of JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

from condgan.data.readers.files import ENDINGS
from condgan.data.readers.sniff import opened, sniff
from condgan.data.readers.table import FILE_NAMES, Table, simplified
from condgan.errors import FileFormatError, listed

FILE, LABEL = "file", "label"
"""What the columns are called of a table that names none."""

FORMS = '{"img.png": label}, [{"file": "img.png", "label": ...}] or {"labels": [["img.png", 3]]}'

DECLARED = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"labels"\s*:')
IMAGE = re.compile(rf'({"|".join(map(re.escape, ENDINGS))})"'.encode(), re.IGNORECASE)


def read_table(path: Path) -> Table:
    """The table in a text file.

    CSV has commas, semicolons or tabs and a line of names first; without one, a cell of the first
    line must end as image files do, and that column is `file`. Lists such as `img.png 3`, with
    spaces, are read so too. JSON is any of `FORMS`, columns as `{"file": [...], "label": [...]}`,
    or an object a line.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: it is no such table; the line or entry that is wrong is named.

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
    try:
        if found.kind == "JSON file":
            with opened(path) as stream:
                return _of_json(path, stream.read().decode("utf-8-sig"))
        with io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="") as lines:
            return _of_csv(path, lines)
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} is not UTF-8 text ({error}); save it as such.") from None
    except (OSError, EOFError, zlib.error, csv.Error, RecursionError) as error:
        raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None


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
        with io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="") as lines:
            rows = _rows(lines)
            head, second = next(rows, (0, []))[1], next(rows, (0, []))[1]
    except (FileFormatError, UnicodeDecodeError, OSError, EOFError, zlib.error, csv.Error):
        return False
    if _file_cell(head) is not None:
        return len(head) > 1
    column = Table("", dict.fromkeys(head, ())).named(FILE_NAMES)
    if column is None or len(head) < 2 or len(second) != len(head):
        return False
    # Tables of pixels may number their images.
    return not second[head.index(column)].isdecimal() or len(head) == 2


def _start(path: Path) -> bytes:
    with opened(path) as stream:
        return stream.read(1 << 16)


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, in cells, each with its number."""
    before, first = next(((n, x) for n, x in enumerate(lines) if not x.isspace()), (0, ""))
    delimiter = max(",;\t", key=first.count)
    if delimiter not in first:
        delimiter = " "
    cells = csv.reader(
        chain([first], lines), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    for row in cells:
        if any(row):
            yield before + cells.line_num, [cell.strip() for cell in row]


def _of_csv(path: Path, lines: io.TextIOWrapper) -> Table:
    rows = _rows(lines)
    first = next(rows, None)
    if first is None:
        raise FileFormatError(f"{path} holds only blank lines.")
    head = first[1]
    position = _file_cell(head)
    if position is not None:
        rest = [k for k in range(len(head)) if k != position]
        names = {position: FILE, **{k: f"column {k + 1}" for k in rest}}
        if len(rest) == 1:
            names[rest[0]] = LABEL
        head = [names[k] for k in range(len(head))]
        rows = chain([first], rows)
    if len(head) < 2:
        raise FileFormatError(
            f"{path}, line 1: a table needs a column of files and one of labels; "
            f"got {listed(head, 3)}."
        )
    twice = next((name for name in head if name and head.count(name) > 1), None)
    if twice is not None:
        raise FileFormatError(f"{path}: two columns are called {twice!r}; rename one of them.")
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
    columns = dict(zip(head, zip(*cells, strict=True), strict=True)) if cells else {}
    # pandas writes the numbers of its rows under no name.
    columns.pop("", None)
    if not columns:
        raise FileFormatError(f"{path} has no rows, only a header.")
    return Table(str(path), dict(columns), lambda i: f"line {numbers[i]}")


def _file_cell(cells: list[str]) -> int | None:
    """The first cell that ends as image files do: then this is no line of names."""
    return next((k for k, cell in enumerate(cells) if _ends_as_image(cell)), None)


def _ends_as_image(cell: str) -> bool:
    return PurePath(cell).suffix.lower() in ENDINGS


def _of_json(path: Path, text: str) -> Table:
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
        content = [[key, value] for key, value in content.items()]
    if not isinstance(content, list):
        raise FileFormatError(f"{path} holds {type(content).__name__}; wanted {FORMS}.")
    if all(isinstance(entry, dict) for entry in content):
        keys = dict.fromkeys(key for entry in content for key in entry)
        return {key: [entry.get(key) for entry in content] for key in keys}
    for index, entry in enumerate(content):
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)):
            raise FileFormatError(f"{path}: entry {index} is {_short(entry)}; wanted {FORMS}.")
        if isinstance(entry[1], dict):
            raise FileFormatError(
                f"{path}: the label of {entry[0]!r} is {_short(entry[1])}; wanted {FORMS}."
            )
    return {FILE: [entry[0] for entry in content], LABEL: [entry[1] for entry in content]}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."
