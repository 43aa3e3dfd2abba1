"""Saves the whole run now and then, so that it can go on from there."""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from condgan.arguments import whole_number
from condgan.errors import ConfigError, NonFiniteError, WriteError
from condgan.training import checkpoints
from condgan.training.callbacks.callback import Callback
from condgan.training.finite import first_nonfinite_weight
from condgan.training.state import TrainState


class Checkpoint(Callback):
    """Writes all that a run is into a file: every few epochs or steps, and when it is interrupted.

    `Trainer.resume` goes on from it as if there had been no pause. So it does when a loss or a
    gradient was not finite: the file is of the run without that step. A file is complete or is not
    there: it is written beside its place and renamed. Files have the run in their names, as
    `step-00000500-1a2b3c4d.ckpt`, so that runs never overwrite or delete each other's.

    Args:
        directory: where to; made when training starts.
        every: how many epochs (or steps) lie between two files.
        unit: "epochs" or "steps".
        keep: how many of the newest to keep; None for all.
        best: a name in the history's epochs; the run at its best value is kept as
            `best-1a2b3c4d.ckpt`.
        mode: "min" if a smaller value of `best` is better, "max" if a larger one is.

    Raises:
        ConfigError: a number that is not positive, another unit or mode.
        WriteError: a file or the folder cannot be written; earlier ones are as they were.
        NonFiniteError: a weight is not finite, of which no file is written.

    Example:
        >>> import condgan
        >>> save = condgan.Checkpoint("run/checkpoints", every=5, best="frechet", mode="min")
    """

    stage: Literal["save"] = "save"
    STALE = 3600.0
    """Seconds after which nobody is writing to a half-written file any more."""

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
        self.directory = Path(directory).expanduser()
        self.every = whole_number("every", every)
        self.unit = unit
        self.keep = None if keep is None else whole_number("keep", keep)
        self.best = best
        self.mode = mode

    def on_fit_start(self, state: TrainState) -> None:
        checkpoints.refuse_objects(captured(state))  # now, and not when hours are to be saved
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"the folder {self.directory} cannot be made: {error}.") from error

    def on_batch_end(self, state: TrainState) -> None:
        if self.unit == "steps" and state.step % self.every == 0:
            self._write(state, self._of_step(state))

    def on_epoch_end(self, state: TrainState) -> None:
        due = self.unit == "epochs" and state.epoch % self.every == 0
        last = state.epoch == state.epochs or state.stop_reason is not None
        best = [f"best-{state.run}{checkpoints.ENDING}"] if self._is_best(state) else []
        step = [self._of_step(state)] if due or last else []
        self._write(state, *best, *step)

    def on_fit_end(self, state: TrainState) -> None:
        if not state.interrupted:
            return
        name = self._of_step(state)
        # Earlier files stay: those of a run that got lost may be needed more than its last.
        self._write(state, name, tidy_up=not isinstance(state.exception, NonFiniteError))
        if isinstance(state.exception, NonFiniteError):
            state.exception.add_note(f"the run without that step: {self.directory / name}")

    @staticmethod
    def _of_step(state: TrainState) -> str:
        return f"step-{state.step:08d}-{state.run}{checkpoints.ENDING}"

    def _is_best(self, state: TrainState) -> bool:
        """Whether this epoch's value is better than all before it."""
        if self.best is None:
            return False
        values = [float(row[self.best]) for row in state.history.epochs if self.best in row]
        if not values:
            raise ConfigError(
                f"Checkpoint(best={self.best!r}) is not in the history. Recorded: "
                f"{', '.join(state.history.names())}."
            )
        if self.best not in state.history.epochs[-1]:
            return False
        *before, now = values
        known = [value for value in before if not math.isnan(value)]
        return all(now < value if self.mode == "min" else now > value for value in known) and (
            not math.isnan(now)
        )

    def _write(self, state: TrainState, *names: str, tidy_up: bool = True) -> None:
        if not names:
            return
        saved = captured(state)
        lost = first_nonfinite_weight(state.G, state.D)
        if lost is not None:
            raise NonFiniteError(
                f"{lost} is not finite at step {state.step}: nothing is written of that, and "
                "earlier checkpoints are as they were. Go back to one of them."
            )
        checkpoints.write(saved, *(self.directory / name for name in names))
        if tidy_up:
            self._tidy_up(state, names[-1])

    def _tidy_up(self, state: TrainState, newest: str) -> None:
        """Deletes this run's older files, of which the last written are kept.

        Half-written ones go too, which it left behind when it was killed.
        """
        # The newest is so whatever the clock says, which may have been set back since.
        own = [
            (file.name == newest, file.stat().st_mtime_ns, file.name, file)
            for file in self.directory.glob(f"step-*-{state.run}{checkpoints.ENDING}")
        ]
        old_ones = [] if self.keep is None else [file for *_, file in sorted(own)[: -self.keep]]
        for torn in self.directory.glob(f".*-{state.run}{checkpoints.ENDING}.*.part"):
            with contextlib.suppress(OSError):
                if time.time() - torn.stat().st_mtime > self.STALE:
                    old_ones.append(torn)
        for old in old_ones:
            try:
                old.unlink(missing_ok=True)
            except OSError as error:
                warnings.warn(f"{old} is not needed any more, but stays: {error}", stacklevel=2)


def captured(state: TrainState) -> dict[str, Any]:
    """The whole run; see `TrainState.capture`."""
    assert state.capture is not None
    return state.capture()
