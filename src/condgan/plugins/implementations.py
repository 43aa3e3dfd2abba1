"""What a plugin implements: whether its hooks are such that there are, and the names they give."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pluggy

from condgan.errors import PluginError, did_you_mean, listed
from condgan.plugins import hookspecs

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

HOOKS = {hook: kind for kind, hook in KINDS.items()}
"""The same the other way round."""

ALIKE = 0.8
"""How like a hook's name that of a function must be, from 0 to 1, to be taken for one misspelt."""


def check_hooks(manager: pluggy.PluginManager, plugin: Any, title: str) -> None:
    """Whether everything that a plugin marks is a hook, and every hook of it is marked.

    Raises:
        PluginError: a class, a hook that does not exist, one that is not marked, one with
            arguments it cannot get, or no hook at all.
    """
    if isinstance(plugin, type):
        raise PluginError(f"register a module or an object, not a class: {plugin.__name__}().")
    marked: dict[str, Any] = {}
    for name in dir(plugin):
        options: Any = manager.parse_hookimpl_opts(plugin, name)
        if options is not None:
            marked[options["specname"] or name] = (getattr(plugin, name), options["optionalhook"])
        elif _seems_a_hook(plugin, name):
            known = "is not marked." if name in HOOKS else f"is no hook{did_you_mean(name, HOOKS)}"
            raise PluginError(f"{name} of {title} {known} Write @condgan.hookimpl above it.")
    if not marked:
        raise PluginError(
            f"{title} has no hook: mark its functions with @condgan.hookimpl. Hooks: "
            f"{', '.join(HOOKS)}."
        )
    for hook, (function, optional) in marked.items():
        if hook in HOOKS:
            _check_arguments(hook, function, title)
        elif not optional:
            raise PluginError(
                f"{title} has a hook {hook!r}, and there is none of that name"
                f"{did_you_mean(hook, HOOKS)} Hooks: {', '.join(HOOKS)}."
            )


def _seems_a_hook(plugin: Any, name: str) -> bool:
    """Whether a function that is not marked is called like a hook, or nearly so."""
    alike = difflib.get_close_matches(name, HOOKS, n=1, cutoff=ALIKE)
    return bool(alike) and inspect.isroutine(getattr(plugin, name))


def _check_arguments(hook: str, function: Any, title: str) -> None:
    """Whether a hook asks for nothing that it is not given; it may ask for less."""
    given = list(inspect.signature(getattr(hookspecs, hook)).parameters)
    asked = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    too_many = [name for name in asked if name not in given]
    if too_many:
        raise PluginError(
            f"{hook} of {title} asks for {listed(too_many)}; this hook is given "
            f"{', '.join(given) or 'no argument'}. (Is it a method of a class that was not "
            "called? Register an object.)"
        )


def names_of(
    hooks: Iterable[tuple[str, Callable[[], Any]]], title: str
) -> dict[tuple[str, str], Any]:
    """Kind and name to the thing that is named, of all hooks of one plugin.

    Raises:
        PluginError: a hook that gives no mapping, a name that is no text, or something that
            cannot be called where a factory is wanted. What a hook itself raises passes.
    """
    found: dict[tuple[str, str], Any] = {}
    for hook, function in hooks:
        kind = HOOKS[hook]
        named = function()
        if not isinstance(named, Mapping):
            raise PluginError(
                f"{hook} of {title} must return a mapping from name to {kind}; it returned "
                f"{named!r}."
            )
        for name, thing in named.items():
            _check_named(kind, name, thing, title)
            found[kind, name] = thing
    return found


def _check_named(kind: str, name: Any, thing: Any, title: str) -> None:
    if not isinstance(name, str) or not name or name != name.strip():
        raise PluginError(
            f"a {kind} is called by a name, without space around it; {title} has one called "
            f"{name!r}."
        )
    if kind == "architecture":
        # `Architecture` itself stands on a floor above.
        if not all(hasattr(thing, part) for part in ("generator", "discriminator", "conditioning")):
            raise PluginError(
                f"{kind} {name!r} of {title} must be a condgan.Architecture; got {thing!r}."
            )
    elif not callable(thing):
        raise PluginError(
            f"{kind} {name!r} of {title} must be something to call, such as a class or a "
            f"function; got {thing!r}."
        )
