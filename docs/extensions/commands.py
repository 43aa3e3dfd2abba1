"""The directive `commands`: a section for each command, with what its `--help` prints."""

import contextlib
import io
import os
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from condgan.cli import COMMANDS, main


def help_of(command: str) -> str:
    """The help of one command, at a width that fits on a page."""
    os.environ["COLUMNS"] = "90"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        main([command, "--help"])
    return printed.getvalue()


class Commands(Directive):
    """Takes nothing."""

    def run(self) -> list[nodes.Node]:
        sections: list[nodes.Node] = []
        for module in COMMANDS:
            name = module.__name__.rpartition(".")[2]
            title, text = f"condgan {name}", help_of(name)
            section = nodes.section("", nodes.title(title, title), ids=[nodes.make_id(title)])
            section += nodes.literal_block(text, text, language="text")
            sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
