"""Saves the whole run now and then, so that it can go on from there."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from condgan.arguments import whole_number
from condgan.errors import ConfigError, WriteError
from condgan.training import checkpoints
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class Checkpoint(Callback):
    """Writes all that a run is into a file: every few epochs or steps, and when it is interrupted.

    `Trainer.resume` goes on from it as if there had been no pause. A file is complete or is not
    there: it is written beside its place and renamed. Only files that this run wrote are ever
    deleted.

    Args:
        directory: where to; made when training starts.
        every: how many epochs (or steps) lie between two files.
        unit: "epochs" or "steps".
        keep: how many of the newest to keep; None for all.
        best: a name in the history's epochs; the run at its best value is kept as `best.ckpt`.
        mode: "min" if a smaller value of `best` is better, "max" if a larger one is.

    Raises:
        ConfigError: a number that is not positive, another unit or mode.
        WriteError: a file or the folder cannot be written; earlier ones are as they were.

    Example:
        >>> import condgan
        >>> save = condgan.Checkpoint("run/checkpoints", every=5, best="frechet", mode="min")
    """

    stage: Literal["save"] = "save"

    def __init__(
        self,
        directory: str | PathLike[str] = "checkpoints",
        every: int = 1,
        unit: Literal["epochs", "steps"] = "epochs",
        keep: int | None = 3,
        best: str | None = None,
        mode: Literal["min", "max"] = "min",
    ) -> None:
        if unit not in ("epochs", "steps"):
            raise ConfigError(f"unit must be 'epochs' or 'steps'; got {unit!r}.")
        if mode not in ("min", "max"):
            raise ConfigError(f"mode must be 'min' or 'max'; got {mode!r}.")
        self.directory = Path(directory)
        self.every = whole_number("every", every)
        self.unit = unit
        self.keep = None if keep is None else whole_number("keep", keep)
        self.best = best
        self.mode = mode
        self._forget()

    def _forget(self) -> None:
        self.written: list[str] = []
        self.best_value: float | None = None

    def on_fit_start(self, state: TrainState) -> None:
        if state.step == 0:
            self._forget()
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"the folder {self.directory} cannot be made: {error}.") from error

    def on_batch_end(self, state: TrainState) -> None:
        if state.interrupted or (self.unit == "steps" and state.step % self.every == 0):
            self._save(state)

    def on_epoch_end(self, state: TrainState) -> None:
        due = self.unit == "epochs" and state.epoch % self.every == 0
        last = state.epoch == state.epochs or state.stop_reason is not None
        if due or last or state.interrupted:
            self._save(state)
        if self.best is not None:
            self._save_if_best(state, self.best)

    def state_dict(self) -> dict[str, Any]:
        return {"written": list(self.written), "best_value": self.best_value}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.written, self.best_value = list(saved["written"]), saved["best_value"]

    def _save(self, state: TrainState) -> None:
        name = f"step-{state.step:08d}{checkpoints.ENDING}"
        if name in self.written:
            self.written.remove(name)
        self.written.append(name)
        self._write(state, name)
        # The new one is on disk before an old one goes.
        while self.keep is not None and len(self.written) > self.keep:
            (self.directory / self.written.pop(0)).unlink(missing_ok=True)

    def _save_if_best(self, state: TrainState, best: str) -> None:
        row = state.history.epochs[-1]
        if best not in row:
            names = state.history.names()
            if best not in names:
                raise ConfigError(
                    f"Checkpoint(best={best!r}) is not in the history. Recorded: "
                    f"{', '.join(names)}."
                )
            return
        value = float(row[best])
        known = self.best_value
        better = known is None or (value < known if self.mode == "min" else value > known)
        if better and not math.isnan(value):
            self.best_value = value
            self._write(state, f"best{checkpoints.ENDING}")

    def _write(self, state: TrainState, name: str) -> None:
        assert state.capture is not None
        checkpoints.write(state.capture(), self.directory / name)
