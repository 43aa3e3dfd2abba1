"""Figures in plain words: what is wrong with a generator, and with which class."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from condgan.classes import Label
from condgan.metrics.confusion import Confusion, as_confusion
from condgan.metrics.figures import Figures, Pair

WRONG = 0.05
"""How far accuracy may fall below that of real images, beside what chance explains."""

COLLAPSED, NARROW, WIDE = 0.5, 0.8, 1.3
"""Spread, as a share of the real one: below the first a class is collapsing."""

COPIED = 0.2
"""How far the share of near-copies may rise above that of real images, beside chance."""

REPEATED = 1 - 1 / math.e
"""Share of images with a twin if as many are drawn, with repetition, as there are real ones: what
a perfect resampler does, and no fault, beside chance."""

COVERED, NEAR = 0.9, 3.0
"""Coverage at least, as a share of what real images drawn with repetition reach, and Fréchet
distance at most, as a share of the real one, which is mostly chance: as good as real."""

UNLIKE = 0.1
"""Precision below which images are like no real one."""

BLIND = 0.2
"""How much, from 0 to 1, what is drawn must depend at least on what was asked for."""

FEW = 10
"""Real images of a class below which only accuracy and collapse are judged."""

SIGMAS = 2.5
"""Standard errors that are put down to chance."""

SPREAD_ERROR = 0.36
"""Standard error of a spread from N images, times the root of N: twice the relative deviation of
an image's mean distance to the others, which is about 0.18 for digits."""

TRUSTED = 0.9
"""Accuracy on real images below which the judge itself is doubted."""


@dataclass(frozen=True)
class Evidence:
    """What verdicts are drawn from, beside the figures.

    Attributes:
        drawn: images drawn of each class.
        compared: real images compared with, by class.
        precision: of all generated images against all real ones, whatever their class.
        confusion: images asked for (rows) and named by the classifier as (columns).
        classifier_accuracy: of the judge, on real images.
        resampled_coverage: within-class coverage of real images drawn with repetition.
        gan_train: as in a report.
    """

    drawn: int
    compared: Sequence[int]
    precision: float
    confusion: Confusion
    classifier_accuracy: float
    resampled_coverage: float
    gan_train: tuple[float, float] | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "confusion", as_confusion(self.confusion))


PRAISE = ("Right and varied", "Every class is right")
"""How a sentence begins that finds nothing wrong."""


def verdicts(within: Pair, classes: Mapping[Label, Pair], evidence: Evidence) -> list[str]:
    """Sentences about the whole, then one about each class that something is wrong with."""
    whole = _of_the_whole(within, evidence)
    labels = list(classes)
    faulty = []
    for index, (label, pair) in enumerate(classes.items()):
        found = _faults(index, pair, labels, evidence)
        if found:
            faulty.append(f"class {label}: {'; '.join(found)}")
    few = [str(label) for label, m in zip(labels, evidence.compared, strict=True) if m < FEW]
    notes = []
    if few:
        shown = ", ".join(few[:8]) + (", ..." if len(few) > 8 else "")
        notes.append(
            f"Fewer than {FEW} real images to compare with in class {shown}: of those, only "
            "accuracy and collapse are judged."
        )
    if evidence.classifier_accuracy < TRUSTED:
        notes.append(
            f"The classifier that judges is itself only {evidence.classifier_accuracy:.0%} right "
            "on real images: take its word with care."
        )
    if evidence.gan_train is not None:
        made, real = evidence.gan_train
        notes.append(
            f"A classifier that learnt from its images alone is {made:.1%} right on real ones; "
            f"from as many real images, {real:.1%}."
        )
    if not faulty and not whole:
        whole.append(_praise(within, evidence, few))
    return whole + faulty + notes


def _of_the_whole(within: Pair, evidence: Evidence) -> list[str]:
    made, real = within.generated, within.real
    said = []
    if evidence.precision < UNLIKE:
        said.append("Its images are like none of the real ones.")
    if ignores_label(evidence.confusion) and made.accuracy < real.accuracy - WRONG:
        said.append(
            f"The generator ignores its label: whichever class is asked for, it draws the same "
            f"mixture, so only {made.accuracy:.0%} are right."
        )
    if made.copies > real.copies + COPIED:
        said.append(
            f"It copies: {made.copies:.0%} of its images are near-copies of training images; of "
            f"real images held out from them, {real.copies:.0%} are."
        )
    return said


