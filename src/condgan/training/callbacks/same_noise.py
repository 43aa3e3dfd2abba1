"""A picture of what a generator draws, always from the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from condgan.classes import Classes, is_one_label
from condgan.errors import ConfigError
from condgan.images import check_channels, grid
from condgan.metrics.page.markup import moderate
from condgan.modes import seeded
from condgan.networks import sampling

if TYPE_CHECKING:
    import PIL.Image

ROWS = 20
"""Rows of a picture at most, where nobody said which."""


class SameNoise:
    """Draws a row of `n` images for each label.

    Args:
        generator: whose labels they are; another one of its kind may be drawn with.
        labels: a row for each; the first `ROWS` classes if left out.
        n: images in a row.
        seed: of the noise.
        largest: pixels that an image's longer side is brought down to, if it has more.

    Attributes:
        labels: of the rows.

    Raises:
        ConfigError: no `labels` where the generator has no classes, or images that are no
            pictures.
    """

    def __init__(
        self, generator: Any, labels: Any, n: int, seed: int, largest: int | None = None
    ) -> None:
        condition = generator.classes
        if labels is None and not isinstance(condition, Classes):
            raise ConfigError(f"say which conditions to draw, with labels=..., of {condition!r}.")
        check_channels(generator.image_shape[0])
        asked: Sequence[Any] = condition.labels[:ROWS] if labels is None else labels
        if is_one_label(asked):
            asked = [asked]
        self.n, self.seed, self.largest = n, seed, largest
        self.labels = list(asked)
        self._rows = sampling.requested(condition, asked, n)
        self._z = sampling.noise(len(self._rows), generator.latent_dim, seed)

    def picture(self, generator: Any) -> PIL.Image.Image:
        """What it draws now."""
        return self.sheet(self.images(generator))

    def images(self, generator: Any) -> Tensor:
        """What it draws now, `n` images a label.

        Torch's stream is left alone, also by generators that draw from it.
        """
        with seeded(self.seed):
            return sampling.draw(generator, self._rows, z=self._z)

    def sheet(self, images: Tensor) -> PIL.Image.Image:
        """The images in rows."""
        if self.largest is not None:
            images = moderate(images, self.largest)
        return grid(images, self.n, [str(label) for label in self.labels])
