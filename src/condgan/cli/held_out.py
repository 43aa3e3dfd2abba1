"""The part of some images that a run was not trained on, and how it is found again."""

from __future__ import annotations

from dataclasses import dataclass

from condgan.arguments import seed_number
from condgan.data.labelled import LabelledImages
from condgan.errors import DataError
from condgan.metrics.features import fingerprint


@dataclass(frozen=True)
class HeldOut:
    """A split of some images, as a run writes it down.

    Attributes:
        fraction, seed: of `LabelledImages.split`.
        images: fingerprint of the images split, for of others this would be another split.
    """

    fraction: float
    seed: int
    images: str

    @classmethod
    def of(cls, data: LabelledImages, fraction: float, seed: int) -> HeldOut:
        """The split of `data` to write down; `parts` makes it, and refuses what cannot be."""
        return cls(fraction, seed_number(seed), fingerprint(data))

    def parts(self, data: LabelledImages) -> tuple[LabelledImages, LabelledImages]:
        """The images to train on, and those held out.

        Raises:
            ConfigError: `fraction` is not strictly between 0 and 1.
            DataError: these are not the images written down, or too few for two parts.
        """
        if fingerprint(data) != self.images:
            raise DataError(
                f"{data.name} has changed since the run held {self.fraction:.0%} of it out, so "
                "nobody can say any more which images that was. Put them back as they were, or "
                "name what to compare with: condgan evaluate RUN DATA --test IMAGES."
            )
        return data.split(self.fraction, self.seed)
