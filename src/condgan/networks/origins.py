"""Which plugin brought an architecture or an encoder, so that whoever lacks it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from condgan.errors import UnknownNameError
from condgan.plugins.plugin import OWN
from condgan.plugins.registry import lookup, owner

KINDS = {"architecture": "architecture", "encoder": "label encoder"}
"""Settings that hold names, and of what kind these are."""

DISTRIBUTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
"""What pip takes for a name, and nothing that it could take for an option."""


def recorded(settings: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For a configuration: from which distributions the names in it come, if not all are ours."""
    found = {}
    for setting, kind in KINDS.items():
        if settings[setting] is not None:
            distribution = owner(kind, settings[setting])
            if distribution not in (None, OWN):
                found[setting] = distribution
    return {"plugins": found} if found else {}


def check(path: Path, settings: Mapping[str, Any], plugins: Any) -> None:
    """Whether everything that the configuration at `path` names is installed; makes nothing of it.

    Args:
        path: of the file, for messages.
        settings: the names that it holds.
        plugins: what `recorded` wrote; it is a stranger's word, and no more than quoted.

    Raises:
        UnknownNameError: nothing has such a name; the message says which plugin had, if known.
    """
    for setting, kind in KINDS.items():
        if settings[setting] is None:
            continue
        try:
            lookup(kind, settings[setting])
        except UnknownNameError as error:
            said = plugins.get(setting) if isinstance(plugins, dict) else None
            if not isinstance(said, str) or not DISTRIBUTION.fullmatch(said):
                raise
            raise UnknownNameError(
                f"{error} {path} says that it is of the plugin {said}. If you trust that, install "
                f"it, or a newer one: pip install --upgrade {said}"
            ) from None
