"""Images that a table names more than once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from condgan.data.readers.plain import Column, is_blank, plain
from condgan.data.readers.unlabelled import Unlabelled, first_of


def each_once(
    images: Sequence[Hashable],
    columns: Mapping[str, Column],
    source: str,
    place: Callable[[int], str],
    unlabelled: Unlabelled,
) -> list[int]:
    """The rows of images that come for the first time, with one warning about others.

    An image that comes again with another label has none that is known.

    Args:
        images: what to know the image of each row by.
        columns: the labels of the rows, by name.
        source, place: what to call them, and row i, in messages.
        unlabelled: what to do about images whose label is not known.

    Raises:
        LabelError: an image comes twice, with different labels, unless such are skipped.

    Example:
        >>> rows = ["a.png", "b.png", "a.png"]
        >>> with warnings.catch_warnings(action="ignore"):
        ...     each_once(rows, {"label": [3, 4, 3]}, "x", "row {}".format, Unlabelled())
        [0, 1]
    """
    first: dict[Hashable, int] = {}
    again: list[int] = []
    apart: dict[Hashable, str] = {}
    for row, image in enumerate(images):
        before = first.setdefault(image, row)
        if before == row:
            continue
        if any(_differ(cells[before], cells[row]) for cells in columns.values()):
            apart[image] = f"{str(image)!r} ({place(before)} and {place(row)})"
        else:
            again.append(row)
    if apart:
        unlabelled.settle(
            "come twice with different labels",
            list(apart.values()),
            len(first),
            source,
            'Give each image one row, several labels of one as "hat|smile",',
        )
    if again:
        warnings.warn(
            f"{source}: {len(again)} rows name a file again, with the same label, and count as "
            f"one with the row before: {first_of(list(map(place, again)))}.",
            stacklevel=5,
        )
    return [row for image, row in first.items() if image not in apart]


def _differ(cell: Any, other: Any) -> bool:
    one, two = plain(cell), plain(other)
    return bool(one != two) and not (is_blank(one) and is_blank(two))
