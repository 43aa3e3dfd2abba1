"""Labelled rows of a CSV file, as images of one line."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Sequence
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from condgan import Classes, LabelledImages
from condgan.errors import DataError, MissingFileError, did_you_mean, listed
from condgan_tabular.columns import Columns, Row
from condgan_tabular.encoder import condition_of, label_of

EMPTY = {"", "NA", "N/A", "nan", "NaN", "?"}
"""Cells in which nothing was recorded."""


class LabelledRows(LabelledImages):
    """Rows as images `(1, 1, numbers)`, with the columns that they are made of.

    Attributes:
        columns: turns what a generator draws back into rows: `data.columns.decode(images)`.
    """

    def __init__(
        self, images: Tensor, labels: Tensor, classes: Any, columns: Columns, name: str = "rows"
    ) -> None:
        super().__init__(images, labels, classes, name)
        self.columns = columns

    def subset(self, indices: Tensor | Sequence[int]) -> LabelledRows:
        part = super().subset(indices)
        return LabelledRows(part.images, part.labels, self.classes, self.columns, self.name)


def csv_rows(
    path: str | PathLike[str], label: str | Sequence[str], name: str | None = None
) -> LabelledRows:
    """The rows of a CSV file with a line of names.

    Rows in which something is missing are left out.

    Args:
        path: of the file.
        label: the column that says what a row is; of several columns, each row's label is all of
            them together, numbers and words, for the encoder `mixed`.
        name: what to call the set; the file's name if left out.

    Raises:
        MissingFileError: there is no such file.
        DataError: it holds no rows, no such column, or nothing but labels.

    Warns:
        UserWarning: rows are left out.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"there is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return from_rows(rows, label, path.stem if name is None else name)


def from_rows(rows: Sequence[Row], label: str | Sequence[str], name: str) -> LabelledRows:
    """The same from rows that are there already, each a dict from column to cell."""
    whole = [row for row in rows if not EMPTY & {str(cell).strip() for cell in row.values()}]
    if not whole:
        raise DataError(f"{name} has {len(rows)} rows, and none in which nothing is missing.")
    if len(whole) < len(rows):
        warnings.warn(
            f"{len(rows) - len(whole)} of the {len(rows)} rows of {name} are left out, since "
            "something is missing in them.",
            stacklevel=3,
        )
    labels = [label] if isinstance(label, str) else list(label)
    others = [column for column in whole[0] if column not in labels]
    for column in labels:
        if column not in whole[0]:
            raise DataError(
                f"{name} has no column {column!r}{did_you_mean(column, whole[0])} "
                f"It has {listed(whole[0])}."
            )
    if not others:
        raise DataError(f"{name} has no column but its labels, {listed(labels)}.")
    columns = Columns.of(whole, others)
    classes: Any
    if isinstance(label, str):
        classes = Classes.of(row[label] for row in whole)
        ids = classes.canonical([row[label] for row in whole])
    else:
        classes = condition_of(Columns.of(whole, labels))
        ids = torch.cat([classes.canonical(label_of(classes, row)) for row in whole])
    return LabelledRows(columns.encode(whole), ids, classes, columns, name)


def penguins(label: str | Sequence[str] = "species") -> LabelledRows:
    """333 penguins of three species: island, bill, flipper, body mass, sex and year.

    Palmer Archipelago penguin data, CC0; `penguins.LICENSE.txt` says whose. Nothing is downloaded.

    Args:
        label: as for `csv_rows`.

    Example:
        >>> data = penguins()
        >>> data.image_shape, data.counts()
        ((1, 1, 10), {'Adelie': 146, 'Chinstrap': 68, 'Gentoo': 119})
        >>> data.columns.decode(data.of("Gentoo", 1))[0]["body_mass_g"]
        4500
    """
    text = resources.files("condgan_tabular").joinpath("penguins.csv").read_text(encoding="utf-8")
    return from_rows(list(csv.DictReader(text.splitlines())), label, "penguins")
