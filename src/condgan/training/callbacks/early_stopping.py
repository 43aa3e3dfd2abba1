"""Ends training when what matters no longer improves."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal

from torch import Tensor

from condgan.arguments import whole_number
from condgan.errors import ConfigError
from condgan.training.averaging import plain, plain_state
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class EarlyStopping(Callback):
    """Stops when a recorded value has not improved for `patience` looks.

    Watch a measure of the images, not a loss: the two players' losses rise and fall with each
    other, so that a lower `g_loss` may mean nothing but a worse discriminator. Choosing one warns.

    Args:
        monitor: a name in the history's epochs.
        mode: "min" if smaller is better, "max" if larger is.
        patience: epochs without improvement that are waited for; those that lack the value, since
            it is measured less often, do not count.
        min_delta: what counts as an improvement.
        start_epoch: the first epoch that counts; earlier values are not looked at.
        restore_best: when training ends, however it ends, the generator gets back the weights of
            the best epoch. A second `fit` goes on averaging from there.

    Raises:
        ConfigError: another mode, or a negative number; at the end of the first epoch that
            counts, a name that is not in the history (the message lists those that are).

    Example:
        >>> import condgan
        >>> stop = condgan.EarlyStopping("spread", mode="max", patience=3)
    """

    stage: Literal["judge"] = "judge"

    def __init__(
        self,
        monitor: str,
        mode: Literal["min", "max"] = "min",
        patience: int = 5,
        min_delta: float = 0.0,
        start_epoch: int = 1,
        restore_best: bool = True,
    ) -> None:
        if mode not in ("min", "max"):
            raise ConfigError(f"mode must be 'min' or 'max'; got {mode!r}.")
        if not min_delta >= 0:
            raise ConfigError(f"min_delta must not be negative; got {min_delta!r}.")
        self.monitor = monitor
        self.mode = mode
        self.patience = whole_number("patience", patience, least=0)
        self.min_delta = min_delta
        self.start_epoch = whole_number("start_epoch", start_epoch)
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.waited = 0
        self._warned = False
        self._best_weights: dict[str, Tensor] | None = None

    def on_fit_start(self, state: TrainState) -> None:
        if state.step == 0:
            self._forget()
        if not state.continues:
            self.waited = 0

    def on_epoch_end(self, state: TrainState) -> None:
        if state.epoch < self.start_epoch:
            return
        self._warn_of_losses(state)
        value = state.history.epochs[-1].get(self.monitor)
        if value is None:
            self._refuse_unknown(state)
            return
        if self._improves(float(value)):
            self.best, self.best_epoch, self.waited = float(value), state.epoch, 0
            if self.restore_best:
                self._best_weights = plain_state(state.generator)
            return
        self.waited += 1
        if self.waited >= self.patience:
            state.stop(
                f"{self.monitor} has not improved on {self.best} of epoch {self.best_epoch} "
                f"at {self.waited} looks"
            )

    def on_fit_end(self, state: TrainState) -> None:
        if self._best_weights is not None:
            plain(state.generator).load_state_dict(self._best_weights)

    @property
    def state_key(self) -> str:
        """Tells the memory of several apart: by what they watch."""
        return f"EarlyStopping({self.monitor}, {self.mode})"

    def state_dict(self) -> dict[str, Any]:
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "waited": self.waited,
            "best_weights": self._best_weights,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.best = saved["best"]
        self.best_epoch = saved["best_epoch"]
        self.waited = saved["waited"]
        self._best_weights = saved["best_weights"]

    def _improves(self, value: float) -> bool:
        if math.isnan(value):
            return False
        if self.best is None:
            return True
        gain = value - self.best if self.mode == "max" else self.best - value
        return gain > self.min_delta

    def _warn_of_losses(self, state: TrainState) -> None:
        if self.monitor in state.logs and not self._warned:
            self._warned = True
            warnings.warn(
                f"EarlyStopping watches {self.monitor!r}, an adversarial loss: it says who is "
                "ahead, not how good the images are, and it may stop a run that is improving. "
                "Record a measure of the images and watch that.",
                stacklevel=2,
            )

    def _refuse_unknown(self, state: TrainState) -> None:
        names = state.history.names()
        if self.monitor not in names:
            raise ConfigError(
                f"EarlyStopping watches {self.monitor!r}, which is not in the history. "
                f"Recorded: {', '.join(names)}. If it comes later, say so with start_epoch."
            )
