"""How much two paired rows of figures differ, and how far that is in doubt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

T_QUANTILES = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
"""The 97.5 % quantile of Student's t with 1, 2, ... degrees of freedom; 30 serves for more."""

NORMAL = 1.96
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Difference:
    """A mean difference over seeds and its 95 % confidence interval, None with a single seed."""

    mean: float
    low: float | None
    high: float | None

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above nothing."""
        return self.low is not None and self.low > 0

    @property
    def below(self) -> bool:
        """Whether the whole interval lies below nothing."""
        return self.high is not None and self.high < 0

    def __str__(self) -> str:
        """In points, with 100 to the whole."""
        size = f"{abs(self.mean) * 100:.1f} points {'lower' if self.mean < 0 else 'higher'}"
        if self.low is None or self.high is None:
            return f"{size} (one seed, no interval)"
        interval = f"(95 % interval {self.low * 100:+.1f} to {self.high * 100:+.1f})"
        return f"{size} {interval}" + ("" if self.above or self.below else ", no clear difference")


def paired_difference(
    first: tuple[float, ...],
    second: tuple[float, ...],
    overlap: float = 0.0,
    sampling: float = 0.0,
) -> Difference:
    """How much larger the first of two paired rows is, by Student's t for paired values.

    The interval holds in 95 of 100 studies if differences are about normal. "The Probable Error of
    a Mean" (1908).

    Args:
        first, second: a value for each seed.
        overlap: where each seed held out other images of the same set, images tested on by images
            trained on; such parts overlap, and the interval is widened for it (Nadeau and Bengio,
            2003, doi:10.1023/A:1024068626366, section 3).
        sampling: where all seeds were tested on the same images, the standard error of the mean
            from these being a sample of all that there could be (see `sampling_error`).

    Example:
        >>> str(paired_difference((0.5, 0.7), (0.4, 0.4)))  # 12.706 x 14.14 / sqrt(2) to each side
        '20.0 points higher (95 % interval -107.1 to +147.1), no clear difference'
    """
    gaps = torch.tensor(first, dtype=torch.float64) - torch.tensor(second, dtype=torch.float64)
    mean = float(gaps.mean())
    if len(gaps) < 2:
        return Difference(mean, None, None)
    quantile = T_QUANTILES[min(len(gaps) - 1, len(T_QUANTILES)) - 1]
    half = math.hypot(
        quantile * float(gaps.std()) * math.sqrt(1 / len(gaps) + overlap), NORMAL * sampling
    )
    return Difference(mean, mean - half, mean + half)


def sampling_error(first: list[tuple[bytes, ...]], second: list[tuple[bytes, ...]]) -> float:
    """The standard error of a difference in mean recall that the choice of test images leaves.

    By class, the variance over its images of how often the first rather than the second names one
    rightly, over the number of images; classes are samples apart, so their errors add in squares.

    Args:
        first, second: with each seed, `Outcome.right` of the classes compared.

    Example:
        >>> one = [(bytes([1, 1, 1, 0]),)]  # differs in one of four images: variance 1/4
        >>> sampling_error(one, [(bytes([1, 1, 1, 1]),)])
        0.25
    """
    variance = 0.0
    classes = len(first[0])
    for k in range(classes):
        ours, theirs = (
            torch.tensor([list(right[k]) for right in rows], dtype=torch.float64).mean(dim=0)
            for rows in (first, second)
        )
        if len(ours) > 1:
            variance += float((ours - theirs).var()) / len(ours)
    return math.sqrt(variance) / classes
