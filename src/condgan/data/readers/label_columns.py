"""What columns of labels mean: classes, attributes or quantities."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from condgan.classes import Classes, Label, are_one_hot, natural_order, plain_label
from condgan.conditions import Attributes, Condition, Quantities, as_condition
from condgan.data.readers.labels import classes_of_numbers
from condgan.data.readers.plain import Column, is_blank, plain
from condgan.data.readers.unlabelled import STRICT, Unlabelled
from condgan.errors import LabelError, listed

BETWEEN = "|"
"""What stands between the labels of one image that has several."""

YES_OR_NO = {"true": 1, "false": 0, "yes": 1, "no": 0}

Explained: TypeAlias = tuple[list[Any], Condition]


class Meaning(NamedTuple):
    """Labels, what they are of, and the rows of the table that have them."""

    labels: list[Any]
    condition: Condition
    rows: Sequence[int]


def explained(
    columns: Mapping[str, Column],
    classes: int | Iterable[Label] | Condition | None = None,
    place: Callable[[int], str] = "row {}".format,
    unlabelled: Unlabelled = STRICT,
    source: str = "the data",
) -> Meaning:
    """Labels from the columns of a table, and the condition that they are of.

    One column of whole numbers or text holds classes; one of other numbers a quantity; one of
    lists, or of text such as "hat|smile", attributes. Several columns hold attributes if they say
    yes or no (0 and 1, -1 and 1, true and false), unless each row has exactly one yes: then they
    are classes. Otherwise they hold quantities. The range of a quantity is that of its column.

    Args:
        columns: name to N cells each.
        classes: what the labels mean, if the columns do not tell.
        source, place: what to call the columns, and row i, in messages.
        unlabelled: what to do about rows with an empty cell; in a column of several labels an
            image, that is one with none of them.

    Returns:
        Labels that the condition's `canonical` takes, the condition, and the rows that have them.

    Raises:
        LabelError: a row without a label, unless it is skipped, or cells that mean none of this.
        DataError: no row has a label.

    Example:
        >>> explained({"label": ["cat", "dog"]})[:2]
        (['cat', 'dog'], Classes(['cat', 'dog']))
        >>> explained({"tags": ["hat|smile", "hat"]}).condition
        Attributes(['hat', 'smile'])
        >>> explained({"angle": ["0.5", "20"]}).condition
        Quantities(['angle'])
    """
    condition = None if classes is None else as_condition(classes)
    values = {name: [plain(cell) for cell in cells] for name, cells in columns.items()}
    name, only = next(iter(values.items()))
    filled = unlabelled.filled(only) if len(values) == 1 else []
    lists = any(isinstance(value, list) for value in filled)
    tags = not lists and _are_tags(filled, condition)
    several = tags or (lists and _differ_or_name(filled))
    rows = unlabelled.rows(values, source, place, blank_is_none=several)
    if len(rows) < len(only):
        values = {name: [cells[row] for row in rows] for name, cells in values.items()}

    def where(index: int) -> str:
        return place(rows[index])

    if lists:
        return Meaning(*_of_lists(name, values[name], condition, where), rows)
    if tags:
        split = [[] if is_blank(value) else str(value).split(BETWEEN) for value in values[name]]
        return Meaning(*_of_tags(name, split, condition), rows)
    if len(values) == 1 and (condition is None or isinstance(condition, Classes)):
        return Meaning(*_of_cells(name, values[name], condition), rows)
    return Meaning(*_of_rows(list(values), _matrix(values, condition, where), condition), rows)


def _differ_or_name(lists: Sequence[Any]) -> bool:
    """Whether lists hold several labels an image, rather than a row of numbers each."""
    lengths = {len(value) if isinstance(value, list) else 0 for value in lists}
    return len(lengths) > 1 or any(isinstance(part, str) for value in lists for part in value)


def numbers(values: Sequence[Any]) -> list[Any] | None:
    """Cells as numbers, whole ones as int; None if one of them is no number.

    Example:
        >>> numbers(["1", "2.0", 3.5])
        [1, 2, 3.5]
    """
    try:
        read = {value: _number(value) for value in set(values)}
    except (TypeError, ValueError, OverflowError):
        return None
    return [read[value] for value in values]


def _number(cell: Any) -> Any:
    if isinstance(cell, int):
        return cell
    if isinstance(cell, str):
        if "_" in cell:  # which Python would take for a space between digits
            raise ValueError
        try:
            return int(cell)  # a float would round what is very long
        except ValueError:
            pass
    return plain_label(float(cell))


def are_yes_or_no(values: Column) -> bool:
    """Whether all filled cells are 0 or 1, -1 or 1, true or false, yes or no."""
    try:
        found = {plain(value) for value in set(values)}
    except TypeError:  # a list, which a set cannot hold
        return False
    read = numbers([_yes_or_no(value) for value in found if not is_blank(value)])
    if not read:
        return False
    return set(read) <= {0, 1} or set(read) <= {-1, 1}


def _are_tags(values: Sequence[Any], condition: Condition | None) -> bool:
    texts = any(isinstance(value, str) for value in values)
    if condition is None:
        return texts and any(BETWEEN in str(value) for value in values)
    # A single attribute may come as 0 and 1.
    return isinstance(condition, Attributes) and texts and not are_yes_or_no(values)


def _of_cells(name: str, values: list[Any], condition: Classes | None) -> Explained:
    """One cell an image, which is a class unless it is a number with a fraction."""
    read = numbers(values)
    if condition is not None:
        if read is not None and all(number in condition for number in read):
            return read, condition
        return values, condition  # text, as the labels "0" and "1" are
    if read is None:
        return values, Classes.of(values)
    endless = next(
        (x for x, number in zip(values, read, strict=True) if not math.isfinite(number)), None
    )
    if endless is not None:
        raise LabelError(
            f"column {name!r} holds {endless!r} among its numbers. If it means that there is no "
            f'label: unlabelled={endless!r}, on_unlabelled="skip".'
        )
    if all(isinstance(number, int) for number in read):
        return read, classes_of_numbers(np.array(read, dtype=object))
    rows = np.array(read, dtype=float)[:, None]
    return rows.tolist(), _quantities([name], rows)


def _of_lists(
    name: str, values: list[Any], condition: Condition | None, place: Callable[[int], str]
) -> Explained:
    """A list an image: its labels, or a row of numbers."""
    lists = [[] if is_blank(value) else value for value in values]
    wrong = next((i for i, value in enumerate(lists) if not isinstance(value, list)), None)
    if wrong is not None:
        raise LabelError(
            f"column {name!r} holds lists, but {lists[wrong]!r} at {place(wrong)}; write a list "
            "there as well."
        )
    lengths = {len(value) for value in lists}
    if lengths == {1} and not isinstance(condition, Attributes):
        return explained({name: [value[0] for value in lists]}, condition, place)[:2]
    flat = [part for value in lists for part in value]
    if any(isinstance(part, list) for part in flat):
        raise LabelError(f"column {name!r} holds lists of lists; a label is a list at most.")
    if not flat or len(lengths) > 1 or any(isinstance(part, str) for part in flat):
        return _of_tags(name, lists, condition)
    names = [str(k) for k in range(max(lengths))]
    rows = np.array(lists, dtype=float)
    if isinstance(condition, Attributes) and (
        rows.shape[1] != condition.size or not np.isin(rows, (0, 1)).all()
    ):
        return _of_tags(name, lists, condition)
    if condition is None and not np.isin(rows, (0, 1)).all() and (rows == np.rint(rows)).all():
        raise LabelError(
            f"column {name!r} holds {rows.shape[1]} whole numbers an image, which could be labels "
            "or quantities. Say which: classes=Attributes([names]) or "
            f"classes=Quantities({rows.shape[1]})."
        )
    if condition is None and are_one_hot(rows):
        return rows.argmax(axis=1).tolist(), Classes(rows.shape[1])
    return _of_rows(names, rows, condition)


def _of_tags(name: str, lists: list[list[Any]], condition: Condition | None) -> Explained:
    """Any number of labels an image."""
    sets = [{str(plain(tag)) for tag in tags if not is_blank(tag)} for tags in lists]
    if condition is None:
        found = sorted(set().union(*sets), key=natural_order)
        if not found:
            raise LabelError(f"column {name!r} holds no label at all.")
        condition = Attributes(found)
    if not isinstance(condition, Attributes):
        raise LabelError(
            f"column {name!r} holds several labels an image, which {condition!r} cannot be; pass "
            "classes=Attributes([names]), or leave classes out."
        )
    return list(sets), condition


def _matrix(
    columns: Mapping[str, list[Any]],
    condition: Condition | None,
    place: Callable[[int], str],
) -> np.ndarray[Any, Any]:
    """Columns as numbers `(N, columns)`, yes as 1 and no as 0."""
    read = {}
    for name, cells in columns.items():
        values = [_yes_or_no(cell) for cell in cells]
        of_name = None if any(isinstance(value, list) for value in values) else numbers(values)
        if of_name is None:
            wrong = next(i for i, v in enumerate(values) if isinstance(v, list) or not numbers([v]))
            raise LabelError(
                f"column {name!r} holds {values[wrong]!r} at {place(wrong)}, which is neither a "
                "number nor yes or no, as attributes and quantities are. For one column of "
                'classes say label_column="...", of a Dataset label_key="...".'
            )
        read[name] = of_name
    rows = np.array(list(read.values()), dtype=float).T
    if not np.isfinite(rows).all():
        raise LabelError(f"the columns {listed(columns)} hold numbers that are not finite.")
    if not isinstance(condition, Quantities) and np.isin(rows, (-1, 1)).all():
        rows = (rows > 0).astype(float)
    return rows


def _yes_or_no(value: Any) -> Any:
    return YES_OR_NO.get(value.casefold(), value) if isinstance(value, str) else value


def _of_rows(
    names: list[str], rows: np.ndarray[Any, Any], condition: Condition | None
) -> Explained:
    """A row of numbers an image, `(N, names)`."""
    if condition is None and are_one_hot(rows):
        condition = Classes(names)
    if isinstance(condition, Classes):
        if not are_one_hot(rows):
            raise LabelError(
                f"the columns {listed(names)} must have one 1 and otherwise 0 in each row to be "
                "classes; pass classes=Attributes([names]), or leave classes out."
            )
        ids = rows.argmax(axis=1).tolist()
        by_name = all(name in condition for name in names)
        return [names[k] if by_name else k for k in ids], condition
    if condition is None:
        yes_or_no = np.isin(rows, (0, 1)).all()
        condition = Attributes(names) if yes_or_no else _quantities(names, rows)
    return rows.tolist(), condition


def _quantities(names: list[str], rows: np.ndarray[Any, Any]) -> Quantities:
    low, high = rows.min(axis=0), rows.max(axis=0)
    same = [f"{name} is {value:g}" for name, value in zip(names, low, strict=True)]
    if (low == high).any():
        raise LabelError(
            f"{same[int(np.argmax(low == high))]} for every image, so it has no range and nothing "
            "can be learnt about it. Leave that column out, or pass "
            f"classes=Quantities({names!r}, ranges=[(low, high), ...])."
        )
    return Quantities(names, ranges=list(zip(low.tolist(), high.tolist(), strict=True)))
