"""`check_dataset`: what a data set by name must hold."""

from __future__ import annotations

from typing import Any

import torch

from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.data.readers.datasets import read_dataset
from condgan.errors import CondganError, ConfigError
from condgan.testing.faults import (
    check_pickle,
    fault,
    faults_of,
    global_streams_untouched,
    named,
    needed,
)


def check_dataset(dataset: Any) -> None:
    """Whether a data set is the same each time, in [-1, 1], and can be sent to a worker.

    Args:
        dataset: a registered name, a factory without arguments, or labelled images.

    Raises:
        PluginError: the first fault that was found, and what to do about it.
        ConfigError: the factory needs arguments. Check it as it is used:
            `check_dataset(lambda: load_data("name", path="file.csv"))`.
        DataError: the data set is not on this machine.

    Example:
        >>> from condgan.testing import check_dataset
        >>> check_dataset("digits")
    """
    what, dataset = named("data set", dataset)
    factory = dataset if callable(dataset) else lambda: dataset
    if needs := needed(factory):
        raise ConfigError(
            f"{what} needs {', '.join(needs)}; check it as it is used: "
            f"check_dataset(lambda: load_data(..., {needs[0]}=...))."
        )
    if dataset is factory and getattr(factory, "__name__", "") != "<lambda>":
        check_pickle(what, factory)
    with global_streams_untouched(what, torch_too=True):
        given = [_made(what, factory) for _ in range(2)]
    with faults_of(what):
        first, second = (read_dataset(part) for part in given)
        if first is not second and not (
            torch.equal(first.images, second.images) and torch.equal(first.labels, second.labels)
        ):
            raise fault(
                what,
                "made twice, it differs: the same name must mean the same images in the same "
                "order. What is drawn needs a seed, as an argument with a default.",
            )
        _check_contents(what, first)
        check_pickle(what, first)


def _made(what: str, factory: Any) -> Any:
    """What it makes; that it is not on this machine is no fault."""
    try:
        return factory()
    except CondganError:
        raise
    except Exception as error:
        raise fault(what, f"it fails with {type(error).__name__}: {error}") from error


def _check_contents(what: str, data: LabelledImages) -> None:
    images = data.floats()
    low, high = (float(bound) for bound in torch.aminmax(images))
    if low >= 0 and high > 0:
        raise fault(
            what,
            f"its images lie in [{low:g}, {high:g}]. Generators draw in [-1, 1], and a "
            "discriminator would tell the two apart by brightness alone: write images * 2 - 1, or "
            "give bytes.",
        )
    if low == high:
        raise fault(what, f"all its pixels are {low:g}.")
    if isinstance(data.classes, Classes) and len(data.classes) > 1:
        there = [label for label, count in data.counts().items() if count]
        if len(there) == 1:
            raise fault(what, f"all its images are of the class {there[0]!r}; is it cut short?")
