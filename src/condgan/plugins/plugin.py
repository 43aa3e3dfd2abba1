"""What is known of a plugin, and what the environment says of plugins."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, PackageNotFoundError, version

from condgan.errors import PluginError, did_you_mean, listed

OWN = "condgan"
"""The distribution of the library itself, whose names stay its own."""

CHOICE = "CONDGAN_PLUGINS"
"""Names of the distributions or entry points to load, separated by commas; all if it is not set."""

STRICT = "CONDGAN_STRICT_PLUGINS"
"""Set to 1, what is wrong with an installed plugin is an error and no warning."""


@dataclass(frozen=True)
class Plugin:
    """What is known of one plugin.

    Attributes:
        distribution: what pip calls the package that brings it; None if it was added by hand.
        entry_point: what the plugin is called in it; by hand, the name of the module or object.
        version: of the distribution, where it is known.
        adds: the names that it brings, by kind.
        problems: what is wrong with it, a sentence each.
        chosen: whether it was to be loaded, as far as `CONDGAN_PLUGINS` says so.
    """

    distribution: str | None
    entry_point: str
    version: str | None = None
    adds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    chosen: bool = True

    @property
    def title(self) -> str:
        """What no other plugin is called."""
        if self.distribution in (None, OWN):
            return self.entry_point
        return f"{self.distribution}:{self.entry_point}"

    @property
    def owner(self) -> str:
        """What to call it in a message on who owns a name."""
        return self.distribution or f"{self.entry_point} (added by hand)"


def plain(name: str) -> str:
    """A distribution's name as it compares with others: `My_Plugin` is `my-plugin`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def described(entry: EntryPoint) -> Plugin:
    """What an entry point says of itself, before it is loaded."""
    if entry.dist is None:
        return Plugin("an unknown distribution", entry.name)
    return Plugin(entry.dist.name, entry.name, entry.dist.version)


def own_version() -> str | None:
    """That of the library itself, unless it is used without being installed."""
    try:
        return version(OWN)
    except PackageNotFoundError:
        return None


def called(plugin: Plugin) -> set[str]:
    """What a plugin may be chosen by: the name of its distribution or of its entry point."""
    return {plain(plugin.distribution or ""), plain(plugin.entry_point)}


def chosen_names(installed: Iterable[Plugin]) -> set[str] | None:
    """The names that are to be loaded; None for all.

    Warns:
        UserWarning: of a name that nothing is called.
    """
    if CHOICE not in os.environ:
        return None
    asked = [name.strip() for name in os.environ[CHOICE].split(",") if name.strip()]
    there = sorted({name for plugin in installed for name in called(plugin)})
    for name in asked:
        if plain(name) not in there:
            tell(
                f"{CHOICE} names {name!r}, and no plugin that is installed is called so"
                f"{did_you_mean(name, there)} Installed: {listed(there) or 'none'}."
            )
    return {plain(name) for name in asked}


def tell(message: str, cause: BaseException | None = None) -> None:
    """Warns, or raises a `PluginError` where plugins must be in order."""
    if os.environ.get(STRICT) == "1":
        raise PluginError(message) from cause
    warnings.warn(message, stacklevel=2)
