"""Each fault of a callback is caught, in words that say what to do."""

import random

import pytest
import torch

import condgan
from condgan.errors import PluginError
from condgan.testing import check_callback


class Callback(condgan.Callback):
    """Records how many epochs it has seen, and saves that; others spoil it."""

    def __init__(self):
        self.seen = 0

    def on_epoch_end(self, state):
        self.seen += 1
        state.history.record(seen=self.seen)

    def state_dict(self):
        return {"seen": self.seen}

    def load_state_dict(self, saved):
        self.seen = saved["seen"]


class Unsaved(Callback):
    state_dict = load_state_dict = property()


class NotTakenBack(Callback):
    load_state_dict = property()


class AnObject(Callback):
    def state_dict(self):
        return {"seen": torch.device("cpu")}


class TakesNoise(Callback):
    def on_batch_end(self, state):
        state.generator.generate("cat")


class TakesLabels(Callback):
    def on_epoch_end(self, state):
        torch.rand(1, generator=state.random)


class Dice(Callback):
    def on_epoch_end(self, state):
        state.history.record(luck=random.random())


class NeedsAnEpoch(Callback):
    def on_fit_end(self, state):
        print(state.history.epochs[-1]["d_loss"])


class Keeps(Callback):
    def on_fit_end(self, state):
        self.draw = lambda: state.generator


class NoStage(Callback):
    stage = "last"


class Nothing:
    pass


class Listless(condgan.Callback):
    """Listens to nothing."""


class Misspelt(Callback):
    def on_epoch_finished(self, state):
        pass


class LeavesIt(Callback):
    def on_epoch_end(self, state):
        state.D.eval()


def told(state):
    """A callback, where something that makes one is wanted."""


FAULTS = {
    "not saved": (Unsaved, r"is not saved: seen of epoch 3 is 1 in a run that was stopped and"),
    "not taken back": (NotTakenBack, r"state_dict\(\) but no load_state_dict\(saved\)"),
    "an object": (AnObject, r"its state_dict\(\).* holds a device.*only tensors, numbers, text"),
    "takes noise": (TakesNoise, r"its on_batch_end draws from the run's random stream.*seed=0"),
    "takes labels": (TakesLabels, r"its on_epoch_end draws from the run's random stream"),
    "python's stream": (Dice, r"it draws from Python's global random stream"),
    "after an error": (NeedsAnEpoch, r"its on_fit_end fails after an error of another.*Error"),
    "keeps a lambda": (Keeps, r"it cannot be pickled"),
    "no stage": (NoStage, r"a callback's stage is one of"),
    "no event": (Nothing, r"a callback has one of the methods on_fit_start"),
    "listens to nothing": (Listless, r"it listens to nothing: write one of on_fit_start"),
    "misspelt": (Misspelt, r"nothing calls its on_epoch_finished; did you mean 'on_epoch_end'\?"),
    "another mode": (LeavesIt, r"its on_epoch_end leaves a network in another mode"),
    "a function": (told, r"made without arguments, and it needs state: .* that makes it"),
    "a lambda": (lambda: Callback(), r"it cannot be pickled"),
}


@pytest.mark.parametrize(("callback", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_callback_is_caught(callback, words):
    with pytest.raises(PluginError, match=f"(?s)^callback .*{words}"):
        check_callback(callback)


def test_nothing_wrong_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_callback(Callback)
    check_callback(Callback())
    check_callback(condgan.Checkpoint(every=2, unit="steps"))
    check_callback(condgan.EarlyStopping("d_loss", patience=1))
    assert not list(tmp_path.iterdir())
