"""Pictures of what a generator draws: by class, from the same noise, and on the way between."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.classes import Classes
from condgan.conditions import Attributes, Condition, Quantities
from condgan.errors import LabelError
from condgan.networks import sampling
from condgan.networks.conditional import ConditionalGenerator
from condgan.pictures.image_grid import ImageGrid
from condgan.pictures.interpolate import condition_vectors, draw_vectors, spherical, straight

LONGEST = 24
"""Letters that a name has room for."""


def class_grid(
    G: ConditionalGenerator, labels: Any = None, n: int = 10, *, seed: int = 0
) -> ImageGrid:
    """A row of `n` images for each class: those of `G.generate(labels, n=n, seed=seed)`.

    Args:
        G: what to draw with.
        labels: one or several, as `generate` takes them; every class if left out.
        n: images in a row.
        seed: of the noise.

    Raises:
        LabelError: an unknown label, or none where `G` draws no classes.
        ConfigError: `n` is not positive, or a number of channels that is not a picture's.

    Example:
        >>> G = ConditionalGenerator(["cat", "dog"], (1, 8, 8))
        >>> class_grid(G, n=4)
        ImageGrid('', 2 x 4 images of 1x8x8)
    """
    n = whole_number("n", n)
    rows = _requested(G, labels)
    images = sampling.draw(G, rows.repeat_interleave(n, dim=0), seed=seed)
    return ImageGrid(images, n, row_names=_names(G.classes, rows))


def same_noise(
    G: ConditionalGenerator, labels: Any = None, n: int = 8, *, seed: int = 0
) -> ImageGrid:
    """The same `n` noises for every class: a row a noise, a column a class.

    What a row has in common, such as slant or weight, the generator draws by the noise, and what
    a column has in common by the class.

    Args:
        G: what to draw with.
        labels: one or several, as `generate` takes them; every class if left out.
        n: noises.
        seed: of the noise.

    Raises:
        LabelError, ConfigError: as `class_grid`.

    Example:
        >>> G = ConditionalGenerator(["cat", "dog"], (1, 8, 8))
        >>> same_noise(G, n=4)
        ImageGrid('same noise', 4 x 2 images of 1x8x8)
    """
    n = whole_number("n", n)
    rows = _requested(G, labels)
    z = sampling.noise(n, G.latent_dim, seed)
    images = sampling.draw(G, torch.cat([rows] * n), z=z.repeat_interleave(len(rows), dim=0))
    return ImageGrid(images, len(rows), "same noise", column_names=_names(G.classes, rows))


def walk_within(
    G: ConditionalGenerator, label: Any, n: int = 5, steps: int = 9, *, seed: int = 0
) -> ImageGrid:
    """Walks from one image of a class to another: `n` of them, a row each.

    The noise goes along the arc between its two ends, and the class stays. Jumps show where the
    generator knows single images only.

    Args:
        G: what to draw with.
        label: the class, or another condition as `generate` takes it.
        n: walks.
        steps: images of each, with both ends.
        seed: of the noise.

    Raises:
        LabelError: an unknown label, or several.
        ConfigError: `n` is not positive, or `steps` less than 2.

    Example:
        >>> G = ConditionalGenerator(["cat", "dog"], (1, 8, 8))
        >>> walk_within(G, "cat")
        ImageGrid('within cat', 5 x 9 images of 1x8x8)
    """
    n, steps = whole_number("n", n), whole_number("steps", steps, least=2)
    row = _one(G, label)
    ends = sampling.noise(2 * n, G.latent_dim, seed)
    z = torch.cat([spherical(ends[i], ends[n + i], steps) for i in range(n)])
    images = sampling.draw(G, torch.cat([row] * len(z)), z=z)
    (name,) = _names(G.classes, row)
    return ImageGrid(images, steps, f"within {name}")


def walk_between(
    G: ConditionalGenerator, first: Any, last: Any, n: int = 5, steps: int = 9, *, seed: int = 0
) -> ImageGrid:
    """Walks from one class to another: `n` of them, a row each, whose noise stays.

    What goes along a line is the vector that the label encoder makes of the class, so that every
    encoder serves; quantities go through the values between. Of classes a generator has seen
    nothing on the way: what it draws there shows whether it has learnt what they have in common.

    Args:
        G: what to draw with.
        first, last: two classes, or other conditions as `generate` takes them.
        n: walks.
        steps: images of each, with both ends.
        seed: of the noise.

    Raises:
        LabelError: an unknown label, or several in the place of one.
        ConfigError: `n` is not positive, or `steps` less than 2.

    Example:
        >>> G = ConditionalGenerator(["cat", "dog"], (1, 8, 8))
        >>> walk = walk_between(G, "cat", "dog", steps=5)
        >>> walk.column_names
        ('cat', '25%', '50%', '75%', 'dog')
        >>> walk.film()
        Film(8 frames, 0.6 s)
    """
    n, steps = whole_number("n", n), whole_number("steps", steps, least=2)
    start, end = _one(G, first), _one(G, last)
    names = _names(G.classes, torch.cat([start, end]))
    between = [f"{i / (steps - 1):.0%}" for i in range(1, steps - 1)]
    if isinstance(G.classes, Quantities):
        passed = straight(start[0], end[0], steps)
        vectors = condition_vectors(G, passed)
        between = list(_names(G.classes, _in_few_digits(passed)[1:-1]))
    else:
        ends = [condition_vectors(G, row)[0] for row in (start, end)]
        vectors = straight(ends[0], ends[1], steps)
    z = sampling.noise(n, G.latent_dim, seed).repeat_interleave(steps, dim=0)
    images = draw_vectors(G, z, torch.cat([vectors] * n))
    return ImageGrid(
        images, steps, f"{names[0]} to {names[1]}", column_names=(names[0], *between, names[1])
    )


def _requested(G: ConditionalGenerator, labels: Any) -> Tensor:
    """The canonical labels asked for, each once, in the order asked."""
    rows = sampling.requested(G.classes, labels, None)
    sampling.warn_of_unseen(G, rows, stacklevel=4)
    return rows


def _one(G: ConditionalGenerator, label: Any) -> Tensor:
    """The canonical label of a single one, as a row."""
    row = G.classes.canonical(label)
    if len(row) != 1:
        raise LabelError(f"a walk has one label at each end; got {label!r}.")
    sampling.warn_of_unseen(G, row, stacklevel=4)
    return row


def _in_few_digits(rows: Tensor) -> Tensor:
    """Rows of numbers in even steps, each number with no more digits than tell it from the next.

    Example:
        >>> _in_few_digits(torch.tensor([[-5.0, 1.0], [10.625, 1.0], [26.25, 1.0]]))[1].tolist()
        [10.6, 1.0]
    """
    columns = []
    for column in rows.double().T.tolist():
        step = abs(column[1] - column[0])
        digits = 2 - math.floor(math.log10(step)) if step else 6
        columns.append([round(number, digits) for number in column])
    return torch.tensor(columns, dtype=torch.float64).T


def _names(condition: Condition, rows: Tensor) -> tuple[str, ...]:
    """What canonical labels are called on a picture."""
    names = [_name(condition, row) for row in rows.tolist()]
    return tuple(n if len(n) <= LONGEST else f"{n[: LONGEST - 3]}..." for n in names)


def _name(condition: Condition, row: Any) -> str:
    if isinstance(condition, Classes):
        return str(condition.labels[row])
    if isinstance(condition, Attributes):
        return ", ".join(n for n, yes in zip(condition.names, row, strict=True) if yes) or "none"
    if condition.size == 1:
        return f"{row[0]:g}"
    return ", ".join(f"{n} {x:g}" for n, x in zip(condition.names, row, strict=True))
