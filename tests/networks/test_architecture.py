"""Every registered architecture with every registered encoder: one test over all of them."""

import copy
import itertools

import pytest
import torch

from condgan import Architecture, ConditionalDiscriminator, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import ArgumentTypeError, UnknownNameError
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


def networks(architecture, encoder, shape=(1, 16, 16), **options):
    kind = known("label encoder")[encoder].condition
    condition = CONDITIONS[kind]
    choice = {"architecture": architecture, "encoder": encoder, **options}
    G = ConditionalGenerator(condition, shape, latent_dim=7, seed=0, **choice)
    D = ConditionalDiscriminator(condition, shape, seed=1, **choice)
    return G, D, condition.canonical(ROWS[kind])


def noise(n, seed=0):
    return torch.randn(n, 7, generator=torch.Generator().manual_seed(seed))


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

    def test_gradients_reach_every_parameter(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        D(G(noise(4), labels), labels).square().sum().backward()
        for role, network in (("G", G), ("D", D)):
            for name, parameter in network.named_parameters():
                assert parameter.grad is not None, f"{role} {name}"
                assert parameter.grad.abs().max() > 0, f"{role} {name}"

    def test_the_label_changes_what_comes_out(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        z = noise(1).expand(2, -1)
        first, second = G(z, labels[:2])
        assert not torch.equal(first, second)
        one, two = D(torch.zeros(2, 1, 16, 16), labels[:2])
        assert one != two

    def test_a_copy_is_equal_and_apart(self, architecture, encoder):
        G, D, labels = networks(architecture, encoder)
        for network, first in ((G, noise(4)), (D, torch.zeros(4, 1, 16, 16))):
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
            networks(architecture, encoder)[:2], (noise(4), torch.ones(4, 1, 16, 16)), strict=True
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


def test_all_of_them_are_tried():
    assert ("mlp", "onehot") in PAIRS
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
