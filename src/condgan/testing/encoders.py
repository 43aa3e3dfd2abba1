"""`check_encoder`: what a label encoder must hold."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from condgan.classes import Classes
from condgan.conditions import Attributes, Condition, Quantities
from condgan.modes import evaluating, seeded
from condgan.networks.labels import make_encoder
from condgan.testing.faults import (
    check_devices,
    check_gradients,
    check_pickle,
    check_same,
    check_saved,
    fault,
    faults_of,
    global_streams_untouched,
    named,
)

CONDITIONS: dict[type, Condition] = {
    Classes: Classes(["cat", "dog", "owl"]),
    Attributes: Attributes(["hat", "smile", "beard"]),
    Quantities: Quantities(["age", "angle"], ranges=[(0, 100), (-90, 90)]),
}
"""What an encoder is tried on, by what it says that it reads."""


def check_encoder(encoder: Any, condition: Condition | None = None) -> None:
    """Whether a label encoder tells labels apart, learns, moves, and can be saved.

    Args:
        encoder: a registered name, or the class.
        condition: what to make it for; a small one of the kind it reads if left out.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> from condgan.testing import check_encoder
        >>> check_encoder("embedding")
    """
    what, encoder = named("label encoder", encoder)
    with faults_of(what), seeded(0):
        reads = getattr(encoder, "condition", None)
        if reads not in CONDITIONS:
            raise fault(
                what,
                "an encoder class has an attribute `condition`, the kind it reads: "
                f"condgan.Classes, Attributes or Quantities; this one's is {reads!r}.",
            )
        condition = CONDITIONS[reads] if condition is None else condition
        check_pickle(what, encoder)
        with global_streams_untouched(what):
            module, other = encoder(condition), encoder(condition)
            if not isinstance(module, nn.Module):
                raise fault(what, f"encoder(condition) is a torch module; it gave {module!r}.")
            _check_module(what, module, other, condition)


def _check_module(what: str, module: nn.Module, other: nn.Module, condition: Condition) -> None:
    _, _, width = make_encoder(condition, module)  # refuses what gives no float rows (N, size)
    if getattr(module, "size", width) != width:
        raise fault(what, f"its attribute `size` is {module.size}, but its rows have {width}.")
    labels = _labels_of(condition)

    def rows(encoder: nn.Module, some: Tensor = labels) -> Tensor:
        with evaluating(encoder):
            found: Tensor = encoder(some)
        return found

    for i, label in enumerate(labels):
        check_same(
            what,
            rows(module, label[None]),
            rows(module)[i : i + 1],
            "a label's row changes with the rest of the batch. (Its width and values come from the "
            "condition, never from the labels that a batch happens to hold.)",
        )
    same = [
        (i, j) for j in range(len(labels)) for i in range(j)
        if torch.equal(rows(module)[i], rows(module)[j])
    ]  # fmt: skip
    if same:
        first, second = (labels[index].tolist() for index in same[0])
        raise fault(what, f"the labels {first} and {second} get the same row.")
    check_saved(what, module, other, rows)
    if any(p.requires_grad for p in module.parameters()):
        check_gradients(what, module, module(labels).square().sum())
    check_pickle(what, module)
    check_devices(what, module, labels)


def _labels_of(condition: Condition) -> Tensor:
    """Canonical labels that differ from each other."""
    if isinstance(condition, Classes):
        return torch.arange(condition.size)
    if isinstance(condition, Attributes):
        return torch.cat([torch.zeros(1, condition.size), torch.eye(condition.size)])
    low, high = torch.tensor(condition.ranges or [(-1.0, 1.0)] * condition.size).T
    return torch.stack([low, (low + high) / 2, high])
