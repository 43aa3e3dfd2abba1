"""The ways in which `fuzz.py` damages small sound data sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

Files = dict[str, bytes]
Random = np.random.Generator


class Input(NamedTuple):
    """Files by name; of which sound set, how damaged, and whether what is read must be the same."""

    files: Files
    variant: str = ""
    damage: str = "none"
    must_match: bool = False


class Reader(NamedTuple):
    """A reader, its sound sets by name, its bombs, and how to read one of its folders."""

    name: str
    sound: Callable[[], dict[str, Files]]
    bombs: Callable[[], dict[str, Callable[[Random, str], bytes]]]
    read: Callable[[Path, str], Any]


def made(reader: Reader, seed: int, index: int) -> Input:
    """Input `index` of a reader."""
    rng = np.random.default_rng([seed, index, *reader.name.encode()])
    sets = reader.sound()
    variant = str(rng.choice(list(sets)))
    files = dict(sets[variant])
    victim = str(rng.choice(list(files)))
    damage = str(rng.choice(["cut", "flipped", "header", "swapped", "bomb"]))
    content = files[victim]
    if damage == "bomb":
        bomb = str(rng.choice(list(reader.bombs())))
        files[victim] = reader.bombs()[bomb](rng, victim)
        return Input(files, variant, f"bomb, {bomb}")
    if damage == "swapped" and rng.random() < 0.3:
        other = str(rng.choice(list(files)))
        files[victim], files[other] = files[other], content
        return Input(files, variant, damage)
    files[victim] = DAMAGES[damage](rng, content)
    # Lines of text have no end that could be missed; other formats notice what is cut off.
    checked = content.startswith((b"\x89PNG", b"\x1f\x8b", b"PK"))
    ends = checked or not variant.startswith("plain")
    match = checked if damage == "flipped" else damage == "cut" and ends
    return Input(files, variant, damage, match)


def _cut(rng: Random, content: bytes) -> bytes:
    # As often near an end as anywhere: that is where decoders look away.
    most = len(content) if rng.random() < 0.5 else min(len(content), 64)
    lost = int(rng.integers(1, most + 1))
    return content[:-lost]


def _flipped(rng: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for place in rng.integers(len(out), size=int(rng.integers(1, 9))):
        out[place] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _header(rng: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(min(len(out), 80)))
        size = int(rng.choice([1, 2, 4]))
        value = rng.choice([0, 1, 0x7F, 0xFF, 256])
        part = bytes([value] * size) if value < 256 else rng.bytes(size)
        out[place : place + size] = part
    return bytes(out)


def _swapped(rng: Random, content: bytes) -> bytes:
    a, b, c, d = sorted(rng.integers(len(content) + 1, size=4).tolist())
    if rng.random() < 0.3:  # or a part lost, or one said twice
        return content[:b] + content[c:] if rng.random() < 0.5 else content[:c] + content[a:]
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


DAMAGES = {"cut": _cut, "flipped": _flipped, "header": _header, "swapped": _swapped}
