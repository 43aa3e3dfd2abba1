"""Shows how far training is."""

from __future__ import annotations

import sys
import time
from typing import Any

from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState

BAR = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
UNENDING = "{desc} {n_fmt}{unit} [{elapsed}{postfix}]"
"""What the bar shows, of a loader that says how many batches it has and of one that does not."""


class Progress(Callback):
    """A bar with the epoch, the losses and the images a second, on a terminal or in a notebook.

    It has no colour. Anywhere else, as in a log file, it is silent. A Trainer has one even if none
    is given (`progress=False` for none).
    """

    SECONDS = 1.0
    """Time between two readings of the losses, each of which waits for the device."""

    def __init__(self) -> None:
        self._bar: Any = None

    def on_fit_start(self, state: TrainState) -> None:
        from tqdm import tqdm

        total = None
        if state.batches is not None:
            left = state.epochs - state.epoch + state.epoch_is_open
            total = state.batches * left - state.epoch_is_open * state.epoch_steps
        self._bar = tqdm(
            total=total,
            unit="step",
            disable=not _is_looked_at(sys.stderr),
            dynamic_ncols=True,
            bar_format=BAR if total else UNENDING,
        )
        self._shown = state.step
        self._begun = self._read = (time.monotonic(), state.images)

    def on_epoch_start(self, state: TrainState) -> None:
        self._bar.set_description_str(f"epoch {state.epoch}/{state.epochs}", refresh=False)

    def on_batch_end(self, state: TrainState) -> None:
        if not self._bar.disable and time.monotonic() - self._read[0] > self.SECONDS:
            self._show(state, self._read)
        self._bar.update(state.step - self._shown)  # one, and those before it that were left out
        self._shown = state.step

    def on_fit_end(self, state: TrainState) -> None:
        if self._bar is not None:
            if not self._bar.disable and state.exception is None:
                self._show(state, self._begun)
            self._bar.close()
            self._bar = None

    def _show(self, state: TrainState, since: tuple[float, int]) -> None:
        """Puts the latest losses beside the bar, and the speed since some time and image."""
        said = [f"{name} {float(value):.3f}" for name, value in state.logs.items()]
        self._read = (time.monotonic(), state.images)
        seconds, images = (now - then for now, then in zip(self._read, since, strict=True))
        if seconds and images:
            said.append(f"{images / seconds:,.0f} images/s")
        self._bar.set_postfix_str(", ".join(said), refresh=False)


def _is_looked_at(stream: Any) -> bool:
    """Whether a stream is a terminal or a notebook's, and no file or pipe, nor closed or absent."""
    if type(stream).__module__.partition(".")[0] == "ipykernel":
        return True
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
