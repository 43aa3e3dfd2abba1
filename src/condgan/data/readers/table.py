"""A table of images and labels as columns, and which of them is which."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from condgan.conditions import Attributes, Quantities
from condgan.data.readers.files import ENDINGS, ending
from condgan.data.readers.label_columns import are_yes_or_no
from condgan.data.readers.plain import Column
from condgan.data.readers.splits import is_split
from condgan.errors import ConfigError, did_you_mean, listed

FILE_NAMES = (
    *("file", "filename", "filepath", "filepaths", "path", "image", "imagefile", "imagename"),
    *("imagepath", "imageid", "img", "imgname", "imgpath", "id", "name"),
)
"""What the column of files is called: the first of these that is there."""

LABEL_NAMES = ("label", "labels", "target", "targets", "class", "classes", "category", "tags")
"""What the column of labels is called: the first of these that is there."""

ROW_NUMBERS = ("id", "index", "idx", "imageid", "row", "rowid", "rownumber", "no", "nr")
"""What a column that numbers the images is called, as `simplified` has it."""

EDGE = 4
"""How far from the first column such a one may stand."""


@dataclass(frozen=True)
class Table:
    """Columns of equal length under their names.

    Args:
        source: what to call the table in messages.
        columns: name to cells; a cell of a text file is text.
        place: what to call row i in messages.
    """

    source: str
    columns: Mapping[str, Column]
    place: Callable[[int], str] = "row {}".format

    def named(self, names: Sequence[str]) -> str | None:
        """The column that has one of the names: small letters, without "_" and the like."""
        plain = {simplified(column): column for column in reversed(list(self.columns))}
        return next((plain[name] for name in names if name in plain), None)

    def file_column(self, asked: str | None) -> str:
        """The column of files: the one asked for, one of `FILE_NAMES`, or one that ends in .png.

        Raises:
            ConfigError: it is not there, or not to be found.
        """
        if asked is not None:
            return self.asked_for(asked, "file_column")
        found = self.named(FILE_NAMES)
        if found is not None:
            return found
        likely = [name for name, cells in self.columns.items() if ends_as_image(cells[0])]
        if len(likely) == 1:
            return likely[0]
        raise ConfigError(
            f"{self.source} has no column called {listed(FILE_NAMES[:6])}; it has "
            f'{listed(self.columns)}. Say which holds the paths, file_column="...", and which the '
            'labels, label_column="...".'
        )

    def asked_for(self, column: str, option: str) -> str:
        """`column`, which must be there; `option` is who asks.

        Raises:
            ConfigError: it is not there.
        """
        if column in self.columns:
            return column
        raise ConfigError(
            f"{option}={column!r} is not a column of {self.source}"
            f"{did_you_mean(str(column), self.columns)} Its columns: {listed(self.columns)}."
        )

    def label_columns(
        self,
        column: str | None,
        columns: Sequence[str] | None,
        classes: Any,
        taken: Collection[str],
    ) -> dict[str, Column]:
        """The columns of labels: those asked for, or those that `classes` names, or those found.

        Found is a column with one of `LABEL_NAMES`, or else the only one that is not `taken`, or
        else all that are not, if each says yes or no.

        Args:
            column, columns: the options `label_column` and `label_columns`.
            classes: what the labels should mean, if that was said.
            taken: columns that are something else.

        Raises:
            ConfigError: there are none, or it is not clear which.
        """
        found = self._label_columns(column, columns, classes, taken)
        self._warn_of_splits([name for name in self.columns if name not in {*found, *taken}])
        return found

    def _warn_of_splits(self, unused: Iterable[str]) -> None:
        """Warns of images that are there to test with, of which training must not see any."""
        for name in unused:
            cells = self.columns[name]
            if not isinstance(cells[0], str) or not is_split(cells[0]):
                continue
            parts = dict.fromkeys(cells)
            if len(parts) > 1 and all(isinstance(part, str) and is_split(part) for part in parts):
                warnings.warn(
                    f"{self.source}: column {name!r} tells {listed(parts)} apart, but all rows are "
                    "read. Make a table of the rows to train on, and one of those to test with.",
                    stacklevel=5,
                )

    def _label_columns(
        self,
        column: str | None,
        columns: Sequence[str] | None,
        classes: Any,
        taken: Collection[str],
    ) -> dict[str, Column]:
        if column is not None and columns is not None:
            raise ConfigError("give label_column or label_columns, not both.")
        if column is not None:
            return self._part([self.asked_for(column, "label_column")])
        if columns is not None:
            if isinstance(columns, str) or not columns:
                raise ConfigError(f"label_columns must be a list of names; got {columns!r}.")
            return self._part([self.asked_for(one, "label_columns") for one in columns])
        if isinstance(classes, Attributes | Quantities) and set(classes.names) <= set(self.columns):
            return self._part(classes.names)
        rest = [name for name in self.columns if name not in taken]
        known = Table(self.source, self._part(rest)).named(LABEL_NAMES)
        if known is not None:
            return self._part([known])
        if len(rest) == 1 or (rest and all(are_yes_or_no(self.columns[name]) for name in rest)):
            return self._part(rest)
        raise ConfigError(
            f"{self.source} has no column called {listed(LABEL_NAMES[:6])}, and "
            + (f"several that could be it: {listed(rest)}" if rest else "no other one")
            + '. Say which: label_column="..." or label_columns=[...].'
        )

    def _part(self, names: Sequence[str]) -> dict[str, Column]:
        return {name: self.columns[name] for name in names}


def simplified(name: str) -> str:
    """A column's name as `FILE_NAMES` and `LABEL_NAMES` spell it.

    Example:
        >>> simplified("Image_ID")
        'imageid'
    """
    return re.sub(r"[\W_]", "", name.casefold())


def ends_as_image(cell: Any) -> bool:
    """Whether a cell is the name of an image file, as far as its ending tells."""
    return isinstance(cell, str) and ending(cell) in ENDINGS


def named_twice(columns: Iterable[str]) -> str | None:
    """A name that two columns have, if there is one.

    Example:
        >>> named_twice(["file", "", "label", "", "file"])
        'file'
    """
    seen: set[str] = set()
    for column in columns:
        if column and column in seen:
            return column
        seen.add(column)
    return None


def is_unnamed(column: str) -> bool:
    """Whether a column has the name that pandas gives the numbers of its rows: none.

    Example:
        >>> is_unnamed(""), is_unnamed("Unnamed: 0"), is_unnamed("index")
        (True, True, False)
    """
    return re.fullmatch(r"(unnamed: ?\d+(_level_\d+)?)?", column.strip(), re.IGNORECASE) is not None


def row_numbers(columns: Sequence[str]) -> list[int]:
    """The positions of columns that number the images, going by their names.

    They stand before all pixels or behind them, of which there may be a million.

    Example:
        >>> row_numbers(["Unnamed: 0", "label", "pixel0", "pixel1"])
        [0]
    """
    ends = {*range(EDGE), len(columns) - 1}
    places = [k for k in sorted(ends) if 0 <= k < len(columns)]
    return [k for k in places if is_unnamed(columns[k]) or simplified(columns[k]) in ROW_NUMBERS]


def warn_of_row_numbers(source: str, columns: Sequence[str]) -> None:
    """Warns that columns, beside columns of pixels, are taken for numbers of rows."""
    if columns:
        warnings.warn(
            f"{source}: column {listed(columns)} numbers the rows, going by its name, and is left "
            "out of the pixels.",
            stacklevel=5,
        )
