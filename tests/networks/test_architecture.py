"""Every registered architecture with every registered encoder: one test over all of them."""

import copy
import itertools
import math
import re

import pytest
import torch
from torch import nn

from condgan import Architecture, ConditionalDiscriminator, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import ArgumentTypeError, ConfigError, UnknownNameError
from condgan.networks.mlp import MLP, MlpDiscriminator, MlpGenerator
from condgan.plugins.registry import known

CONDITIONS = {
    Classes: Classes(["cat", "dog", "cow"]),
    Attributes: Attributes(["hat", "smile"]),
    Quantities: Quantities(["angle", "age"], ranges=[(0, 90), (0, 100)]),
}
ROWS = {
    Classes: ["dog", "cat", "cow", "dog"],
    Attributes: [{"hat"}, set(), {"smile"}, {"hat", "smile"}],
    Quantities: [[10, 20], [80, 0], [45, 70], [0, 0]],
}
SHAPES = [(1, 28, 28), (3, 32, 32), (3, 16, 32), (2, 8, 12)]
PAIRS = list(itertools.product(known("architecture"), known("label encoder")))
HEADS = {Classes: [None, "ac", "adc"], Attributes: [None, "ac"], Quantities: [None]}
HEADED = [
    (architecture, encoder, auxiliary)
    for architecture, encoder in PAIRS
    for auxiliary in HEADS[known("label encoder")[encoder].condition]
]


def networks(architecture, encoder, shape=(1, 16, 16), D=None, **options):
    """A pair and four labels; `D` holds what the discriminator alone is asked for."""
    kind = known("label encoder")[encoder].condition
    condition = CONDITIONS[kind]
    choice = {"architecture": architecture, "encoder": encoder, **options}
    G = ConditionalGenerator(condition, shape, latent_dim=7, seed=0, **choice)
    critic = ConditionalDiscriminator(condition, shape, seed=1, **choice, **(D or {}))
    return G, critic, condition.canonical(ROWS[kind])


def noise(n, seed=0):
    return torch.randn(n, 7, generator=torch.Generator().manual_seed(seed))


