"""The table beside exported images: which file is of which class, and how to draw it again."""

from __future__ import annotations

import csv
from pathlib import Path

NAME = "manifest.csv"
COLUMNS = ["file", "label", "seed", "weights"]


def labels_of_folders(folder: Path) -> dict[str, str] | None:
    """The label of each class folder, which may have another name; None without such a table."""
    try:
        with (folder / NAME).open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error):  # an empty table has no header to unpack
        return None
    if header != COLUMNS:
        return None
    return {row[0].split("/")[0]: row[1] for row in rows if len(row) == len(COLUMNS)}
