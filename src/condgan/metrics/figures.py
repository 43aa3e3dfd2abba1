"""Figures of a set of images, beside those of real ones, and what they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Figures:
    """One set of images in figures; NaN where it could not be measured.

    Attributes:
        accuracy: share that a classifier trained on real images names as asked.
        frechet: Fréchet distance of features to real ones; 0 is best.
        kernel: kernel distance of features to real ones; about 0 is best.
        precision, recall, density, coverage: see `Manifold`.
        spread: mean distance between two images of a class, as a share of the real one.
        copies: share of near-copies of training images.
        duplicates: share with a near-copy in the same set.
    """

    accuracy: float = math.nan
    frechet: float = math.nan
    kernel: float = math.nan
    precision: float = math.nan
    recall: float = math.nan
    density: float = math.nan
    coverage: float = math.nan
    spread: float = math.nan
    copies: float = math.nan
    duplicates: float = math.nan


NAMES = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True)
class Pair:
    """The figures of generated images, and the same of held-out real images."""

    generated: Figures
    real: Figures


@dataclass(frozen=True)
class Basis:
    """What figures rest on; only reports on the same basis may be compared.

    Attributes:
        features: which network's.
        resize: how images were brought to its size.
        data: fingerprints of the real images learnt from and of those compared with.
        drawn: images drawn of each class.
        compared: real images compared with, by class.
        k: which neighbour `Manifold` looks to.
        seed: of drawing and choosing.
    """

    features: str
    resize: str
    data: str
    drawn: int
    compared: tuple[int, ...]
    k: int
    seed: int
