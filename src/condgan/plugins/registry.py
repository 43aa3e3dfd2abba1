"""Finds plugins and resolves names.

`import condgan` scans nothing. The library's own names come in at the first look-up, through the
same hooks as everybody else's, by a module that is named by a string here, because it imports
every room and this file is below them all. What is installed is searched when a name is asked for
that is not among these: a run that asks for no other takes no time for it, and no harm from it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any, NamedTuple

import pluggy

from condgan.errors import (
    ArgumentTypeError,
    CondganError,
    PluginError,
    UnknownNameError,
    did_you_mean,
)
from condgan.plugins import hookspecs
from condgan.plugins.implementations import KINDS, check_hooks, names_of
from condgan.plugins.plugin import (
    CHOICE,
    OWN,
    Plugin,
    called,
    chosen_names,
    described,
    own_version,
    plain,
    tell,
)

BUILTINS = "condgan.plugins.builtins"


class Claim(NamedTuple):
    """A plugin, by its title, that gives something a name."""

    title: str
    thing: Any


class Registry:
    """The plugins of one process. The library uses a single one, `registry()`.

    Args:
        installed: gives the entry points to load, when they are first needed.
    """

    def __init__(self, installed: Callable[[], Iterable[EntryPoint]] = tuple) -> None:
        self.manager = pluggy.PluginManager(hookspecs.PROJECT)
        self.manager.add_hookspecs(hookspecs)
        self._installed = installed
        self._searched = False
        self._plugins: dict[str, Plugin] = {}
        self._claims: dict[tuple[str, str], list[Claim]] = {}

    # Adding

    def register(self, plugin: Any, name: str | None = None, *, override: bool = False) -> None:
        """Adds a plugin by hand: a module or object with `@hookimpl` functions. Twice is once.

        Args:
            plugin: what has the hooks.
            name: what to call it in messages.
            override: whether it takes names over from others that have them, and is read anew if
                it was registered before.

        Raises:
            PluginError: no hook, one that does not exist or asks for what it is not given, or a
                name that another plugin has. Nothing is added then.
        """
        self.search()
        if name is None:
            name = getattr(plugin, "__name__", None) or f"a {type(plugin).__name__}"
            if self.manager.has_plugin(name):
                name = f"{name} at {id(plugin):#x}"
        self._add(plugin, Plugin(None, name), override=override)

    def add_own(self, module: Any) -> None:
        """Adds the names of the library itself, which are there before anything is searched."""
        self._add(module, Plugin(OWN, OWN))

    def _add(self, plugin: Any, about: Plugin, *, override: bool = False) -> None:
        if self.manager.is_registered(plugin):
            if not override:
                return
            about = self._without(plugin)
        title = about.title
        check_hooks(self.manager, plugin, title)
        try:
            self.manager.register(plugin, title)
        except ValueError as error:
            raise PluginError(f"plugin {title!r} cannot be registered: {error}") from error
        try:
            found = names_of(self._implementations(plugin), title)
            if about.distribution is None and not override:
                self._refuse_taken(found, about)
        except BaseException:
            self.manager.unregister(plugin)
            raise
        if override:
            self._take_over(found)
        adds: dict[str, tuple[str, ...]] = {}
        for (kind, name), thing in found.items():
            adds[kind] = (*adds.get(kind, ()), name)
            self._claims.setdefault((kind, name), []).append(Claim(title, thing))
        self._plugins[title] = replace(about, adds=adds)

    def _without(self, plugin: Any) -> Plugin:
        """Forgets a plugin that is there, to read it anew: a module may have been reloaded.

        Raises:
            PluginError: what it has become cannot be registered. Nothing is forgotten then.
        """
        title = self.manager.get_name(plugin) or ""
        Registry().register(plugin, title)
        about = self._plugins[title]
        self._drop(title)
        return about

    def _drop(self, title: str) -> None:
        self.manager.unregister(name=title)
        del self._plugins[title]
        for claims in self._claims.values():
            claims[:] = [claim for claim in claims if claim.title != title]
        self._claims = {key: claims for key, claims in self._claims.items() if claims}

    def _take_over(self, names: Iterable[tuple[str, str]]) -> None:
        """Takes names from whoever has them; a plugin added by hand goes with its last one."""
        for key in names:
            for claim in self._claims.pop(key, []):
                loser = self._plugins[claim.title]
                left = {
                    kind: tuple(name for name in added if (kind, name) != key)
                    for kind, added in loser.adds.items()
                }
                left = {kind: added for kind, added in left.items() if added}
                self._plugins[claim.title] = replace(loser, adds=left)
                if loser.distribution is None and not left:
                    self._drop(claim.title)

    def _implementations(self, plugin: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
        for caller in self.manager.get_hookcallers(plugin) or ():
            if caller.has_spec():
                for implementation in caller.get_hookimpls():
                    if implementation.plugin is plugin:
                        yield caller.name, implementation.function

    def _refuse_taken(self, found: Iterable[tuple[str, str]], about: Plugin) -> None:
        for kind, name in found:
            for claim in self._claims.get((kind, name), ()):
                raise PluginError(
                    f"{kind} {name!r} has two owners, {self._plugins[claim.title].owner} and "
                    f"{about.owner}: rename it, or take the name over with "
                    "register(..., override=True)."
                )

    # Searching

    def search(self) -> None:
        """Loads what is installed, once, each plugin in its own `try`.

        Warns:
            UserWarning: of each plugin that is broken, and each name that two of them have.

        Raises:
            PluginError: instead, where `CONDGAN_STRICT_PLUGINS` is 1.
        """
        if self._searched:
            return
        self._searched = True  # now, since a plugin may look names up while it loads
        try:
            there = [(described(entry), entry) for entry in self._installed()]
            there.sort(key=lambda pair: (plain(pair[0].owner), pair[0].title))
            chosen = chosen_names(about for about, _ in there)
            for about, entry in there:
                if about.title in self._plugins:  # found twice, or loaded before a strict error
                    continue
                if chosen is None or chosen & called(about):
                    self._load(about, entry)
                else:
                    self._plugins[about.title] = replace(about, chosen=False)
            for said in self._clashes().values():
                tell(said)
        except BaseException:
            self._searched = False
            raise

    def _load(self, about: Plugin, entry: EntryPoint) -> None:
        try:
            plugin = entry.load()
            if self.manager.is_registered(plugin):
                said = f"the same plugin as {self.manager.get_name(plugin)}, which counts once"
                self._plugins[about.title] = replace(about, problems=(said,))
            self._add(plugin, about)
        except (Exception, SystemExit) as error:
            kind = "" if isinstance(error, CondganError) else f"{type(error).__name__}: "
            tell(
                f"the condgan plugin {about.entry_point!r} of {about.owner} was left out: "
                f"{kind}{error}",
                error,
            )
            self._plugins[about.title] = replace(about, problems=(f"{kind}{error}",))

    def _winner(self, claims: list[Claim]) -> Claim | None:
        """Whose the name is: of the only one, or else of the library itself, or nobody's."""
        own = self._plugins[claims[0].title].distribution == OWN
        return claims[0] if own or len(claims) == 1 else None

    def _clashes(self) -> dict[tuple[str, str], str]:
        """For each name that several plugins have, a sentence that says so."""
        return {
            key: self._clash(*key, claims) for key, claims in self._claims.items() if claims[1:]
        }

    def _clash(self, kind: str, name: str, claims: list[Claim]) -> str:
        first, *others = (self._plugins[claim.title].owner for claim in claims)
        count = "two" if len(claims) == 2 else str(len(claims))
        return f"{kind} {name!r} has {count} owners, {first} and {' and '.join(others)}: " + (
            f"uninstall one of them, or choose with the variable {CHOICE}."
            if self._winner(claims) is None
            else "it stays condgan's own, and needs another name elsewhere."
        )

    # Asking

    def found(self) -> list[Plugin]:
        """All plugins: the library's own, then what is installed, then what was added by hand."""
        self.search()
        clashes = self._clashes()
        about = []
        for plugin in self._plugins.values():
            if plugin.distribution == OWN:
                about.append(replace(plugin, version=own_version()))
                continue
            said = [
                clash
                for (kind, name), clash in clashes.items()
                if name in plugin.adds.get(kind, ())
            ]
            about.append(replace(plugin, problems=(*plugin.problems, *said)))
        return about

    def known(self, kind: str) -> Mapping[str, Any]:
        """Everything of one kind, by name.

        Raises:
            UnknownNameError: there is no such kind.
        """
        if kind not in KINDS:
            raise UnknownNameError(
                f"no kind of thing is called {kind!r}{did_you_mean(kind, KINDS)} "
                f"Kinds: {', '.join(KINDS)}."
            )
        return Names(self, kind)

    def names(self, kind: str) -> list[str]:
        """All names of one kind that can be asked for, in order."""
        self.search()
        return sorted(
            name
            for (of, name), claims in self._claims.items()
            if of == kind and self._winner(claims) is not None
        )

    def claim(self, kind: str, name: str) -> Claim | None:
        """Who gives that name to what, or None if nobody does.

        Raises:
            PluginError: two plugins do, and neither is the library itself.
        """
        if (kind, name) not in self._claims:
            self.search()
        claims = self._claims.get((kind, name))
        if claims is None:
            return None
        winner = self._winner(claims)
        if winner is None:
            raise PluginError(self._clash(kind, name, claims))
        return winner

    def lookup(self, kind: str, name: str) -> Any:
        """What `name` stands for.

        Raises:
            UnknownNameError: nothing of this kind has that name; the message lists what has, and
                the plugins that could not be loaded.
            PluginError: two plugins have it.
            ArgumentTypeError: the name is no text.
        """
        return self._claimed(kind, name).thing

    def owner(self, kind: str, name: str) -> str | None:
        """The distribution that brings a name; None if it was added by hand.

        Raises:
            UnknownNameError, PluginError, ArgumentTypeError: as `lookup` does.
        """
        return self._plugins[self._claimed(kind, name).title].distribution

    def _claimed(self, kind: str, name: str) -> Claim:
        if not isinstance(name, str):
            raise ArgumentTypeError(f"a {kind} is called by a name; got {name!r}.")
        known = self.known(kind)
        claim = self.claim(kind, name)
        if claim is None:
            raise UnknownNameError(
                f"no {kind} is called {name!r}{did_you_mean(name, known)} "
                f"Known: {', '.join(known) or 'none'}.{self.not_loaded()}"
            )
        return claim

    def not_loaded(self) -> str:
        """Which plugins may have a name that is not known: the end of a message, or nothing."""
        broken = [
            f"{plugin.owner} ({plugin.problems[0].rstrip('.')})"
            for plugin in self._plugins.values()
            if plugin.problems and not plugin.adds
        ]
        unchosen = [plugin.owner for plugin in self._plugins.values() if not plugin.chosen]
        return (f" Not loaded, and perhaps what has it: {'; '.join(broken)}." if broken else "") + (
            f" Left out by {CHOICE}: {', '.join(unchosen)}." if unchosen else ""
        )


