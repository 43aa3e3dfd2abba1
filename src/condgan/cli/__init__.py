"""The command line: a file a command."""

from __future__ import annotations

import argparse
import re
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import condgan
from condgan.cli import (
    completion,
    doctor,
    draw,
    evaluate,
    export,
    generate,
    inspect,
    page,
    plugins,
    study,
    train,
    view,
)
from condgan.cli.data_options import OPTIONS
from condgan.cli.flags import Parser
from condgan.cli.in_flags import in_flags
from condgan.errors import CondganError

COMMANDS = (
    inspect,
    train,
    view,
    generate,
    draw,
    evaluate,
    study,
    export,
    page,
    plugins,
    doctor,
    completion,
)

CODES = """\
examples:
  condgan train digits
  condgan view runs/digits
  condgan generate runs/digits 3 -n 16

condgan COMMAND --help has more of them. The exit code is 0 if all went well, 1 if
the system refused, 2 if there is something to put right in the command or the
data, 130 after Ctrl-C, and 143 after a request to terminate."""

NEGATIVE = re.compile(r"-\d*\.?\d+")
"""What looks like an option and is a number."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    0 when all went well, 2 for something to put right in the command or the data, 1 when the
    system refused (a full disk, a folder that may not be written), 130 for Ctrl-C. A request to
    terminate while training ends the process with 143.
    """
    chosen = _parsed(arguments)
    say = partial(in_flags, known=OPTIONS.keys() & vars(chosen).keys())

    def note(message: Warning | str, *_: Any, **__: Any) -> None:
        """Shows a warning as a sentence: who types has no use for a line of source."""
        print(f"condgan: note: {say(str(message))}", file=sys.stderr)

    try:
        with warnings.catch_warnings():
            warnings.showwarning = note
            chosen.run(chosen)
    except CondganError as error:
        print(f"condgan: {say(str(error))}", file=sys.stderr)
        _tell_notes(error)
        return 2
    except OSError as error:
        print(f"condgan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print("condgan: interrupted", file=sys.stderr)
        _tell_notes(error)
        return 130
    return 0


def _tell_notes(error: BaseException) -> None:
    """What went wrong besides, such as a checkpoint that could not be written."""
    for more in getattr(error, "__notes__", ()):
        print(f"condgan: {more}", file=sys.stderr)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, with those that may be left out also after options.

    There argparse does not look for them: labels to generate, and data to evaluate with.
    """
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    options = rest[: rest.index("--")] if "--" in rest else rest
    texts = [text for text in rest if text != "--"]
    if not any(text.startswith("-") and not NEGATIVE.fullmatch(text) for text in options):
        if hasattr(chosen, "asked"):
            chosen.asked += texts
            texts = []
        elif texts and getattr(chosen, "data", "") is None:
            chosen.data = texts.pop(0)
    if texts:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="condgan",
        description="Draw new images of the class you name.",
        epilog=CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"condgan {condgan.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
