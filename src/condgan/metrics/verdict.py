"""Figures in plain words: what is wrong with a generator, and with which class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch

from condgan.classes import Label
from condgan.metrics.figures import Pair

WRONG = 0.05
"""How far accuracy may fall below that of real images."""

COLLAPSED, NARROW, WIDE = 0.5, 0.8, 1.3
"""Spread, as a share of the real one: below the first a class is collapsing."""

COPIED = 0.2
"""How far the share of near-copies may rise above that of real images."""

COVERED, NEAR = 0.9, 3.0
"""Coverage at least, and Fréchet distance at most, as shares of the real ones: as good as real.

A Fréchet distance between real images is mostly chance, which drawing with repetition doubles.
"""

BLIND = 0.2
"""How much, from 0 to 1, what is drawn must depend at least on what was asked for."""


def verdicts(
    within: Pair, classes: Mapping[Label, Pair], confusion: Sequence[Sequence[int]]
) -> list[str]:
    """Sentences about the whole, then one about each class that something is wrong with.

    Args:
        within: means over classes.
        classes: figures by label.
        confusion: images asked for (rows) and named by the classifier as (columns), in the order
            of `classes`.
    """
    said = []
    if ignores_label(confusion) and within.generated.accuracy < within.real.accuracy - WRONG:
        said.append(
            f"The generator ignores its label: whichever class is asked for, it draws the same "
            f"mixture, so only {within.generated.accuracy:.0%} are right."
        )
    if within.generated.copies > within.real.copies + COPIED:
        said.append(
            f"It copies: {within.generated.copies:.0%} of its images are near-copies of training "
            f"images; of real images that nobody trained on, {within.real.copies:.0%} are."
        )
    faults = {
        label: _faults(index, pair, list(classes), confusion)
        for index, (label, pair) in enumerate(classes.items())
    }
    faulty = [f"class {label}: {'; '.join(found)}" for label, found in faults.items() if found]
    if not faulty and not said:
        said.append(_praise(within))
    return said + faulty


def _praise(within: Pair) -> str:
    made, real = within.generated, within.real
    if math.isnan(made.coverage) or math.isnan(made.spread):
        return "No fault was found, but there are too few real images to compare with to say more."
    if _as_good_as_real(within):
        return (
            "Right and varied: within what can be measured, every class is as good as real images."
        )
    return (
        "Every class is right and varied, though its images can still be told from real ones "
        f"(coverage {made.coverage:.2f}, real {real.coverage:.2f})."
    )


def ignores_label(confusion: Sequence[Sequence[int]]) -> bool:
    """Whether what is drawn does not depend on what was asked for."""
    if len(confusion) < 2:
        return False
    table = torch.tensor(confusion, dtype=torch.float64)
    total = table.sum()
    expected = table.sum(dim=1, keepdim=True) * table.sum(dim=0) / total
    chi_squared = ((table - expected).square() / expected.clamp(min=1e-12)).sum()
    # Cramer's V with the bias taken off that chance alone gives few images (Bergsma, 2013).
    freedom = (len(confusion) - 1) ** 2
    squared = (chi_squared / total - freedom / (total - 1)).clamp(min=0) / (len(confusion) - 1)
    return bool(squared.sqrt() < BLIND)


def _as_good_as_real(within: Pair) -> bool:
    made, real = within.generated, within.real
    return made.coverage > COVERED * real.coverage and made.frechet < NEAR * real.frechet + 1e-9


def _faults(
    index: int, pair: Pair, labels: list[Label], confusion: Sequence[Sequence[int]]
) -> list[str]:
    made, real = pair.generated, pair.real
    found = []
    if made.accuracy < real.accuracy - WRONG:
        row = list(confusion[index])
        row[index] = -1
        other = labels[row.index(max(row))]
        found.append(f"{made.accuracy:.0%} right, most often drawn as {other}")
    if made.spread < 0.05:
        found.append(f"spread {made.spread:.2f} of real: it draws one image")
    elif made.spread < COLLAPSED:
        found.append(f"spread {made.spread:.2f} of real: collapsing")
    elif made.spread < NARROW * min(real.spread, 1.0):
        found.append(f"spread {made.spread:.2f} of real: less varied than real images")
    elif made.spread > WIDE * max(real.spread, 1.0):
        found.append(f"spread {made.spread:.2f} of real: noisy, or several things at once")
    if made.copies > real.copies + COPIED:
        found.append(f"{made.copies:.0%} near-copies of training images (real {real.copies:.0%})")
    return found
