"""The Fréchet distance against closed forms and against torchmetrics."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance, _compute_fid

from condgan.errors import DataError
from condgan.metrics.frechet import frechet_distance


def gaussian(n, width, seed=0):
    """Rows of a Gaussian whose features depend on each other and differ in scale."""
    stream = torch.Generator().manual_seed(seed)
    mix = torch.randn(width, width, generator=stream, dtype=torch.float64)
    return torch.randn(n, width, generator=stream, dtype=torch.float64) @ mix + mix[0]


class Passes(nn.Module):
    """Features that are their own."""

    def __init__(self, width):
        super().__init__()
        self.num_features = width

    def forward(self, rows):
        return rows


# Known answers


@pytest.mark.parametrize("width", [1, 2, 16])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_identical_sets_are_nought_apart(width, scale):
    x = scale * gaussian(100, width)
    found = frechet_distance(x, x.clone())
    assert isinstance(found, float)
    assert found == pytest.approx(0.0, abs=1e-10 * scale**2)
    assert frechet_distance(x, x.flip(0)) == pytest.approx(0.0, abs=1e-10 * scale**2)


@given(st.integers(1, 8), st.floats(-9, 9), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_shift_is_its_squared_length(width, shift, seed):
    x = gaussian(60, width, seed)
    assert frechet_distance(x, x + shift) == pytest.approx(width * shift**2, abs=1e-7)


@given(st.integers(1, 8), st.floats(0.1, 5), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_change_of_scale(width, scale, seed):
    """With covariances C and s^2 C about one mean: (1 - s)^2 tr C."""
    x = gaussian(60, width, seed)
    x -= x.mean(dim=0)
    expected = (1 - scale) ** 2 * float(x.var(dim=0).sum())
    assert frechet_distance(x, scale * x) == pytest.approx(expected, abs=1e-7)


def test_by_hand_in_one_dimension():
    """Deviations 1 and 3, means 0 and 4."""
    x = torch.tensor([[-1.0], [0.0], [1.0]])
    assert frechet_distance(x, 3 * x + 4) == pytest.approx(4**2 + (3 - 1) ** 2)


@given(st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_neither_order_nor_side_matters(width, seed):
    x, y = gaussian(40, width, seed), gaussian(50, width, seed + 100)
    found = frechet_distance(x, y)
    assert found >= 0
    assert frechet_distance(y.flip(0), x.flip(0)) == pytest.approx(found, rel=1e-6)


def test_single_precision_is_computed_in_double():
    x, y = gaussian(200, 8).float(), gaussian(200, 8, seed=1).float()
    assert frechet_distance(x, y) == frechet_distance(x.double(), y.double())


# The reference


@pytest.mark.parametrize(("n", "m", "width"), [(200, 200, 16), (300, 120, 64), (50, 400, 3)])
def test_it_agrees_with_torchmetrics(n, m, width):
    x, y = gaussian(n, width), gaussian(m, width, seed=1)
    reference = _compute_fid(x.mean(dim=0), x.T.cov(), y.mean(dim=0), y.T.cov())
    assert frechet_distance(x, y) == pytest.approx(float(reference), rel=1e-6)


def test_it_agrees_with_the_whole_metric_of_torchmetrics():
    x, y = gaussian(150, 12), 1.3 * gaussian(130, 12) + 0.2
    metric = FrechetInceptionDistance(feature=Passes(12), normalize=True).set_dtype(torch.float64)
    metric.update(x, real=True)
    metric.update(y, real=False)
    assert frechet_distance(x, y) == pytest.approx(float(metric.compute()), rel=1e-4)


# Few samples


def test_d80_fewer_samples_than_features_are_finite_and_warned_of():
    stream = torch.Generator().manual_seed(0)
    x, y = (torch.randn(32, 64, generator=stream) for _ in range(2))
    with pytest.warns(UserWarning, match=r"32 images for 64 features: .* too large"):
        found = frechet_distance(x, y)
    assert isinstance(found, float)
    assert math.isfinite(found)
    assert found >= 0
    x, y = x.double(), y.double()
    reference = _compute_fid(x.mean(dim=0), x.T.cov(), y.mean(dim=0), y.T.cov())
    assert found == pytest.approx(float(reference), rel=1e-3)
    with pytest.warns(UserWarning, match="32 images for 64 features"):
        assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-5)


def test_d80_the_smaller_set_is_named_and_one_more_than_features_is_enough():
    with pytest.warns(UserWarning, match="3 images for 4 features"):
        frechet_distance(gaussian(9, 4), gaussian(3, 4))
    with pytest.warns(UserWarning, match="4 images for 4 features"):
        frechet_distance(gaussian(4, 4), gaussian(9, 4))
    frechet_distance(gaussian(5, 4), gaussian(5, 4))  # no warning, which would be an error


def test_sets_of_one_image_each_repeated():
    x = torch.ones(5, 2)
    assert frechet_distance(x, x) == 0.0
    assert frechet_distance(x, x + 3) == pytest.approx(18.0)


# Refusals


def test_what_is_not_features_is_refused():
    x = torch.zeros(5, 3)
    with pytest.raises(DataError, match=r"rows \(N, F\), at least 2 of them; got shape \(1, 3\)"):
        frechet_distance(x, x[:1])
    with pytest.raises(DataError, match=r"got shape \(5, 3, 1\)"):
        frechet_distance(x[:, :, None], x)
    with pytest.raises(DataError, match=r"must be of one width; got \[2, 3\]"):
        frechet_distance(x, x[:, :2])
    for bad in (math.nan, math.inf):
        with pytest.raises(DataError, match="features must be finite"):
            frechet_distance(x, x + bad)
