"""One player's move: what was shown to the discriminator, and what it said."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from condgan.errors import DataError

Judge = Callable[[Tensor, Tensor], Tensor]
"""A discriminator as a loss sees it: (images, canonical labels) to logits."""


class Turn:
    """Labels, real and fake images, and the discriminator's verdicts, judged when first asked for.

    A loss reads what it needs: on the generator's turn a loss that never asks for `real_logits`
    never pays for them.

    Args:
        judge: the discriminator.
        real_images, real_labels: images `(N, C, H, W)` in [-1, 1] and their canonical labels.
        fake_images, fake_labels: images `(M, C, H, W)` and the labels they were drawn from. On
            the discriminator's turn they carry no gradient to the generator.
        at_once: judge real and fake images in a single pass. Right when the discriminator treats
            each image alone; wrong with batch normalisation, whose statistics would mix.
        step: steps taken before this one, for terms that count.

    Example:
        >>> import torch
        >>> from condgan.objectives.turn import Turn
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, -x, y)
        >>> turn.real_logits, turn.fake_logits
        (tensor([1., 1.]), tensor([-1., -1.]))
    """

    def __init__(
        self,
        judge: Judge,
        real_images: Tensor,
        real_labels: Tensor,
        fake_images: Tensor,
        fake_labels: Tensor,
        at_once: bool = False,
        step: int = 0,
    ) -> None:
        self._judge = judge
        self.real_images = real_images
        self.real_labels = real_labels
        self.fake_images = fake_images
        self.fake_labels = fake_labels
        self.at_once = at_once
        self.step = step

    def logits(self, images: Tensor, labels: Tensor) -> Tensor:
        """What the discriminator says of other images, such as mixtures, `(N,)`."""
        return logits_of(self._judge, images, labels)

    @cached_property
    def _both(self) -> tuple[Tensor, Tensor]:
        logits = self.logits(
            torch.cat([self.real_images, self.fake_images]),
            torch.cat([self.real_labels, self.fake_labels]),
        )
        real = len(self.real_images)
        return logits[:real], logits[real:]

    @cached_property
    def real_logits(self) -> Tensor:
        """What the discriminator says of the real images, `(N,)`."""
        if self.at_once:
            return self._both[0]
        return self.logits(self.real_images, self.real_labels)

    @cached_property
    def fake_logits(self) -> Tensor:
        """What the discriminator says of the fake images, `(M,)`."""
        if self.at_once:
            return self._both[1]
        return self.logits(self.fake_images, self.fake_labels)


def logits_of(judge: Judge, images: Tensor, labels: Tensor) -> Tensor:
    """Logits as `(N,)`, also from a discriminator that gives `(N, 1)` or `(N, 1, 1, 1)`.

    Raises:
        DataError: it gives anything but one number an image, which a loss would silently
            broadcast.
    """
    logits = judge(images, labels)
    if logits.ndim == 1 and len(logits) == len(images):
        return logits
    if logits.numel() == len(images) and logits.ndim > 1 and len(logits) == len(images):
        return logits.flatten()
    raise DataError(
        f"a discriminator gives one logit an image, shape ({len(images)},); "
        f"this one gave {tuple(logits.shape)}."
    )
