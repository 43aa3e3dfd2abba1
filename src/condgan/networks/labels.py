"""Label encoders: modules that turn canonical labels into vectors a network can join.

An encoder class names the kind of condition it reads (`condition`), is made from one
(`encoder(condition)`), and has a `size`, the width of its vectors. A user's own `nn.Module` from
labels to `(N, size)` serves as well.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from condgan.classes import Classes
from condgan.conditions import Attributes, Condition, Quantities, as_condition
from condgan.errors import ArgumentTypeError, ConfigError, DataError, PluginError
from condgan.modes import evaluating, in_mode
from condgan.plugins.registry import lookup


class OneHot(nn.Module):
    """Class ids int64 `(N,)` to one-hot rows float32 `(N, K)`.

    The width is the number of classes, whatever labels a batch happens to hold.
    """

    condition: ClassVar[type] = Classes

    def __init__(self, condition: Classes) -> None:
        super().__init__()
        self.size = condition.size

    def forward(self, labels: Tensor) -> Tensor:
        # Not len(labels), which is a fixed number to a tracer.
        rows = torch.zeros(labels.shape[0], self.size, device=labels.device)
        return rows.scatter_(1, labels.unsqueeze(1), 1.0)

    def extra_repr(self) -> str:
        return str(self.size)


class Embedding(nn.Module):
    """Class ids int64 `(N,)` to learnt vectors float32 `(N, size)`.

    Better than one-hot when there are many classes: its width does not grow with their number.
    """

    condition: ClassVar[type] = Classes

    def __init__(self, condition: Classes, size: int = 32) -> None:
        super().__init__()
        self.size = size
        self.vectors = nn.Embedding(condition.size, size)

    def forward(self, labels: Tensor) -> Tensor:
        vectors: Tensor = self.vectors(labels)
        return vectors


class MultiHot(nn.Module):
    """Attributes float32 `(N, size)` of zeros and ones, joined as they are."""

    condition: ClassVar[type] = Attributes

    def __init__(self, condition: Attributes) -> None:
        super().__init__()
        self.size = condition.size

    def forward(self, labels: Tensor) -> Tensor:
        return labels


class Continuous(nn.Module):
    """Quantities float32 `(N, size)` to `1 + BUMPS` numbers for each.

    The first is the quantity itself, mapped from its range, if it has one, to [-1, 1]. The others
    say how near that is to each of `BUMPS` values spread evenly over [-1, 1]: Gaussian bumps as
    wide as they are apart (radial basis functions: Broomhead and Lowe, 1988). A discriminator is
    linear in what it is given of the label, and of the number alone it could only learn that more
    is better or worse.
    """

    BUMPS = 8

    condition: ClassVar[type] = Quantities
    centre: Tensor
    radius: Tensor
    places: Tensor

    def __init__(self, condition: Quantities) -> None:
        super().__init__()
        self.size = (1 + self.BUMPS) * condition.size
        ranges = torch.tensor(condition.ranges or [(-1.0, 1.0)] * condition.size)
        # Not saved with the weights: the condition itself is, in the configuration.
        self.register_buffer("centre", ranges.mean(dim=1), persistent=False)
        self.register_buffer("radius", (ranges[:, 1] - ranges[:, 0]) / 2, persistent=False)
        self.register_buffer("places", torch.linspace(-1, 1, self.BUMPS), persistent=False)

    def forward(self, labels: Tensor) -> Tensor:
        mapped = (labels - self.centre) / self.radius
        apart = 2 / (self.BUMPS - 1)
        bumps = torch.exp(-0.5 * ((mapped[:, :, None] - self.places) / apart).square())
        return torch.cat([mapped, bumps.flatten(1)], dim=1)


DEFAULT_ENCODERS: dict[type, str] = {
    Classes: "onehot",
    Attributes: "multihot",
    Quantities: "continuous",
}


def default_encoder(classes: Any) -> str:
    """The usual encoder of a condition, or of what becomes classes."""
    return DEFAULT_ENCODERS.get(type(classes), "onehot")


def make_encoder(
    classes: Condition | int | Iterable[Any], encoder: str | nn.Module
) -> tuple[Condition, nn.Module, int]:
    """The condition, the encoder of it, and the encoder's width.

    Args:
        classes: a condition, or what makes one: a number or a list of labels.
        encoder: a registered name, or a module.

    Raises:
        ConfigError: the encoder reads another kind of condition, or computes with weights that
            are not among its parameters.
        ArgumentTypeError: the encoder is neither a name nor a module.
        DataError: a module does not turn labels into rows of numbers.
    """
    given = classes if isinstance(classes, Condition) else None
    if isinstance(encoder, nn.Module):
        condition = as_condition(classes)
        return condition, encoder, _width(encoder, condition)
    if not isinstance(encoder, str):
        raise ArgumentTypeError(
            f"encoder must be a name or a torch module; got {type(encoder).__name__}. "
            "A class must be called first: encoder=MyEncoder(...)."
        )
    factory = lookup("label encoder", encoder)
    if not isinstance(getattr(factory, "condition", None), type):
        raise PluginError(
            f"encoder {encoder!r} does not say what it reads: give its class an attribute "
            "`condition`, such as Classes."
        )
    condition = given if given is not None else factory.condition(classes)
    if not isinstance(condition, factory.condition):
        raise ConfigError(
            f"encoder {encoder!r} reads {factory.condition.__name__}; got {condition!r}. "
            f"For these use encoder={DEFAULT_ENCODERS[type(condition)]!r}."
        )
    module: nn.Module = factory(condition)
    return condition, module, _width(module, condition)


def _width(encoder: nn.Module, condition: Condition) -> int:
    """How wide an encoder's vectors are, seen by encoding the first and the last label."""
    held = itertools.chain(encoder.parameters(), encoder.buffers())
    where = next((tensor.device for tensor in held), torch.get_default_device())
    labels = torch.zeros(2, condition.size, device=where)
    if isinstance(condition, Classes):
        labels = torch.tensor([0, condition.size - 1], device=where)
    shape = tuple(labels.shape)
    try:
        with evaluating(encoder):
            vectors = encoder(labels)
    except Exception as error:
        raise DataError(
            f"{type(encoder).__name__} cannot encode {condition!r}, given as "
            f"{labels.dtype} {labels.tolist()}: {type(error).__name__}: {error}"
        ) from error
    if vectors.ndim != 2 or len(vectors) != 2 or not vectors.is_floating_point():
        raise DataError(
            f"a label encoder turns labels of shape {shape} into float rows (2, size); "
            f"{type(encoder).__name__} gave {vectors.dtype} {tuple(vectors.shape)}."
        )
    _refuse_hidden_weights(encoder, labels)
    return int(vectors.shape[1])


def _refuse_hidden_weights(encoder: nn.Module, labels: Tensor) -> None:
    """Whether the vectors depend on weights that torch does not know to be the encoder's.

    Modules in a plain list, say: they would be neither trained, nor moved, nor saved.
    """
    with in_mode(False, encoder), torch.enable_grad():
        graph = [encoder(labels).grad_fn]
    own, seen, hidden = {id(p) for p in encoder.parameters()}, set(), 0
    while graph:
        node = graph.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        hidden += hasattr(node, "variable") and id(node.variable) not in own
        graph += [before for before, _ in node.next_functions]
    if hidden:
        raise ConfigError(
            f"{type(encoder).__name__} computes with {hidden} weights that are not among its "
            "parameters, so that they would be neither trained nor saved. Keep them as attributes: "
            "modules in an nn.ModuleList instead of a list, tensors as nn.Parameter."
        )
