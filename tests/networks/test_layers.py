"""What convolutional architectures are made of: numbers worked by hand, sizes of every image."""

import copy
import itertools
import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from condgan.errors import ConfigError
from condgan.networks.layers import (
    ConditionalBatchNorm,
    as_image,
    initialised,
    spectrally_normalised,
    stages,
    widths,
)

SIDES = st.integers(8, 70)


def normalisation(weight, channels):
    """One whose scales and shifts are the rows of `weight`, a column a condition."""
    weight = torch.tensor(weight)
    norm = ConditionalBatchNorm(channels, weight.shape[1])
    with torch.no_grad():
        norm.modulate.weight.copy_(weight)
    return norm


# Normalisation


def test_each_image_is_scaled_and_shifted_by_its_own_condition():
    norm = normalisation([[0.5, -1.0], [10.0, 20.0]], channels=1)
    x = torch.tensor([[[[1.0, 3.0]]], [[[1.0, 3.0]]]])  # mean 2, variance 1
    out = norm(x, torch.eye(2))
    # 1.5 * (-1, 1) + 10 and 0 * (-1, 1) + 20
    assert torch.allclose(out.flatten(1), torch.tensor([[8.5, 11.5], [20.0, 20.0]]), atol=1e-4)


def test_each_channel_has_a_scale_and_a_shift_of_its_own():
    norm = normalisation([[1.0], [2.0], [30.0], [40.0]], channels=2)
    x = torch.tensor([[[[0.0, 2.0]], [[4.0, 8.0]]]])  # means 1 and 6, deviations 1 and 2
    out = norm(x, torch.ones(1, 1))
    # (1 + 1) * (-1, 1) + 30 and (1 + 2) * (-1, 1) + 40
    assert torch.allclose(out.flatten(1), torch.tensor([[28.0, 32.0, 37.0, 43.0]]), atol=1e-4)


def test_a_condition_of_zeros_only_normalises():
    norm = ConditionalBatchNorm(3, 4)
    x = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    plain = nn.BatchNorm2d(3, affine=False)
    assert torch.allclose(norm(x, torch.zeros(5, 4)), plain(x), atol=1e-6)
    assert not torch.allclose(norm(x, torch.ones(5, 4)), plain(x), atol=1e-3)


def test_without_a_condition_it_is_plain_batch_normalisation():
    norm = ConditionalBatchNorm(3, 0)
    x = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    assert [name for name, _ in norm.named_parameters()] == ["normalise.weight", "normalise.bias"]
    assert torch.equal(norm(x, torch.zeros(5, 0)), nn.BatchNorm2d(3)(x))


def test_a_batch_of_one_trains_over_its_pixels():
    norm = normalisation([[0.0], [0.0]], channels=1).train()
    x = torch.tensor([[[[0.0, 4.0], [0.0, 4.0]]]], requires_grad=True)
    out = norm(x, torch.ones(1, 1))
    assert torch.allclose(out.flatten(), torch.tensor([-1.0, 1.0, -1.0, 1.0]), atol=1e-4)
    out.pow(3).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert norm.modulate.bias.grad.abs().max() > 0
    assert norm.normalise.running_mean.item() == pytest.approx(0.2)  # a tenth of the way to 2


def test_in_evaluation_the_batch_does_not_count():
    norm = normalisation([[1.0], [5.0]], channels=1).eval()
    norm.normalise.running_mean.fill_(1.0)
    norm.normalise.running_var.fill_(4.0)
    out = norm(torch.tensor([[[[5.0]]], [[[-99.0]]]]), torch.ones(2, 1))
    assert out[0].item() == pytest.approx(2 * (5 - 1) / 2 + 5, abs=1e-4)


# Sizes


@pytest.mark.parametrize(
    ("height", "width", "depth", "sizes"),
    [
        (8, 8, None, [(4, 4), (8, 8)]),
        (16, 16, None, [(8, 8), (16, 16)]),
        (17, 17, None, [(5, 5), (9, 9), (17, 17)]),
        (28, 28, None, [(7, 7), (14, 14), (28, 28)]),
        (9, 13, None, [(5, 7), (9, 13)]),
        (48, 64, None, [(6, 8), (12, 16), (24, 32), (48, 64)]),
        (28, 28, 1, [(14, 14), (28, 28)]),
        (28, 28, 4, [(2, 2), (4, 4), (7, 7), (14, 14), (28, 28)]),
        (28, 28, 2.0, [(7, 7), (14, 14), (28, 28)]),
    ],
)
def test_stages_by_hand(height, width, depth, sizes):
    assert stages(height, width, depth) == sizes


@given(SIDES, SIDES)
def test_stages_halve_until_the_aim(height, width):
    sizes = stages(height, width, None)
    assert sizes[-1] == (height, width)
    for smaller, bigger in itertools.pairwise(sizes):
        assert smaller == tuple(math.ceil(side / 2) for side in bigger)
    assert 2 <= min(sizes[0]) <= 8
    assert len(sizes) == 2 or min(sizes[1]) > 8


@given(SIDES, SIDES, st.integers(1, 8))
def test_a_depth_is_kept_or_refused_with_the_deepest(height, width, depth):
    short = min(height, width)
    deepest = max(steps for steps in range(8) if 2**steps < short)
    if depth > deepest:
        said = f"depth must be at most {deepest} for images of {height}x{width}"
        with pytest.raises(ConfigError, match=said):
            stages(height, width, depth)
        return
    sizes = stages(height, width, depth)
    assert len(sizes) == depth + 1
    assert min(sizes[0]) >= 2  # a map of one pixel has no variance
    assert min(height, width) >> depth >= 1  # what halving with rounding down leaves


