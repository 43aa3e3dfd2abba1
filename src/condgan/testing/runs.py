"""Small runs to try algorithms and callbacks in, and whether one that is resumed is the same."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from condgan.data.labelled import LabelledImages
from condgan.testing.faults import fault
from condgan.testing.memory import check_plain
from condgan.training import snapshot
from condgan.training.averaging import plain_state
from condgan.training.callbacks import Callback
from condgan.training.state import TrainState
from condgan.training.trainer import Trainer

EPOCHS = 4

STOPPED = 2
"""After which epoch a run is stopped and resumed."""


def tiny_images(each: int = 4) -> LabelledImages:
    """Images (1, 8, 8) of three classes, `each` of every class, some of them the darkest."""
    draw = torch.Generator().manual_seed(0)
    images = torch.rand(3 * each, 1, 8, 8, generator=draw) * 2 - 1
    images[:, 0, 0, 0] = -1.0
    return LabelledImages(images, torch.arange(3 * each) % 3, ["cat", "dog", "owl"], "tiny")


class Saver(Callback):
    """Keeps the whole run as it was at the end of the epoch after which it is stopped."""

    stage = "save"

    def __init__(self) -> None:
        self.saved: dict[str, Any] = {}

    def on_epoch_end(self, state: TrainState) -> None:
        if state.epoch == STOPPED and state.capture is not None:
            self.saved = copy.deepcopy(state.capture())  # which is the run's own


@contextmanager
def quiet() -> Iterator[None]:
    """No warnings inside the block: a run as small as this has its oddities."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def check_resumed(what: str, make: Callable[[Saver], Trainer], memory: str) -> Trainer:
    """Whether a run that is stopped and resumed is that which was not, and returns the latter.

    Args:
        make: gives a new Trainer, with all that it holds, and that saver among its callbacks.
        memory: the part of a saved run that may hold what is checked.
    """
    saver = Saver()
    straight = make(saver)
    straight.fit(EPOCHS)
    check_plain(what, saver.saved[memory])
    resumed = make(Saver())
    snapshot.restore(resumed, saver.saved)
    resumed.fit()
    first, second = told(straight), told(resumed)
    for name, value in first.items():
        if value != second.get(name):
            raise fault(
                what,
                f"something that it remembers is not saved: {name} is {second.get(name)} in a run "
                f"that was stopped and resumed, and {value} in one that was not. Give all of it in "
                "state_dict(), and take it back in load_state_dict(saved).",
            )
    return straight


def told(trainer: Trainer) -> dict[str, Any]:
    """All that a run is known by, times aside."""
    state = trainer.state
    found: dict[str, Any] = {"the reason to stop": state.stop_reason, "the epoch": state.epoch}
    for row in state.history.epochs:
        for name, value in row.items():
            if name != "seconds":
                lost = isinstance(value, float) and math.isnan(value)  # which equals nothing
                found[f"{name} of epoch {row['epoch']}"] = "nan" if lost else value
    for player in (trainer.G, trainer.D):
        for name, values in plain_state(player).items():
            found[f"the mean of {name}"] = float(values.double().mean())
    return found
