"""Figures of a report as metrics of their own, to be had by name."""

from __future__ import annotations

from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.metrics.probe import Probe
from condgan.metrics.sample import Sample


def accuracy(sample: Sample, data: LabelledImages, n: int = 50) -> dict[Label, float]:
    """For each class, the share of generated images that a classifier names as asked.

    The classifier is trained on the real images, and kept for the next time.

    Args:
        sample: from a list of labels to an image for each, such as `G.generate`.
        data: the real images.
        n: images drawn of each class.

    Raises:
        LabelError: the data have no classes.
        ConfigError: `n` is less than 2.
    """
    return {label: found.accuracy for label, found in Probe(data, n)(sample).items()}


def frechet(sample: Sample, data: LabelledImages, n: int = 50) -> dict[Label, float]:
    """For each class, the Fréchet distance of generated images to real ones; 0 is best.

    Taken between features of the same classifier as `accuracy`, from few images, so that it is
    too large and compares only with itself for the same `n`; NaN for a class with one real image.

    Args, Raises: as for `accuracy`.
    """
    return {label: found.frechet for label, found in Probe(data, n)(sample).items()}
