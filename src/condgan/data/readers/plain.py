"""Cells of columns as plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from condgan.classes import tensor_values
from condgan.errors import LabelError

Column: TypeAlias = Sequence[Any] | np.ndarray[Any, Any]


DEEP = 4
"""Lists within each other, of which no label needs more than two."""


def plain(cell: Any, deep: int = DEEP) -> Any:
    """A cell as a plain value, text without the space around it, or as a list of such.

    Raises:
        LabelError: lists within each other beyond `deep`.

    Example:
        >>> plain(" cat "), plain(np.float32(0.5)), plain(("hat", np.int64(3)))
        ('cat', 0.5, ['hat', 3])
    """
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, Tensor):
        cell = tensor_values(cell)
    if isinstance(cell, np.generic | np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, list | tuple | set | frozenset):
        if not deep:
            raise LabelError("a label is a list of lists of lists; a label is a list at most.")
        return [plain(part, deep - 1) for part in cell]
    return None if type(cell).__name__ in PANDAS else cell


PANDAS = ("NAType", "NaTType")
"""What pandas has for a missing value; these equal nothing, not even themselves."""


def is_blank(value: Any) -> bool:
    """Whether a plain value is none: None, NaN, or text without a letter.

    Example:
        >>> [is_blank(value) for value in (None, float("nan"), " ", 0, [])]
        [True, True, True, False, False]
    """
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, str) and not value.strip())
    )
