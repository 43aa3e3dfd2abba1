"""Losses: small frozen values that turn a `Turn` into a scalar, one method for each player.

Below, `real` and `fake` are the discriminator's logits; each formula is averaged over the images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn.functional import relu, softplus

from condgan.errors import DataError
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


@dataclass(frozen=True)
class LeastSquares:
    """Least squares around the targets 1 for real and 0 for fake.

    D minimises `((real - 1)^2 + fake^2) / 2`, G `(fake - 1)^2 / 2`: Mao and others, "Least Squares
    Generative Adversarial Networks" (2017, arXiv:1611.04076), equation 9.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, 0 * x, y)
        >>> LeastSquares().discriminator(turn), LeastSquares().generator(turn)
        (tensor(0.), tensor(0.5000))
    """

    def discriminator(self, turn: Turn) -> Tensor:
        return ((turn.real_logits - 1).square().mean() + turn.fake_logits.square().mean()) / 2

    def generator(self, turn: Turn) -> Tensor:
        return (turn.fake_logits - 1).square().mean() / 2


@dataclass(frozen=True)
class Hinge:
    """The hinge loss: nothing is gained beyond a margin of 1.

    D minimises `relu(1 - real) + relu(1 + fake)`, G `-fake`: Lim and Ye, "Geometric GAN" (2017,
    arXiv:1705.02894), equations 10 and 11; Miyato and others (2018, arXiv:1802.05957), equations
    16 and 17.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, 0 * x, y)
        >>> Hinge().discriminator(turn), Hinge().generator(turn)
        (tensor(1.), tensor(-0.))
    """

    def discriminator(self, turn: Turn) -> Tensor:
        return relu(1 - turn.real_logits).mean() + relu(1 + turn.fake_logits).mean()

    def generator(self, turn: Turn) -> Tensor:
        return -turn.fake_logits.mean()


@dataclass(frozen=True)
class Wasserstein:
    """The difference of mean logits; D must be kept smooth, such as by `GradientPenalty`.

    D minimises `fake - real`, G `-fake`: Arjovsky and others, "Wasserstein GAN" (2017,
    arXiv:1701.07875), equations 2 and 3.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, 0 * x, y)
        >>> Wasserstein().discriminator(turn)
        tensor(-1.)
    """

    def discriminator(self, turn: Turn) -> Tensor:
        return turn.fake_logits.mean() - turn.real_logits.mean()

    def generator(self, turn: Turn) -> Tensor:
        return -turn.fake_logits.mean()


@dataclass(frozen=True)
class Relativistic:
    """Relativistic pairing (RpGAN): each fake image against the real one of its place.

    D minimises `softplus(fake - real)`, G `softplus(real - fake)`: Jolicoeur-Martineau, "The
    relativistic discriminator" (2019, arXiv:1807.00734), section 4.1; with penalties on both sides
    it is the loss of Huang and others, "The GAN is dead; long live the GAN!" (2024,
    arXiv:2501.05441), equation 2. With fakes drawn for the labels of the real batch, the two of a
    pair are of one class.

    Raises:
        DataError: not as many fake images as real ones.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, x, y)
        >>> Relativistic().discriminator(turn)  # no difference: log 2
        tensor(0.6931)
    """

    def discriminator(self, turn: Turn) -> Tensor:
        return softplus(-self._margin(turn)).mean()

    def generator(self, turn: Turn) -> Tensor:
        return softplus(self._margin(turn)).mean()

    @staticmethod
    def _margin(turn: Turn) -> Tensor:
        real, fake = turn.real_logits, turn.fake_logits
        if len(real) != len(fake):
            raise DataError(
                f"a relativistic loss pairs real and fake images; got {len(real)} and {len(fake)}."
            )
        return real - fake
