"""A page to watch training on, which needs no server."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from condgan.arguments import seed_number, whole_number
from condgan.classes import Classes, Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ConfigError
from condgan.metrics.page.markup import as_address
from condgan.metrics.page.record import Frame, RunRecord, Stage
from condgan.metrics.page.run import run_page
from condgan.metrics.page.writing import write_page
from condgan.metrics.report import Report
from condgan.training.callbacks.bystander import Bystander
from condgan.training.callbacks.facts import facts_of
from condgan.training.callbacks.same_noise import SameNoise
from condgan.training.callbacks.variety import Variety
from condgan.training.state import TrainState

FRAMES = 12
"""Pictures that a page holds: the first, the last, and some between."""

LARGEST = 96
"""Pixels of an image's longer side on the page."""

SOONEST, LATEST = 5, 60
"""Seconds between which the page loads itself again."""


class LiveReport(Bystander):
    """Writes one HTML file as training goes on: losses, pictures, and what callbacks record.

    Open it in a browser. It loads itself again until training is over, and says then how it ended.
    It is written when training starts, after epochs, and when it ends, each time as a whole: no
    reader sees half of it. Writing takes at most about a hundredth of the time; where epochs are
    shorter than that allows, some are passed over. What goes wrong with it is a warning, and
    training goes on.

    It shows whatever `Evaluate` or another callback puts into the history, and the report card of
    a `report.json` beside it, such as `condgan evaluate` writes. A dozen pictures are drawn over
    the run, however short its epochs are. Drawing takes nothing from the random streams of
    training.

    Args:
        path: of the file; its folder is made when training starts.
        title: at its head; the name of the folder if left out.
        labels: a row of images for each of these labels; the first 20 classes if left out.
        n: images in a row.
        data: the real images, to say which class draws nearly one image again and again.
        settings: to be shown by name, beside what the networks say of themselves.
        seed: of the noise.

    Raises:
        ConfigError: `n` is not a positive whole number, or `seed` no seed.

    Warns:
        UserWarning: a page or a picture could not be made; once in each `fit`.

    Example:
        >>> import condgan
        >>> live = condgan.LiveReport("run/report.html", settings={"Data": "digits"})
    """

    SHARE = 0.01
    """Of the time, that writing may take."""

    def __init__(
        self,
        path: str | PathLike[str] = "report.html",
        *,
        title: str | None = None,
        labels: Sequence[Any] | None = None,
        n: int = 8,
        data: LabelledImages | None = None,
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> None:
        self.path = Path(path).expanduser()
        self.title = title
        self.labels = labels
        self.n = whole_number("n", n)
        self.data = data
        self.settings = dict(settings or {})
        self.seed = seed_number(seed)
        self._frames: list[tuple[int, str]] = []
        self._look: SameNoise | None = None
        self._no_frames = ""
        self._variety: Variety | None = None
        self._spreads: dict[Label, float] = {}
        self._facts: dict[str, Any] = {}
        self._begun = self._due = self._cost = 0.0

    def on_fit_start(self, state: TrainState) -> None:
        super().on_fit_start(state)
        if state.step == 0:
            self._frames = []
        self._begun, self._cost = time.time(), 0.0
        self._look, self._no_frames = None, ""
        self._variety, self._spreads = None, {}
        with self.harmless("describing the run"):
            self._facts = {
                name.replace("_", " "): f"{fact:,}" if name.endswith("_parameters") else fact
                for name, fact in facts_of(state).items()
            }
        with self.harmless("choosing what to draw"):
            try:
                self._look = SameNoise(state.generator, self.labels, self.n, self.seed, LARGEST)
            except ConfigError as error:
                self._no_frames = f"No picture: {error}"
        with self.harmless("looking at the real images"):
            if self._look and self.data and self.n > 1 and isinstance(state.G.classes, Classes):
                self._variety = Variety(self.data, self._look.labels)
        self._write(state, "running")

    def on_epoch_end(self, state: TrainState) -> None:
        if time.monotonic() >= self._due:
            self._write(state, "running")
        elif _is_one_of(FRAMES - 1, state.epoch, state.epochs):
            with self.harmless("drawing"):
                self._draw(state)

    def on_fit_end(self, state: TrainState) -> None:
        error = state.exception
        if error is None:
            stage: Stage = "finished" if state.stop_reason is None else "stopped"
            self._write(state, stage, state.stop_reason or "")
        elif isinstance(error, (KeyboardInterrupt, SystemExit)):
            self._write(state, "interrupted")
        else:
            self._write(state, "failed", f"{type(error).__name__}: {error}")

    def state_dict(self) -> dict[str, Any]:
        return {"frames": [list(frame) for frame in self._frames]}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self._frames = [(epoch, source) for epoch, source in saved["frames"]]

    def _write(self, state: TrainState, stage: Stage, why: str = "") -> None:
        began = time.monotonic()
        report: tuple[Report | None, str] = (None, "")
        with self.harmless("drawing"):
            self._draw(state)
        with self.harmless("reading report.json"):
            report = self._report()
        with self.harmless(f"writing {self.path}"):
            write_page(run_page(self._record(state, stage, why), *report), self.path)
        now = time.monotonic()
        self._cost = now - began
        self._due = now + self._cost / self.SHARE

    def _draw(self, state: TrainState) -> None:
        if self._look is None:
            return
        images = self._look.images(state.generator)
        source = as_address(self._look.sheet(images))
        epoch = state.epoch - state.epoch_is_open
        self._frames = thinned([*(f for f in self._frames if f[0] != epoch), (epoch, source)])
        if self._variety is not None:
            self._spreads = self._variety.of(images)

    def _record(self, state: TrainState, stage: Stage, why: str) -> RunRecord:
        return RunRecord(
            name=self.title or self.path.resolve().parent.name or "Training",
            stage=stage,
            why=why,
            wanted=state.epochs,
            epochs=state.history.epochs,
            steps=state.history.steps,
            frames=[Frame(f"epoch {e:,}" if e else "at first", s) for e, s in self._frames],
            no_frames=self._no_frames,
            spreads=self._spreads,
            settings={**self.settings, **self._facts},
            written=_told(datetime.now().astimezone()),
            refresh=self._refresh(state) if stage == "running" else None,
        )

    def _refresh(self, state: TrainState) -> int:
        """Seconds to about the next page."""
        rows = state.history.epochs
        seconds = float(rows[-1]["seconds"]) if rows else 0.0
        return math.ceil(min(LATEST, max(SOONEST, seconds, self._cost / self.SHARE)))

    def _report(self) -> tuple[Report | None, str]:
        """The report beside the page, and what to say of it."""
        path = self.path.with_name("report.json")
        if not path.is_file():
            return None, ""
        made = path.stat().st_mtime
        said = f"Made {_told(datetime.fromtimestamp(made).astimezone())}"
        before = made < self._begun
        said += ", before this training: of other weights than those above." if before else "."
        return Report.load(path), said


def _is_one_of(many: int, epoch: int, epochs: int) -> bool:
    """Whether an epoch is among so many that are spread evenly over all.

    Example:
        >>> [epoch for epoch in range(1, 11) if _is_one_of(4, epoch, 10)]
        [3, 5, 8, 10]
    """
    return epoch * many // epochs > (epoch - 1) * many // epochs


def _told(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S %Z")


def thinned(frames: list[tuple[int, str]], most: int = FRAMES) -> list[tuple[int, str]]:
    """Frames of rising epochs, without the one whose neighbours are nearest if there are too many.

    Example:
        >>> [epoch for epoch, _ in thinned([(0, ""), (1, ""), (2, ""), (9, "")], 3)]
        [0, 2, 9]
    """
    while len(frames) > most:
        gaps = [later[0] - sooner[0] for sooner, later in zip(frames, frames[2:], strict=False)]
        least = gaps.index(min(gaps)) + 1
        frames = frames[:least] + frames[least + 1 :]
    return frames
