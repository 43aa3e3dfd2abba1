"""`--json`: what a command found, alone on stdout, for a program to read."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Any

from condgan.cli.flags import Parser


def add_json(parser: Parser) -> None:
    """Declares the flag."""
    parser.add_flag("--json", help="print what was found as JSON, and all else on stderr")


@contextlib.contextmanager
def stdout_kept_for(as_json: bool) -> Iterator[None]:
    """Inside the block whatever is printed goes to stderr, if stdout is kept for JSON."""
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        yield


def print_json(found: Any) -> None:
    """Prints plain values as strict JSON, in which every number is finite.

    It is ASCII, which every terminal and pipe takes.

    Example:
        >>> print_json({"label": "고양이"})
        {
         "label": "\\uace0\\uc591\\uc774"
        }
    """
    print(json.dumps(found, indent=1, allow_nan=False))
