"""Precision, recall, density and coverage by hand and against prdc."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from prdc import compute_prdc

from condgan.errors import ConfigError, DataError
from condgan.metrics import manifold as module
from condgan.metrics.manifold import Manifold, manifold


def rows(n, width=4, seed=0, scale=1.0, shift=0.0):
    stream = torch.Generator().manual_seed(seed)
    return scale * torch.randn(n, width, generator=stream, dtype=torch.float64) + shift


def reference(real, generated, k):
    return compute_prdc(real.numpy(), generated.numpy(), k)


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize(("n", "m"), [(100, 100), (150, 40), (40, 150)])
@pytest.mark.parametrize("change", [{}, {"scale": 0.5}, {"shift": 1.0}, {"scale": 2.0}], ids=str)
def test_it_agrees_with_prdc(n, m, k, change):
    real, generated = rows(n), rows(m, seed=1, **change)
    assert manifold(real, generated, k)._asdict() == pytest.approx(
        reference(real, generated, k), rel=1e-6
    )


def test_it_agrees_with_prdc_over_several_blocks():
    assert module.BLOCK == 1000
    real, generated = rows(1203, 6), rows(1050, 6, seed=1, scale=1.1)
    assert manifold(real, generated)._asdict() == pytest.approx(
        reference(real, generated, 5), rel=1e-6
    )


@pytest.mark.parametrize("width", [8, 128])
def test_it_agrees_with_prdc_on_copies_where_distances_tie(width):
    real = rows(300, width)
    generated = real[torch.randperm(300, generator=torch.Generator().manual_seed(0))[:200]]
    assert manifold(real, generated, 5)._asdict() == pytest.approx(
        reference(real, generated, 5), rel=1e-3
    )


@given(st.integers(8, 30), st.integers(8, 30), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_shares_are_shares_whatever_the_block(n, m, k, seed):
    real, generated = rows(n, seed=seed), rows(m, seed=seed + 100)
    found = manifold(real, generated, k)
    for name in ("precision", "recall", "coverage"):
        assert 0 <= getattr(found, name) <= 1
    assert 0 <= found.density <= n / k
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 7)
        assert manifold(real, generated, k) == pytest.approx(found)


def test_by_hand_on_a_line():
    """Real images at 0, 1, 10, 11, each reaching 1; two drawn among the first pair, two nowhere."""
    real = torch.tensor([[0.0], [1.0], [10.0], [11.0]])
    generated = torch.tensor([[0.5], [0.6], [5.0], [20.0]])
    # Generated reaches are 0.1, 0.1, 4.4 and 15, so 5 holds 1, and 20 holds 10 and 11.
    assert manifold(real, generated, k=1) == pytest.approx(
        Manifold(precision=0.5, recall=0.75, density=(2 + 2) / 4, coverage=0.5)
    )


def test_identical_apart_and_collapsed():
    x = rows(200)
    assert manifold(x, x) == pytest.approx(Manifold(1.0, 1.0, 1.0, 1.0), abs=0.01)
    assert manifold(x, x + 100) == Manifold(0.0, 0.0, 0.0, 0.0)
    one = manifold(x, x[:1].expand(200, -1))
    assert one.precision == 1.0
    assert one.recall < 0.02
    assert one.coverage < 0.1


def test_what_cannot_be_compared_is_refused():
    for k in (0, -1, 5, 9):
        said = rf"got k={k} with 5 real and 9 generated images"
        with pytest.raises(ConfigError, match=said):
            manifold(rows(5), rows(9), k)
    with pytest.raises(ConfigError, match=r"got k=5 with 9 real and 5 generated"):
        manifold(rows(9), rows(5))
    with pytest.raises(DataError, match=r"one width; got \[3, 4\]"):
        manifold(rows(9), rows(9, 3))
