"""Terms: small frozen values that are added to a player's loss.

Penalties differentiate the discriminator twice, and do so in float32 whatever else is computed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from condgan.arguments import whole_number
from condgan.errors import ConfigError, DataError
from condgan.objectives.schedules import Ramp, check_weight, value_at
from condgan.objectives.turn import Turn

Term = Callable[[Turn], Tensor]
"""Something added to a player's loss: a value that turns a `Turn` into a scalar.

An attribute `player`, "discriminator" or "generator", says whose loss alone it makes sense in; an
attribute `auxiliary`, "ac" or "adc", which auxiliary head it reads.
"""


def image_gradients(turn: Turn, images: Tensor, labels: Tensor) -> Tensor:
    """How each image's logit changes with its pixels, `(N, pixels)`, itself differentiable."""
    with torch.autocast(images.device.type, enabled=False):
        images = images.detach().float().requires_grad_(True)
        logits = turn.logits(images, labels)
        (gradients,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradients.flatten(1)


def zero_centred(gamma: float | Ramp, turn: Turn, images: Tensor, labels: Tensor) -> Tensor:
    """`gamma / 2 * |grad D|^2`, averaged over images."""
    squares = image_gradients(turn, images, labels).square().sum(dim=1)
    return value_at(gamma, turn.progress) / 2 * squares.mean()


@dataclass(frozen=True)
class R1:
    """Zero-centred gradient penalty on real images: `gamma / 2 * |grad D(real)|^2`, averaged.

    Mescheder and others, "Which Training Methods for GANs do actually Converge?" (2018,
    arXiv:1801.04406), equation 9.

    Attributes:
        gamma: a number, or a `Ramp` over training.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 2, 2), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: 3 * images.sum(dim=(1, 2, 3)), x, y, x, y)
        >>> R1(gamma=1.0)(turn).detach()  # four slopes of 3: 36 / 2
        tensor(18.)
    """

    player: ClassVar[str] = "discriminator"
    gamma: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("gamma", self.gamma)

    def __call__(self, turn: Turn) -> Tensor:
        return zero_centred(self.gamma, turn, turn.real_images, turn.real_labels)


@dataclass(frozen=True)
class R2:
    """The same penalty on fake images: `gamma / 2 * |grad D(fake)|^2`, averaged.

    Mescheder and others (2018, arXiv:1801.04406), equation 10.

    Attributes:
        gamma: a number, or a `Ramp` over training.
    """

    player: ClassVar[str] = "discriminator"
    gamma: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("gamma", self.gamma)

    def __call__(self, turn: Turn) -> Tensor:
        return zero_centred(self.gamma, turn, turn.fake_images, turn.fake_labels)


@dataclass(frozen=True)
class GradientPenalty:
    """Slopes of length 1 between real and fake images: `weight * (|grad D(mixture)| - 1)^2`.

    Each image has a mixing weight, and a norm, of its own. Gulrajani and others, "Improved
    Training of Wasserstein GANs" (2017, arXiv:1704.00028), equation 3 and algorithm 1. The
    mixtures are judged with the real images' labels, so fakes should have the same
    (`fake_labels="real"`).

    Attributes:
        weight: a number, or a `Ramp` over training.

    Raises:
        DataError: not as many fake images as real ones.
    """

    player: ClassVar[str] = "discriminator"
    weight: float | Ramp = 10.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def __call__(self, turn: Turn) -> Tensor:
        real, fake = turn.real_images, turn.fake_images
        if real.shape != fake.shape:
            raise DataError(
                f"a gradient penalty mixes real and fake images pair by pair; got "
                f"{tuple(real.shape)} and {tuple(fake.shape)}."
            )
        share = torch.rand(len(real), 1, 1, 1, device=real.device)
        slopes = image_gradients(
            turn, torch.lerp(fake.detach().float(), real, share), turn.real_labels
        )
        # A slope of exactly zero has a norm without a derivative, hence the tiny addition.
        lengths = (slopes.square().sum(dim=1) + 1e-12).sqrt()
        return value_at(self.weight, turn.progress) * (lengths - 1).square().mean()


@dataclass(frozen=True)
class ClassifyReal:
    """Cross-entropy of the auxiliary head on real images, for the discriminator.

    Odena and others, "Conditional Image Synthesis with Auxiliary Classifier GANs" (2017,
    arXiv:1610.09585), equation 3, first term. Attributes have one binary cross-entropy each.

    Raises:
        ConfigError: the discriminator has no auxiliary head of kind "ac".
    """

    auxiliary: ClassVar[str] = "ac"
    player: ClassVar[str] = "discriminator"
    weight: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def __call__(self, turn: Turn) -> Tensor:
        weight = value_at(self.weight, turn.progress)
        return weight * classification(turn.real_class_logits, turn.real_labels)


@dataclass(frozen=True)
class ClassifyFake:
    """Cross-entropy of the auxiliary head on fake images, for either player.

    Odena and others (2017, arXiv:1610.09585), equation 3, second term. In the generator it pulls
    each class away from the others, at the price of its variety; see `DiscriminateClasses`.

    Raises:
        ConfigError: the discriminator has no auxiliary head of kind "ac".
    """

    auxiliary: ClassVar[str] = "ac"
    weight: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def __call__(self, turn: Turn) -> Tensor:
        weight = value_at(self.weight, turn.progress)
        return weight * classification(turn.fake_class_logits, turn.fake_labels)


def classification(class_logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of `(N, K)` logits with int64 labels, or of `(N, size)` with attributes."""
    if labels.is_floating_point():
        return binary_cross_entropy_with_logits(class_logits, labels)
    return cross_entropy(class_logits, labels)


@dataclass(frozen=True)
class DiscriminateClasses:
    """The discriminator's part of ADC-GAN: name the class, and whether it is real or fake.

    The auxiliary head ("adc") tells 2K things apart: "real and of class k" and "fake and of class
    k". Unlike AC-GAN's, its generator's aim is met only by the real distribution of each class,
    variety included: Hou and others, "Conditional GANs with Auxiliary Discriminative Classifier"
    (2022, arXiv:2107.10060), section 4.1.

    Raises:
        ConfigError: the discriminator has no auxiliary head of kind "adc".
    """

    auxiliary: ClassVar[str] = "adc"
    player: ClassVar[str] = "discriminator"
    weight: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def __call__(self, turn: Turn) -> Tensor:
        real, fake = turn.real_class_logits, turn.fake_class_logits
        on_real = cross_entropy(real, turn.real_labels)
        on_fake = cross_entropy(fake, turn.fake_labels + _classes(fake))
        return value_at(self.weight, turn.progress) * (on_real + on_fake)


@dataclass(frozen=True)
class SeemRealClass:
    """The generator's part of ADC-GAN: be named "real and of class k", not "fake and of class k".

    Minimises `log p(fake, k) - log p(real, k)` of its images (Hou and others, 2022,
    arXiv:2107.10060, section 4.1), which is the difference of the two logits.

    Raises:
        ConfigError: the discriminator has no auxiliary head of kind "adc".
    """

    auxiliary: ClassVar[str] = "adc"
    player: ClassVar[str] = "generator"
    weight: float | Ramp = 1.0

    def __post_init__(self) -> None:
        check_weight("weight", self.weight)

    def __call__(self, turn: Turn) -> Tensor:
        logits = turn.fake_class_logits
        classes, labels = _classes(logits), turn.fake_labels[:, None]
        margin = logits.gather(1, labels + classes) - logits.gather(1, labels)
        return value_at(self.weight, turn.progress) * margin.mean()


def _classes(class_logits: Tensor) -> int:
    """How many classes an "adc" head's 2K logits are about."""
    return class_logits.shape[1] // 2


@dataclass(frozen=True)
class Every:
    """A term counted only every `n` steps, and then `n` times as much.

    Lazy regularisation: Karras and others, "Analyzing and Improving the Image Quality of StyleGAN"
    (2020, arXiv:1912.04958), section 3.1.

    Attributes:
        n: a positive whole number.
        term: what is counted.

    Raises:
        ConfigError: `n` is not a positive whole number, or `term` no term.
    """

    n: int
    term: Term

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", whole_number("n", self.n))
        if not callable(self.term) or isinstance(self.term, type):
            raise ConfigError(f"Every counts a term, such as R1(); got {self.term!r}.")

    def __getattr__(self, name: str) -> Any:
        """What the term says of itself, such as the auxiliary head that it reads."""
        if name in ("auxiliary", "player"):
            return getattr(self.term, name, None)
        raise AttributeError(name)

    def __call__(self, turn: Turn) -> Tensor:
        if turn.step % self.n:
            return turn.real_images.new_zeros(())
        return self.n * self.term(turn)
