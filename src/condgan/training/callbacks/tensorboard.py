"""Writes what is recorded for TensorBoard."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from condgan.errors import MissingExtraError, WriteError
from condgan.training.callbacks.facts import Facts, facts_of
from condgan.training.callbacks.tracker import Tracker
from condgan.training.state import TrainState

if TYPE_CHECKING:
    import PIL.Image


class TensorBoard(Tracker):
    """Losses, whatever callbacks record, pictures, and settings with the figures they led to.

    Look at them with `tensorboard --logdir tensorboard`. Each run has a folder of its own, named
    by `state.run`, so that runs are compared and never mixed; one that is resumed goes on in its
    folder, and what it wrote after the checkpoint is hidden. Names are those of `Tracker`; the
    figures of the last epoch are `final/...` beside the settings.

    Args:
        folder: where to; a folder for each run is made in it when training starts.
        settings: more of them, by name, beside those of networks and optimisers: numbers or text.
        every, labels, n, seed: of the pictures, as for `Tracker`.

    Raises:
        ConfigError: as `Tracker`.
        MissingExtraError: when training starts, tensorboard is not installed (extra
            `tensorboard`).
        WriteError: when training starts, the folder cannot be made.

    Warns:
        UserWarning: something could not be written; once in each `fit`.

    Example:
        >>> import condgan
        >>> board = condgan.TensorBoard("tensorboard", settings={"batch_size": 64})
    """

    def __init__(
        self,
        folder: str | PathLike[str] = "tensorboard",
        *,
        settings: Facts | None = None,
        every: int = 1,
        labels: Sequence[Any] | None = None,
        n: int = 8,
        seed: int = 0,
    ) -> None:
        super().__init__(self._scalars, self._picture, every=every, labels=labels, n=n, seed=seed)
        self.folder = Path(folder).expanduser()
        self.settings = dict(settings or {})
        self._writer: Any = None
        self._facts: Facts = {}

    def on_fit_start(self, state: TrainState) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingExtraError("TensorBoard", "tensorboard", "tensorboard") from None
        super().on_fit_start(state)
        self._facts = {**self.settings, **facts_of(state)}
        folder = self.folder / state.run
        try:
            self._writer = SummaryWriter(str(folder), purge_step=self._logged + 1)
        except OSError as error:
            raise WriteError(f"the folder {folder} cannot be made: {error}.") from error

    def on_epoch_end(self, state: TrainState) -> None:
        super().on_epoch_end(state)
        with self.harmless("writing"):
            self._writer.flush()

    def on_fit_end(self, state: TrainState) -> None:
        if self._writer is None:
            return
        super().on_fit_end(state)
        with self.harmless("writing settings"):
            if not state.interrupted and state.history.epochs:
                self._write_settings(state)
        with self.harmless("closing the file"):
            self._writer.close()
        self._writer = None

    def _scalars(self, numbers: dict[str, float], step: int) -> None:
        for name, value in numbers.items():
            self._writer.add_scalar(name, value, step)

    def _picture(self, name: str, picture: PIL.Image.Image, step: int) -> None:
        pixels = np.asarray(picture.convert("RGB"))
        self._writer.add_image(name, pixels, step, dataformats="HWC")

    def _write_settings(self, state: TrainState) -> None:
        last = state.history.epochs[-1]
        final = {f"final/{k}": float(v) for k, v in last.items() if isinstance(v, (int, float))}
        # "." keeps them in the folder of the run; by default they would get one by the clock.
        self._writer.add_hparams(self._facts, final, run_name=".", global_step=state.step)
