"""`check_plugin`: everything that a plugin adds, each by the check of its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from condgan.errors import CondganError, PluginError, did_you_mean
from condgan.plugins import registry
from condgan.plugins.plugin import CHOICE, called, plain
from condgan.testing.algorithms import check_algorithm
from condgan.testing.architectures import check_architecture
from condgan.testing.callbacks import check_callback
from condgan.testing.datasets import check_dataset
from condgan.testing.encoders import check_encoder
from condgan.testing.losses import check_loss
from condgan.testing.metrics import check_metric

CHECKS: dict[str, Callable[[Any], None]] = {
    "architecture": check_architecture,
    "label encoder": check_encoder,
    "loss": check_loss,
    "algorithm": check_algorithm,
    "data set": check_dataset,
    "callback": check_callback,
    "metric": check_metric,
}
"""The check of each kind."""


class Checked(NamedTuple):
    """What came of the check of one thing.

    Attributes:
        kind, name: what it is, and is called.
        fault: what is wrong with it, or None.
        skipped: why it could not be checked here, or None.
    """

    kind: str
    name: str
    fault: str | None = None
    skipped: str | None = None


def check_plugin(plugin: Any) -> None:
    """Whether a plugin can be registered, and everything that it adds passes its check.

    Data sets that need arguments or are not on this machine, and what needs a package that is not
    installed, are passed over: check these as they are used, with `check_dataset` and its like.

    Args:
        plugin: the name of an installed distribution or of its entry point, or a module or object
            with hooks.

    Raises:
        PluginError: all that is wrong, a line for each thing.

    Example:
        >>> import condgan
        >>> from condgan.testing import check_plugin
        >>> class Mine:
        ...     @condgan.hookimpl
        ...     def condgan_losses(self):
        ...         return {"gentle": condgan.LeastSquares}
        >>> check_plugin(Mine())
    """
    faults = [checked.fault for checked in checks(plugin) if checked.fault is not None]
    if faults:
        raise PluginError("\n".join(faults))


def checks(plugin: Any) -> Iterator[Checked]:
    """What came of each check, one after another.

    Raises:
        PluginError: the plugin cannot be loaded or registered, does not exist, or adds nothing.
    """
    for kind, name, thing in _things(plugin):
        try:
            CHECKS[kind](thing)
        except PluginError as error:
            yield Checked(kind, name, fault=str(error))
        except CondganError as error:
            yield Checked(kind, name, skipped=str(error))
        else:
            yield Checked(kind, name)


def _things(plugin: Any) -> list[tuple[str, str, Any]]:
    """Kind, name and thing of all that a plugin adds; of an installed one, by their names."""
    if not isinstance(plugin, str):
        alone = registry.Registry()
        alone.register(plugin)
        return [
            (kind, name, alone.lookup(kind, name))
            for about in alone.found()
            for kind, names in about.adds.items()
            for name in names
        ]
    found = [about for about in registry.found() if plain(plugin) in called(about) - {""}]
    if not found:
        # Once each: a distribution may have several entry points.
        there = dict.fromkeys(about.distribution or "" for about in registry.found())
        raise PluginError(
            f"no plugin is installed that is called {plugin!r}{did_you_mean(plugin, there)} "
            f"Installed: {', '.join(filter(None, there))}."
        )
    problems = [problem for about in found for problem in about.problems]
    if problems:
        raise PluginError("\n".join(f"{plugin}: {problem}" for problem in problems))
    if not all(about.chosen for about in found):
        raise PluginError(f"{plugin} was not loaded: the variable {CHOICE} does not name it.")
    things = [
        (kind, name, name)
        for about in found
        for kind, names in about.adds.items()
        for name in names
    ]
    if not things:
        raise PluginError(f"{plugin} adds nothing: its hooks give no names.")
    return things
