"""What a study found: recalls by arm and seed, their differences, and a verdict with its doubt."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from condgan.classes import Label
from condgan.errors import ConfigError, listed
from condgan.metrics.difference import Difference, paired_difference, sampling_error
from condgan.metrics.real import HELD_OUT

ROUNDS = 5
"""How often images are drawn at most in place of those that the filter dropped."""

RARE = 0.5
"""A class is rare if it has at most this share of the largest class's images."""

CLASSICAL = {
    "augmented": "augmented ones",
    "re-weighted": "re-weighted ones",
    "both": "real ones that are augmented and re-weighted",
}
"""The arms that need no generator, next to "real" itself, and how a sentence calls their images."""

MADE = ("generated", "filtered", "combined")
"""The arms that learn from drawn images."""

LITTLE = 0.05
"""Added images that are a smaller part than this of all can hardly matter."""

ARMS = ("real", *CLASSICAL, *MADE)


@dataclass(frozen=True)
class Outcome:
    """What one classifier did on the real test images.

    Attributes:
        recall: of each class, the share named rightly, in the order of the labels.
        accuracy: share of all images named rightly.
        added: how many drawn images of each class it was trained on.
        right: for each class, a byte for each of its test images, 1 where it was named rightly.
    """

    recall: tuple[float, ...]
    accuracy: float
    added: tuple[int, ...]
    right: tuple[bytes, ...]

    @property
    def balanced_accuracy(self) -> float:
        """Mean recall over classes, each counting the same however rare it is."""
        return math.fsum(self.recall) / len(self.recall)


