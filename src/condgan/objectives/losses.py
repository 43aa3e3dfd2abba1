"""Losses: small frozen values that turn a `Turn` into a scalar, one method for each player."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn.functional import softplus

from condgan.objectives.turn import Turn


class Loss(Protocol):
    """What a loss is; a plugin's need not inherit from anything."""

    def discriminator(self, turn: Turn) -> Tensor:
        """The scalar that the discriminator's step makes smaller."""

    def generator(self, turn: Turn) -> Tensor:
        """The scalar that the generator's step makes smaller."""


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """The original loss, in its non-saturating form, on logits.

    With `s` the sigmoid, the discriminator minimises `-log s(real) - log(1 - s(fake))` and the
    generator `-log s(fake)`, each averaged over its images: Goodfellow and others, "Generative
    Adversarial Networks" (2014, arXiv:1406.2661), equation 1 and the end of section 3. Since
    `-log s(x) = softplus(-x)`, no logit is too large to be finite.

    Example:
        >>> import torch
        >>> float(BinaryCrossEntropy().real(torch.zeros(3)))  # undecided: log 2
        0.6931471824645996
    """

    def real(self, logits: Tensor) -> Tensor:
        """Cross-entropy of logits `(N,)` against the verdict "real"."""
        return softplus(-logits).mean()

    def fake(self, logits: Tensor) -> Tensor:
        """Cross-entropy of logits `(N,)` against the verdict "fake"."""
        return softplus(logits).mean()

    def discriminator(self, turn: Turn) -> Tensor:
        return self.real(turn.real_logits) + self.fake(turn.fake_logits)

    def generator(self, turn: Turn) -> Tensor:
        return self.real(turn.fake_logits)
