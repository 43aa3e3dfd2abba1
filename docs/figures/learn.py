"""Draws the figures of the lesson with the very code that stands beside them.

    python docs/figures/learn.py

runs the code of each page of `docs/learn` in a folder of its own, and puts the pictures that it
leaves there into `docs/images/learn`. It takes seconds.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import torch

DOCS = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def draw(page: Path) -> list[Path]:
    """Runs a page's code in the current folder; the pictures that it left there."""
    space: dict[str, object] = {}
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        exec(compile(block, page.name, "exec"), space)
    return sorted(Path().glob("*.png"))


def main() -> None:
    os.environ["MPLBACKEND"] = "Agg"
    torch.set_num_threads(1)  # so that the sums are the same on every machine of a kind
    target = DOCS / "images" / "learn"
    for page in sorted((DOCS / "learn").glob("*.md")):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            for picture in draw(page):
                print(page.name, "->", shutil.copy(picture, target))
            os.chdir(DOCS)


if __name__ == "__main__":
    main()
