"""The lines of a table of pixels, each of bounded length, and their cells."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from condgan.data.readers.sniff import opened, sniff
from condgan.data.readers.text import opened_text, separator, with_points
from condgan.errors import FileFormatError

LINE = 1 << 24
"""The most characters of one line; a longer one is no row of pixels."""

BLANK = 1 << 16
"""The most blank lines in a row."""

CELLS = 1 << 20
"""The most pixels of one row: an image of 1024 x 1024."""


class Line(NamedTuple):
    """The number of a line, from 1, and its text."""

    number: int
    text: str


class Rows(NamedTuple):
    """The first line of a table, what separates its cells, and all lines that follow."""

    path: Path
    first: Line
    delimiter: str
    rest: Iterator[Line]

    def cells(self, line: Line) -> list[str]:
        """The cells of a line.

        Raises:
            FileFormatError: they are too many, or none.
        """
        if line.text.count(self.delimiter) > CELLS:
            raise FileFormatError(
                f"{self.path}, line {line.number}: there are more than {CELLS} pixels."
            )
        try:
            row = next(csv.reader([line.text], delimiter=self.delimiter))
        except csv.Error as error:
            raise FileFormatError(
                f"{self.path}, line {line.number} is no row of cells: {error}."
            ) from None
        return [cell.strip() for cell in row]

    def all(self) -> Iterator[Line]:
        """The lines, the first among them."""
        return chain([self.first], self.rest)


@contextmanager
def opened_rows(path: Path, encoding: str | None) -> Iterator[Rows]:
    """The lines of a CSV file that are not blank, with points where numbers have decimal commas.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: it is no text, or holds only blank lines; so are lines without end, also
            within the block.
        ConfigError: there is no such encoding.
    """
    found = sniff(path)
    if found.kind != "text file":
        raise found.refusal("a CSV file")
    if found.gzipped:
        _walk(path)
    with opened_text(path, encoding) as stream:
        lines = _lines(path, stream)
        first = next(lines, None)
        if first is None:
            raise FileFormatError(f"{path} holds only blank lines.")
        delimiter = separator(first.text)
        if delimiter != ",":
            first = _pointed(first)
            lines = map(_pointed, lines)
        yield Rows(path, first, delimiter, lines)


def _walk(path: Path) -> None:
    """Once through a gzipped file: damage and bombs show before a row of it is kept."""
    try:
        with opened(path) as stream:
            while stream.read1(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None


def _lines(path: Path, stream: TextIO) -> Iterator[Line]:
    number = last = 0
    while text := stream.readline(LINE + 1):
        number += 1
        if len(text) > LINE:
            raise FileFormatError(
                f"{path}, line {number} has more than {LINE} characters; it begins {text[:40]!r}."
            )
        if not text.isspace():
            last = number
            yield Line(number, text)
        elif number - last > BLANK:
            raise FileFormatError(f"{path} has more than {BLANK} blank lines from {last + 1} on.")


def _pointed(line: Line) -> Line:
    return Line(line.number, with_points(line.text))
