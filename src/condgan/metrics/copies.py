"""Whether images are near-copies: of the training images, or of each other."""

from __future__ import annotations

import torch
from torch import Tensor

from condgan.errors import DataError

BLOCK = 500


def nearest(images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Each image's distance to the nearest of `others`, and which one that is.

    Args:
        images, others: `(N, ...)` and `(M, ...)` of one shape each; distances are Euclidean
            between pixels.

    Returns:
        float32 `(N,)` and int64 `(N,)`.

    Raises:
        DataError: there are no others.
    """
    if not len(others):
        raise DataError("there is no image to look for the nearest among.")
    rows, references = images.flatten(1).float(), others.flatten(1).float()
    parts = [torch.cdist(part, references).argmin(dim=1) for part in torch.split(rows, BLOCK)]
    indices = torch.cat(parts)
    return _apart(rows, references[indices]), indices


def nearest_fellow(images: Tensor) -> Tensor:
    """Each image's distance to the nearest other one of the same set, float32 `(N,)`.

    Infinite for one that has no fellow.
    """
    rows = images.flatten(1).float()
    if len(rows) < 2:
        return torch.full((len(rows),), torch.inf)
    found = []
    for start in range(0, len(rows), BLOCK):
        distances = torch.cdist(rows[start : start + BLOCK], rows)
        own = torch.arange(start, start + len(distances))
        distances[own - start, own] = torch.inf
        found.append(_apart(rows[own], rows[distances.argmin(dim=1)]))
    return torch.cat(found)


def _apart(rows: Tensor, others: Tensor) -> Tensor:
    """Distances row by row. `cdist` is quick but not exact: of a row to itself it is not 0."""
    apart: Tensor = torch.linalg.vector_norm(rows - others, dim=1)
    return apart


def copy_distance(held_out: Tensor, training: Tensor) -> float:
    """How near an image must come to a training image to count as a near-copy of it.

    Half of the median distance at which held-out real images have their nearest
    training image: what is real but new rarely comes so near.
    """
    distances, _ = nearest(held_out, training)
    return float(distances.median()) / 2


def share_of_copies(images: Tensor, training: Tensor, within: float) -> float:
    """The share of images whose nearest training image is no farther than `within`.

    Example:
        >>> import torch
        >>> training = torch.eye(4)
        >>> share_of_copies(torch.cat([training[:1], -training[:1]]), training, within=0.1)
        0.5
    """
    distances, _ = nearest(images, training)
    return float((distances <= within).float().mean())


def share_of_duplicates(images: Tensor, within: float) -> float:
    """The share of images that have another one of the same set no farther than `within`."""
    if len(images) < 2:
        return 0.0
    return float((nearest_fellow(images) <= within).float().mean())
