"""How varied a few drawings of each class are, beside real images."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.metrics.spread import spread

REAL = 100
"""Real images of a class that are looked at."""


class Variety:
    """Tells the spread of drawn images as a share of that of real ones, class by class.

    Args:
        data: the real images.
        labels: classes of them; one that has no two different images is left out.

    Raises:
        LabelError: a label that the data do not have.

    Example:
        >>> import torch, condgan
        >>> data = condgan.load_data("digits")
        >>> variety = Variety(data, [3, 8])
        >>> variety.of(torch.cat([data.of(3, 100), data.of(8, 1).expand(100, -1, -1, -1)]))
        {3: 1.0, 8: 0.0}
    """

    def __init__(self, data: LabelledImages, labels: Sequence[Label]) -> None:
        self.labels = list(labels)
        self._real = {label: spread(data.of(label, REAL)) for label in self.labels}

    def of(self, images: Tensor) -> dict[Label, float]:
        """By class, of as many images of each, in the order of `labels`."""
        parts = images.detach().float().cpu().chunk(len(self.labels))
        return {
            label: spread(part) / self._real[label]
            for label, part in zip(self.labels, parts, strict=True)
            if self._real[label] > 0
        }
