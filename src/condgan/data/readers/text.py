"""Text files: in which encoding they are, and what stands between their cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from condgan.data.readers.sniff import opened
from condgan.errors import CondganError, ConfigError, FileFormatError

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""How files begin that say their encoding themselves; what somebody else says of it, is wrong."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|nan", re.I | re.A)
"""What numpy reads as a number, which is less than Python does: no 1_000."""

COMMA = re.compile(r'(?<![^;\t"\s])([+-]?\d+),(\d+(?:e[+-]?\d+)?)(?![^;\t"\s])', re.I | re.A)
"""A number with a decimal comma that fills a cell, where no comma stands between cells."""


@contextmanager
def opened_text(
    path: Path, encoding: str | None = None, *, errors: str = "strict", newline: str | None = None
) -> Iterator[io.TextIOWrapper]:
    """A file's text to read, unpacked if it is gzipped.

    Args:
        path: the file.
        encoding: of a file that does not begin with a mark of UTF-8 or UTF-16; UTF-8 if left out.
        errors, newline: as in `open`.

    Raises:
        FileFormatError: it is no text in that encoding, or cannot be read to its end; also within
            the block.
        ConfigError: there is no such encoding.
    """
    told = encoding
    try:
        with opened(path) as content:
            begin = content.peek(4)
            told = next((MARKS[mark] for mark in MARKS if begin.startswith(mark)), encoding)
            with _decoded(content, told or "utf-8", errors, newline) as text:
                yield text
    except CondganError:
        raise
    except UnicodeError as error:
        if told is None:
            raise FileFormatError(
                f"{path} is not UTF-8 text ({error}). Say what it is, such as "
                'encoding="cp1252" (Western Europe on Windows) or "latin-1"; or save it as UTF-8.'
            ) from None
        raise FileFormatError(f"{path} is not text in {told!r} ({error}).") from None
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None


def _decoded(
    content: io.BufferedReader, encoding: str, errors: str, newline: str | None
) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(content, encoding=encoding, errors=errors, newline=newline)
    except (LookupError, TypeError, ValueError):
        raise ConfigError(
            f"no encoding of text is called {encoding!r}; known are utf-8, utf-16, latin-1, "
            "cp1252, shift_jis, gb18030 and others of Python's."
        ) from None


def separator(line: str) -> str:
    """What stands between the cells of a line: the most frequent of comma, semicolon and tab.

    Where all commas are those of decimal numbers, it is another.

    Example:
        >>> separator("cat,1,2;3"), separator("cat;0,5;0,25")
        (',', ';')
    """
    for mark in (";", "\t"):
        if mark in line and "," in line and "," not in COMMA.sub("", line):
            return mark
    return max(",;\t", key=line.count)


def with_points(text: str) -> str:
    """A line or a cell with points for decimal commas; for where cells have another separator.

    Example:
        >>> with_points("1,2-xylol;0,5;3")
        '1,2-xylol;0.5;3'
    """
    return COMMA.sub(r"\1.\2", text) if "," in text else text
