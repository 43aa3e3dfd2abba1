"""Labels as they come in: what they are held in, and which classes they are of."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from condgan.classes import Classes, are_one_hot, natural_order, tensor_values
from condgan.conditions import Attributes, Condition, are_names
from condgan.data.readers.needed import MarkFoundError
from condgan.errors import LabelError

MARKS = (-100, -1, 255, 65535)
"""Numbers that usually stand for "no label": torch's, many people's, the last of 8 and 16 bits."""


def tidy(labels: Any) -> Any:
    """Labels as a list or a numpy array, from whatever held them."""
    if isinstance(labels, Tensor):
        return tensor_values(labels)
    if isinstance(labels, list | tuple):
        return [tensor_values(x) if isinstance(x, Tensor) else x for x in labels]
    return labels if isinstance(labels, str) else np.asarray(labels)


def condition_found(labels: Any) -> Condition:
    """The classes of labels nobody has explained: those that occur, in order.

    Args:
        labels: N labels from `tidy`: text, whole numbers, exact one-hot rows `(N, K)`, or sets or
            lists of names, which are attributes.

    Raises:
        LabelError: numbers that name no classes, such as 2.5 or several in a row, or a number
            that looks like a mark for "no label"; the message says which `classes` to pass.

    Example:
        >>> condition_found(["dog", "cat", "dog"]), condition_found([["hat"], ["hat", "smile"]])
        (Classes(['cat', 'dog']), Attributes(['hat', 'smile']))
    """
    if isinstance(labels, list):
        if _are_sets(labels):
            return _attributes(labels)
        if any(isinstance(label, str) for label in labels):
            return Classes.of(labels)
    try:
        values = np.asarray(labels)
    except ValueError:
        raise LabelError(
            "labels must all have the same shape; these differ. If they are several labels an "
            "image, name these: classes=Attributes([names]), and give each image a set of "
            "their names."
        ) from None
    if values.dtype.kind not in "biuf":
        return Classes.of(values.reshape(-1).tolist())
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    return classes_of_numbers(values) if values.ndim == 1 else _classes_of_rows(values)


def _are_sets(labels: list[Any]) -> bool:
    """Whether labels are several names an image; one name in a list is just that."""
    named = any(map(are_names, labels))
    return named and not all(isinstance(row, list | tuple) and len(row) == 1 for row in labels)


def _attributes(labels: list[Any]) -> Attributes:
    names: set[str] = set()
    for row in labels:
        if not isinstance(row, set | frozenset | list | tuple):
            raise LabelError(f"give a set of labels for each image; got {row!r} among them.")
        names.update(str(name) for name in row)
    if not names:
        raise LabelError("no image has any label; name them: classes=Attributes([names]).")
    return Attributes(sorted(names, key=natural_order))


def classes_of_numbers(values: np.ndarray[Any, Any]) -> Classes:
    """The classes of numbers `(N,)`, in order.

    Raises:
        LabelError: one has a fraction, or looks like a mark for "no label".
    """
    if values.dtype.kind == "f":
        wrong = np.flatnonzero(values != np.floor(values))
        if wrong.size:
            index = int(wrong[0])
            raise LabelError(
                f"label {values[index]:g} at index {index} is not a whole number, so it names no "
                "class. For real numbers pass classes=Quantities(1); for classes with such labels "
                "list them: classes=[...]."
            )
    found = np.unique(values).tolist()
    _refuse_mark(values, found)
    return Classes(found)


def _refuse_mark(values: np.ndarray[Any, Any], found: list[Any]) -> None:
    """Whether one number stands apart from classes that are counted from 0 or 1."""
    marks = [number for number in found if number in MARKS]
    rest = [number for number in found if number not in MARKS]
    if len(marks) != 1 or len(rest) < 2 or rest[0] not in (0, 1):
        return
    if rest == list(range(int(rest[0]), int(rest[0]) + len(rest))) and rest[-1] + 1 != marks[0]:
        places, mark = np.flatnonzero(values == marks[0]), int(marks[0])
        raise MarkFoundError(
            f"label {mark} at index {places[0]} ({len(places)} such in all) stands apart from "
            f"{rest[0]:g} to {rest[-1]:g}, as a mark for what has no label does. Leave such "
            f'images out: unlabelled={mark}, on_unlabelled="skip"; or, if it is a class, list '
            f"them all: classes=[{mark}, ...].",
            {"unlabelled": (mark,), "on_unlabelled": "skip"},
        )


def _classes_of_rows(values: np.ndarray[Any, Any]) -> Classes:
    if values.ndim != 2:
        raise LabelError(f"labels must have shape (N,), (N, 1) or (N, k); got {values.shape}.")
    if are_one_hot(values):
        return Classes(values.shape[1])
    k = values.shape[1]
    raise LabelError(
        f"labels of shape {values.shape} are not one-hot rows. Say what they are: pass "
        f"classes=Attributes({k}) for several yes-or-no attributes, or classes=Quantities({k}) "
        "for real numbers."
    )
