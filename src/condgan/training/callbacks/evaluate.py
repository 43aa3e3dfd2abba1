"""Records how right and how varied the classes are, as training goes on."""

from __future__ import annotations

import math
from typing import Any, Literal

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.metrics.figures import Figures
from condgan.metrics.probe import Probe
from condgan.networks import sampling
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class Evaluate(Callback):
    """Every few epochs, records cheap figures of the generator for others to watch.

    Into the history: `accuracy` and `spread` (means over classes), `worst_accuracy` and
    `worst_spread` (of the worst class), and `frechet` (mean within-class Fréchet distance). They
    can be plotted, watched by `EarlyStopping("worst_accuracy", mode="max")`, and compared with
    each other; for figures to report, use `condgan.evaluate`.

    Drawing takes nothing from the random streams of training: a run is the same bit for bit with
    and without this.

    Args:
        data: the real images.
        every: epochs between two looks; the last epoch has one too.
        n: images drawn of each class.
        seed: of the noise, the same at each look.
        cache: keep the classifier for other runs on the same images.

    Raises:
        ConfigError: `every` or `n` is not a positive whole number.
        LabelError: when training starts, data without classes.

    Example:
        >>> import condgan
        >>> data = condgan.load_data("digits")
        >>> look = condgan.Evaluate(data, every=5)
        >>> stop = condgan.EarlyStopping("accuracy", mode="max", patience=3, start_epoch=5)
    """

    stage: Literal["record"] = "record"

    def __init__(
        self,
        data: LabelledImages,
        every: int = 1,
        n: int = 50,
        seed: int = 0,
        cache: bool = True,
    ) -> None:
        self.data = data
        self.every = whole_number("every", every)
        self.n = whole_number("n", n, least=2)
        self.seed = seed
        self.cache = cache
        self._probe: Probe | None = None

    def on_fit_start(self, state: TrainState) -> None:
        if self._probe is None:
            self._probe = Probe(self.data, self.n, self.cache)

    def on_epoch_end(self, state: TrainState) -> None:
        if state.epoch % self.every and state.epoch != state.epochs:
            return
        figures = look(self._probe, state.generator, self.seed).values()
        accuracies = [f.accuracy for f in figures]
        spreads = [f.spread for f in figures if not math.isnan(f.spread)]
        distances = [f.frechet for f in figures if not math.isnan(f.frechet)]
        state.history.record(
            accuracy=sum(accuracies) / len(accuracies),
            worst_accuracy=min(accuracies),
            spread=sum(spreads) / len(spreads) if spreads else math.nan,
            worst_spread=min(spreads, default=math.nan),
            frechet=sum(distances) / len(distances) if distances else math.nan,
        )


def look(probe: Any, generator: sampling.Generator, seed: int) -> dict[Label, Figures]:
    """What a probe finds in a generator, drawn from noise of its own."""

    def sample(labels: list[Label]) -> Any:
        rows = generator.classes.canonical(labels)
        return sampling.draw(generator, rows, seed=seed)

    found: dict[Label, Figures] = probe(sample)
    return found
