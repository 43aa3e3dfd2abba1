"""Rows of a table for condgan: data sets, a label encoder for mixed columns, an architecture."""

from collections.abc import Callable, Mapping
from typing import Any

import condgan
from condgan_tabular.architecture import ROWS
from condgan_tabular.columns import Choice, Columns, Number
from condgan_tabular.encoder import Mixed, condition_of, label_of
from condgan_tabular.rows import LabelledRows, csv_rows, penguins

__all__ = [
    "ROWS",
    "Choice",
    "Columns",
    "LabelledRows",
    "Mixed",
    "Number",
    "condition_of",
    "csv_rows",
    "label_of",
    "penguins",
]


@condgan.hookimpl
def condgan_datasets() -> Mapping[str, Callable[..., Any]]:
    return {"penguins": penguins, "csv-rows": csv_rows}


@condgan.hookimpl
def condgan_label_encoders() -> Mapping[str, Callable[..., Any]]:
    return {"mixed": Mixed}


@condgan.hookimpl
def condgan_architectures() -> Mapping[str, condgan.Architecture]:
    return {"rows": ROWS}
