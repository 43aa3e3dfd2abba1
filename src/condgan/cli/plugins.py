"""`condgan plugins`."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from condgan.cli.examples import ending
from condgan.cli.folders import as_typed
from condgan.errors import ConfigError, PluginError
from condgan.plugins import template
from condgan.plugins.plugin import CHOICE, Plugin
from condgan.plugins.registry import found
from condgan.testing.plugins import Checked, checks

WIDTH = 92


def add(commands: Any) -> None:
    """Declares the command and its options."""
    parser = commands.add_parser(
        "plugins",
        help="list what has a name and where it comes from; check or begin a plugin",
        **ending("plugins --json", "plugins --check condgan-lecam", "plugins --new focal"),
    )
    parser.set_defaults(run=run)
    one_of = parser.add_mutually_exclusive_group()
    parser.add_flag("--json", help="list as JSON", group=one_of)
    one_of.add_argument("--check", metavar="DIST", help="try all that an installed package adds")
    one_of.add_argument(
        "--new",
        nargs="+",
        metavar=("NAME", "FOLDER"),
        help="write a package with a loss of that name and its tests (default: condgan-NAME)",
    )


def run(chosen: argparse.Namespace) -> None:
    """Lists all plugins, or checks one, or writes a new one.

    Raises:
        PluginError: the plugin to check has a fault.
    """
    if chosen.new is not None:
        _begin(*chosen.new)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is in the list
        plugins = found()
    if chosen.check is not None:
        _check(chosen.check)
    elif chosen.json:
        print(json.dumps([asdict(plugin) for plugin in plugins], indent=2))
    else:
        print("\n".join(line for plugin in plugins for line in _lines(plugin)))


def _begin(name: str, folder: str | None = None, *more: str) -> None:
    if more:
        raise ConfigError(f"--new takes a name and a folder; got {', '.join(more)} as well.")
    made = template.write(name, None if folder is None else Path(folder))
    print(f"{made} holds a plugin with one loss. Install it, and run its tests:")
    path = as_typed([made.as_posix()])
    print(f"  pip install -e {path} && pip install pytest && pytest {path}")


def _check(distribution: str) -> None:
    count = faults = 0
    for checked in _silently(checks(distribution)):
        count += 1
        faults += checked.fault is not None
        said = "ok"
        if checked.fault is not None:
            said = f"FAULT: {checked.fault}"
        elif checked.skipped is not None:
            said = f"not checked: {checked.skipped}"
        print("\n".join(_wrapped(f"{checked.kind} {checked.name}", said, 30)))
    if faults:
        raise PluginError(f"{faults} of the {count} things that {distribution} adds have faults.")


def _silently(checking: Iterator[Checked]) -> Iterator[Checked]:
    """What comes of each check, without what the things that are checked print."""
    while True:
        with contextlib.redirect_stdout(io.StringIO()):
            checked = next(checking, None)
        if checked is None:
            return
        yield checked


def _lines(plugin: Plugin) -> Iterator[str]:
    """A distribution and its version, and below what it adds and what is wrong with it."""
    yield " ".join(filter(None, [plugin.owner, plugin.version]))
    for kind, names in plugin.adds.items():
        yield from _wrapped(kind, ", ".join(sorted(names)))
    for problem in plugin.problems:
        yield from _wrapped("problem", problem)
    if not plugin.chosen:
        yield from _wrapped("left out", f"{CHOICE} does not name it")


def _wrapped(what: str, said: str, column: int = 14) -> list[str]:
    """The lines of an entry, whose text begins in a column of its own."""
    indent = " " * (column + 1)
    lines = textwrap.wrap(f"{what:<{column}} {said}", WIDTH - 2, subsequent_indent=indent)
    return [f"  {line}" for line in lines]
