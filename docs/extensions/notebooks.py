"""Brings the notebooks of `examples/` into the site, shortened so that a build takes seconds.

Sphinx reads from one folder only, so the notebooks are copied to `docs/notebooks` at each build. A
cell after the one tagged `parameters` says what is shorter than in the notebook, and is shown.
"""

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SHORTER = {"article": 'DATA, EPOCHS = "digits", 60  # on this page: the bundled set'}
"""By notebook, what takes the place of its parameters where the site is built."""


def shortened(notebook: dict[str, Any], code: str) -> dict[str, Any]:
    """The notebook with a cell of `code` after its parameters."""
    cells = []
    for cell in notebook["cells"]:
        cells.append(cell)
        if "parameters" in cell["metadata"].get("tags", ()):
            cells.append({**cell, "id": "shorter", "metadata": {}, "source": [code]})
    return {**notebook, "cells": cells}


def bring(app: Sphinx) -> None:
    """Writes the copies; one that is as before keeps its date, and is not run again."""
    folder = Path(app.srcdir) / "notebooks"
    folder.mkdir(exist_ok=True)
    for source in sorted((Path(app.srcdir).parent / "examples").glob("*.ipynb")):
        notebook = json.loads(source.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:  # links, from where the copy lies
            cell["source"] = [line.replace("../docs/", "../") for line in cell["source"]]
        if source.stem in SHORTER:
            notebook = shortened(notebook, SHORTER[source.stem])
        text, copy = json.dumps(notebook), folder / source.name
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:
            copy.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
