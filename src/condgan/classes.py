"""The user's own labels and the class ids that networks count in."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor

from condgan.errors import ArgumentTypeError, LabelError, did_you_mean, listed

Label: TypeAlias = str | int | float | bool

DIGITS = re.compile(r"[0-9]+")


def composed(text: str) -> str:
    """Text with its accents composed (NFC), so that an é is the same however it was typed.

    macOS writes file names in the other form.

    Example:
        >>> composed("e\u0301") == "\u00e9"
        True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def plain_label(label: Any) -> Label:
    """A label as a plain Python value: scalars unwrapped, `3.0` made `3`, text `composed`."""
    if isinstance(label, (np.ndarray, Tensor)) and label.ndim == 0:
        label = label.item()
    if isinstance(label, np.generic):
        label = label.item()
    if isinstance(label, float) and label.is_integer():
        return int(label)
    if isinstance(label, str):
        return composed(label)
    if isinstance(label, (int, float)):
        return label
    way_out = " Make it text: label.decode()." if isinstance(label, bytes) else ""
    raise ArgumentTypeError(
        f"a class label is a string or a number; got {label!r} of type {type(label).__name__}."
        f"{way_out}"
    )


def is_one_label(labels: Any) -> bool:
    """Whether `labels` names a single class rather than a row of them."""
    if isinstance(labels, (np.ndarray, Tensor)):
        return labels.ndim == 0
    return isinstance(labels, (str, int, float, np.generic))


def natural_order(label: Label) -> tuple[Any, ...]:
    """Sort key that puts 2 before 10, and 'scan2' before 'scan10'.

    Example:
        >>> sorted(["b", "a10", "a9", "a"], key=natural_order)
        ['a', 'a9', 'a10', 'b']
    """
    if isinstance(label, str):
        return (1, DIGITS.sub(_by_length, label), label)
    return (0, label)


def _by_length(number: re.Match[str]) -> str:
    """A number as text that sorts as the number does, and before all letters."""
    digits = number[0].lstrip("0")
    return f"\0{chr(len(digits))}{digits}"


