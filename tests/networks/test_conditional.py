"""The two networks put together: their arguments, their refusals, their seeds, their faces."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from condgan import Architecture, ConditionalDiscriminator, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.errors import ArgumentTypeError, ConfigError, LabelError
from condgan.networks.conditional import checked_image_shape

BOTH = pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])


@BOTH
@pytest.mark.parametrize(
    ("classes", "condition"),
    [
        (3, Classes(3)),
        (["cat", "dog"], Classes(["cat", "dog"])),
        (Classes([1, 2]), Classes([1, 2])),
        (Attributes(["hat"]), Attributes(["hat"])),
    ],
)
def test_classes_come_in_every_form(make, classes, condition):
    network = make(classes, (1, 4, 4))
    assert network.classes == condition
    assert network.image_shape == (1, 4, 4)


@BOTH
def test_wrong_classes_are_refused(make):
    with pytest.raises(LabelError, match="at least one class"):
        make(0, (1, 4, 4))
    with pytest.raises(ArgumentTypeError, match=r"write \['cat'\]"):
        make("cat", (1, 4, 4))


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), [3, 8, 16], torch.Size([1, 2, 3]), np.array([1, 2, 3]), (1.0, 2, 3)]
)
def test_an_image_shape_is_three_whole_numbers(shape):
    checked = checked_image_shape(shape)
    assert checked == tuple(shape)
    assert [type(size) for size in checked] == [int] * 3


@BOTH
@pytest.mark.parametrize(
    "shape",
    [
        28,
        None,
        (28, 28),
        (1, 1, 28, 28),
        (0, 28, 28),
        (1, -28, 28),
        (1, 28.5, 28),
        (1, 28, float("inf")),
        (1, 28, float("nan")),
        (None, 28, 28),
        "128",
        "abc",
    ],
)
def test_other_image_shapes_are_refused(make, shape):
    said = f"must be (channels, height, width), such as (1, 28, 28); got {shape!r}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        make(3, shape)


@pytest.mark.parametrize("latent_dim", [0, -1, 2.5, "100", None])
def test_a_latent_dim_that_is_none_is_refused(latent_dim):
    said = f"latent_dim must be a positive whole number; got {latent_dim!r}"
    with pytest.raises(ConfigError, match=re.escape(said)):
        ConditionalGenerator(3, (1, 4, 4), latent_dim=latent_dim)


@BOTH
def test_an_unknown_option_is_named(make):
    with pytest.raises(ConfigError, match=r"'mlp' cannot be made with the options .*'widht'"):
        make(3, (1, 4, 4), widht=7)


def test_options_reach_the_architecture():
    asked = []

    def backbone(*sizes, **options):
        asked.append((sizes, options))
        module = nn.Flatten()
        module.features = 16
        return module

    mine = Architecture(backbone, backbone)
    ConditionalGenerator(3, (1, 4, 4), latent_dim=9, architecture=mine, depth=2)
    ConditionalDiscriminator(3, (1, 4, 4), architecture=mine, blocks=[1, 2])
    assert asked == [((9, 3, (1, 4, 4)), {"depth": 2}), ((3, (1, 4, 4)), {"blocks": [1, 2]})]


@BOTH
def test_a_seed_repeats_the_weights_and_leaves_the_global_stream(make):
    before = torch.get_rng_state()
    first, second, other = (make(3, (1, 4, 4), seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@BOTH
def test_without_a_seed_the_weights_come_from_the_global_stream(make):
    torch.manual_seed(4)
    first = make(3, (1, 4, 4)).state_dict()
    torch.manual_seed(4)
    second = make(3, (1, 4, 4)).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_seed_that_fails_inside_leaves_the_global_stream():
    before = torch.get_rng_state()
    with pytest.raises(ConfigError):
        ConditionalGenerator(3, (1, 4, 4), seed=1, widht=7)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_configuration_is_plain_and_complete():
    G = ConditionalGenerator(["cat", "dog"], (1, 4, 4), latent_dim=7, width=9)
    assert G.config() == {
        "role": "generator",
        "classes": {"kind": "classes", "labels": ["cat", "dog"]},
        "image_shape": [1, 4, 4],
        "architecture": "mlp",
        "encoder": "onehot",
        "options": {"width": 9},
        "latent_dim": 7,
    }
    D = ConditionalDiscriminator(2, (1, 4, 4), encoder="embedding")
    assert D.config()["role"] == "discriminator"
    assert D.config()["encoder"] == "embedding"
    assert "latent_dim" not in D.config()


def test_a_logit_is_the_heads_and_has_no_sigmoid():
    D = ConditionalDiscriminator(3, (1, 4, 4), seed=0)
    with torch.no_grad():
        D.head.weight.zero_()
        D.head.bias.fill_(-40.0)
    assert D(torch.zeros(2, 1, 4, 4), torch.tensor([0, 1])).tolist() == [-40.0, -40.0]


def test_the_discriminator_looks_at_image_and_label():
    D = ConditionalDiscriminator(3, (1, 4, 4), seed=0)
    blank, white = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    zero, one = torch.tensor([0]), torch.tensor([1])
    logits = {D(image, label).item() for image in (blank, white) for label in (zero, one)}
    assert len(logits) == 4
