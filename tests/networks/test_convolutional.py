"""What `dcgan` and `resnet` have in common: any size from 8, any batch, depth and width."""

import copy
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan import ConditionalDiscriminator, ConditionalGenerator
from condgan.errors import ConfigError
from condgan.plugins.registry import known

NAMES = ["dcgan", "resnet"]
BOTH = pytest.mark.parametrize("architecture", NAMES)
SHAPES = [(3, 9, 13), (1, 8, 8), (2, 31, 17), (3, 48, 64), (1, 8, 40), (4, 33, 16)]
LABELS = torch.tensor([0, 1, 2, 0, 1])


def pair(architecture, shape=(1, 8, 8), D=None, G=None, **options):
    """Small networks; `D` and `G` hold what only the one of them is asked for."""
    options = {"architecture": architecture, "seed": 0, "width": 2, **options}
    return (
        ConditionalGenerator(3, shape, latent_dim=4, **options, **(G or {})),
        ConditionalDiscriminator(3, shape, **options, **(D or {})),
    )


def randn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


@BOTH
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("conditioning", ["norm", "concat"])
def test_odd_and_oblong_images(architecture, shape, conditioning):
    G, D = pair(architecture, shape, G={"conditioning": conditioning})
    images = G(randn(5, 4), LABELS)
    assert images.shape == (5, *shape)
    assert images.abs().max() <= 1
    logits = D(images, LABELS)
    assert logits.shape == (5,)
    (gradient,) = torch.autograd.grad(logits.sum(), images)
    assert torch.isfinite(gradient).all()


@BOTH
@settings(max_examples=15, deadline=None)
@given(st.integers(8, 40), st.integers(8, 40), st.data())
def test_every_size_and_depth(architecture, height, width, data):
    deepest = max(steps for steps in range(8) if 2**steps < min(height, width))
    depth = data.draw(st.none() | st.integers(1, deepest))
    G, D = pair(architecture, (1, height, width), depth=depth, width=1)
    images = G(randn(1, 4), LABELS[:1])
    assert images.shape == (1, 1, height, width)
    assert torch.isfinite(D(images, LABELS[:1])).all()


@BOTH
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 13)], ids=str)
@pytest.mark.parametrize("depth", [None, 2])
def test_short_batches_and_batches_of_one_train(architecture, shape, depth):
    G, D = pair(architecture, shape, depth=depth)
    before = copy.deepcopy(G), copy.deepcopy(D)
    step = torch.optim.SGD([*G.parameters(), *D.parameters()], lr=0.01)
    for z, labels in zip(randn(5, 4).split(2), LABELS.split(2), strict=True):  # 2, 2 and 1
        step.zero_grad()
        D.train()(G.train()(z, labels), labels).sum().backward()
        step.step()
    for network, old in zip((G, D), before, strict=True):
        for (name, now), was in zip(network.named_parameters(), old.parameters(), strict=True):
            assert torch.isfinite(now).all(), name
            # A bias before a normalisation moves by rounding alone.
            assert now.ndim == 1 or not torch.equal(now, was), name
    assert torch.isfinite(G.generate(n=2)).all()


@BOTH
def test_depth_and_width_change_the_maps(architecture):
    G, D = pair(architecture, (1, 28, 28), depth=1, width=3)
    assert G.backbone.start.shape[1:] == (14, 14)
    deep, deep_D = pair(architecture, (1, 28, 28), depth=4, width=3)
    assert deep.backbone.start.shape[1:] == (2, 2)
    wide, wide_D = pair(architecture, (1, 28, 28), depth=1, width=6)
    assert wide.backbone.start.shape[0] == 2 * G.backbone.start.shape[0]
    assert wide_D.backbone.features == 2 * D.backbone.features
    assert deep_D.backbone.features == 24 > D.backbone.features  # eight times the width at most
    for made in (D, deep_D, wide_D):
        assert made(randn(3, 1, 28, 28), LABELS[:3]).shape == (3,)


@pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])
@pytest.mark.parametrize("architecture", NAMES)
@pytest.mark.parametrize(
    ("shape", "options", "said"),
    [
        ((1, 7, 30), {}, "from 8x8; got 7x30. Use architecture='mlp'"),
        ((1, 30, 4), {}, "from 8x8; got 30x4. Use architecture='mlp'"),
        ((1, 8, 30), {"depth": 3}, "depth must be at most 2 for images of 8x30"),
        ((1, 16, 16), {"depth": 4}, "depth must be at most 3 for images of 16x16"),
        ((1, 16, 16), {"depth": 0}, "depth must be a positive whole number; got 0"),
        ((1, 16, 16), {"depth": -1}, "depth must be a positive whole number; got -1"),
        ((1, 16, 16), {"depth": 1.5}, "depth must be a positive whole number; got 1.5"),
        ((1, 16, 16), {"depth": "2"}, "depth must be a positive whole number; got '2'"),
        ((1, 16, 16), {"width": 0}, "width must be a positive whole number; got 0"),
        ((1, 16, 16), {"width": 2.5}, "width must be a positive whole number; got 2.5"),
        ((1, 16, 16), {"widht": 2}, f"cannot be made with the options { ({'widht': 2}) }"),
    ],
)
def test_what_cannot_be_made_is_refused(make, architecture, shape, options, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        make(3, shape, architecture=architecture, **options)


@BOTH
@pytest.mark.parametrize("conditioning", ["norm", "concat"])
def test_the_generator_draws_each_label_otherwise(architecture, conditioning):
    G, _ = pair(architecture, (1, 16, 16), G={"conditioning": conditioning})
    images = G.eval()(randn(1, 4).expand(3, -1), torch.arange(3)).flatten(1)
    assert torch.pdist(images).min() > 0


@BOTH
def test_a_joined_label_is_constant_channels_behind_the_image(architecture):
    _, D = pair(architecture, (2, 8, 9), D={"conditioning": "concat"})
    first = next(m for m in D.backbone.modules() if isinstance(m, torch.nn.Conv2d))
    seen = []
    first.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    images = randn(3, 2, 8, 9)
    D(images, torch.arange(3))
    assert torch.equal(seen[0][:, :2], images)
    assert torch.equal(seen[0][:, 2:], torch.eye(3)[:, :, None, None].expand(3, 3, 8, 9))


def test_both_are_registered():
    assert set(NAMES) <= set(known("architecture"))
