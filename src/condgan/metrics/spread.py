"""How different the images of one class are from each other: the figure that collapse lowers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.errors import DataError
from condgan.metrics.sample import Sample, drawn


def spread(images: Tensor) -> float:
    """Mean Euclidean distance between two different images of a set.

    Args:
        images: `(N, ...)`, all of one class.

    Returns:
        0.0 if all are the same; NaN for fewer than two images, which have no distance.

    Example:
        >>> import torch
        >>> spread(torch.tensor([[0.0], [3.0], [6.0]]))  # distances 3, 3 and 6
        4.0
    """
    if len(images) < 2:
        return math.nan
    return float(torch.pdist(images.flatten(1).to(torch.float64)).mean())


def within_class_spread(sample: Sample, data: LabelledImages, n: int = 100) -> dict[Label, float]:
    """For each class, the spread of generated images as a share of the spread of real ones.

    About 1 is right. Near 0, the class has collapsed to a single image; clearly above 1, its
    images are noisy or of several classes. The distance is taken between pixels, so it tells
    whether images differ, not whether they are good.

    Args:
        sample: from a list of labels to an image for each, such as `G.generate`.
        data: the real images.
        n: images drawn, and at most looked at among the real ones, in each class.

    Returns:
        A share for each class of which there are at least two real images.

    Raises:
        ConfigError: `n` is less than 2.
        DataError: no class has two real images that differ.
        LabelError: the data have no classes.

    Example:
        >>> import condgan
        >>> from condgan.metrics.spread import within_class_spread
        >>> data = condgan.load_data("digits")
        >>> shares = within_class_spread(lambda labels: data.of(3, len(labels)), data)
        >>> shares[3]  # real threes against themselves
        1.0
    """
    n = whole_number("n", n, least=2)
    real = {label: spread(data.of(label, n)) for label in data.counts()}
    measured = {label: value for label, value in real.items() if value > 0}
    if not measured:
        raise DataError("no class has two different real images to compare with.")
    return {label: spread(drawn(sample, label, n)) / value for label, value in measured.items()}
