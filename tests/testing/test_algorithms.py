"""Each fault of an algorithm is caught, in words that say what to do."""

import random
from dataclasses import dataclass, field

import pytest
import torch

import condgan
from condgan.errors import PluginError
from condgan.testing import check_algorithm


@dataclass(frozen=True)
class Algorithm(condgan.Adversarial):
    """With nothing wrong; others spoil it."""


class OneOptimizer(Algorithm):
    def optimizers(self, G, D):
        return {"G": super().optimizers(G, D)["G"]}


class Swapped(Algorithm):
    def optimizers(self, G, D):
        return dict(zip("GD", reversed(super().optimizers(G, D).values()), strict=True))


class LeavesOut(Algorithm):
    def optimizers(self, G, D):
        parameters = [p for name, p in D.named_parameters() if not name.endswith("bias")]
        return {"G": super().optimizers(G, D)["G"], "D": torch.optim.Adam(parameters)}


class OnlyD(Algorithm):
    def step(self, state, batch):
        return self._discriminator_moves(state, self._parts(state, batch))


class Frozen(Algorithm):
    def step(self, state, batch):
        logs = super().step(state, batch)
        state.D.requires_grad_(False)
        return logs


class NotScalars(Algorithm):
    def step(self, state, batch):
        return {**super().step(state, batch), "signs": torch.ones(4)}


class Lost(Algorithm):
    def step(self, state, batch):
        return {**super().step(state, batch), "d_loss": float("nan")}


class Dice(Algorithm):
    def step(self, state, batch):
        return {**super().step(state, batch), "luck": random.random()}


class Broadcasts(Algorithm):
    """Compares the discriminator's logits with a target of shape (N,), as they come."""

    def step(self, state, batch):
        logs = super().step(state, batch)
        with torch.no_grad():
            error = (state.D(*batch) - batch.labels.float()).square().mean()
        return {**logs, "error": error}


@dataclass(frozen=True)
class Anchored:
    """A term with a moving average."""

    memory: list = field(default_factory=lambda: [0.0], repr=False, compare=False)

    def __call__(self, turn):
        self.memory[0] = 0.5 * self.memory[0] + 0.5 * float(turn.real_logits.detach().mean())
        return (turn.real_logits - self.memory[0]).square().mean()


def forgets():
    return Algorithm(discriminator_terms=(Anchored(),))


class Remembers(Algorithm):
    def state_dict(self):
        return {"memory": list(self.discriminator_terms[0].memory)}

    def load_state_dict(self, saved):
        self.discriminator_terms[0].memory[:] = saved["memory"]


def remembers():
    return Remembers(discriminator_terms=(Anchored(),))


class SavesObjects(Remembers):
    def state_dict(self):
        return {"term": self.discriminator_terms[0]}


def saves_objects():
    return SavesObjects(discriminator_terms=(Anchored(),))


FAULTS = {
    "one optimiser": (OneOptimizer, r'one for "G" and one for "D"; got'),
    "swapped": (Swapped, r"the optimiser of G holds parameters that are not G's"),
    "leaves out": (LeavesOut, r"the optimiser of D lacks .*bias"),
    "only D": (OnlyD, r"after 4 epochs G is as it was: nothing moves it"),
    "frozen": (Frozen, r"D's parameters no longer take gradients"),
    "no scalar": (NotScalars, r"step gives scalars by name; signs has shape \(4,\)"),
    "lost": (Lost, r"d_loss is nan at the first step"),
    "python's stream": (Dice, r"it draws from Python's global random stream"),
    "(N, 1)": (Broadcasts, r"logits of shape \(N, 1\), error is .* broadcast to \(N, N\)"),
    "not saved": (forgets, r"something that it remembers is not saved: d_loss of epoch 3"),
    "an object": (saves_objects, r"its state_dict\(\), term holds a Anchored"),
    "no step": (dict, r"an algorithm has the methods optimizers\(G, D\) and step"),
    "a lambda": (lambda: Algorithm(), r"it cannot be pickled"),
}


@pytest.mark.parametrize(("algorithm", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_algorithm_is_caught(algorithm, words):
    with pytest.raises(PluginError, match=f"(?s)^algorithm .*{words}"):
        check_algorithm(algorithm)


@pytest.mark.parametrize(
    "algorithm", [Algorithm, remembers, condgan.Adversarial(n_critic=2), condgan.preset("ac-gan")]
)
def test_nothing_wrong_passes(algorithm):
    check_algorithm(algorithm)
