"""One player's move: what was shown to the discriminator, and what it said."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from condgan.errors import ConfigError, DataError
from condgan.verdict import Verdict

Judge = Callable[[Tensor, Tensor], Tensor | Verdict]
"""A discriminator as a loss sees it: (images, canonical labels) to logits or a `Verdict`."""


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
        step: moves of this player before this one, for terms that count.
        progress: how much of training is done, from 0 to 1, for values that change on the way.

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
        progress: float = 0.0,
    ) -> None:
        self._judge = judge
        self.real_images = real_images
        self.real_labels = real_labels
        self.fake_images = fake_images
        self.fake_labels = fake_labels
        self.at_once = at_once
        self.step = step
        self.progress = progress

    def logits(self, images: Tensor, labels: Tensor) -> Tensor:
        """What the discriminator says of other images, such as mixtures, `(N,)`."""
        return logits_of(self._judge, images, labels)

    @cached_property
    def _both(self) -> tuple[tuple[Tensor, Tensor | None], tuple[Tensor, Tensor | None]]:
        logits, class_logits = verdict_on(
            self._judge,
            torch.cat([self.real_images, self.fake_images]),
            torch.cat([self.real_labels, self.fake_labels]),
        )
        real = len(self.real_images)
        if class_logits is None:
            return (logits[:real], None), (logits[real:], None)
        return (logits[:real], class_logits[:real]), (logits[real:], class_logits[real:])

    @cached_property
    def _real(self) -> tuple[Tensor, Tensor | None]:
        if self.at_once:
            return self._both[0]
        return verdict_on(self._judge, self.real_images, self.real_labels)

    @cached_property
    def _fake(self) -> tuple[Tensor, Tensor | None]:
        if self.at_once:
            return self._both[1]
        return verdict_on(self._judge, self.fake_images, self.fake_labels)

    @property
    def real_logits(self) -> Tensor:
        """What the discriminator says of the real images, `(N,)`."""
        return self._real[0]

    @property
    def fake_logits(self) -> Tensor:
        """What the discriminator says of the fake images, `(M,)`."""
        return self._fake[0]

    @property
    def real_class_logits(self) -> Tensor:
        """What its auxiliary head says that the real images show, `(N, outputs)`."""
        return _present(self._real[1])

    @property
    def fake_class_logits(self) -> Tensor:
        """What its auxiliary head says that the fake images show, `(M, outputs)`."""
        return _present(self._fake[1])


def _present(class_logits: Tensor | None) -> Tensor:
    if class_logits is None:
        raise ConfigError(
            "this objective needs a discriminator with an auxiliary head: "
            "ConditionalDiscriminator(..., auxiliary='ac'), or 'adc' for ADC-GAN."
        )
    return class_logits


def verdict_on(judge: Judge, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor | None]:
    """Logits as float32 `(N,)`, and class logits `(N, outputs)` if there are any.

    A discriminator may as well give `(N, 1)` or `(N, 1, 1, 1)`. Whatever it computes in, losses
    get float32.

    Raises:
        DataError: it gives anything but one number an image, which a loss would silently
            broadcast.
    """
    verdict: Any = judge(images, labels)
    given, class_logits = verdict if isinstance(verdict, Verdict) else (verdict, None)
    if not isinstance(given, Tensor):
        raise DataError(
            f"a discriminator gives a tensor of logits, or a Verdict(logits, class_logits); this "
            f"one gave a {type(given).__name__}."
        )
    if given.numel() != len(images) or not given.ndim or len(given) != len(images):
        raise DataError(
            f"a discriminator gives one logit an image, shape ({len(images)},); "
            f"this one gave {tuple(given.shape)}."
        )
    return given.flatten().float(), None if class_logits is None else class_logits.float()


def logits_of(judge: Judge, images: Tensor, labels: Tensor) -> Tensor:
    """The logits alone; see `verdict_on`."""
    return verdict_on(judge, images, labels)[0]
