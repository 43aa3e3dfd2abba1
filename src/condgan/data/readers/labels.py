"""Labels as they come in: what they are held in, and which classes they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from condgan.classes import Classes
from condgan.conditions import Condition
from condgan.errors import LabelError


def tidy(labels: Any) -> Any:
    """Labels as a list or a numpy array, from whatever held them."""
    if isinstance(labels, Tensor):
        return labels.detach().cpu().numpy()
    if isinstance(labels, list | tuple):
        return [x.detach().cpu().numpy() if isinstance(x, Tensor) else x for x in labels]
    return labels if isinstance(labels, str) else np.asarray(labels)


def condition_found(labels: Any) -> Condition:
    """The classes of labels nobody has explained: those that occur, in order.

    Args:
        labels: N labels from `tidy`: text, whole numbers, or exact one-hot rows `(N, K)`.

    Raises:
        LabelError: numbers that name no classes, such as 2.5 or several in a row; the message
            says which `classes` to pass.
    """
    if isinstance(labels, list):
        if any(isinstance(label, set | frozenset) for label in labels):
            raise LabelError(
                "labels that are sets need their names: pass classes=Attributes([names])."
            )
        if any(isinstance(label, str) for label in labels):
            return Classes.of(labels)
    try:
        values = np.asarray(labels)
    except ValueError:
        raise LabelError("labels must all have the same shape; these differ.") from None
    if values.dtype.kind not in "biuf":
        return Classes.of(values.reshape(-1).tolist())
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        return _classes_of_numbers(values)
    return _classes_of_rows(values)


def _classes_of_numbers(values: np.ndarray[Any, Any]) -> Classes:
    if values.dtype.kind == "f":
        wrong = np.flatnonzero(values != np.floor(values))
        if wrong.size:
            index = int(wrong[0])
            raise LabelError(
                f"label {values[index]:g} at index {index} is not a whole number, so it names no "
                "class. For real numbers pass classes=Quantities(1); for classes with such labels "
                "list them: classes=[...]."
            )
    return Classes(np.unique(values).tolist())


def _classes_of_rows(values: np.ndarray[Any, Any]) -> Classes:
    if values.ndim != 2:
        raise LabelError(f"labels must have shape (N,), (N, 1) or (N, k); got {values.shape}.")
    zeros_and_ones = np.all((values == 0) | (values == 1))
    if zeros_and_ones and np.all(values.sum(axis=1) == 1):
        return Classes(values.shape[1])
    k = values.shape[1]
    raise LabelError(
        f"labels of shape {values.shape} are not one-hot rows. Say what they are: pass "
        f"classes=Attributes({k}) for several yes-or-no attributes, or classes=Quantities({k}) "
        "for real numbers."
    )
