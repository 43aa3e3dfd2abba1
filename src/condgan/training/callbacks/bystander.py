"""A callback that watches for somebody, and whose own trouble ends no training."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class Bystander(Callback):
    """What goes wrong in its work is told once in each `fit`, as a warning."""

    stage: Literal["save"] = "save"
    _warned = False

    def on_fit_start(self, state: TrainState) -> None:
        self._warned = False

    @contextmanager
    def harmless(self, what: str) -> Iterator[None]:
        """Inside the block an error is only a warning: `what` failed.

        Ctrl-C and the end of the process go through.
        """
        try:
            yield
        except Exception as error:
            if not self._warned:
                self._warned = True
                name = type(self).__name__
                warnings.warn(
                    f"{name}: {what} failed, and training goes on without: "
                    f"{type(error).__name__}: {error}",
                    stacklevel=4,
                )
