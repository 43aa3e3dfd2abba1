"""Records the losses."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class LossHistory(Callback):
    """Records every loss: its mean over each epoch's images, and its value every few steps.

    A Trainer has one even if none is given. Values stay on the device until many are read at
    once, so that no step waits. One that is not finite counts in no mean.

    Args:
        every: steps between two rows of `history.steps`; the first step has a row as well.

    Raises:
        ConfigError: `every` is not a positive whole number.
    """

    stage: Literal["record"] = "record"
    FLUSH = 1000

    def __init__(self, every: int = 10) -> None:
        self.every = whole_number("every", every)
        self._waiting: list[tuple[int, int, int, dict[str, Tensor | float]]] = []
        self._sums: dict[str, float] = {}
        self._images: dict[str, int] = {}

    def state_dict(self) -> dict[str, Any]:
        return {"waiting": self._read_waiting(), "sums": self._sums, "images": self._images}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self._waiting = [tuple(row) for row in saved["waiting"]]
        self._sums, self._images = dict(saved["sums"]), dict(saved["images"])

    def on_epoch_start(self, state: TrainState) -> None:
        if not state.epoch_steps:  # else it is the rest of an epoch, of which there are sums
            self._waiting, self._sums, self._images = [], {}, {}

    def on_batch_end(self, state: TrainState) -> None:
        self._waiting.append((state.step, state.epoch, state.batch_images, dict(state.logs)))
        if len(self._waiting) >= self.FLUSH:
            self._flush(state)

    def on_epoch_end(self, state: TrainState) -> None:
        self._flush(state)
        state.history.record(
            **{name: total / (self._images[name] or math.nan) for name, total in self._sums.items()}
        )

    def on_fit_end(self, state: TrainState) -> None:
        self._flush(state)

    def _flush(self, state: TrainState) -> None:
        """Takes in all waiting values."""
        for step, epoch, images, values in self._read_waiting():
            for name, value in values.items():
                counts = math.isfinite(value)
                self._sums[name] = self._sums.get(name, 0.0) + (value * images if counts else 0.0)
                self._images[name] = self._images.get(name, 0) + (images if counts else 0)
            if step == 1 or step % self.every == 0:
                state.history.steps.append({"step": step, "epoch": epoch, **values})
        self._waiting = []

    def _read_waiting(self) -> list[tuple[int, int, int, dict[str, float]]]:
        """Waiting values as plain numbers, brought to the CPU in one transfer."""
        tensors = [
            value.reshape(())
            for *_, logs in self._waiting
            for value in logs.values()
            if isinstance(value, Tensor)
        ]
        numbers = iter(torch.stack(tensors).tolist() if tensors else ())
        return [
            (
                step,
                epoch,
                images,
                {
                    name: next(numbers) if isinstance(value, Tensor) else float(value)
                    for name, value in logs.items()
                },
            )
            for step, epoch, images, logs in self._waiting
        ]
