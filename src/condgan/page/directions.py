"""The directions of the noise along which a generator's images change the most."""

from __future__ import annotations

import torch
from torch import Tensor

from condgan.modes import evaluating
from condgan.networks import sampling
from condgan.networks.conditional import ConditionalGenerator

STEP = 0.25
"""How far apart the noise of two images is that are compared; noise itself is about 1 long."""

PLACES = 8
"""Images around which the change is looked at."""


def strongest_directions(G: ConditionalGenerator, labels: Tensor, most: int = 8) -> Tensor:
    """Unit vectors `(directions, latent_dim)` at right angles, from the strongest on.

    Along each number of the noise, by finite differences around a few images, the change of every
    pixel is a column of a matrix J. The directions are the eigenvectors of the mean of `J^T J`
    with the largest eigenvalues: a step along the first changes the pixels most, on average.

    Args:
        G: on the CPU.
        labels: canonical labels `(PLACES, ...)` of the images to look around.
        most: how many directions at most; there are no more than numbers in the noise.

    Example:
        >>> import condgan
        >>> G = condgan.ConditionalGenerator(3, (1, 8, 8), latent_dim=5, seed=0)
        >>> strongest_directions(G, torch.zeros(PLACES, dtype=torch.int64), most=2).shape
        torch.Size([2, 5])
    """
    change = torch.zeros(G.latent_dim, G.latent_dim)
    steps = torch.cat([torch.zeros(1, G.latent_dim), STEP * torch.eye(G.latent_dim)])
    with evaluating(G):
        for z, label in zip(sampling.noise(len(labels), G.latent_dim, seed=0), labels, strict=True):
            rows = label.expand(len(steps), *label.shape)
            images = sampling.draw(G, rows, z=z + steps, batch_size=128).flatten(1)
            differences = images[1:] - images[0]
            change += differences @ differences.t()
    vectors = torch.linalg.eigh(change).eigenvectors.flip(1)[:, :most].t()
    # Either of two opposite vectors would do; the choice should not depend on the machine.
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    directions: Tensor = vectors * largest.sign()
    return directions
