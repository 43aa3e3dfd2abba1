"""What a run folder has to show of its training."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from condgan.cli.data_options import as_flags
from condgan.cli.doctor import discreet
from condgan.cli.folders import SETTINGS, settings_in
from condgan.metrics.page.record import Frame, RunRecord
from condgan.page.film import film

PAGE = "report.html"
"""The page of a run: written while it trains, and anew when it is evaluated."""

LEFT = ("config.json", "history.json", "report.json", SETTINGS)
"""Files by which a run is known."""


def is_left_by_a_run(folder: Path) -> bool:
    """Whether there is something to show in a folder."""
    return any((folder / name).is_file() for name in LEFT)


def record_of(folder: Path) -> RunRecord:
    """The training in a run folder; what the folder lacks is left out."""
    settings = _settings(folder)
    tables = _read_json(folder / "history.json")
    epochs, steps = (_rows(tables.get(name)) for name in ("epochs", "steps"))
    wanted = settings.get("epochs")
    wanted = wanted if isinstance(wanted, int) else None
    done = epochs and (wanted is None or epochs[-1].get("epoch", 0) >= wanted)
    return RunRecord(
        name=name_of(folder),
        stage="finished" if done else "interrupted",
        why="" if epochs else "It left no history: it is training still, or was cut off.",
        wanted=wanted,
        epochs=epochs,
        steps=steps,
        frames=[Frame(*frame) for frame in film(folder / "snapshots")],
        settings=told(settings),
    )


def name_of(folder: Path) -> str:
    """What a run was trained on, without the folders that lead there; or else its own name."""
    own = folder.resolve().name
    data = _settings(folder).get("data")
    return (Path(data).stem if isinstance(data, str) else "") or own


def told(settings: Mapping[str, Any]) -> dict[str, str]:
    """The settings of a run, for a person to read; what is off or not said is left out.

    Pages are shared: they do not say whose home folder the data lie in.
    """
    shown = {name: value for name, value in settings.items() if name not in ("options", "held_out")}
    if options := settings.get("options"):
        shown["options"] = " ".join(as_flags(options))
    if held_out := settings.get("held_out"):
        shown["held out"] = f"{held_out['fraction']:.0%} of each class"
    return {
        name.replace("_", " "): "yes" if value is True else str(discreet(value))
        for name, value in shown.items()
        if value is not None and value is not False
    }


def _settings(folder: Path) -> dict[str, Any]:
    try:
        return settings_in(folder)
    except (OSError, ValueError, TypeError):
        return {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _rows(table: Any) -> list[dict[str, Any]]:
    """The rows of a table that somebody may have written by hand."""
    rows = table if isinstance(table, list) else []
    return [row for row in rows if isinstance(row, dict)]
