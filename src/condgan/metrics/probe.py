"""A cheap look at every class, for use while training goes on: seconds, not minutes."""

from __future__ import annotations

import math

import torch

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.metrics.features import cached_classifier
from condgan.metrics.figures import Figures
from condgan.metrics.frechet import gaussian_distance
from condgan.metrics.sample import Sample, drawn
from condgan.metrics.spread import spread


class Probe:
    """Accuracy, spread and Fréchet distance within each class, from a few images of each.

    The classifier and the real figures are made once, when the probe is. Few images make noisy
    figures, and Fréchet distances that are too large; they compare with each other, since each
    look draws as many, but not with those of `evaluate`.

    Args:
        data: real images with classes.
        n: images drawn of each class, and at most looked at among the real ones.
        cache: keep the classifier, as `evaluate` does.

    Raises:
        LabelError: the data have no classes.
        ConfigError: `n` is less than 2.

    Example:
        >>> import condgan
        >>> from condgan.metrics.probe import Probe
        >>> data = condgan.load_data("digits")
        >>> probe = Probe(data, n=20, cache=False)
        >>> probe(lambda labels: data.of(labels[0], len(labels)))[3].spread  # real threes
        1.0
    """

    def __init__(self, data: LabelledImages, n: int = 50, cache: bool = True) -> None:
        self.n = whole_number("n", n, least=2)
        self.classifier, _ = cached_classifier(data, cache=cache)
        self._real = {label: data.of(label, self.n) for label in self.classifier.classes}
        self._spread = {label: spread(images) for label, images in self._real.items()}

    def __call__(self, sample: Sample) -> dict[Label, Figures]:
        """The figures of each class; NaN where there are too few real images."""
        return {label: self._figures(sample, label) for label in self._real}

    def _figures(self, sample: Sample, label: Label) -> Figures:
        images = drawn(sample, label, self.n)
        real, real_spread = self._real[label], self._spread[label]
        right = self.classifier.predict(images) == self.classifier.classes.id(label)
        distance = math.nan
        if len(real) > 1:
            rows = [self.classifier.features(x).to(torch.float64) for x in (real, images)]
            distance = gaussian_distance(*rows)
        return Figures(
            accuracy=float(right.float().mean()),
            frechet=distance,
            spread=spread(images) / real_spread if real_spread > 0 else math.nan,
        )