def pictures(n, shape=(1, 16, 16), seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def parts(judgement):
    """What a discriminator says, as a tuple of tensors, with an auxiliary head or without."""
    return judgement if isinstance(judgement, tuple) else (judgement,)


@pytest.mark.parametrize(("architecture", "encoder"), PAIRS)
class TestAll:
    @pytest.mark.parametrize("shape", SHAPES, ids=str)
    def test_shapes_and_ranges(self, architecture, encoder, shape):
        G, D, labels = networks(architecture, encoder, shape)
        images = G(20 * noise(4), labels)
        assert images.shape == (4, *shape)
        assert images.dtype == torch.float32
        assert images.min() >= -1
        assert images.max() <= 1
        assert images.std() > 0.01
        logits = D(images, labels)
        assert logits.shape == (4,)
        assert logits.dtype == torch.float32
        assert logits.std() > 0

    def test_a_batch_of_one_in_training_mode(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        images = G.train()(noise(1), labels[:1])
        assert images.shape == (1, 1, 16, 16)
        assert D.train()(images, labels[:1]).shape == (1,)
        assert torch.isfinite(images).all()

    def test_the_label_changes_what_comes_out(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        z = noise(1).expand(2, -1)
        first, second = G(z, labels[:2])
        assert not torch.equal(first, second)
        one, two = D(pictures(1).expand(2, -1, -1, -1), labels[:2])
        assert one != two

    def test_a_condition_without_strength_says_nothing(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        z, image = noise(1).expand(4, -1), pictures(1).expand(4, -1, -1, -1)
        for network, first in ((G.eval(), z), (D.eval(), image)):
            full = network(first, labels)
            network.condition_strength.fill_(0.0)
            out = network(first, labels)
            assert torch.allclose(out, out[:1].expand_as(out), atol=1e-6)
            assert not torch.allclose(full, full[:1].expand_as(full), atol=1e-6)
            network.condition_strength.fill_(1.0)
            assert torch.equal(network(first, labels), full)

    def test_in_double_precision_it_gives_the_same(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        images, logits = G.eval()(noise(4), labels), D.eval()(pictures(4), labels)
        finer = G.double()(noise(4).double(), labels)
        assert finer.dtype == torch.float64
        assert torch.allclose(finer.float(), images, atol=1e-5)
        judged = D.double()(pictures(4).double(), labels)
        assert judged.dtype == torch.float64
        assert torch.allclose(judged.float(), logits, rtol=1e-4, atol=1e-4)

    def test_a_copy_is_equal_and_apart(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        for network, first in ((G, noise(4)), (D, pictures(4))):
            network.eval()
            again = copy.deepcopy(network)
            before = network(first, labels)
            assert torch.equal(again(first, labels), before)
            with torch.no_grad():
                for parameter in again.parameters():
                    parameter.add_(0.1)
            assert torch.equal(network(first, labels), before)
            assert not torch.equal(again(first, labels), before)

    def test_saved_and_loaded_it_gives_the_same(self, architecture, encoder, tmp_path):
        for network, first in zip(
            networks(architecture, encoder)[:2], (noise(4), pictures(4)), strict=True
        ):
            labels = networks(architecture, encoder)[2]
            network.save_pretrained(tmp_path / network.role)
            again = type(network).from_pretrained(tmp_path / network.role)
            assert again.config() == network.config()
            assert list(again.state_dict()) == list(network.state_dict())
            assert torch.equal(again.eval()(first, labels), network.eval()(first, labels))

    def test_the_seed_makes_the_weights(self, architecture, encoder):
        stream = torch.get_rng_state()
        weights = [
            torch.cat([p.flatten() for p in network.parameters()])
            for network in (
                *networks(architecture, encoder)[:2],
                *networks(architecture, encoder)[:2],
            )
        ]
        assert torch.equal(torch.get_rng_state(), stream)
        assert torch.equal(weights[0], weights[2])
        assert torch.equal(weights[1], weights[3])
        kind = known("label encoder")[encoder].condition
        other = ConditionalGenerator(
            CONDITIONS[kind],
            (1, 16, 16),
            latent_dim=7,
            seed=5,
            architecture=architecture,
            encoder=encoder,
        )
        assert not torch.equal(torch.cat([p.flatten() for p in other.parameters()]), weights[0])


@pytest.mark.parametrize(("architecture", "encoder", "auxiliary"), HEADED)
def test_gradients_reach_every_parameter(architecture, encoder, auxiliary):
    G, D, labels = networks(architecture, encoder, D={"auxiliary": auxiliary})
    judged = parts(D(G(noise(4), labels), labels))
    assert len(judged) == 1 + (auxiliary is not None)
    sum(part.square().sum() for part in judged).backward()
    for role, network in (("G", G), ("D", D)):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, f"{role} {name}"
            assert parameter.grad.abs().max() > 0, f"{role} {name}"


@pytest.mark.parametrize(("architecture", "encoder", "auxiliary"), HEADED)
def test_an_image_is_judged_alone(architecture, encoder, auxiliary):
    _, D, labels = networks(architecture, encoder, D={"auxiliary": auxiliary})
    assert D.judges_each_alone
    images = pictures(4)
    images[2:] *= 5  # mates that would move a batch's statistics
    together = parts(D.eval()(images, labels))
    for row in range(4):
        alone = parts(D(images[row : row + 1], labels[row : row + 1]))
        for one, all_of_them in zip(alone, together, strict=True):
            assert torch.allclose(one[0], all_of_them[row], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("architecture", "encoder", "auxiliary"), HEADED)
def test_in_half_precision_all_is_finite(architecture, encoder, auxiliary):
    G, D, labels = networks(architecture, encoder, D={"auxiliary": auxiliary})
    exact, said = G.eval()(noise(4), labels), parts(D.eval()(pictures(4), labels))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        images, judged = G(noise(4), labels), parts(D(pictures(4), labels))
        trained = parts(D.train()(G.train()(noise(4), labels), labels))
    # Eight bits of mantissa: about two digits.
    assert torch.allclose(images.float(), exact, atol=0.05)
    for half, whole in zip(judged, said, strict=True):
        assert torch.allclose(
            half.float(), whole, atol=0.05 * float(1 + whole.detach().abs().max())
        )
    sum(part.float().square().sum() for part in trained).backward()
    for network in (G, D):
        for name, parameter in network.named_parameters():
            assert torch.isfinite(parameter.grad).all(), name


def test_all_of_them_are_tried():
    assert {("mlp", "onehot"), ("dcgan", "embedding"), ("resnet", "multihot")} <= set(PAIRS)
    assert len(PAIRS) == len(known("architecture")) * len(known("label encoder")) >= 4


def test_an_architecture_without_a_name_serves_as_well():
    mine = Architecture(MlpGenerator, MlpDiscriminator)
    G = ConditionalGenerator(2, (1, 4, 4), architecture=mine, seed=0)
    named = ConditionalGenerator(2, (1, 4, 4), seed=0)
    assert mine == MLP
    assert torch.equal(G.generate(1, seed=3), named.generate(1, seed=3))
    assert G.config()["architecture"] is None
    assert named.config()["architecture"] == "mlp"


@pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])
def test_what_is_no_architecture_is_refused(make):
    with pytest.raises(UnknownNameError, match="no architecture is called 'mpl'; did you mean"):
        make(2, (1, 4, 4), architecture="mpl")
    with pytest.raises(ArgumentTypeError, match="must be a name or an Architecture; got <class"):
        make(2, (1, 4, 4), architecture=MlpGenerator)


class Drawing(nn.Module):
    """A backbone that draws what it is told to, whatever the noise."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def forward(self, z, condition):
        return self.images


class Seeing(nn.Module):
    def __init__(self, features, gives):
        super().__init__()
        if features is not None:
            self.features = features
        self.gives = gives

    def forward(self, images, condition):
        return torch.zeros(len(images), self.gives)


def generator(images):
    return ConditionalGenerator(
        3, (1, 8, 8), architecture=Architecture(lambda *_: Drawing(images), lambda *_: None)
    )


def discriminator(backbone, conditioning="concat"):
    made = Architecture(lambda *_: None, lambda *_: backbone, conditioning=conditioning)
    return ConditionalDiscriminator(3, (1, 8, 8), architecture=made)


@pytest.mark.parametrize("shape", [(2, 64), (2, 1, 32, 2), (1, 1, 8, 8), (2, 1, 8, 8, 1)])
def test_a_backbone_that_draws_another_shape_is_refused(shape):
    said = f"draws images (2, 1, 8, 8) of two rows of noise; Drawing gave {shape}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        generator(torch.zeros(shape))


@pytest.mark.parametrize("value", [1.5, -92.0, math.nan])
def test_a_backbone_that_draws_out_of_range_is_refused(value):
    with pytest.raises(ConfigError, match=r"draws pixels in \[-1, 1\], such as by a last tanh"):
        generator(torch.full((2, 1, 8, 8), value))
    generator(torch.full((2, 1, 8, 8), 1.0001))  # by rounding


@pytest.mark.parametrize("features", [None, "many", 4.0, True])
def test_a_backbone_says_how_many_features_it_gives(features):
    with pytest.raises(ConfigError, match="has an attribute `features`, how many it gives"):
        discriminator(Seeing(features, 4))


def test_a_backbone_gives_as_many_features_as_it_says():
    said = "says that it gives 5 features for an image; of two images it gave (2, 4)"
    with pytest.raises(ConfigError, match=re.escape(said)):
        discriminator(Seeing(5, 4))
    assert discriminator(Seeing(4, 4)).head.any_label.in_features == 4


def test_a_backbone_that_fails_says_on_what():
    with pytest.raises(ConfigError, match=r"Linear cannot take \(2, 100\) and \(2, 3\): TypeErr"):
        ConditionalGenerator(
            3, (1, 8, 8), architecture=Architecture(lambda *_: nn.Linear(1, 1), lambda *_: None)
        )


def test_an_architecture_cannot_name_another_place_for_the_label():
    with pytest.raises(ConfigError, match=r"conditioning must be one of .*; got 'proj'"):
        discriminator(Seeing(4, 4), conditioning="proj")
