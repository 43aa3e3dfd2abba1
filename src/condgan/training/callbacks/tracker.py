"""Hands what is recorded on to a tool that keeps records of experiments."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from condgan.arguments import seed_number, whole_number
from condgan.errors import ArgumentTypeError
from condgan.training.callbacks.bystander import Bystander
from condgan.training.callbacks.same_noise import SameNoise
from condgan.training.history import COUNTERS
from condgan.training.state import TrainState

if TYPE_CHECKING:
    import PIL.Image


class Tracker(Bystander):
    """Hands every number that is recorded to a function of yours, such as `wandb.log`.

    The losses of single steps are called `step/d_loss`, what an epoch's row holds `epoch/d_loss`;
    both come after each epoch, a call a step, in order. After a pause (`Trainer.resume`) they
    go on where the checkpoint was written. If the function fails, that is a warning, and after the
    next epoch it gets what it missed.

    Args:
        log: called with numbers by name, and the step that they are of.
        log_image: called with a name, a picture (a Pillow image, a row a label), and the step.
        every: epochs between two pictures; the last epoch has one too.
        labels: a row for each of these labels; the first 20 classes if left out.
        n: images in a row.
        seed: of their noise, always the same.

    Raises:
        ArgumentTypeError: a function that is none.
        ConfigError: a number that is not positive, or `seed` no seed; when training starts, no
            `labels` where the generator has no classes.

    Warns:
        UserWarning: a function failed; once in each `fit`.

    Example:
        >>> import condgan
        >>> seen = []
        >>> tracker = condgan.Tracker(lambda numbers, step: seen.append((step, sorted(numbers))))
        >>> data = condgan.load_data("digits")
        >>> G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
        >>> D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
        >>> trainer = condgan.Trainer(G, D, data.loader(600), callbacks=[tracker], seed=0).fit(1)
        >>> seen[0], seen[-1][0], "epoch/g_loss" in seen[-1][1]
        ((1, ['step/d_loss', 'step/g_loss']), 3, True)
    """

    def __init__(
        self,
        log: Callable[[dict[str, float], int], Any],
        log_image: Callable[[str, PIL.Image.Image, int], Any] | None = None,
        *,
        every: int = 1,
        labels: Sequence[Any] | None = None,
        n: int = 8,
        seed: int = 0,
    ) -> None:
        for name, function in (("log", log), ("log_image", log_image)):
            if not callable(function) and (function is not None or name == "log"):
                raise ArgumentTypeError(f"{name} is a function to call; got {function!r}.")
        self.log = log
        self.log_image = log_image
        self.every = whole_number("every", every)
        self.labels = labels
        self.n = whole_number("n", n)
        self.seed = seed_number(seed)
        self._look: SameNoise | None = None
        self._logged = 0

    def on_fit_start(self, state: TrainState) -> None:
        super().on_fit_start(state)
        self._logged = self._logged_before(state)
        self._look = None
        if self.log_image is not None:
            self._look = SameNoise(state.generator, self.labels, self.n, self.seed)

    def on_epoch_end(self, state: TrainState) -> None:
        with self.harmless("logging"):
            self._log_new(state)
        last = state.epoch == state.epochs or state.stop_reason is not None
        if self._look is not None and (last or state.epoch % self.every == 0):
            assert self.log_image is not None
            with self.harmless("logging an image"):
                self.log_image("images", self._look.picture(state.generator), state.step)

    def on_fit_end(self, state: TrainState) -> None:
        # The rest of an interrupted epoch comes when it goes on, and must not come twice.
        if not state.interrupted:
            with self.harmless("logging"):
                self._log_new(state)

    def state_dict(self) -> dict[str, Any]:
        return {"logged": self._logged}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self._logged = saved["logged"]

    def _logged_before(self, state: TrainState) -> int:
        """The last step that was handed on, as far as this run has come."""
        if state.step == 0:
            return 0
        ends = [0, *(int(row["step"]) for row in state.history.epochs)]
        if state.step == ends[-1] and self._logged == ends[-2]:
            return state.step  # a Checkpoint wrote before this was told of the same epoch
        return self._logged

    def _log_new(self, state: TrainState) -> None:
        """What is new since the last time, all of a step at once."""
        new: dict[int, dict[str, float]] = {}
        history = state.history
        tables: dict[str, Sequence[Mapping[str, Any]]] = {
            "step": history.steps,
            "epoch": history.epochs,
        }
        for of, rows in tables.items():
            for row in itertools.takewhile(self._is_new, reversed(rows)):
                new.setdefault(int(row["step"]), {}).update(_numbers(of, row))
        for step in sorted(new):
            self.log(new[step], step)
            self._logged = step

    def _is_new(self, row: Mapping[str, Any]) -> bool:
        return int(row["step"]) > self._logged


def _numbers(of: str, row: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a row under the names that they are logged by."""
    return {
        f"{of}/{name}": float(value)
        for name, value in row.items()
        if isinstance(value, (int, float)) and (name not in COUNTERS or name == "seconds")
    }
