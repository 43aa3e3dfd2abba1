"""Where a run goes, and commands as a person types them."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from condgan.errors import ConfigError, FileFormatError
from condgan.naming import portable

SETTINGS = "run.json"
"""What a run was asked for."""


def run_folder(out: Path | None, name: str, overwrite: bool, resume: bool = False) -> Path:
    """Where a run goes: never into somebody's files, unless they say so.

    Args:
        out: what was asked for; the first free of `runs/NAME`, `runs/NAME-2`, ... if nothing was.
        name: of the data.
        overwrite: whether `out` may hold files.
        resume: go on in `out`, or in the last run of that name, if there is one.
    """
    if out is None:
        stem = Path("runs") / portable(name)
        names = (stem.with_name(f"{stem.name}-{i}") if i > 1 else stem for i in itertools.count(1))
        there = list(itertools.takewhile(Path.exists, names))
        if resume and there and is_run(there[-1]):
            return there[-1]
        return stem.with_name(f"{stem.name}-{len(there) + 1}") if there else stem
    if resume and is_run(out):
        return out
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not overwrite):
        raise ConfigError(f"{out} is there already; choose another, or say --overwrite.")
    return out


def is_run(folder: Path) -> bool:
    """Whether `condgan train` has begun a run in a folder."""
    return (folder / SETTINGS).is_file()


def as_typed(command: list[str]) -> str:
    """Arguments as a person types them into this system's shell."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Keeps what a run was asked for, so that later commands find its data again."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(settings, indent=1)
    (folder / SETTINGS).write_text(text + "\n", encoding="utf-8")


def refuse_other_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Whether a run that is to go on was begun with the same settings; more epochs are allowed.

    Raises:
        FileFormatError: what it was begun with cannot be read.
        ConfigError: they differ.
    """
    path = folder / SETTINGS
    try:
        begun = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise FileFormatError(f"{path} cannot be read: {error}.") from None
    for name, now in settings.items():
        if name != "epochs" and begun.get(name) != now:
            raise ConfigError(
                f"{folder} was begun with {name} {begun.get(name)!r}, not {now!r}; resume with the "
                "same options, or train into another folder."
            )
