"""Names that a data set lists for its class numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data.readers.plain import Column, is_blank
from condgan.errors import LabelError


def spell_out(names: Sequence[str]) -> bool:
    """Whether names only spell out their numbers: "0", or "0 - zero"."""
    return bool(names) and all(re.fullmatch(rf"{i}( - .+)?", name) for i, name in enumerate(names))


def as_numbers(names: Sequence[str]) -> list[Any]:
    """Names that are all whole numbers, as folders may have, as these; others as they are."""
    try:
        numbers = [int(name) for name in names]
    except ValueError:
        return list(names)
    return numbers if [str(number) for number in numbers] == list(names) else list(names)


def names_of_feature(feature: Any) -> list[str]:
    """The names of a Hugging Face `ClassLabel`, or of a list of them; none of another feature."""
    names = getattr(feature, "names", None)
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return list(names)
    inner = feature[0] if isinstance(feature, list) and len(feature) == 1 else None
    inner = getattr(feature, "feature", inner)
    return [] if inner is None else names_of_feature(inner)


def named(labels: Sequence[Any], names: Sequence[str], source: str) -> list[Any]:
    """Class numbers as the names they stand for; names that are there already stay.

    Args:
        labels: a number for each image, or a list of them; None, NaN or -1, as test sets without
            labels have it, becomes None.
        names: the name of each number.
        source: what to call the labels in messages.

    Raises:
        LabelError: another number that has no name.

    Example:
        >>> named([1, 0], ["cat", "dog"], "x")
        ['dog', 'cat']
    """
    return [_name(label, names, f"{source}, row {row}") for row, label in enumerate(labels)]


def _name(label: Any, names: Sequence[str], where: str) -> Any:
    if hasattr(label, "tolist"):
        label = label.tolist()
    if isinstance(label, list | tuple):
        return [_name(part, names, where) for part in label]
    if isinstance(label, str) and label in names:
        return label
    if label == -1 or is_blank(label):
        return None
    if isinstance(label, int | float) and label in range(len(names)):
        return names[int(label)]
    raise LabelError(f"{where}: label {label!r} is none of the {len(names)} that are named.")


def with_names(
    columns: Mapping[str, Column], names: Mapping[str, Sequence[str]], classes: Any
) -> tuple[dict[str, Column], Any]:
    """One column of class numbers as names, if it has any that do more than spell them out.

    Args:
        columns: name to labels.
        names: the names of the class numbers, by column.
        classes: what the labels mean, if that was said; else it is the names, whether they occur
            or not.

    Returns:
        The columns, and the classes.
    """
    column = next(iter(columns))
    of_column = names.get(column, [])
    if len(columns) > 1 or not of_column or spell_out(of_column):
        return dict(columns), classes
    labels = named(list(columns[column]), of_column, repr(column))
    several = any(isinstance(label, list) for label in labels)
    found = Attributes(of_column) if several else Classes(of_column)
    return {column: labels}, found if classes is None else classes


def names_in_metadata(metadata: Mapping[Any, Any]) -> dict[str, list[str]]:
    """The names of classes that Hugging Face writes into a parquet file, by column.

    Args:
        metadata: the key-value metadata of the file.
    """
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        of_feature = {
            # A list of classes has them one floor down.
            name: feature.get("names") or feature.get("feature", {}).get("names")
            for name, feature in features.items()
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {
        name: names
        for name, names in of_feature.items()
        if isinstance(names, list) and all(isinstance(one, str) for one in names)
    }


def with_listed_names(names: list[str], labels: Column, classes: Any) -> tuple[Column, Any]:
    """Class numbers as the names that a data set like torchvision's lists, where that is right.

    That is if every name occurs and none only spells out its number, or if the `classes` asked
    for are such names.

    Returns:
        The labels, and the classes.
    """
    there = [label for label in labels if not is_blank(label)]
    if _are_worth_it(names, there) if classes is None else _are_asked_for(names, there, classes):
        called = as_numbers(names)  # as `read_folder` calls folders "0" to "10"
        order = sorted(called) if called != names else called
        by_name = [None if is_blank(label) else called[label] for label in labels]
        return by_name, order if classes is None else classes
    return labels, classes


def names_listed(dataset: Any) -> list[str]:
    """The class names of a data set like torchvision's, also of a part of one."""
    names = getattr(dataset, "classes", None)
    if names is None and hasattr(dataset, "dataset"):
        return names_listed(dataset.dataset)
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return list(names)
    return []


def _are_worth_it(names: list[str], labels: Sequence[Any]) -> bool:
    """Whether every name occurs and none only spells out its number."""
    return bool(names) and not spell_out(names) and _numbers(labels) == set(range(len(names)))


def _are_asked_for(names: list[str], labels: Sequence[Any], classes: Any) -> bool:
    """Whether the `classes` asked for are these names, as far as they occur."""
    asked = classes.labels if isinstance(classes, Classes) else classes
    numbers = _numbers(labels)
    return (
        isinstance(asked, list | tuple)
        and bool(numbers)
        and numbers <= set(range(len(names)))
        and all(names[number] in asked for number in numbers)
    )


def _numbers(labels: Sequence[Any]) -> set[int]:
    """The class numbers that occur; none if a label is something else."""
    return set(labels) if all(isinstance(label, int) for label in labels) else set()
