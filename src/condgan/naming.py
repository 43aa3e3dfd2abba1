"""File names that any system takes."""

from __future__ import annotations

import hashlib
import re

RESERVED = {"CON", "PRN", "AUX", "NUL", "", *(f"{p}{i}" for p in ("COM", "LPT") for i in range(10))}
"""Names that Windows keeps for itself."""


def portable(text: str) -> str:
    """`text` as a file name on any system; texts that differ keep different names."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip(".")[:60]
    if name == text and name.split(".")[0].upper() not in RESERVED:
        return name
    name = name.replace(".", "_")  # or "con.txt" would stay a device with an ending
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
