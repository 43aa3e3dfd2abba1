"""Leaves out what others say: Python of a named tuple's fields, and torch of `extra_repr`."""

from typing import Any

from sphinx.application import Sphinx


def skip(app: Sphinx, kind: str, name: str, thing: Any, skipped: bool, options: Any) -> bool | None:
    said = getattr(thing, "__doc__", None) or ""
    others = name == "extra_repr" or said.startswith("Alias for field number")
    return True if others else None


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
