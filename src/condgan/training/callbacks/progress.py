"""Shows how far training is."""

from __future__ import annotations

import sys
import time
from typing import Any

from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class Progress(Callback):
    """A bar with the epoch, the losses and the speed, on a terminal or in a notebook.

    Anywhere else, as in a log file, it is silent. A Trainer has one even if none is given
    (`progress=False` for none).
    """

    SECONDS = 1.0
    """Time between two readings of the losses, each of which waits for the device."""

    def __init__(self) -> None:
        self._bar: Any = None

    def on_fit_start(self, state: TrainState) -> None:
        from tqdm import tqdm

        total = None
        if state.batches is not None:
            total = state.batches * (state.epochs - state.epoch)
        self._bar = tqdm(
            total=total, unit="step", disable=not _is_looked_at(sys.stderr), dynamic_ncols=True
        )
        self._read = time.monotonic()

    def on_epoch_start(self, state: TrainState) -> None:
        self._bar.set_description(f"epoch {state.epoch}/{state.epochs}", refresh=False)

    def on_batch_end(self, state: TrainState) -> None:
        self._bar.update(1)
        if not self._bar.disable and time.monotonic() - self._read > self.SECONDS:
            self._read = time.monotonic()
            self._bar.set_postfix(
                {name: f"{float(value):.3f}" for name, value in state.logs.items()}, refresh=False
            )

    def on_fit_end(self, state: TrainState) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _is_looked_at(stream: Any) -> bool:
    """Whether a stream is a terminal or a notebook's, and no file or pipe, nor closed or absent."""
    if type(stream).__module__.partition(".")[0] == "ipykernel":
        return True
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
