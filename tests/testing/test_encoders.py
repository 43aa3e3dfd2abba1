"""Each fault of a label encoder is caught, in words that say what to do."""

import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot

import condgan
from condgan.errors import PluginError
from condgan.testing import check_encoder


class Encoder(nn.Module):
    """With nothing wrong; others spoil it."""

    condition = condgan.Classes

    def __init__(self, condition):
        super().__init__()
        self.size = 4
        self.vectors = nn.Embedding(condition.size, 4)

    def forward(self, labels):
        return self.vectors(labels)


class ReadsNothing(Encoder):
    condition = None


class ThreeAxes(Encoder):
    def forward(self, labels):
        return super().forward(labels)[:, None]


class WidthOfTheBatch(Encoder):
    def __init__(self, condition):
        super().__init__(condition)
        del self.size

    def forward(self, labels):
        return one_hot(labels).float()


class OfTheBatch(Encoder):
    def forward(self, labels):
        vectors = super().forward(labels)
        return vectors - vectors.mean(dim=0)


class Alike(Encoder):
    def forward(self, labels):
        return super().forward(labels.clamp(max=1))


class OtherSize(Encoder):
    def __init__(self, condition):
        super().__init__(condition)
        self.size = 5


class Unused(Encoder):
    def __init__(self, condition):
        super().__init__(condition)
        self.spare = nn.Parameter(torch.zeros(1))


class Forgetful(Encoder):
    def __init__(self, condition):
        super().__init__(condition)
        self.shift = torch.rand(1)

    def forward(self, labels):
        return super().forward(labels) + self.shift.to(labels.device)


class OnTheCpu(Encoder):
    def forward(self, labels):
        return super().forward(labels) + torch.ones(4)


class NotAModule:
    condition = condgan.Classes

    def __init__(self, condition):
        pass


FAULTS = {
    "reads nothing": (ReadsNothing, r"has an attribute `condition`.*this one's is None"),
    "three axes": (ThreeAxes, r"into float rows \(2, size\)"),
    "as wide as the batch": (WidthOfTheBatch, r"row changes with the rest of the batch.*width"),
    "normed by the batch": (OfTheBatch, r"row changes with the rest of the batch"),
    "two alike": (Alike, r"the labels 1 and 2 get the same row"),
    "another size": (OtherSize, r"its attribute `size` is 5, but its rows have 4"),
    "unused": (Unused, r"no gradient reaches spare"),
    "not saved": (Forgetful, r"something of it is not saved"),
    "a device assumed": (OnTheCpu, r"it assumes a device"),
    "no module": (NotAModule, r"encoder\(condition\) is a torch module"),
}


@pytest.mark.parametrize(("encoder", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_encoder_is_caught(encoder, words):
    with pytest.raises(PluginError, match=f"(?s)^label encoder {encoder.__name__}: .*{words}"):
        check_encoder(encoder)


def test_nothing_wrong_passes():
    check_encoder(Encoder)
    check_encoder(Encoder, condgan.Classes(["a", "b"]))
    check_encoder("continuous", condgan.Quantities(["angle"]))
