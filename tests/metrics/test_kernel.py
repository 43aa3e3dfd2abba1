"""The kernel distance by hand and against torchmetrics."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torchmetrics.image.kid import KernelInceptionDistance, poly_mmd

from condgan.errors import CondganError, ConfigError, DataError
from condgan.metrics.kernel import kernel_distance


def rows(n, width=8, seed=0, shift=0.0):
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(n, width, generator=stream, dtype=torch.float64) + shift


class Passes(nn.Module):
    num_features = 8

    def forward(self, rows):
        return rows


def test_by_hand():
    """With one feature: k(a, b) = (a b + 1)^3, without each row's kernel with itself."""
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[1.0], [2.0]])
    among_x, among_y, across = 1.0, 27.0, (1 + 1 + 8 + 27) / 4
    assert kernel_distance(x, y) == pytest.approx(among_x + among_y - 2 * across)


@pytest.mark.parametrize("shift", [0.0, 0.3, 2.0])
def test_it_agrees_with_torchmetrics(shift):
    x, y = rows(120), rows(120, seed=1, shift=shift)
    found = kernel_distance(x, y)
    assert found == pytest.approx(float(poly_mmd(x, y)), rel=1e-6)
    assert kernel_distance(x.float(), y.float()) == pytest.approx(found, rel=1e-3, abs=1e-6)


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance` will save:UserWarning")
def test_it_agrees_with_the_whole_metric_of_torchmetrics():
    x, y = rows(90), 1.2 * rows(90, seed=1, shift=0.1)
    metric = KernelInceptionDistance(feature=Passes(), subsets=1, subset_size=90)
    metric.update(x, real=True)
    metric.update(y, real=False)
    expected, _ = metric.compute()
    assert kernel_distance(x, y) == pytest.approx(float(expected), rel=1e-4)
    assert kernel_distance(x, y, subset=90, subsets=3) == pytest.approx(float(expected), rel=1e-4)


@given(st.integers(2, 30), st.integers(2, 30), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_neither_order_nor_side_matters(n, m, width, seed):
    x, y = rows(n, width, seed), rows(m, width, seed + 100)
    found = kernel_distance(x, y)
    assert kernel_distance(y.flip(0), x.flip(0)) == pytest.approx(found, rel=1e-9, abs=1e-9)


def test_alike_is_about_nought_and_unlike_is_not():
    x = rows(400)
    alike, near, far = (kernel_distance(x, rows(400, seed=1, shift=shift)) for shift in (0, 0.5, 1))
    assert abs(alike) < 0.05 < near < far
    assert kernel_distance(x, x) <= 0  # real; that of a row to itself is left out of one side only


def test_subsets_average_to_the_whole_and_are_drawn_by_seed():
    x, y = rows(300), rows(200, seed=1, shift=0.5)
    before = torch.get_rng_state()
    first, again, other = (kernel_distance(x, y, subset=100, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert first == again != other
    assert first == pytest.approx(kernel_distance(x, y), rel=0.2)


@pytest.mark.parametrize("subset", [1000, 51, 1, 0, -3])
def test_d83_a_subset_larger_than_the_data_is_refused_with_both_numbers(subset):
    said = rf"got subset={subset} with 50 real and 60 generated images\. Try subset=50\."
    with pytest.raises(ConfigError, match=said):
        kernel_distance(rows(50), rows(60), subset=subset)
    with pytest.raises(CondganError, match=rf"subset={subset} with 60 real and 50 generated"):
        kernel_distance(rows(60), rows(50), subset=subset)
    kernel_distance(rows(50), rows(60), subset=50, subsets=1)


def test_what_is_not_features_is_refused():
    with pytest.raises(DataError, match=r"at least 2 of them; got shape \(1, 8\)"):
        kernel_distance(rows(5), rows(1))
    with pytest.raises(DataError, match=r"one width; got \[7, 8\]"):
        kernel_distance(rows(5), rows(5, 7))
