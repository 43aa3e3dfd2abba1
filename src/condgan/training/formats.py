"""Checkpoints of earlier formats, brought up to the present one."""

from __future__ import annotations

from typing import Any

from condgan.errors import FileFormatError
from condgan.training.steps import StepTable

FORMAT = 2
"""Of the checkpoints that are written. 2 keeps the losses of steps in columns, and counts steps
that were left out."""


def upgraded(saved: dict[str, Any]) -> dict[str, Any]:
    """The content of a checkpoint, as one of the present format would hold it.

    Raises:
        FileFormatError: a part is missing.
    """
    if saved["format"] >= FORMAT:
        return saved
    try:
        history, counters = saved["history"], saved["counters"]
        steps = StepTable(history["steps"]).state_dict()
    except (KeyError, TypeError) as error:
        raise FileFormatError(f"the checkpoint lacks a part: {error}") from error
    return {
        **saved,
        "format": FORMAT,
        "history": {**history, "steps": steps},
        "counters": {**counters, "epoch_skipped": 0},
    }
