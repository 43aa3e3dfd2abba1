"""File names that any system takes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Hashable
from typing import TypeVar

Named = TypeVar("Named", bound=Hashable)

RESERVED = {"CON", "PRN", "AUX", "NUL", "", *(f"{p}{i}" for p in ("COM", "LPT") for i in range(10))}
"""Names that Windows keeps for itself."""


def portable(text: str) -> str:
    """`text` as a file name on any system; texts that differ keep different names."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip(".")[:60]
    if name == text and name.split(".")[0].upper() not in RESERVED:
        return name
    name = name.replace(".", "_")  # or "con.txt" would stay a device with an ending
    return f"{name}-{_digest(text)}"


def portable_names(things: Collection[Named]) -> dict[Named, str]:
    """A file name for each of some things that differ, such as labels, by their text.

    No two share one, nor would on a system where "Cat" and "cat" are the same file: those whose
    names are that near each other all get a digest.

    Example:
        >>> portable_names(["cat", "dog"])
        {'cat': 'cat', 'dog': 'dog'}
        >>> len({name.lower() for name in portable_names(["cat", "Cat", 3, "3"]).values()})
        4
    """
    names = {thing: portable(str(thing)) for thing in things}
    near = Counter(name.casefold() for name in names.values())
    return {
        thing: name if near[name.casefold()] == 1 else f"{name}-{_digest(repr(thing))}"
        for thing, name in names.items()
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
