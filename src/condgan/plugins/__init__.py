"""Where names come from: the hooks, the registry, and the built-ins as its first plugin."""

from condgan.plugins.plugin import Plugin
from condgan.plugins.registry import found, known, lookup, owner, register

__all__ = ["Plugin", "found", "known", "lookup", "owner", "register"]
