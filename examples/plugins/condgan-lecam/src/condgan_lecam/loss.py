"""The game that the regularised one becomes once its anchors stand still."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from condgan import Turn
from condgan.errors import ConfigError


@dataclass(frozen=True)
class LeCamDivergence:
    """The Wasserstein loss with fixed anchors, whose optimum is the LeCam divergence.

    D minimises `fake - real + weight * ((real + anchor)^2 + (fake - anchor)^2)`, G `-fake`. For
    densities `p` of real and `q` of fake images the best D is `c * (p - q) / (p + q)`, with
    `c = 1 / (2 * weight) - anchor`, and `real - fake` is then `c` times the sum over all images of
    `(p - q)^2 / (p + q)`: Tseng and others (2021, arXiv:2104.03310), proposition 1.

    Attributes:
        weight: how much the anchors count, above 0.
        anchor: where the mean real logit is taken to settle; that of fakes at minus this.

    Raises:
        ConfigError: `c` is not above 0, so that D would take real images for fakes.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, -x, y)
        >>> LeCamDivergence(weight=0.25, anchor=1.0).discriminator(turn)  # -1 - 1 + (4 + 4) / 4
        tensor(0.)
    """

    weight: float = 0.3
    anchor: float = 0.5

    def __post_init__(self) -> None:
        if not (self.weight > 0 and 1 / (2 * self.weight) > self.anchor):
            raise ConfigError(
                "weight must be above 0, and anchor below 1 / (2 * weight); got "
                f"weight={self.weight!r} and anchor={self.anchor!r}."
            )

    def discriminator(self, turn: Turn) -> Tensor:
        real, fake = turn.real_logits, turn.fake_logits
        pull = (real + self.anchor).square().mean() + (fake - self.anchor).square().mean()
        return fake.mean() - real.mean() + self.weight * pull

    def generator(self, turn: Turn) -> Tensor:
        return -turn.fake_logits.mean()
