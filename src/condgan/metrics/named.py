"""Metrics by name: figures that a plugin, or a function of yours, adds to a report."""

from __future__ import annotations

import math
import numbers
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import torch
from torch import Tensor

from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ArgumentTypeError, ConfigError, PluginError
from condgan.metrics.sample import Sample, images_of
from condgan.modes import seeded
from condgan.plugins.registry import lookup

Metric: TypeAlias = Callable[[Sample, LabelledImages], float | Mapping[Label, float]]
"""`metric(sample, data)` of a generator and the real images: a number, or one for each label."""


class Both(NamedTuple):
    """A figure of generated images, and the same of real ones; NaN where there is none."""

    generated: float
    real: float


@dataclass(frozen=True)
class Measure:
    """What a metric found.

    Attributes:
        overall: its number, or the mean over classes if it gives one for each.
        classes: those of each class, by label; empty if it gives a single number.
    """

    overall: Both
    classes: dict[Label, Both] = field(default_factory=dict)


Metrics: TypeAlias = str | Metric | Iterable[str | Metric] | Mapping[str, Metric]
"""What a user may ask for: registered names, functions, or functions under names."""


def metrics_of(given: Metrics) -> dict[str, Metric]:
    """Metrics by what they are called: by their registered names, or as functions are.

    Raises:
        UnknownNameError: a name that no metric has.
        ArgumentTypeError: neither a name nor a function.
        ConfigError: two of one name.

    Example:
        >>> list(metrics_of(["within-class-spread"]))
        ['within-class-spread']
    """
    if isinstance(given, Mapping):
        pairs: list[tuple[str, Any]] = list(given.items())
    else:
        several = (given,) if isinstance(given, str) or callable(given) else given
        pairs = [(_name(one), one) for one in several]
    found: dict[str, Metric] = {}
    for name, one in pairs:
        metric = lookup("metric", one) if isinstance(one, str) else one
        if not callable(metric):
            raise ArgumentTypeError(
                f"a metric is a name or a function metric(sample, data); got {one!r}."
            )
        if name in found:
            raise ConfigError(
                f"two metrics are called {name!r}; give each once, or a dict from name to function."
            )
        found[name] = metric
    return found


def _name(metric: Any) -> str:
    return metric if isinstance(metric, str) else getattr(metric, "__name__", type(metric).__name__)


def measured(
    name: str,
    metric: Metric,
    sample: Sample,
    training: LabelledImages,
    held_out: LabelledImages,
    seed: int,
) -> Measure:
    """What a metric says of a generator, and of real images that are held out.

    Raises:
        PluginError: it gives something else than numbers.
    """

    def found(side: Sample) -> dict[Label | None, float]:
        with seeded(seed):
            given = metric(side, training)
        return figures_of(f"metric {name!r}", given, training.counts())

    generated = found(lambda labels: images_of(sample, labels))
    whole = all(held_out.counts().values())
    real = found(repeated(held_out)) if whole else {}

    def both(label: Label | None) -> Both:
        return Both(generated.get(label, math.nan), real.get(label, math.nan))

    if None in generated:
        return Measure(both(None))
    classes = {label: both(label) for label in training.counts() if label in generated}
    return Measure(Both(*map(_mean, zip(*classes.values(), strict=True))), classes)


def figures_of(what: str, found: Any, labels: Collection[Label]) -> dict[Label | None, float]:
    """What a metric gave, as numbers by label; by None if it is a single one.

    Args:
        what: what to call the metric.

    Raises:
        PluginError: it is something else, or about a class that there is not.
    """
    figures = found if isinstance(found, Mapping) else {None: found}
    for label, value in figures.items():
        if not isinstance(value, numbers.Real):
            raise PluginError(
                f"{what}: a metric is a number, or a dict from label to number; it gave "
                f"{found!r}. A tensor of one value becomes a number by float(...)."
            )
        if isinstance(found, Mapping) and label not in labels:
            raise PluginError(
                f"{what}: it gives a figure for {label!r}, which is no class of the data."
            )
    if not figures:
        raise PluginError(f"{what}: it gives no figure at all.")
    return {label: float(value) for label, value in figures.items()}


def repeated(real: LabelledImages) -> Sample:
    """Real images as a generator gives its own: one after another, and then the first again."""
    images: dict[Label, Tensor] = {}

    def sample(labels: list[Label]) -> Tensor:
        given: Counter[Label] = Counter()
        picked = []
        for label in labels:
            if label not in images:
                images[label] = real.of(label)
            of = images[label]
            picked.append(of[given[label] % len(of)])
            given[label] += 1
        return torch.stack(picked)

    return sample


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan
