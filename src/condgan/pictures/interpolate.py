"""Between two noises, and between two conditions."""

from __future__ import annotations

import torch
from torch import Tensor

from condgan.modes import evaluating
from condgan.networks.conditional import ConditionalGenerator

BATCH = 256
"""Images drawn at a time."""


def spherical(first: Tensor, last: Tensor, steps: int) -> Tensor:
    """Points from one noise to another along the arc between them, `(steps, latent_dim)`.

    Normal noise of many numbers lies near a sphere. A straight line would cut through its inside,
    where a generator has never been (T. White, Sampling Generative Networks, arXiv:1609.04468).
    Noises that point the same way, or opposite ways, have no single arc, and get the line.

    Example:
        >>> spherical(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0]), 3)
        tensor([[1.0000, 0.0000],
                [0.7071, 1.4142],
                [0.0000, 2.0000]])
    """
    t = torch.linspace(0, 1, steps, dtype=torch.float64)[:, None]
    a, b = first.double(), last.double()
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=0).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if torch.sin(angle) < 1e-6:
        return torch.lerp(a, b, t).float()
    weights = torch.sin((1 - t) * angle), torch.sin(t * angle)
    return ((weights[0] * a + weights[1] * b) / torch.sin(angle)).float()


def straight(first: Tensor, last: Tensor, steps: int) -> Tensor:
    """Points from one row of numbers to another along the line between them, `(steps, size)`."""
    t = torch.linspace(0, 1, steps, device=first.device, dtype=first.dtype)[:, None]
    return torch.lerp(first, last, t)


def condition_vectors(G: ConditionalGenerator, rows: Tensor) -> Tensor:
    """What `G` makes of canonical labels before it draws, `(N, condition_size)`."""
    with evaluating(G):
        return G.condition(rows.to(G.condition_strength.device))


def draw_vectors(G: ConditionalGenerator, z: Tensor, vectors: Tensor) -> Tensor:
    """An image for each noise and vector of a condition, as `generate` would draw it.

    Args:
        G: what to draw with.
        z: noise `(N, latent_dim)`.
        vectors: `(N, condition_size)`, also between those of any label.
    """
    with evaluating(G):
        drawn = [
            G.backbone(z[i : i + BATCH].to(vectors.device), vectors[i : i + BATCH]).float()
            for i in range(0, len(z), BATCH)
        ]
    return torch.cat(drawn)
