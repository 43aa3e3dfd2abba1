"""Watches every class for collapse, and does something about it."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal

from torch import Tensor

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ConfigError
from condgan.metrics.figures import Figures
from condgan.metrics.probe import Probe
from condgan.training.averaging import plain, plain_state
from condgan.training.callbacks.callback import Callback
from condgan.training.callbacks.evaluate import look
from condgan.training.state import TrainState


class CollapseWatch(Callback):
    """Warns, stops or goes back when a class that was well falls ill, and says which.

    A class is ill when its images are less varied than `spread` of the real ones, or fewer than
    `accuracy` of them are right. One that never was well yet is still learning, and is left alone.
    What is found goes into the history as well, under `collapse`.

    Args:
        data: the real images.
        every: epochs between two looks; the last epoch has one too.
        spread, accuracy: what a class must not fall below, in [0, 1].
        patience: looks in a row at which a class must be ill.
        action: "warn"; "stop" training; or "restore": the generator goes back to its averaged
            weights of the best look (highest mean over classes of accuracy times spread, spread
            counting up to 1), and training goes on from there, three times at most, then stops.
        n: images drawn of each class.
        seed: of the noise; nothing is taken from the random streams of training.
        cache: keep the classifier for other runs on the same images.

    Raises:
        ConfigError: another action, or a number out of range.
        LabelError: when training starts, data without classes.

    Example:
        >>> import condgan
        >>> watch = condgan.CollapseWatch(condgan.load_data("digits"), every=5, action="stop")
    """

    RESTORES = 3

    def __init__(
        self,
        data: LabelledImages,
        every: int = 1,
        spread: float = 0.4,
        accuracy: float = 0.5,
        patience: int = 2,
        action: Literal["warn", "stop", "restore"] = "warn",
        n: int = 50,
        seed: int = 0,
        cache: bool = True,
    ) -> None:
        if action not in ("warn", "stop", "restore"):
            raise ConfigError(f"action must be 'warn', 'stop' or 'restore'; got {action!r}.")
        for name, value in (("spread", spread), ("accuracy", accuracy)):
            if not 0 <= value <= 1:
                raise ConfigError(f"{name} must lie between 0 and 1; got {value!r}.")
        self.data = data
        self.every = whole_number("every", every)
        self.spread = spread
        self.accuracy = accuracy
        self.patience = whole_number("patience", patience)
        self.action = action
        self.n = whole_number("n", n, least=2)
        self.seed = seed
        self.cache = cache
        self._probe: Probe | None = None
        self._forget()

    def _forget(self) -> None:
        self.restored = 0
        self._was_well: dict[Label, None] = {}  # a set that keeps its order, as saved state must
        self._ill_for: dict[Label, int] = {}
        self._best = -math.inf
        self._best_epoch = 0
        self._best_weights: dict[str, Tensor] = {}

    def on_fit_start(self, state: TrainState) -> None:
        if state.step == 0:
            self._forget()
        if self._probe is None:
            self._probe = Probe(self.data, self.n, self.cache)

    def on_epoch_end(self, state: TrainState) -> None:
        if state.epoch % self.every and state.epoch != state.epochs:
            return
        figures = look(self._probe, state.generator, self.seed)
        self._remember_best(state, figures)
        fallen = [label for label, found in figures.items() if self._has_fallen(label, found)]
        if fallen:
            self._act(state, "; ".join(self._said(label, figures[label]) for label in fallen))
            for label in fallen:
                self._ill_for[label] = 0

    def state_dict(self) -> dict[str, Any]:
        return {
            "restored": self.restored,
            "was_well": list(self._was_well),
            "ill_for": dict(self._ill_for),
            "best": self._best,
            "best_epoch": self._best_epoch,
            "best_weights": self._best_weights,
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.restored = saved["restored"]
        self._was_well = dict.fromkeys(saved["was_well"])
        self._ill_for = dict(saved["ill_for"])
        self._best = saved["best"]
        self._best_epoch = saved["best_epoch"]
        self._best_weights = saved["best_weights"]

    def _is_ill(self, found: Figures) -> bool:
        # A spread that could not be measured (NaN) compares false, and says nothing.
        return found.spread < self.spread or found.accuracy < self.accuracy

    def _has_fallen(self, label: Label, found: Figures) -> bool:
        if not self._is_ill(found):
            self._was_well[label] = None
            self._ill_for[label] = 0
            return False
        if label not in self._was_well:
            return False
        self._ill_for[label] = self._ill_for.get(label, 0) + 1
        return self._ill_for[label] >= self.patience

    def _said(self, label: Label, found: Figures) -> str:
        return f"class {label}: {found.accuracy:.0%} right, spread {found.spread:.2f} of real"

    def _act(self, state: TrainState, what: str) -> None:
        state.history.record(collapse=what)
        if self.action == "restore" and self._best_weights and self.restored < self.RESTORES:
            self.restored += 1
            plain(state.generator).load_state_dict(self._best_weights)
            plain(state.G).load_state_dict(self._best_weights)
            state.rewound = True
            warnings.warn(
                f"epoch {state.epoch}: {what}; back to the weights of epoch {self._best_epoch}.",
                stacklevel=2,
            )
        elif self.action == "warn":
            warnings.warn(f"epoch {state.epoch}: {what}: collapsing.", stacklevel=2)
        else:
            state.stop(f"{what}: collapsing")

    def _remember_best(self, state: TrainState, figures: dict[Label, Figures]) -> None:
        score = sum(
            f.accuracy * min(1.0, f.spread if not math.isnan(f.spread) else 1.0)
            for f in figures.values()
        )
        if score > self._best:
            self._best, self._best_epoch = score, state.epoch
            if self.action == "restore":
                self._best_weights = plain_state(state.generator)
