"""The command line, a file a command: inspect, train, generate, evaluate, study, export."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import condgan
from condgan.cli import evaluate, export, generate, inspect, study, train
from condgan.cli.flags import Parser
from condgan.errors import CondganError

COMMANDS = (inspect, train, generate, evaluate, study, export)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    0 when all went well, 2 for something to put right in the command or the data, 1 when the
    system refused (a full disk, a folder that may not be written), 130 for Ctrl-C.
    """
    chosen = _parsed(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _note
            chosen.run(chosen)
    except CondganError as error:
        print(f"condgan: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"condgan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("condgan: interrupted", file=sys.stderr)
        return 130
    return 0


def _note(message: Warning | str, *_: Any, **__: Any) -> None:
    """Shows a warning as a sentence: who types a command has no use for a line of source."""
    print(f"condgan: note: {message}", file=sys.stderr)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, with those that may be left out also after options.

    There argparse does not look for them: labels to generate, and data to evaluate with.
    """
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    options = rest[: rest.index("--")] if "--" in rest else rest
    texts = [text for text in rest if text != "--"]
    if not any(text.startswith("-") for text in options):
        if hasattr(chosen, "labels"):
            chosen.labels += texts
            texts = []
        elif texts and getattr(chosen, "data", "") is None:
            chosen.data = texts.pop(0)
    if texts:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="condgan", description="Draw new images of the class you name.")
    parser.add_argument("--version", action="version", version=f"condgan {condgan.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser
