"""Finds plugins and resolves names.

Nothing is searched for until a name is first looked up: `import condgan` scans nothing. The
library's own names come in as the first plugin, through the same hooks as everybody else's; it is
named by a string here, because it imports every room and this file is below them all.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pluggy

from condgan.errors import ArgumentTypeError, PluginError, UnknownNameError, did_you_mean
from condgan.plugins import hookspecs

BUILTINS = "condgan.plugins.builtins"

KINDS = {
    "architecture": "condgan_architectures",
    "label encoder": "condgan_label_encoders",
    "loss": "condgan_losses",
    "algorithm": "condgan_algorithms",
    "data set": "condgan_datasets",
    "callback": "condgan_callbacks",
    "metric": "condgan_metrics",
}
"""What can be named, and the hook that names it."""


@dataclass
class Registry:
    """The plugins of one process. The library uses a single one, `registry()`."""

    manager: pluggy.PluginManager
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def register(self, plugin: object, name: str | None = None) -> None:
        """Adds a plugin: a module or object with `@hookimpl` functions. Twice is once.

        Raises:
            PluginError: a hook that does not exist, or one with arguments it cannot get.
        """
        if isinstance(plugin, type):
            raise PluginError(f"register a module or an object, not a class: {plugin.__name__}().")
        if plugin is None:
            raise PluginError("register a module or an object with @condgan.hookimpl functions.")
        if self.manager.is_registered(plugin):
            return
        if name is None:
            name = getattr(plugin, "__name__", None) or f"a {type(plugin).__qualname__}"
            if self.manager.has_plugin(name):
                name = f"{name} at {id(plugin):#x}"
        try:
            title = self.manager.register(plugin, name)
            self.manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:
            if self.manager.is_registered(plugin):
                self.manager.unregister(plugin)
            raise PluginError(f"plugin {name or plugin!r} cannot be registered: {error}") from error
        if not self.manager.get_hookcallers(plugin):
            self.manager.unregister(plugin)
            raise PluginError(
                f"{name} has no hook: mark its functions with @condgan.hookimpl. Hooks: "
                f"{', '.join(KINDS.values())}."
            )
        self._known.clear()
        try:
            for kind in KINDS:
                self.known(kind)
        except Exception:
            self.manager.unregister(name=title)
            self._known.clear()
            raise

    def known(self, kind: str) -> Mapping[str, Any]:
        """Everything of one kind, by name.

        Raises:
            PluginError: two plugins claim one name, or a hook returns no mapping.
        """
        if kind not in self._known:
            found: dict[str, Any] = {}
            owners: dict[str, str] = {}
            for implementation in getattr(self.manager.hook, KINDS[kind]).get_hookimpls():
                named = implementation.function()
                if not isinstance(named, Mapping):
                    raise PluginError(
                        f"{KINDS[kind]} of {implementation.plugin_name} must return a mapping "
                        f"from name to {kind}; it returned {named!r}."
                    )
                for name, thing in named.items():
                    if name in found:
                        raise PluginError(
                            f"{kind} {name!r} has two owners, {owners[name]} and "
                            f"{implementation.plugin_name}; uninstall or rename one of them."
                        )
                    found[name] = thing
                    owners[name] = implementation.plugin_name
            self._known[kind] = dict(sorted(found.items()))
        return self._known[kind]

    def lookup(self, kind: str, name: str) -> Any:
        """What `name` stands for.

        Raises:
            UnknownNameError: nothing of this kind has that name; the message lists what has.
            ArgumentTypeError: the name is no text.
        """
        if not isinstance(name, str):
            raise ArgumentTypeError(f"a {kind} is called by a name; got {name!r}.")
        known = self.known(kind)
        if name not in known:
            raise UnknownNameError(
                f"no {kind} is called {name!r}{did_you_mean(name, known)} "
                f"Known: {', '.join(known) or 'none'}."
            )
        return known[name]

    def load_installed(self) -> None:
        """Loads each installed plugin in its own `try`: a broken one costs only its own names."""
        for entry in importlib.metadata.entry_points(group=hookspecs.PROJECT):
            distribution = entry.dist.name if entry.dist else "an unknown distribution"
            try:
                self.register(entry.load(), name=f"{distribution}:{entry.name}")
            except Exception as error:
                warnings.warn(
                    f"the condgan plugin {entry.name!r} of {distribution} was left out: "
                    f"{type(error).__name__}: {error}",
                    stacklevel=2,
                )


@cache
def registry() -> Registry:
    """The process's registry, filled when first asked for."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    made = Registry(manager)
    made.register(importlib.import_module(BUILTINS), name="condgan")
    made.load_installed()
    return made


def lookup(kind: str, name: str) -> Any:
    """What `name` stands for among everything of `kind` (a key of `KINDS`)."""
    return registry().lookup(kind, name)


def known(kind: str) -> Mapping[str, Any]:
    """Everything of one kind, by name."""
    return registry().known(kind)


def register(plugin: object) -> None:
    """Adds a plugin by hand, as in a notebook; an installed one is found without this."""
    registry().register(plugin)
