"""Each fault of a pair of backbones is caught, in words that say what to do."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

import condgan
from condgan.errors import PluginError
from condgan.testing import check_architecture

SHAPE = (1, 6, 5)


class Drawer(nn.Module):
    """A generator's backbone with nothing wrong, which others spoil."""

    def __init__(self, latent_dim, condition_size, image_shape):
        super().__init__()
        self.image_shape = image_shape
        self.layer = nn.Linear(latent_dim + condition_size, math.prod(image_shape))

    def forward(self, z, condition):
        return self.drawn(z, condition).tanh().view(-1, *self.image_shape)

    def drawn(self, z, condition):
        return self.layer(torch.cat([z, condition], dim=1))


class Judge(nn.Module):
    features = 8

    def __init__(self, condition_size, image_shape):
        super().__init__()
        self.layer = nn.Linear(math.prod(image_shape) + condition_size, self.features)

    def forward(self, images, condition):
        return self.layer(torch.cat([images.flatten(1), condition], dim=1)).relu()


def check(generator=Drawer, discriminator=Judge, **choices):
    check_architecture(condgan.Architecture(generator, discriminator, **choices), image_shape=SHAPE)


def test_nothing_wrong_passes():
    check()
    check(conditioning="projection")
    check(conditioning="none")
    check(LooksAtValues)


class WrongShape(Drawer):
    def forward(self, z, condition):
        return super().forward(z, condition).flatten(1)


class Bright(Drawer):
    def forward(self, z, condition):
        return 3 + super().forward(z, condition)


