"""What was recorded while training: a row an epoch, and the losses every few steps."""

from __future__ import annotations

import contextlib
import csv
import json
import math
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from condgan.errors import ArgumentTypeError, ConfigError, MissingExtraError
from condgan.metrics.page.sections import losses_while_training
from condgan.notebook import with_charts_as_images
from condgan.training.steps import Row, StepTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTERS = ("epoch", "step", "images", "seconds")
"""Columns that the Trainer fills in itself."""


class History:
    """Two tables of plain numbers.

    Attributes:
        epochs: a row an epoch: `epoch` (from 1), `step` and `images` (totals so far), `seconds`
            (of this epoch), the mean of each loss over the epoch's images, and whatever callbacks
            recorded.
        steps: a row every few steps: `step`, `epoch`, and the losses of that step alone; of a very
            long run not all of them, see `StepTable`.

    Example:
        >>> history = History()
        >>> history.begin_epoch(1)
        >>> history.record(sharpness=0.5)
        >>> history.end_epoch(step=10, images=640, seconds=0.1)
        >>> history["sharpness"]
        [0.5]
    """

    def __init__(self) -> None:
        self.epochs: list[Row] = []
        self.steps = StepTable()
        self._row: Row = {}

    def __len__(self) -> int:
        """Epochs recorded."""
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {', '.join(self.names())})"

    def _repr_html_(self) -> str | None:
        """A curve of each loss, for a notebook; without any, it shows the text."""
        return with_charts_as_images(losses_while_training(self.steps)) or None

    def __getitem__(self, name: str) -> list[Any]:
        """One column of the epochs table; epochs that lack it are left out.

        Raises:
            ConfigError: no epoch has such a value; the message lists what there is.
        """
        column = [row[name] for row in self.epochs if name in row]
        if not column:
            raise ConfigError(
                f"the history has no {name!r}. Recorded: {', '.join(self.names()) or 'nothing'}."
            )
        return column

    def names(self) -> list[str]:
        """The columns of the epochs table, in the order in which they first appeared."""
        return list(dict.fromkeys(name for row in self.epochs for name in row))

    @property
    def seconds(self) -> float:
        """Wall time of all epochs together."""
        return sum(float(row["seconds"]) for row in self.epochs)

    def begin_epoch(self, epoch: int) -> None:
        """Opens an epoch's row, with what was recorded before it; drops an unfinished one."""
        waiting = {} if "epoch" in self._row else self._row
        self._row = {"epoch": epoch, **waiting}

    def end_epoch(self, *, step: int, images: int, seconds: float) -> None:
        """Adds the open row to the table; callbacks may still record into it."""
        self._row = {
            "epoch": self._row["epoch"],
            "step": step,
            "images": images,
            "seconds": round(seconds, 6),
            **self._row,
        }
        self.epochs.append(self._row)

    def close_epoch(self) -> None:
        """From here on, what is recorded belongs to the next epoch."""
        self._row = {}

    def record(self, **values: Any) -> None:
        """Writes values into the row of the current epoch; between epochs, of the next one.

        Args:
            values: numbers, one-element tensors, or strings, by name.

        Raises:
            ConfigError: a name that the Trainer fills in itself.
            ArgumentTypeError: a value of another type.
        """
        for name in values:
            if name in COUNTERS:
                raise ConfigError(f"{name!r} is recorded by the Trainer; choose another name.")
        self._row.update({name: plain_value(name, value) for name, value in values.items()})

    def state_dict(self) -> dict[str, Any]:
        """Both tables, and the row of an epoch that is not over, as plain data."""
        is_over = bool(self.epochs) and self._row is self.epochs[-1]
        return {
            "epochs": [dict(row) for row in self.epochs],
            "steps": self.steps.state_dict(),
            "row": {} if is_over else dict(self._row),
        }

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        self.epochs = [dict(row) for row in saved["epochs"]]
        self.steps = StepTable()
        self.steps.load_state_dict(saved["steps"])
        self._row = dict(saved["row"])

    def save(self, folder: str | PathLike[str]) -> tuple[Path, Path]:
        """Writes `history.csv` (the epochs) and `history.json` (both tables), and returns them.

        The JSON is strict: a value that is not finite is written as null.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        as_csv, as_json = target / "history.csv", target / "history.json"
        with as_csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.names() or list(COUNTERS))
            writer.writeheader()
            writer.writerows(self.epochs)
        tables = {"epochs": _finite(self.epochs), "steps": _finite(self.steps)}
        as_json.write_text(json.dumps(tables, allow_nan=False, indent=1) + "\n", encoding="utf-8")
        return as_csv, as_json

    def plot(self) -> Figure:
        """Dots of each loss over the steps, one panel a player.

        Raises:
            MissingExtraError: matplotlib is not installed (extra `plot`).
            ConfigError: nothing has been recorded yet.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("history.plot", "matplotlib", "plot") from None
        names = [
            n for n in dict.fromkeys(n for row in self.steps for n in row) if n not in COUNTERS
        ]
        if not names:
            raise ConfigError("there is no loss to plot yet; call fit with LossHistory first.")
        figure, axes = plt.subplots(
            len(names), squeeze=False, sharex=True, figsize=(8, 2.6 * len(names))
        )
        for index, (axis, name) in enumerate(zip(axes[:, 0], names, strict=True)):
            rows = [row for row in self.steps if name in row]
            axis.plot(
                [row["step"] for row in rows],
                [row[name] for row in rows],
                ".",
                markersize=2,
                alpha=0.5,
                color=f"C{index}",
            )
            axis.set_ylabel(name)
            axis.grid(alpha=0.3)
        axes[-1, 0].set_xlabel("step")
        figure.tight_layout()
        return figure


def plain_value(name: str, value: Any) -> float | int | str:
    """A recorded value as a plain Python number or string."""
    if isinstance(value, Tensor) or hasattr(value, "item"):
        with contextlib.suppress(RuntimeError, ValueError):
            value = value.item()
    # An enumeration's member is a number or a string too, but of a kind that no file of data holds.
    if isinstance(value, str):
        return str.__str__(value)
    for kind in (bool, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise ArgumentTypeError(
        f"history holds numbers and strings; {name!r} is a {type(value).__name__}: {value!r}."
    )


def _finite(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    def strict(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{name: strict(value) for name, value in row.items()} for row in rows]
