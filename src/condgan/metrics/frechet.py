"""The Fréchet distance between two sets of features, each taken for a Gaussian."""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from condgan.errors import DataError


def frechet_distance(real: Tensor, generated: Tensor) -> float:
    """How far two clouds of features lie apart, in place and in shape.

    With means `m`, `w` and covariances `C`, `S` it is
    `|m - w|^2 + tr(C + S - 2 (C S)^(1/2))`: Dowson and Landau (1982); on the features of an
    Inception network it is the FID of Heusel and others (2017, arXiv:1706.08500), equation 6.
    Computed in float64 through eigenvalues of symmetric matrices, so it is real and at least 0.

    Args:
        real, generated: `(N, F)` and `(M, F)`, each with at least two rows.

    Returns:
        0.0 for identical sets.

    Raises:
        DataError: fewer than two rows, or different widths.

    Warns:
        UserWarning: a set has no more rows than features; its covariance is then a poor
            estimate, and the distance too large.

    Example:
        >>> import torch
        >>> x = torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
        >>> round(frechet_distance(x, x + 2.0), 4)  # moved by 2 along each of 4 axes
        16.0
    """
    real, generated = checked_features(real, generated, least=2)
    fewest = min(len(real), len(generated))
    if fewest <= real.shape[1]:
        warnings.warn(
            f"{fewest} images for {real.shape[1]} features: a Fréchet distance from so few is too "
            "large; compare it only with one from as many images.",
            stacklevel=2,
        )
    return gaussian_distance(real, generated)


def gaussian_distance(real: Tensor, generated: Tensor) -> float:
    """`frechet_distance` of sets that are checked already, without its warning."""
    moved = (real.mean(dim=0) - generated.mean(dim=0)).square().sum()
    width = real.shape[1]
    C, S = real.T.cov().reshape(width, width), generated.T.cov().reshape(width, width)
    root = _root(C)
    # (C S)^(1/2) has the eigenvalues of (C^(1/2) S C^(1/2))^(1/2), which is symmetric.
    shared = torch.linalg.eigvalsh(root @ S @ root).clamp_(min=0).sqrt().sum()
    distance = moved + C.trace() + S.trace() - 2 * shared
    return max(0.0, float(distance))


def _root(C: Tensor) -> Tensor:
    """The symmetric square root of a covariance."""
    values, vectors = torch.linalg.eigh(C)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def checked_features(*sets: Tensor, least: int) -> list[Tensor]:
    """Feature sets as float64 rows of one width.

    Raises:
        DataError: a set with fewer than `least` rows, one that is not `(N, F)`, values that are
            not finite, or different widths.
    """
    for features in sets:
        if features.ndim != 2 or len(features) < least:
            raise DataError(
                f"features are rows (N, F), at least {least} of them; "
                f"got shape {tuple(features.shape)}."
            )
        if not torch.isfinite(features).all():
            raise DataError("features must be finite; some are NaN or infinite.")
    widths = {features.shape[1] for features in sets}
    if len(widths) > 1:
        raise DataError(f"feature sets must be of one width; got {sorted(widths)}.")
    return [features.detach().cpu().to(torch.float64) for features in sets]
