"""Single backticks in docstrings: a link where a public name stands in them, and else code."""

import re
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx

import condgan

NAME = re.compile(r"(\w+)(\.\w+)*(\(\))?")


def name_or_code(
    name: str, rawtext: str, text: str, line: int, inliner: Inliner, *_: Any
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    found = NAME.fullmatch(text)
    if found is None or found[1] not in condgan.__all__:
        return [nodes.literal(rawtext, text)], []
    target = f"{text} <condgan.{text.removesuffix('()')}>"
    linked: Any = inliner.document.settings.env.domains["py"].role("obj")
    return linked(name, f"`{target}`", target, line, inliner, {}, [])


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("name-or-code", name_or_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