@dataclass(frozen=True)
class Study:
    """Classifiers trained in seven ways; prints as a table with a verdict, and saves as JSON.

    Intervals cover what changes from seed to seed (the generator, what it draws, the classifier)
    and which images are tested on: where `resplit`, each seed held out others; a given test set
    counts as a sample of all that there could be.

    Attributes:
        name: of the data.
        counts, tested: real images trained and tested on, by label.
        per_class: images of each class after topping up.
        steps: of every classifier's training.
        doubt: the least probability that let a drawn image pass the filter.
        seeds: how often all was repeated.
        resplit: whether each seed held out other images.
        results: by arm, what came out with each seed.
    """

    name: str
    counts: dict[Label, int]
    tested: dict[Label, int]
    per_class: int
    steps: int
    doubt: float
    seeds: int
    resplit: bool
    results: dict[str, tuple[Outcome, ...]]

    @property
    def rarest(self) -> tuple[Label, ...]:
        """Classes with at most half of the largest one's images, or the smallest of all."""
        least, most = min(self.counts.values()), max(self.counts.values())
        bound = max(least, RARE * most)
        return tuple(label for label, count in self.counts.items() if count <= bound)

    @property
    def best_classical(self) -> str:
        """The best arm without a generator, by mean balanced accuracy.

        Chosen after the fact, it looks a little better than it is: a bar against the generator.
        """
        return max(CLASSICAL, key=lambda arm: sum(self.recall(arm)))

    def recall(self, arm: str, labels: tuple[Label, ...] | None = None) -> tuple[float, ...]:
        """With each seed, mean recall of these classes; of all, it is the balanced accuracy.

        Raises:
            ConfigError: there is no such arm or label.
        """
        if arm not in self.results:
            raise ConfigError(f"there is no arm {arm!r}. Known: {', '.join(self.results)}.")
        known = list(self.counts)
        unknown = [label for label in labels or () if label not in known]
        if unknown:
            raise ConfigError(f"there is no class {unknown[0]!r}. Known: {listed(known)}.")
        ids = [known.index(label) for label in labels or known]
        # Summed exactly, so that equal figures differ by nothing and not by a rounding error.
        return tuple(math.fsum(o.recall[i] for i in ids) / len(ids) for o in self.results[arm])

    def difference(
        self, arm: str, other: str, labels: tuple[Label, ...] | None = None
    ) -> Difference:
        """How much higher `recall` is in one arm than in another, seed by seed.

        Raises:
            ConfigError: there is no such arm or label.
        """
        ours, theirs = self.recall(arm, labels), self.recall(other, labels)
        if self.resplit:
            return paired_difference(ours, theirs, overlap=HELD_OUT / (1 - HELD_OUT))
        sampling = sampling_error(self._right(arm, labels), self._right(other, labels))
        return paired_difference(ours, theirs, sampling=sampling)

    def _right(self, arm: str, labels: tuple[Label, ...] | None) -> list[tuple[bytes, ...]]:
        known = list(self.counts)
        ids = [known.index(label) for label in labels or known]
        return [tuple(outcome.right[i] for i in ids) for outcome in self.results[arm]]

    def verdict(self) -> list[str]:
        """The conclusion, what it rests on, and where too few images were added, in sentences.

        The conclusion goes by balanced accuracy alone, chosen beforehand: of many intervals one
        would lie above nothing by chance.
        """
        said = [self._conclusion()]
        for arm in MADE:
            for other in ("real", self.best_classical):
                said.append(
                    f"{arm} against {other}: balanced accuracy {self.difference(arm, other)}; "
                    f"recall of the rarest ({named(self.rarest)}) "
                    f"{self.difference(arm, other, self.rarest)}."
                )
        return said + self._shortages()

    def _conclusion(self) -> str:
        best = self.best_classical
        rival = CLASSICAL[best]
        if self.seeds == 1:
            return (
                "One seed gives no interval: whether a difference is luck, it cannot say. "
                "Take 3 or more."
            )
        against = {arm: (self.difference(arm, "real"), self.difference(arm, best)) for arm in MADE}
        better = [arm for arm, found in against.items() if all(d.above for d in found)]
        worse = [arm for arm, found in against.items() if any(d.below for d in found)]
        # Combined images have the simpler means in them, so beating real ones says little of them.
        alone = [arm for arm in MADE if arm != "combined"]
        level = [arm for arm in alone if against[arm][0].above and arm not in worse]
        if better:
            arm = max(better, key=lambda arm: against[arm][1].mean)
            return (
                f"It helps: a classifier that also learns from {arm} images beats both real "
                f"images alone and {rival}."
            )
        if level:
            return (
                f"No clear difference to {rival}, which cost less, though "
                f"{spoken(level)} images beat real ones alone."
            )
        if worse:
            harmful = [arm for arm in worse if against[arm][0].below]
            return (
                f"Do not use it: {spoken(harmful or worse)} images make a worse classifier "
                f"than {'real ones alone' if harmful else f'{rival}, which cost less'}."
            )
        return (
            "No clear difference: these seeds cannot tell whether generated images help, "
            "so that they are not worth their making."
        )

    def _shortages(self) -> list[str]:
        """Whether little was added at all, and classes that the filter left short of images."""
        said = []
        added = sum(max(0, self.per_class - count) for count in self.counts.values())
        share = added / (added + sum(self.counts.values()))
        if share < LITTLE:
            said.append(
                f"only {100 * share:.1f} % of the images are drawn ones, which can hardly matter: "
                "take data that are less even, or say a larger per_class."
            )
        for index, (label, count) in enumerate(self.counts.items()):
            wanted = max(0, self.per_class - count)
            kept = [outcome.added[index] for outcome in self.results["filtered"]]
            if min(kept) < wanted:
                said.append(
                    f"class {label}: of {wanted} images wanted, the filter let through "
                    f"{listed(kept)} in {ROUNDS + 1} rounds."
                )
        return said

    def table(self) -> str:
        """Mean figures in per cent as text, an arm in each column, over more seeds with spread."""
        rows = [
            ["", *ARMS],
            ["balanced accuracy", *(_cell(self.recall(arm)) for arm in ARMS)],
            ["accuracy", *(_cell(tuple(o.accuracy for o in self.results[a])) for a in ARMS)],
            ["rarest", *(_cell(self.recall(arm, self.rarest)) for arm in ARMS)],
        ]
        for label, count in self.counts.items():
            cells = [_cell(self.recall(arm, (label,))) for arm in ARMS]
            rows.append([f"class {label} ({count})", *cells])
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def __str__(self) -> str:
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds, mean and spread"
        head = (
            f"{self.name}: {sum(self.counts.values())} real images, topped up to "
            f"{self.per_class} of each class, {self.steps} steps; per cent right of "
            f"{sum(self.tested.values())} real test images ({seeds})"
        )
        return "\n".join([head, self.table(), *self.verdict()])

    def to_dict(self) -> dict[str, Any]:
        """Plain values; labels are lists in the order of the figures."""
        return {
            "format": 1,
            "name": self.name,
            "labels": list(self.counts),
            "trained": list(self.counts.values()),
            "tested": list(self.tested.values()),
            "per_class": self.per_class,
            "steps": self.steps,
            "doubt": self.doubt,
            "seeds": self.seeds,
            "resplit": self.resplit,
            "rarest": list(self.rarest),
            "best_classical": self.best_classical,
            "arms": {
                arm: [
                    {
                        "seed": seed,
                        "balanced_accuracy": found.balanced_accuracy,
                        "accuracy": found.accuracy,
                        "recall": list(found.recall),
                        "added": list(found.added),
                    }
                    for seed, found in enumerate(outcomes)
                ]
                for arm, outcomes in self.results.items()
            },
            "differences": [
                {
                    "arm": arm,
                    "other": other,
                    "balanced_accuracy": asdict(self.difference(arm, other)),
                    "rarest": asdict(self.difference(arm, other, self.rarest)),
                }
                for arm in MADE
                for other in ("real", *CLASSICAL)
            ],
            "verdict": self.verdict(),
        }

    def save(self, path: str | PathLike[str]) -> Path:
        """Writes it as strict JSON."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n", encoding="utf-8"
        )
        return target


def named(labels: tuple[Label, ...]) -> str:
    return listed(labels) if len(labels) > 1 else f"class {labels[0]}"


def spoken(names: list[str]) -> str:
    """As a sentence lists them: a, b and c."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _cell(values: tuple[float, ...]) -> str:
    percent = torch.tensor(values, dtype=torch.float64) * 100
    spread = f" ± {percent.std():.1f}" if len(values) > 1 else ""
    return f"{percent.mean():.1f}{spread}"
