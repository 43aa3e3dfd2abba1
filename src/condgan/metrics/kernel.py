"""The kernel distance between two sets of features."""

from __future__ import annotations

import torch
from torch import Tensor

from condgan.errors import ConfigError
from condgan.metrics.frechet import checked_features


def kernel_distance(
    real: Tensor, generated: Tensor, subset: int | None = None, subsets: int = 20, seed: int = 0
) -> float:
    """Unbiased squared maximum mean discrepancy under the kernel `(x.y / F + 1)^3`.

    Binkowski and others, "Demystifying MMD GANs" (2018, arXiv:1801.01401), section 4 (KID).
    Unlike a Fréchet distance it does not depend on the number of images on average, and it may be
    slightly negative where the sets are alike.

    Args:
        real, generated: `(N, F)` and `(M, F)`, each with at least two rows.
        subset: average over random subsets of this many rows, which takes less time and memory;
            all rows at once if left out.
        subsets: how many of them.
        seed: of the choice of subsets.

    Raises:
        ConfigError: `subset` is larger than a set, or less than 2.
        DataError: fewer than two rows, or different widths.

    Example:
        >>> import torch
        >>> x = torch.randn(400, 4, generator=torch.Generator().manual_seed(0))
        >>> kernel_distance(x[:200], x[200:]) < 0.1 < kernel_distance(x[:200], x[200:] + 2)
        True
    """
    real, generated = checked_features(real, generated, least=2)
    if subset is None:
        return float(_squared_mmd(real, generated))
    fewest = min(len(real), len(generated))
    if not 2 <= subset <= fewest:
        raise ConfigError(
            f"subset must lie between 2 and the number of images; got subset={subset} with "
            f"{len(real)} real and {len(generated)} generated images. Try subset={fewest}."
        )
    generator = torch.Generator().manual_seed(seed)

    def some(rows: Tensor) -> Tensor:
        return rows[torch.randperm(len(rows), generator=generator)[:subset]]

    found = [_squared_mmd(some(real), some(generated)) for _ in range(subsets)]
    return float(torch.stack(found).mean())


def _squared_mmd(x: Tensor, y: Tensor) -> Tensor:
    def kernel(a: Tensor, b: Tensor) -> Tensor:
        return (a @ b.T / x.shape[1] + 1).pow(3)

    def among_themselves(a: Tensor) -> Tensor:
        k = kernel(a, a)
        return (k.sum() - k.trace()) / (len(a) * (len(a) - 1))

    return among_themselves(x) + among_themselves(y) - 2 * kernel(x, y).mean()
