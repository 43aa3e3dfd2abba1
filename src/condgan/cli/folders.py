"""Where a run goes, and commands as a person types them."""

from __future__ import annotations

import itertools
import os
import shlex
import subprocess
from pathlib import Path

from condgan.errors import ConfigError
from condgan.naming import portable


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
        if resume and there:
            return there[-1]
        return stem.with_name(f"{stem.name}-{len(there) + 1}") if there else stem
    if resume and out.is_dir():
        return out
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not overwrite):
        raise ConfigError(f"{out} is there already; choose another, or say --overwrite.")
    return out


def as_typed(command: list[str]) -> str:
    """Arguments as a person types them into this system's shell."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)