class Names(Mapping[str, Any]):
    """Everything of one kind, by name; what is installed is searched only when it is needed."""

    def __init__(self, of: Registry, kind: str) -> None:
        self._of = of
        self._kind = kind

    def __getitem__(self, name: str) -> Any:
        claim = self._of.claim(self._kind, name)
        if claim is None:
            raise KeyError(name)
        return claim.thing

    def __iter__(self) -> Iterator[str]:
        return iter(self._of.names(self._kind))

    def __len__(self) -> int:
        return len(self._of.names(self._kind))


@cache
def registry() -> Registry:
    """The process's registry; the library's own names are in it when it is first asked for."""
    made = Registry(lambda: importlib.metadata.entry_points(group=hookspecs.PROJECT))
    made.add_own(importlib.import_module(BUILTINS))
    return made


def lookup(kind: str, name: str) -> Any:
    """What `name` stands for among everything of `kind` (a key of `KINDS`).

    Raises:
        UnknownNameError, PluginError, ArgumentTypeError: as `Registry.lookup` does.

    Example:
        >>> from condgan.plugins import lookup
        >>> lookup("loss", "hinge")()
        Hinge()
    """
    return registry().lookup(kind, name)


def known(kind: str) -> Mapping[str, Any]:
    """Everything of one kind, by name.

    Example:
        >>> from condgan.plugins import known
        >>> "dcgan" in known("architecture")
        True
    """
    return registry().known(kind)


def owner(kind: str, name: str) -> str | None:
    """The distribution that brings a name, as pip calls it; None if it was added by hand.

    Raises:
        UnknownNameError, PluginError, ArgumentTypeError: as `Registry.lookup` does.

    Example:
        >>> from condgan.plugins import owner
        >>> owner("architecture", "dcgan")
        'condgan'
    """
    return registry().owner(kind, name)


def found() -> list[Plugin]:
    """All plugins, with what they add and what is wrong with them."""
    return registry().found()


def register(plugin: object, *, override: bool = False) -> None:
    """Adds a plugin by hand, as in a notebook; an installed one is found without this.

    Args:
        plugin: a module or an object with functions marked by `@condgan.hookimpl`.
        override: whether it takes names over from others that have them, such as from itself as
            it was when the cell was run before, or before `importlib.reload`.

    Raises:
        PluginError: see `Registry.register`.

    Example:
        >>> import condgan
        >>> class Mine:
        ...     @condgan.hookimpl
        ...     def condgan_losses(self):
        ...         return {"gentle": condgan.LeastSquares}
        >>> condgan.plugins.register(Mine(), override=True)
        >>> condgan.Adversarial("gentle").loss
        LeastSquares()
    """
    registry().register(plugin, override=override)