class Classes:
    """An ordered set of class labels; the position of a label is its class id.

    Args:
        labels: the number of classes `K` (labels are then the integers `0` to `K-1`), or the
            labels themselves in the order wanted: strings or numbers, all different.

    Raises:
        LabelError: no label, or one label twice.
        ArgumentTypeError: a label that is neither a string nor a number.

    Example:
        >>> classes = Classes(["cat", "dog"])
        >>> classes.canonical(["dog", "cat", "dog"])
        tensor([1, 0, 1])
        >>> len(Classes(10)), Classes(10).labels[3]
        (10, 3)
    """

    kind: ClassVar[str] = "classes"

    def __init__(self, labels: int | Iterable[Label]) -> None:
        given: Any = labels
        if isinstance(labels, (int, np.integer)) and not isinstance(labels, bool):
            given = range(int(labels))
        if isinstance(labels, str):
            raise ArgumentTypeError(
                f"classes are given as a number or a list of labels; got the string {labels!r}. "
                f"For a single class, write [{labels!r}]."
            )
        try:
            self.labels: tuple[Label, ...] = tuple(plain_label(label) for label in given)
        except TypeError as error:
            if isinstance(error, ArgumentTypeError):
                raise
            raise ArgumentTypeError(
                f"classes are given as a number or a list of labels; got {labels!r}."
            ) from None
        if not self.labels:
            raise LabelError("there must be at least one class; got none.")
        for label in self.labels:
            if isinstance(label, float) and not math.isfinite(label):
                raise LabelError(f"a class label must be finite; got {label!r}.")
        self._ids = {label: index for index, label in enumerate(self.labels)}
        if len(self._ids) < len(self.labels):
            twice = next(x for i, x in enumerate(self.labels) if self._ids[x] != i)
            raise LabelError(f"class labels must differ from each other; {twice!r} comes twice.")
        self._counts_from_zero = self.labels == tuple(range(len(self.labels)))

    @classmethod
    def of(cls, labels: Iterable[Label]) -> Classes:
        """The classes that occur in `labels`, numbers in order and text in natural order."""
        return cls(sorted({plain_label(label) for label in labels}, key=natural_order))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        """Number of classes `K`."""
        return len(self.labels)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Classes) and self.labels == other.labels

    def __hash__(self) -> int:
        return hash(self.labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __contains__(self, label: object) -> bool:
        try:
            return plain_label(label) in self._ids
        except ArgumentTypeError:
            return False

    def __repr__(self) -> str:
        if self._counts_from_zero:
            return f"Classes({len(self)})"
        return f"Classes([{listed(self.labels)}])"

    def id(self, label: Any) -> int:
        """The class id of one label.

        Raises:
            LabelError: the label is not among the classes; the message lists those that are.
        """
        plain = plain_label(label)
        try:
            return self._ids[plain]
        except KeyError:
            raise LabelError(f"no class is labelled {plain!r}{self._known(plain)}") from None

    def _known(self, wrong: Label) -> str:
        """What a message about an unknown label ends with: a guess, and the known ones."""
        # Numbers that are spelt alike are not near each other.
        hint = did_you_mean(wrong, map(str, self.labels)) if isinstance(wrong, str) else "."
        for same in self._named(str(wrong)):
            hint = f"; did you mean {same!r}, the {type(same).__name__}?"
        return f"{hint} Known: {listed(self.labels)}."

    def _named(self, text: str) -> list[Label]:
        text = composed(text)
        return [label for label in self.labels if str(label) == text]

    def from_text(self, text: str) -> Label:
        """The label whose text is `text`, for places such as a command line where all is text.

        Raises:
            LabelError: no label, or more than one, reads so.
        """
        found = self._named(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise LabelError(f"{len(found)} classes read {text!r}: {listed(found)}.")
        hint = did_you_mean(text, map(str, self.labels))
        known = ", ".join(map(str, self.labels[:40])) + (", ..." if len(self) > 40 else "")
        raise LabelError(f"no class is labelled {text!r}{hint} Known: {known}.")

    def canonical(self, labels: Any) -> Tensor:
        """Labels in the user's own terms as class ids: int64 of shape `(N,)`.

        Args:
            labels: one label, or N of them as a list, array or tensor. Numbers may have any
                integer type or whole float values, and shape `(N,)` or `(N, 1)`; exact one-hot
                rows `(N, K)` are read as such when the classes are `0` to `K-1`.

        Raises:
            LabelError: a label is not among the classes (its value and index are named), or the
                shape is none of the above.
        """
        if is_one_label(labels):
            return torch.tensor([self.id(labels)])
        if isinstance(labels, (list, tuple)) and any(isinstance(x, str) for x in labels):
            return self._looked_up(labels)
        values = self._one_axis(np.atleast_1d(_as_array(labels)))
        if values.dtype.kind not in "biuf" or not self._counts_from_zero:
            return self._looked_up(values.tolist())
        if values.dtype.kind == "f" and not np.all(values == np.floor(values)):
            return self._looked_up(values.tolist())
        wrong = np.flatnonzero((values < 0) | (values >= len(self)))
        if wrong.size:
            self._refuse_range(values, int(wrong[0]))
        return torch.from_numpy(values.astype(np.int64))

    def _one_axis(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if values.ndim == 2 and values.shape[1] == 1:
            return values[:, 0]
        if values.ndim == 1:
            return values
        if values.ndim == 2 and values.shape[1] == len(self) and self._counts_from_zero:
            if are_one_hot(values):
                ids: np.ndarray[Any, Any] = values.argmax(axis=1)
                return ids
            raise LabelError(
                f"labels of shape {values.shape} are not one-hot rows: each row must hold a "
                "single 1 and otherwise 0. For several attributes at once use "
                'encoder="multihot", for real numbers encoder="continuous".'
            )
        rows = f", or be one-hot rows (N, {len(self)})" if self._counts_from_zero else ""
        way_out = ""
        if not self._counts_from_zero and values.ndim == 2 and are_one_hot(values):
            # Nobody says which column is which class, so that the order would be a guess.
            way_out = (
                " One-hot rows do not say which label a column stands for; look it up: "
                "[labels[i] for i in rows.argmax(1)]."
            )
        raise LabelError(
            f"labels must have shape (N,) or (N, 1){rows}; got {values.shape}.{way_out}"
        )

    def _looked_up(self, labels: Sequence[Any]) -> Tensor:
        ids = []
        for index, label in enumerate(labels):
            try:
                plain = plain_label(label)
            except ArgumentTypeError as error:
                raise ArgumentTypeError(f"at index {index}: {error}") from None
            try:
                ids.append(self._ids[plain])
            except KeyError:
                raise LabelError(
                    f"label {plain!r} at index {index} is not among the {len(self)} "
                    f"classes{self._known(plain)}"
                ) from None
        return torch.tensor(ids, dtype=torch.int64)

    def _refuse_range(self, values: np.ndarray[Any, Any], index: int) -> None:
        low, high, first = map(plain_label, (values.min(), values.max(), values[index]))
        raise LabelError(
            f"labels must lie in 0 to {len(self) - 1} (num_classes is {len(self)}); got values "
            f"from {low} to {high}, first {first} at index {index}. If these are "
            f"your labels, name them: Classes([{low}, ..., {high}])."
        )

    def config(self) -> dict[str, Any]:
        """Plain values from which `condition_from_config` makes these classes again."""
        return {"kind": self.kind, "labels": list(self.labels)}


def are_one_hot(values: np.ndarray[Any, Any]) -> bool:
    """Whether each row of `(N, K)` holds a single 1 and otherwise 0."""
    if values.dtype.kind not in "biuf":
        return False
    return bool(np.all((values == 0) | (values == 1)) and np.all(values.sum(axis=1) == 1))


def tensor_values(labels: Tensor) -> np.ndarray[Any, Any]:
    """A tensor's values as a numpy array, wherever it lives; numpy has no bfloat16."""
    labels = labels.detach().cpu()
    return (labels.float() if labels.dtype == torch.bfloat16 else labels).numpy()


def _as_array(labels: Any) -> np.ndarray[Any, Any]:
    """Labels as a numpy array, whatever held them."""
    if isinstance(labels, Tensor):
        return tensor_values(labels)
    if isinstance(labels, (list, tuple)):
        labels = [tensor_values(x) if isinstance(x, Tensor) else x for x in labels]
    try:
        return np.asarray(labels)
    except ValueError:
        raise LabelError(f"labels must be one row of values; got {labels!r}.") from None
