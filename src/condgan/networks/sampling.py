"""Drawing from a generator: which rows are asked for, and how they are drawn."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from condgan.arguments import seed_number, whole_number
from condgan.classes import Classes
from condgan.conditions import Condition
from condgan.errors import ConfigError, LabelError, MissingExtraError, listed
from condgan.images import picture
from condgan.modes import drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIRST = 16
"""Images that are drawn before it is known how much room one takes on its way."""

ROOM = 4 * 2**20
"""Bytes of the largest map between two layers, for all images that a CPU draws at a time.

Measured on digits and on colour images of 32 and 64 pixels: of half as many each call costs more,
and with twice as many the maps leave the cache, and up to a third of the speed is lost.
"""


class Generator(Protocol):
    """What can be drawn from: a `ConditionalGenerator`, or a torch module like it."""

    classes: Condition
    image_shape: tuple[int, int, int]
    latent_dim: int

    def __call__(self, z: Tensor, labels: Tensor) -> Tensor:
        """Noise and canonical labels to images."""

    def parameters(self) -> Iterator[nn.Parameter]: ...

    def modules(self) -> Iterator[nn.Module]: ...

    def train(self, mode: bool = True) -> Any: ...


def requested(condition: Condition, labels: Any, n: int | None) -> Tensor:
    """The canonical label of each image asked for, in the order asked.

    Args:
        condition: what the labels are.
        labels, n: as `ConditionalGenerator.generate` takes them.
    """
    if isinstance(labels, Mapping):
        if n is not None:
            raise ConfigError(f"a dict holds a count for each label already; got n={n!r} as well.")
        counts = torch.tensor([_count(count) for count in labels.values()], dtype=torch.int64)
        if not len(counts):
            raise LabelError("an empty dict names no label to draw.")
        return condition.canonical(list(labels)).repeat_interleave(counts, dim=0)
    if labels is None:
        if not isinstance(condition, Classes):
            raise LabelError(f"say what to draw: the condition is {condition!r}.")
        labels = condition.labels
    rows = condition.canonical(labels)
    if not len(rows):
        raise LabelError("an empty list names no label to draw.")
    return rows.repeat_interleave(1 if n is None else _count(n), dim=0)


def warn_of_unseen(G: Any, rows: Tensor, stacklevel: int = 3) -> None:
    """Says so where images are asked for of classes that `G` saw none of in training.

    `G.unseen` lists these classes; it is None until a Trainer has seen to it.
    """
    unseen = getattr(G, "unseen", None)
    if unseen and isinstance(G.classes, Classes):
        asked = set(rows.tolist())
        found = [k for k in unseen if k in G.classes and G.classes.id(k) in asked]
        if found:
            warnings.warn(
                f"never trained: no image of {listed(found)} was among those that the generator "
                "learnt from, so what it draws of that class means nothing.",
                stacklevel=stacklevel,
            )


def _count(n: Any) -> int:
    return whole_number("the number of images", n, least=0)


def noise(rows: int, latent_dim: int, seed: int | None = None) -> Tensor:
    """Normal noise `(rows, latent_dim)` on the CPU, so that a seed means the same everywhere."""
    generator = None if seed is None else torch.Generator().manual_seed(seed_number(seed))
    return torch.randn(rows, latent_dim, generator=generator)


def draw(
    G: Generator,
    rows: Tensor,
    *,
    z: Tensor | None = None,
    seed: int | None = None,
    batch_size: int = 1024,
) -> Tensor:
    """One image for each canonical label in `rows`, in evaluation mode, without gradients.

    At most `batch_size` at a time; on a CPU no more than `ROOM` is for.
    """
    batch_size = whole_number("batch_size", batch_size)
    if z is None:
        z = noise(len(rows), G.latent_dim, seed)
    z = torch.as_tensor(z, dtype=torch.float32)
    if z.shape != (len(rows), G.latent_dim):
        raise ConfigError(
            f"z must have shape {(len(rows), G.latent_dim)}, a row for each image asked for; "
            f"got {tuple(z.shape)}."
        )
    where = next((p for p in G.parameters()), torch.empty(0)).device
    out = _blank((len(rows), *G.image_shape), where)

    def paint(start: int, count: int) -> None:
        part = slice(start, start + count)
        out[part] = G(z[part].to(where), rows[part].to(where))

    drawn = 0
    with drawing(G):
        if where.type == "cpu" and min(batch_size, len(rows)) > FIRST:
            each = max(1, _largest_map(G, lambda: paint(0, FIRST)) // FIRST)
            drawn, batch_size = FIRST, min(batch_size, max(FIRST, ROOM // each))
        for start in range(drawn, len(rows), batch_size):
            paint(start, batch_size)
    return out


def _blank(shape: tuple[int, ...], where: torch.device) -> Tensor:
    """Room for float32 images.

    NumPy asks the system for its large pages, which take a quarter of the time to fill.
    """
    if where.type != "cpu":
        return torch.empty(shape, device=where)
    return torch.from_numpy(np.empty(shape, np.float32))


def _largest_map(G: Generator, run: Callable[[], None]) -> int:
    """Bytes of the largest tensor that one of the modules of `G` gives while `run` calls it."""
    largest = 0

    def weigh(module: nn.Module, given: Any, made: Any) -> None:
        nonlocal largest
        if isinstance(made, Tensor):
            largest = max(largest, made.nbytes)

    hooks = [module.register_forward_hook(weigh) for module in G.modules()]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return largest


def plot(G: Generator, labels: Any, n: int, *, seed: int | None) -> Figure:
    """A matplotlib figure with a row of `n` images for each label."""
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingExtraError("plot_images", "matplotlib", "plot") from None
    counted = isinstance(labels, Mapping)
    columns = max(1, _count(n))
    rows = requested(G.classes, labels, None if counted else n)
    warn_of_unseen(G, rows, stacklevel=4)
    images = draw(G, rows, seed=seed).cpu()
    named = torch.unique_consecutive(rows, dim=0)
    if counted or len(named) <= 1:  # a square rather than a single long row
        columns = max(1, math.ceil(len(images) ** 0.5))
    lines = max(1, -(-len(images) // columns))
    figure, axes = plt.subplots(
        lines, columns, squeeze=False, figsize=(1.2 * columns, 1.2 * lines + 0.4)
    )
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, image in zip(axes.flat, images, strict=False):
        axis.imshow(picture(image), cmap="gray", vmin=0, vmax=255)
    figure.suptitle(_title(G.classes, named))
    return figure


def _title(condition: Condition, rows: Tensor) -> str:
    if isinstance(condition, Classes):
        return listed(condition.labels[row] for row in rows.tolist())
    return listed(rows.tolist(), most=3)
