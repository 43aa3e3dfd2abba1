"""Tells browsers and screen readers which pages are in Korean."""

from typing import Any

from sphinx.application import Sphinx


def name_language(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    if page.startswith("ko/"):
        context["language"] = "ko"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", name_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