def _praise(within: Pair, evidence: Evidence, few: list[str]) -> str:
    made, real = within.generated, within.real
    if few or math.isnan(made.coverage) or math.isnan(made.spread):
        return "No fault was found, but there are too few real images to compare with to say more."
    covers = made.coverage >= COVERED * min(real.coverage, evidence.resampled_coverage)
    learnt, could = evidence.gan_train or (1.0, 1.0)
    if covers and made.frechet < NEAR * real.frechet + 1e-9 and learnt > could - WRONG:
        return (
            "Right and varied: within what can be measured, every class is as good as real images."
        )
    return (
        "Every class is right and varied, though its images can still be told from real ones "
        f"(coverage {made.coverage:.2f}, real {real.coverage:.2f})."
    )


def ignores_label(confusion: Sequence[Sequence[int]]) -> bool:
    """Whether what is drawn does not depend on what was asked for."""
    table = as_confusion(confusion)
    cells = [(i, j, n) for i in range(len(table)) for j, n in table.counts(i).items()]
    if len(table) < 2 or not cells:
        return False
    rows, columns, counts = torch.tensor(cells).T
    counts = counts.double()
    total = counts.sum()
    asked, named = (torch.bincount(ids, counts) for ids in (rows, columns))
    # The sum of (n - expected)^2 / expected, to which cells of 0 add what they lack in the first.
    chi_squared = total * (counts.square() / (asked[rows] * named[columns])).sum() - total
    # Cramer's V with the bias taken off that chance alone gives few images (Bergsma, 2013).
    freedom = (len(confusion) - 1) ** 2
    squared = (chi_squared / total - freedom / (total - 1)).clamp(min=0) / (len(confusion) - 1)
    return bool(squared.sqrt() < BLIND)


def _faults(index: int, pair: Pair, labels: list[Label], evidence: Evidence) -> list[str]:
    made, m = pair.generated, evidence.compared[index]
    found = []
    if made.accuracy < _least_accuracy(pair.real, m, evidence):
        others = {j: n for j, n in evidence.confusion.counts(index).items() if j != index}
        other = labels[max(others, key=lambda j: others[j], default=index)]
        found.append(f"{made.accuracy:.0%} right, most often drawn as {other}")
    found += _spread_faults(pair, m, evidence.drawn)
    if m < FEW:
        return found
    by_chance = REPEATED + SIGMAS * math.sqrt(REPEATED * (1 - REPEATED) / m)
    if made.duplicates > pair.real.duplicates + by_chance and made.spread >= COLLAPSED:
        found.append(f"repeats itself: {made.duplicates:.0%} of {m} images have a twin among them")
    chance = _chance(max(pair.real.copies, 0.02), m, evidence.drawn)
    if made.copies > pair.real.copies + COPIED + chance:
        found.append(
            f"{made.copies:.0%} near-copies of training images (real {pair.real.copies:.0%})"
        )
    return found


def _least_accuracy(real: Figures, m: int, evidence: Evidence) -> float:
    """Accuracy that real images explain: few are pooled with those of all classes."""
    own = 0.0 if math.isnan(real.accuracy) else real.accuracy
    expected = (own * m + evidence.classifier_accuracy * FEW) / (m + FEW)
    return expected - WRONG - _chance(min(expected, 0.99), m + FEW, evidence.drawn)


def _chance(share: float, first: int, second: int) -> float:
    """What chance explains of the difference between a share in so many images and in others."""
    return SIGMAS * math.sqrt(share * (1 - share) * (1 / first + 1 / second))


def _spread_faults(pair: Pair, m: int, n: int) -> list[str]:
    spread = pair.generated.spread
    said = f"spread {spread:.2f} of real"
    if spread < 0.05:
        return [f"{said}: it draws one image"]
    if spread < COLLAPSED:
        return [f"{said}: collapsing"]
    if m < FEW or math.isnan(pair.real.spread):
        return []
    # The real spread of a few images is mostly chance, so it counts the more, the more there are.
    real = (pair.real.spread * m + FEW) / (m + FEW)
    chance = SIGMAS * SPREAD_ERROR * math.sqrt(1 / n + 1 / m)
    if spread < NARROW * min(real, 1.0) - chance:
        return [f"{said}: less varied than real images"]
    if spread > WIDE * max(real, 1.0) + chance:
        return [f"{said}: noisy, or several things at once"]
    return []
