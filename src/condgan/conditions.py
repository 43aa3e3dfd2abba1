"""What a network can be conditioned on: one class of several, attributes, or real numbers.

Each kind of condition answers the same four questions: how many numbers it has (`size`), what
labels look like inside the library (`canonical`), how two compare (`==`), and how it is written
down (`config`). `Classes`, the usual one, has a file of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor

from condgan.classes import Classes, Label, composed
from condgan.errors import ArgumentTypeError, ConfigError, LabelError, did_you_mean, listed


class _Row:
    """A condition that is a row of `size` float32 numbers."""

    kind: ClassVar[str]

    def __init__(self, names: int | Iterable[str]) -> None:
        if isinstance(names, str):
            raise ArgumentTypeError(f"give a number or a list of names; got the string {names!r}.")
        if isinstance(names, (int, np.integer)):
            names = [str(index) for index in range(int(names))]
        if not isinstance(names, Iterable):
            raise ArgumentTypeError(f"give a number or a list of names; got {names!r}.")
        self.names = tuple(composed(str(name)) for name in names)
        if not self.names:
            raise LabelError("a condition needs at least one number; got none.")
        if len(set(self.names)) < len(self.names):
            raise LabelError(f"names must differ from each other; got {listed(self.names)}.")

    @property
    def size(self) -> int:
        """How many numbers make one condition."""
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.config() == other.config()

    def __hash__(self) -> int:
        return hash((self.kind, self.names))

    def __repr__(self) -> str:
        return f"{type(self).__name__}([{listed(self.names)}])"

    def config(self) -> dict[str, Any]:
        return {"kind": self.kind, "names": list(self.names)}

    def _rows(self, labels: Any) -> Tensor:
        """`labels` as float32 `(N, size)`; a single row, or N single numbers, gain an axis."""
        if isinstance(labels, Sequence) and any(isinstance(x, Tensor) for x in labels):
            labels = [np.asarray(x.detach().cpu()) if isinstance(x, Tensor) else x for x in labels]
        try:
            with np.errstate(over="ignore"):  # what is too large becomes infinite, refused below
                values = (
                    labels.detach().to(torch.float32).cpu()
                    if isinstance(labels, Tensor)
                    else torch.from_numpy(np.array(labels, dtype=np.float32))
                )
        except (TypeError, ValueError):
            raise LabelError(
                f"a condition is {self.size} numbers ({listed(self.names)}); got {labels!r}."
            ) from None
        shape = tuple(values.shape)
        if values.ndim == 0 and self.size == 1:
            values = values.reshape(1, 1)
        elif values.ndim == 1:
            values = values.reshape(-1, 1) if self.size == 1 else values[None]
        if values.ndim != 2 or values.shape[1] != self.size:
            raise LabelError(
                f"conditions must have shape (N, {self.size}), for {listed(self.names)}; "
                f"got {shape}."
            )
        bad = (~torch.isfinite(values)).any(dim=1).nonzero()
        if len(bad):
            index = int(bad[0])
            raise LabelError(
                f"conditions must be finite; row {index} holds {values[index].tolist()}."
            )
        return values.contiguous()


class Attributes(_Row):
    """Several yes-or-no attributes at once (multi-hot).

    Args:
        names: the attributes' names, or how many there are.

    Example:
        >>> Attributes(["hat", "smile"]).canonical({"smile"})
        tensor([[0., 1.]])
    """

    kind = "attributes"

    def canonical(self, labels: Any) -> Tensor:
        """Labels as float32 `(N, size)` of zeros and ones.

        Args:
            labels: one row or N rows of zeros and ones; or a set of names; or a list of N sets
                or lists of names.

        Raises:
            LabelError: an unknown name, a wrong shape, or a value other than 0 and 1.
        """
        if isinstance(labels, (set, frozenset)):
            labels = [labels]
        if isinstance(labels, (list, tuple)) and any(map(are_names, labels)):
            return self._from_names(labels)
        rows = self._rows(labels)
        bad = ((rows != 0) & (rows != 1)).any(dim=1).nonzero()
        if len(bad):
            index = int(bad[0])
            raise LabelError(
                f"attributes are 0 or 1; row {index} holds {rows[index].tolist()}. "
                'For real numbers use encoder="continuous".'
            )
        return rows

    def _from_names(self, rows: Sequence[Any]) -> Tensor:
        out = torch.zeros(len(rows), self.size)
        for row, names in zip(out, rows, strict=True):
            if not isinstance(names, (set, frozenset, list, tuple)):
                raise LabelError(f"give a set of names for each image; got {names!r} among them.")
            for name in names:
                known = composed(str(name))
                if known not in self.names:
                    raise LabelError(
                        f"no attribute is called {name!r}{did_you_mean(known, self.names)} "
                        f"Known: {listed(self.names)}."
                    )
                row[self.names.index(known)] = 1
        return out


def are_names(row: Any) -> bool:
    """Whether a row says by their names which attributes an image has, rather than by 0 and 1."""
    if isinstance(row, (set, frozenset)):
        return True
    return isinstance(row, (list, tuple)) and any(isinstance(part, str) for part in row)


class Quantities(_Row):
    """One or more real numbers, such as an age or an angle.

    Args:
        names: the quantities' names, or how many there are.
        ranges: for each quantity its usual (low, high); the `continuous` encoder maps it to
            [-1, 1] so that the network sees numbers of a sensible size. Values outside are
            allowed. Left out, numbers reach the network as they are.

    Example:
        >>> Quantities(["angle"], ranges=[(0, 90)]).canonical([30, 60])
        tensor([[30.],
                [60.]])
    """

    kind = "quantities"

    def __init__(
        self,
        names: int | Iterable[str],
        ranges: Iterable[tuple[float, float]] | None = None,
    ) -> None:
        super().__init__(names)
        self.ranges = (
            None if ranges is None else tuple((float(low), float(high)) for low, high in ranges)
        )
        if self.ranges is not None and (
            len(self.ranges) != self.size
            or not all(-math.inf < low < high < math.inf for low, high in self.ranges)
        ):
            raise ConfigError(
                f"ranges must hold a (low, high) with low < high for each of {listed(self.names)}; "
                f"got {self.ranges}."
            )

    def canonical(self, labels: Any) -> Tensor:
        """Labels as float32 `(N, size)`.

        Args:
            labels: one row or N rows of `size` numbers; when `size` is 1, also N single numbers.

        Raises:
            LabelError: a wrong shape, or a value that is not finite.
        """
        return self._rows(labels)

    def config(self) -> dict[str, Any]:
        ranges = None if self.ranges is None else [list(pair) for pair in self.ranges]
        return {**super().config(), "ranges": ranges}


Condition: TypeAlias = Classes | Attributes | Quantities


def as_condition(classes: Condition | int | Iterable[Label]) -> Condition:
    """A condition as it is; a number of classes or a list of labels as `Classes`."""
    return classes if isinstance(classes, Condition) else Classes(classes)


ONE = {"classes": "class", "attributes": "attribute", "quantities": "quantity"}
"""What each kind is called if there is one of it."""


def counted(condition: Condition) -> str:
    """How many there are of what, in words.

    Example:
        >>> counted(Classes(10)), counted(Quantities(["angle"]))
        ('10 classes', '1 quantity')
    """
    kind = condition.kind
    return f"{condition.size:,} {ONE[kind] if condition.size == 1 else kind}"


def condition_from_config(config: dict[str, Any]) -> Condition:
    """The condition that `config()` wrote down.

    Raises:
        ConfigError: the values describe no condition.
    """
    try:
        match config["kind"]:
            case "classes":
                return Classes(config["labels"])
            case "attributes":
                return Attributes(config["names"])
            case "quantities":
                return Quantities(config["names"], config["ranges"])
            case kind:
                raise ConfigError(
                    f"no condition is of kind {kind!r}. Known: attributes, classes, quantities."
                )
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{config!r} does not describe a condition: {error!r}.") from None
