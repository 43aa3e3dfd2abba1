"""The same network for other classes: what was learnt of the old ones stays with their labels.

How far each tensor grows with the number of classes is seen by making the network with one class
more. The numbers of the classes are taken to be the last along that side, in the order of their
ids, as a one-hot row joined behind other numbers, an embedding, and a head with an output a class
all have it. Whether that is so is tried: with one class more, the network must do the same for the
old ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from condgan.arguments import seed_number
from condgan.classes import Classes, Label
from condgan.errors import ConfigError, listed
from condgan.modes import evaluating

Network = TypeVar("Network", bound=nn.Module)

NOISE = 0.1
"""How far new classes lie from the mean of the old ones, in standard deviations of these."""

SEEN = 8
"""Old classes that the trial looks at."""

TOLERANCE = 1e-3
"""Difference that rounding may make in the trial, of the largest number."""


def with_classes(
    network: Network, classes: Classes | int | Iterable[Label], *, seed: int | None
) -> Network:
    """See `Conditional.with_classes`."""
    old: Any = network
    wanted = classes if isinstance(classes, Classes) else Classes(classes)
    ids = _old_ids(old, wanted)
    stream = torch.Generator()
    stream.manual_seed(stream.seed() if seed is None else seed_number(seed))
    labels = tuple(old.classes)
    other = next(x for x in itertools.chain(wanted, itertools.count()) if x not in old.classes)
    larger = old.remade(Classes([*labels, other]), seed=0)
    try:
        growth = _growth(old, larger)
        _fill(larger, old, growth, [*range(len(labels)), None], stream)
        alike = _same(old, larger)
    except (ValueError, RuntimeError):
        alike = False
    if not alike:
        raise ConfigError(
            f"the weights of architecture {old.settings['architecture'] or old.architecture!r} do "
            "not say which of them belong to which class, so that no class can be added; make a "
            "new network."
        )
    new: Any = old.remade(wanted, seed=0)
    _fill(new, old, growth, ids, stream)
    new.train(old.training)
    if getattr(old, "unseen", None) is not None:
        seen = set(labels) - set(old.unseen)
        new.unseen = tuple(label for label in wanted if label not in seen)
    made: Network = new
    return made


def _old_ids(old: Any, wanted: Classes) -> list[int | None]:
    """The id that each class has in the old network, if it has one; what cannot be is refused."""
    if not isinstance(old.classes, Classes):
        raise ConfigError(f"only a network of classes can get others; this has {old.classes!r}.")
    if old.settings["encoder"] is None:
        raise ConfigError(
            "this network has an encoder of your own, which alone knows how another class enters "
            "it: make a new network, with an encoder for the new classes."
        )
    ids = [old.classes.id(label) if label in old.classes else None for label in wanted]
    if set(ids) == {None}:
        raise ConfigError(
            f"none of the labels {listed(wanted)} is one of the network's, {listed(old.classes)}, "
            "so that nothing of it would be kept; make a new network."
        )
    return ids


def _growth(old: nn.Module, larger: nn.Module) -> dict[str, list[int]]:
    """How many numbers a class has along each side of each tensor.

    Raises:
        ValueError: the two have other tensors, or tensors with other sides.
    """
    before, after = old.state_dict(), larger.state_dict()
    if before.keys() != after.keys():
        raise ValueError
    return {
        name: [more - less for more, less in zip(after[name].shape, value.shape, strict=True)]
        for name, value in before.items()
    }


def _fill(
    new: Any,
    old: Any,
    growth: Mapping[str, list[int]],
    ids: Sequence[int | None],
    stream: torch.Generator,
) -> None:
    """Gives `new` the weights of `old`, for classes that had these ids there, or none."""
    before = old.state_dict()
    weights = {}
    for name, value in before.items():
        sides, shape = growth[name], value.shape
        noise: float | None = NOISE
        # The singular vectors of a normalised weight: nothing of what is new enters its norm,
        # or the old classes would be scaled anew.
        weight = f"{name[: -len('0._u')]}original"
        if name.endswith(("0._u", "0._v")) and any(growth.get(weight, ())):
            part = slice(1) if name.endswith("_u") else slice(1, None)
            sides, shape, noise = growth[weight][part], before[weight].shape[part], None
        spread = value.reshape(shape)
        for side, numbers in enumerate(sides):
            if numbers:
                spread = _along(spread, side, numbers, len(old.classes), ids, noise, stream)
        weights[name] = spread.reshape(-1) if noise is None else spread
    new.to(old.condition_strength)
    new.load_state_dict(weights)


def _along(
    value: Tensor,
    side: int,
    numbers: int,
    classes: int,
    ids: Sequence[int | None],
    noise: float | None,
    stream: torch.Generator,
) -> Tensor:
    """`value` with the numbers of other classes along a side, which come last, class by class.

    Where a class has several, as in a head with an output for real and one for fake images of it,
    the first of all classes come first. A class without an id starts near the mean; without
    `noise`, from zero.
    """
    shared = value.shape[side] - numbers * classes
    blocks = [value.narrow(side, 0, shared)]
    for number in range(numbers):
        block = value.narrow(side, shared + number * classes, classes)
        mean = block.mean(side, keepdim=True)
        std = block.std(side, correction=0, keepdim=True)
        for id in ids:
            if id is not None:
                blocks.append(block.narrow(side, id, 1))
            elif noise is None:
                blocks.append(torch.zeros_like(mean))
            else:
                drawn = torch.randn(mean.shape, generator=stream)
                blocks.append(mean + noise * std * drawn.to(mean))
    return torch.cat(blocks, side)


def _same(old: Any, larger: Any) -> bool:
    """Whether both do the same for the classes of `old`."""
    classes = len(old.classes)
    rows = torch.arange(min(classes, SEEN))
    stream = torch.Generator().manual_seed(0)
    each = (old.latent_dim,) if old.role == "generator" else old.image_shape
    given = torch.randn(len(rows), *each, generator=stream).clamp(-1, 1)
    where = old.condition_strength
    with evaluating(old, larger):
        before, after = (
            network(given.to(where), rows.to(where.device)) for network in (old, larger)
        )
    if isinstance(before, Tensor):
        before, after = (before,), (after,)
    for one, other in zip(before, after, strict=True):
        if one.ndim == 2:  # a number a class
            one, other = one[:, :classes], other[:, :classes]
        if not (one - other).abs().max() <= TOLERANCE * one.abs().max():
            return False
    return True
