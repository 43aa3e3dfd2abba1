"""Classes that were found in data, and perhaps not meant as such."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from condgan.classes import Label
from condgan.data.readers.text import NUMBER, with_points
from condgan.errors import listed

LOOK_MISSING = {
    *("na", "n/a", "n.a.", "#n/a", "nan", "null", "nil", "none", "unknown", "unlabelled"),
    *("unlabeled", "undefined", "missing", "?", "-", "--"),
}
"""Text, in small letters, that often stands for "no label"."""

THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}[.,])")
"""The points of 1.000,5; those of 1.000 alone may be decimal ones."""

MANY, VERY_MANY = 20, 50
"""From how many classes on whole numbers may be amounts, if there are few images of each."""

FEW = 20
"""Images of a class, where there are very many of these."""


def warn_of_odd_classes(counts: Mapping[Label, int], name: str) -> None:
    """Warns of labels that look missing, alike, like several in one, or like amounts.

    They stay as they are: NA may be Namibia, and "Polish" is not "polish".

    Args:
        counts: classes that nobody listed, and how many images each has.
        name: of the data.

    Example:
        >>> with warnings.catch_warnings(record=True, action="always") as caught:
        ...     warn_of_odd_classes({"cat": 3, "Cat": 1, "?": 2}, "pets")
        >>> len(caught)
        2
    """
    for said in (*_missing(counts), *_alike(counts), *_several(counts), *_amounts(counts)):
        warnings.warn(f"{name}: {said}", stacklevel=5)


def looks_missing(text: str) -> bool:
    """Whether text often stands for "no label"."""
    return text.strip().casefold() in LOOK_MISSING


def _missing(counts: Mapping[Label, int]) -> Iterator[str]:
    found = [label for label in counts if isinstance(label, str) and looks_missing(label)]
    if found:
        marks = f"({listed(found)},)" if len(found) == 1 else f"({listed(found)})"
        yield (
            f"{sum(counts[label] for label in found)} images have the label {listed(found)}, which "
            f"is a class like any other. If it means that there is none: unlabelled={marks}, "
            'on_unlabelled="skip". If it is a class, list them all: classes=[...].'
        )


def _alike(counts: Mapping[Label, int]) -> Iterator[str]:
    groups: dict[str, list[Label]] = defaultdict(list)
    for label in counts:
        groups[" ".join(str(label).casefold().split())].append(label)
    alike = [
        " and ".join(f"{label!r} ({counts[label]} images)" for label in group)
        for group in groups.values()
        if len(group) > 1
    ]
    if alike:
        more = f" and {len(alike) - 6} more" if len(alike) > 6 else ""
        yield (
            f"classes that differ only by case or space: {'; '.join(alike[:6])}{more}. Each is a "
            "class of its own; write them alike if they are one."
        )


def _several(counts: Mapping[Label, int]) -> Iterator[str]:
    """Text that holds several of the other labels, or is a list as Python writes it."""
    texts = {label for label in counts if isinstance(label, str)}
    found = [text for text in counts if text in texts and _holds_several(str(text), texts)]
    if found:
        yield (
            f"classes that look like several labels in one: {listed(found, 3)}. If they are, write "
            'them as "hat|smile", or give lists; each image then has any number of labels.'
        )


def _holds_several(text: str, texts: Collection[str]) -> bool:
    if text.startswith("[") and text.endswith("]"):
        return True
    parts = [part.strip() for part in re.split("[,;]", text)]
    return len(parts) > 1 and all(part in texts for part in parts)


def _amounts(counts: Mapping[Label, int]) -> Iterator[str]:
    images = sum(counts.values())
    if all(isinstance(label, int) and not isinstance(label, bool) for label in counts):
        many = len(counts) > MANY and 2 * len(counts) > images
        if many or (len(counts) > VERY_MANY and images < FEW * len(counts)):
            low, high = min(counts, key=float), max(counts, key=float)
            yield (
                f"{len(counts)} whole numbers from {low} to {high} are as many classes, with "
                f"{images / len(counts):.1f} images each. If they are amounts, such as ages, say "
                f"so: classes=Quantities(1, ranges=[({low}, {high})])."
            )
    elif _are_amounts([label for label in counts if isinstance(label, str)], len(counts)):
        yield (
            f"the classes are text that reads as numbers: {listed(counts, 3)}. If they are "
            "amounts, give numbers, and classes=Quantities(1, ranges=[(low, high)])."
        )


def _are_amounts(texts: Sequence[str], classes: int) -> bool:
    """Whether all classes are text that reads as a number, and one as one with a fraction."""
    pointed = [with_points(THOUSANDS.sub("", text.strip())) for text in texts]
    fraction = any(not text.lstrip("+-").isdigit() for text in pointed)
    return len(texts) == classes and fraction and all(map(NUMBER.fullmatch, pointed))