class Unused(Drawer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.spare = nn.Linear(2, 2)


class CutOff(Drawer):
    def drawn(self, z, condition):
        return self.layer(torch.cat([z, condition], dim=1)) + self.more(z.detach()).detach()

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.more = nn.Linear(sizes[0], math.prod(SHAPE))


class Listed(Drawer):
    """Its layer stands in a list, of which torch knows nothing."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.hidden = [nn.Linear(math.prod(SHAPE), math.prod(SHAPE))]

    def drawn(self, z, condition):
        return self.hidden[0](super().drawn(z, condition))


class Deaf(Drawer):
    def drawn(self, z, condition):
        return super().drawn(z, torch.zeros_like(condition))


class Blind(Drawer):
    def drawn(self, z, condition):
        return super().drawn(torch.zeros_like(z), condition)


class Noisy(Drawer):
    def drawn(self, z, condition):
        return super().drawn(z, condition) + torch.randn(len(z), 1, device=z.device)


class Dice(Drawer):
    def drawn(self, z, condition):
        return super().drawn(z, condition) * (1 + 0 * random.random())


class NumpyWeights(Drawer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        nn.init.constant_(self.layer.bias, float(np.random.rand()))  # noqa: NPY002


class Unseeded(Drawer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        nn.init.constant_(self.layer.bias, float(np.random.default_rng().random()))


class Forgetful(Drawer):
    """Its scale is a plain attribute, drawn anew for each one that is made."""

    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.scale = torch.rand(1)

    def drawn(self, z, condition):
        return super().drawn(z, condition) * self.scale.to(z.device)


class OnTheCpu(Drawer):
    def drawn(self, z, condition):
        return super().drawn(z, condition) + torch.ones(len(z), 1)


class WithoutABuffer(Drawer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.mixing = torch.eye(math.prod(SHAPE))

    def drawn(self, z, condition):
        return super().drawn(z, condition) @ self.mixing


class Local(Drawer):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.activation = lambda x: x

    def drawn(self, z, condition):
        return self.activation(super().drawn(z, condition))


class Remembers(Drawer):
    def drawn(self, z, condition):
        self.last = super().drawn(z, condition)
        return self.last


class LooksAtValues(Drawer):
    """Which can be done on any device."""

    def drawn(self, z, condition):
        return super().drawn(z, condition) * (z[z > 9].numel() == 0)


class OnlyFives(Drawer):
    def forward(self, z, condition):
        images = super().forward(z, condition)
        return images if len(images) in (2, 5) else images[:0]


GENERATORS = {
    "wrong shape": (WrongShape, r"draws images \(2, 1, 6, 5\) of two rows of noise"),
    "wrong range": (Bright, r"draws pixels in \[-1, 1\], such as by a last tanh"),
    "unused": (Unused, r"no gradient reaches backbone.spare.weight, backbone.spare.bias: a part"),
    "cut off": (CutOff, r"no gradient reaches backbone.more.weight.*detach"),
    "weights in a list": (Listed, r"something of it is not saved: .* nn.ModuleList"),
    "no label": (Deaf, r"the label has no way to what it gives"),
    "no noise": (Blind, r"the noise has no way to what it gives"),
    "draws in evaluation": (Noisy, r"in evaluation mode it gives two results for the same input"),
    "python's stream": (Dice, r"it draws from Python's global random stream.*torch.Generator"),
    "numpy's stream": (NumpyWeights, r"it draws from numpy's global random stream"),
    "no stream at all": (Unseeded, r"two that were made with the same seed differ"),
    "not saved": (Forgetful, r"something of it is not saved.*register_buffer"),
    "a device assumed": (OnTheCpu, r"it assumes a device: .* torch.zeros\(n, device=x.device\)"),
    "a tensor that stays": (WithoutABuffer, r"it assumes a device: .*register_buffer"),
    "a lambda": (Local, r"it cannot be pickled.*no lambda"),
    "keeps a graph": (Remembers, r"deepcopy"),
    "one batch size": (OnlyFives, r"of a batch of 1 it gives the shape \(0, 1, 6, 5\)"),
}


@pytest.mark.parametrize(("generator", "words"), GENERATORS.values(), ids=GENERATORS)
def test_a_faulty_generator_is_caught(generator, words):
    with pytest.raises(PluginError, match=f"(?s)^architecture Architecture.*{words}"):
        check(generator)


class Column(Judge):
    """Gives logits, as a column, where features are wanted."""

    features = 1


class Row(Judge):
    features = 1

    def forward(self, images, condition):
        return super().forward(images, condition)[:, 0]


class Nameless(Judge):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.features = None


Nameless.features = 8


class Together(Judge):
    """Compares each image with the rest of the batch, and denies it."""

    judges_each_alone = True

    def forward(self, images, condition):
        features = super().forward(images, condition)
        return features - features.mean(dim=0)


class Unlabelled(Judge):
    def forward(self, images, condition):
        return super().forward(images, 0 * condition.detach())


DISCRIMINATORS = {
    "(N, 1)": (Column, r"a single number for an image, shape \(N, 1\), as if it were the logit"),
    "(N,)": (Row, r"says that it gives 1 features for an image; of two images it gave \(2,\)"),
    "no features": (Nameless, r"has an attribute `features`"),
    "not alone": (Together, r"it says judges_each_alone = True, but .* batch normalisation"),
    "no label": (Unlabelled, r"the label has no way to what it gives"),
}


@pytest.mark.parametrize(("discriminator", "words"), DISCRIMINATORS.values(), ids=DISCRIMINATORS)
def test_a_faulty_discriminator_is_caught(discriminator, words):
    with pytest.raises(PluginError, match=f"(?s)architecture Architecture, discriminator.*{words}"):
        check(discriminator=discriminator)


def test_what_is_no_architecture_is_refused():
    with pytest.raises(PluginError, match=r"it must be a condgan.Architecture; it is 3"):
        check_architecture(3)
    with pytest.raises(PluginError, match="cannot be pickled"):
        check(lambda *sizes: Drawer(*sizes))


def test_options_reach_it():
    check_architecture("mlp", image_shape=SHAPE, width=4)
    with pytest.raises(PluginError, match="cannot be made with the options"):
        check_architecture("mlp", image_shape=SHAPE, breadth=4)
