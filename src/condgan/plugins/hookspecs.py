"""The hooks through which a plugin adds names.

Each takes no argument and returns a mapping from name to the thing that is named. Adding a name
never changes a run that does not ask for it. Arguments may be added to a hook, which need not take
them; what is to go warns for two minor releases.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pluggy

PROJECT = "condgan"
"""The pluggy project name, and the entry-point group that plugins are found in."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def condgan_architectures() -> Mapping[str, Any]:
    """Name to `Architecture`: the backbones of a generator and a discriminator."""
    return {}


@hookspec
def condgan_label_encoders() -> Mapping[str, Callable[..., Any]]:
    """Name to encoder class: `encoder(condition)` is a module from labels to vectors.

    The class has an attribute `condition`: the kind it reads, such as `condgan.Classes`.
    """
    return {}


@hookspec
def condgan_losses() -> Mapping[str, Callable[..., Any]]:
    """Name to a factory without arguments of a loss: a value that scores a `Turn`."""
    return {}


@hookspec
def condgan_algorithms() -> Mapping[str, Callable[..., Any]]:
    """Name to a factory without arguments of an algorithm, or of a `Preset` that holds one."""
    return {}


@hookspec
def condgan_datasets() -> Mapping[str, Callable[..., Any]]:
    """Name to a factory of `LabelledImages`; `load_data(name, **options)` passes options on."""
    return {}


@hookspec
def condgan_callbacks() -> Mapping[str, Callable[..., Any]]:
    """Name to a factory without arguments of a callback."""
    return {}


@hookspec
def condgan_metrics() -> Mapping[str, Callable[..., Any]]:
    """Name to a function `metric(sample, data)` of generated images and real ones.

    `sample(labels)` gives an image for each label, `data` is a `LabelledImages`; what comes is a
    number, or a mapping from label to number.
    """
    return {}
