"""Precision, recall, density and coverage: fidelity and variety by nearest neighbours."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from condgan.errors import ConfigError
from condgan.metrics.frechet import checked_features


class Manifold(NamedTuple):
    """Four shares; all but density lie in [0, 1].

    Attributes:
        precision: generated images that lie among the real ones (right).
        recall: real images that lie among the generated ones (varied).
        density: how many real images' neighbourhoods a generated image lies in, over k; about 1
            is right, and it may be larger.
        coverage: real images with a generated one in their neighbourhood (varied, and not fooled
            by outliers).
    """

    precision: float
    recall: float
    density: float
    coverage: float


def manifold(real: Tensor, generated: Tensor, k: int = 5) -> Manifold:
    """Compares two sets by whose neighbourhoods they lie in.

    An image's neighbourhood reaches to its k-th nearest fellow. Precision and recall:
    Kynkaanniemi and others (2019, arXiv:1904.06991), equations 1 and 2; density and coverage:
    Naeem and others (2020, arXiv:2002.09797), equations 4 and 6.

    Args:
        real, generated: features `(N, F)` and `(M, F)`, each with more than `k` rows.
        k: which neighbour.

    Raises:
        ConfigError: `k` is not positive, or a set has no more than `k` rows.
        DataError: different widths.

    Example:
        >>> import torch
        >>> x = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
        >>> manifold(x, x + 100)
        Manifold(precision=0.0, recall=0.0, density=0.0, coverage=0.0)
    """
    real, generated = checked_features(real, generated, least=2)
    if k < 1 or k >= min(len(real), len(generated)):
        raise ConfigError(
            f"k must lie between 1 and the number of images less one; got k={k} with {len(real)} "
            f"real and {len(generated)} generated images."
        )
    real_reach, generated_reach = _reach(real, k), _reach(generated, k)
    inside_real = torch.zeros(len(generated))
    inside_generated = torch.zeros(len(real), dtype=torch.bool)
    covered = torch.zeros(len(real), dtype=torch.bool)
    for start in range(0, len(real), BLOCK):
        rows = slice(start, start + BLOCK)
        distances = torch.cdist(real[rows], generated)
        within = distances < real_reach[rows, None]
        inside_real += within.sum(dim=0)
        covered[rows] = distances.min(dim=1).values < real_reach[rows]
        inside_generated[rows] = (distances < generated_reach).any(dim=1)
    return Manifold(
        precision=float((inside_real > 0).float().mean()),
        recall=float(inside_generated.float().mean()),
        density=float(inside_real.mean() / k),
        coverage=float(covered.float().mean()),
    )


BLOCK = 1000
"""Rows compared at once, so that memory grows with the number of images and not its square."""


def _reach(features: Tensor, k: int) -> Tensor:
    """Each row's distance to its k-th nearest fellow, which is not within it despite rounding."""
    found = []
    for start in range(0, len(features), BLOCK):
        distances = torch.cdist(features[start : start + BLOCK], features)
        found.append(distances.kthvalue(k + 1, dim=1).values)  # the nearest is the row itself
    return torch.cat(found) * (1 - 1e-9)
