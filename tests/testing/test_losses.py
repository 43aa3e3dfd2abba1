"""Each fault of a loss is caught, in words that say what to do."""

import random
from dataclasses import dataclass, field

import pytest
import torch

import condgan
from condgan.errors import PluginError
from condgan.testing import check_loss
from condgan.testing.losses import turn_of


class Loss:
    """With nothing wrong; others spoil it."""

    def discriminator(self, turn):
        return turn.fake_logits.mean() - turn.real_logits.mean()

    def generator(self, turn):
        return -turn.fake_logits.mean()


class OneForEach(Loss):
    def generator(self, turn):
        return -turn.fake_logits


class Upside(Loss):
    def discriminator(self, turn):
        return turn.real_logits.mean() - turn.fake_logits.mean()


class Saturating(Loss):
    def generator(self, turn):
        return turn.fake_logits.mean()


class LooksAway(Loss):
    def discriminator(self, turn):
        return turn.fake_logits.mean()


class CutOff(Loss):
    def generator(self, turn):
        return -turn.fake_logits.detach().mean()


class Overflows(Loss):
    def generator(self, turn):
        return -torch.log(torch.sigmoid(turn.fake_logits)).mean()


class OnTheCpu(Loss):
    def generator(self, turn):
        return ((turn.fake_logits - torch.ones(len(turn.fake_logits))) ** 2).mean()


class Dice(Loss):
    def generator(self, turn):
        return -random.random() * turn.fake_logits.mean()


class Sent(Loss):
    """Computes on the CPU, whatever its logits are on."""

    def generator(self, turn):
        return -turn.fake_logits.cpu().mean()


class NeedsAnArgument(Loss):
    def __init__(self, margin):
        self.margin = margin


class HalfALoss:
    def discriminator(self, turn):
        return turn.fake_logits.mean()


@dataclass
class Remembers(Loss):
    """Its anchor is a moving average, which nobody saves."""

    anchor: list = field(default_factory=lambda: [0.0])

    def discriminator(self, turn):
        self.anchor[0] = 0.5 * self.anchor[0] + 0.5 * float(turn.real_logits.detach().mean())
        return super().discriminator(turn) + self.anchor[0]


class RemembersAndSaves(Remembers):
    def state_dict(self):
        return {"anchor": self.anchor[0]}

    def load_state_dict(self, saved):
        self.anchor[0] = saved["anchor"]


class SavesAndForgets(Remembers):
    def state_dict(self):
        return {"anchor": self.anchor[0]}


class SavesAnObject(RemembersAndSaves):
    def state_dict(self):
        return {"anchor": self}


FAULTS = {
    "not a scalar": (OneForEach, r"gives a scalar tensor, such as a mean over images"),
    "upside down": (Upside, r"discriminator's loss must fall as the logits of real images rise"),
    "against G": (Saturating, r"generator's loss must fall as the logits of fake images rise"),
    "looks away": (LooksAway, r"no gradient reaches the discriminator from real images"),
    "cut off": (CutOff, r"no gradient reaches the generator from fake images"),
    "overflows": (Overflows, r"generator's loss is inf for logits of 200.*write -softplus\(-x\)"),
    "a device assumed": (OnTheCpu, r"it assumes a device.*ones_like\(turn.real_logits\)"),
    "the CPU assumed": (Sent, r"it assumes a device"),
    "an argument": (NeedsAnArgument, r"made without arguments, and it needs margin: give"),
    "python's stream": (Dice, r"it draws from Python's global random stream"),
    "half": (HalfALoss, r"discriminator\(turn\) and generator\(turn\); HalfALoss has no generator"),
    "not saved": (Remembers, r"remembers something from step to step that is not saved"),
    "not taken back": (SavesAndForgets, r"state_dict\(\) but no load_state_dict"),
    "an object": (SavesAnObject, r"its state_dict\(\), anchor holds a SavesAnObject.*only tensors"),
    "a lambda": (lambda: Loss(), r"cannot be pickled"),
}


@pytest.mark.parametrize(("loss", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_loss_is_caught(loss, words):
    with pytest.raises(PluginError, match=f"(?s)^loss .*{words}"):
        check_loss(loss)


class ContentWithLittle:
    """Aims at logits of 1/2 and -1/2, and pulls back whoever goes beyond."""

    def discriminator(self, turn):
        return ((turn.real_logits - 0.5) ** 2).mean() + ((turn.fake_logits + 0.5) ** 2).mean()

    def generator(self, turn):
        return ((turn.fake_logits - 0.5) ** 2).mean()


class LooksAtValues(Loss):
    """Which can be done on any device."""

    def generator(self, turn):
        logits = turn.fake_logits
        some = sum(1 for label in turn.fake_labels.tolist() if label >= 0) + float(
            logits.detach().mean()
        )
        return -logits[logits < 1000].mean() + 0 * some


def test_nothing_wrong_passes():
    check_loss(ContentWithLittle)
    check_loss(LooksAtValues)
    check_loss(Loss)
    check_loss(Loss())
    check_loss(RemembersAndSaves)
    check_loss(condgan.LeastSquares())


def test_a_turn_says_what_it_is_told():
    turn = turn_of(torch.tensor([1.0, 2.0]), torch.tensor([-3.0, 4.0]), step=5)
    assert turn.real_logits.tolist() == [1, 2]
    assert turn.fake_logits.tolist() == [-3, 4]
    assert (turn.step, turn.progress) == (5, 0.5)
