"""Where a run goes, and commands as a person types them."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from condgan.classes import natural_order
from condgan.cli.data_options import HOW, flag_of
from condgan.errors import ConfigError, FileFormatError
from condgan.naming import portable

RUNS = Path("runs")
"""Where runs go that are not sent elsewhere."""

SETTINGS = "run.json"
"""What a run was asked for."""


def run_folder(out: Path | None, name: str, overwrite: bool) -> Path:
    """Where a run goes: never into somebody's files, unless they say so.

    Args:
        out: what was asked for; the first free of `runs/NAME`, `runs/NAME-2`, ... if nothing was.
        name: of the data.
        overwrite: whether `out` may hold files.
    """
    if out is None:
        stem = RUNS / portable(name)
        names = (stem.with_name(f"{stem.name}-{i}") if i > 1 else stem for i in itertools.count(1))
        return next(folder for folder in names if not folder.exists())
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not overwrite):
        raise ConfigError(f"{out} is there already; choose another, or say --overwrite.")
    return out


def run_to_resume(out: Path | None, data: str) -> Path | None:
    """The run in `out`, or the last one in `runs` that was begun with these data; None if none."""
    if out is not None:
        return out if is_run(out) else None
    begun = sorted(RUNS.glob(f"*/{SETTINGS}"), key=lambda path: natural_order(path.parent.name))
    return next((path.parent for path in reversed(begun) if _is_of(path.parent, data)), None)


def _is_of(folder: Path, data: str) -> bool:
    try:
        return bool(settings_in(folder)["data"] == data)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # somebody else's file


def is_run(folder: Path) -> bool:
    """Whether `condgan train` has begun a run in a folder."""
    return (folder / SETTINGS).is_file()


def as_typed(command: list[str]) -> str:
    """Arguments as a person types them into this system's shell."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def write_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Keeps what a run was asked for, so that later commands find its data again."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{SETTINGS}.part"  # a run is resumed by what was there, if this fails
    try:
        beside.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        beside.replace(folder / SETTINGS)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def settings_in(folder: Path) -> dict[str, Any]:
    """What a run was asked for.

    Raises:
        OSError, ValueError, TypeError: it cannot be read.
    """
    settings = dict(json.loads((folder / SETTINGS).read_text(encoding="utf-8")))
    if "image_size" in settings:  # the only option of data that older runs had
        size = settings.pop("image_size")
        settings.setdefault("options", {} if size is None else {"image_size": size})
    return settings


def refuse_other_settings(folder: Path, settings: dict[str, Any]) -> None:
    """Whether a run that is to go on was begun with the same settings; more epochs are allowed.

    Raises:
        FileFormatError: what it was begun with cannot be read.
        ConfigError: they differ.
    """
    try:
        begun = _flat(settings_in(folder))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{folder / SETTINGS} cannot be read: {error}.") from None
    now = _flat(settings)
    for name in dict.fromkeys([*now, *begun]):
        if begun.get(name) != now.get(name):
            raise ConfigError(
                f"{folder} was begun with {name} {begun.get(name)!r}, not {now.get(name)!r}; "
                "resume with the same options, or train into another folder."
            )


def _flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that two parts of one run have in common, those of data under their flags."""
    options = settings.get("options", {}).items()
    return {
        **{name: value for name, value in settings.items() if name not in ("options", "epochs")},
        **{flag_of(name): value for name, value in options if name not in HOW},
    }
