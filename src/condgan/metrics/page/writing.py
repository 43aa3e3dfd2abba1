"""A page as a file that is whole at any time, whoever reads it meanwhile."""

from __future__ import annotations

import contextlib
import secrets
from os import PathLike
from pathlib import Path


def write_page(text: str, path: str | PathLike[str]) -> Path:
    """Writes a page beside its place and renames it; folders that lack are made.

    Args:
        text: of the page.
        path: of the file; an earlier one is replaced.

    Raises:
        OSError: it cannot be written; what was there before still is.

    Example:
        >>> write_page("<p>Hello</p>", "hello.html").read_text()
        '<p>Hello</p>'
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return target