@pytest.mark.parametrize(("height", "width"), [(7, 8), (8, 7), (1, 100), (4, 4)])
def test_too_small_an_image_is_sent_to_the_mlp(height, width):
    said = f"from 8x8; got {height}x{width}. Use architecture='mlp', or enlarge the images"
    with pytest.raises(ConfigError, match=re.escape(said)):
        stages(height, width, None)


@pytest.mark.parametrize("depth", [0, -1, 2.5, "2", True])
def test_a_depth_that_is_none_is_refused(depth):
    with pytest.raises(ConfigError, match=f"depth must be a positive whole number; got {depth!r}"):
        stages(28, 28, depth)


@pytest.mark.parametrize(
    ("width", "depth", "channels"),
    [
        (5, 0, [5]),
        (5, 1, [10, 5]),
        (32, 3, [256, 128, 64, 32]),
        (3, 5, [24, 24, 24, 12, 6, 3]),
    ],
)
def test_widths_by_hand(width, depth, channels):
    assert widths(width, depth) == channels


@given(st.integers(1, 64), st.integers(0, 8), st.integers(1, 16))
def test_widths_double_to_a_limit(width, depth, most):
    channels = widths(width, depth, most)
    assert len(channels) == depth + 1
    assert channels[-1] == width
    assert max(channels) <= width * most
    for more, fewer in itertools.pairwise(channels):
        assert more in (2 * fewer, width * most)


# Spectral normalisation


def critic(seed=0):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return spectrally_normalised(
            nn.Sequential(nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(45, 4))
        )


def weights(module):
    return [layer.weight for layer in module.modules() if hasattr(layer, "parametrizations")]


def largest(weight):
    return torch.linalg.matrix_norm(weight.detach().flatten(1), ord=2).item()


IMAGES = torch.randn(3, 2, 3, 3, generator=torch.Generator().manual_seed(0))


def test_after_some_passes_the_largest_singular_value_is_one():
    module = critic()
    with torch.no_grad():
        for n, (name, parameter) in enumerate(module.named_parameters()):
            if name.endswith("original"):
                parameter.normal_(generator=torch.Generator().manual_seed(n)).mul_(7)
    assert len(weights(module)) == 2
    for _ in range(100):
        module(IMAGES)
    for weight in weights(module):
        assert largest(weight) == pytest.approx(1, abs=0.01)


def test_a_factor_of_the_weights_makes_no_difference():
    module = critic().eval()
    before = module[0].weight.detach().clone()
    with torch.no_grad():
        module[0].parametrizations.weight.original.mul_(5)
    assert torch.allclose(module[0].weight, before, atol=1e-6)


def test_an_embedding_is_normalised_and_a_norm_is_not():
    module = spectrally_normalised(nn.Sequential(nn.Embedding(6, 3), nn.LayerNorm(3)))
    for _ in range(50):
        module(torch.arange(6))
    assert largest(module[0].weight) == pytest.approx(1, abs=0.01)
    assert module[1].weight.tolist() == [1.0] * 3


def test_a_layer_without_weights_is_passed_over():
    layer = nn.Linear(3, 2)
    layer.weight = nn.Parameter(torch.empty(2, 0))
    assert spectrally_normalised(layer) is layer
    assert not hasattr(layer, "parametrizations")
    assert layer(torch.zeros(4, 0)).shape == (4, 2)


def test_evaluation_changes_nothing(fingerprint):
    module = critic().eval()
    before = fingerprint(module)
    first = module(IMAGES)
    assert torch.equal(module(IMAGES), first)
    assert fingerprint(module) == before


def test_d60_a_copy_after_a_pass_is_equal_and_apart():
    module = critic()
    module(IMAGES).sum().backward()
    again = copy.deepcopy(module)
    assert torch.equal(again(IMAGES), module(IMAGES))
    original = module[0].parametrizations.weight.original
    with torch.no_grad():
        for parameter in again.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(1))
    assert not torch.equal(again[0].parametrizations.weight.original, original)
    assert not torch.equal(again.eval()(IMAGES), module.eval()(IMAGES))


def test_saved_and_loaded_after_a_pass_it_is_the_same(tmp_path):
    module, other = critic(), critic(seed=1)
    module(IMAGES)
    torch.save(module.state_dict(), tmp_path / "weights.pt")
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(IMAGES), module(IMAGES))  # the next power iteration as well
    assert torch.equal(other.eval()(IMAGES), module.eval()(IMAGES))


# Initial weights


def test_initial_weights_are_redrawn_but_for_what_modulates():
    module = nn.ModuleList(
        [nn.Linear(2, 3), nn.Conv2d(2, 3, 3), nn.ConvTranspose2d(2, 3, 4, bias=False)]
    )
    module.append(ConditionalBatchNorm(3, 2))
    kept = module[3].modulate.weight.clone()
    assert initialised(module, lambda weight: nn.init.constant_(weight, 7.0)) is module
    for layer in module[:3]:
        assert (layer.weight == 7).all()
        assert layer.bias is None or (layer.bias == 0).all()
    assert torch.equal(module[3].modulate.weight, kept)
    assert 0 < kept.abs().max() < 0.2
    assert (module[3].modulate.bias == 0).all()


def test_pixels_reach_both_ends_and_are_pushed_no_further():
    x = torch.tensor([-4.0, -0.5, 0.0, 0.5, 4.0], requires_grad=True)
    pixels = as_image(x)
    assert pixels.tolist() == pytest.approx(
        [-1, -1.05 * math.tanh(0.5), 0, 1.05 * math.tanh(0.5), 1]
    )
    pixels.sum().backward()
    assert x.grad[0] == x.grad[4] == 0
    assert x.grad[2] == pytest.approx(1.05)
