"""Leaves out what Python itself says of a named tuple's fields: "Alias for field number 0"."""

from typing import Any

from sphinx.application import Sphinx


def skip(app: Sphinx, kind: str, name: str, thing: Any, skipped: bool, options: Any) -> bool | None:
    said = getattr(thing, "__doc__", None) or ""
    return True if said.startswith("Alias for field number") else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
