"""Named recipes: networks and the way to train them, as one value to print and to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from condgan.arguments import seed_number, whole_number
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.objectives.losses import BinaryCrossEntropy, Hinge, Relativistic, Wasserstein
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import (
    R1,
    R2,
    ClassifyFake,
    ClassifyReal,
    DiscriminateClasses,
    GradientPenalty,
    SeemRealClass,
)
from condgan.plugins.registry import lookup
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.algorithms.article import Article
from condgan.training.algorithms.protocol import Algorithm

ONLY_G = {"latent_dim"}
ONLY_D = {"auxiliary", "spectral_norm"}
"""Arguments that only one of the networks has."""


def checked_algorithm(given: Any) -> Algorithm:
    """What has an algorithm's two methods.

    Raises:
        ArgumentTypeError: it has not, or is a class instead of a value.
    """
    if isinstance(given, type):
        raise ArgumentTypeError(
            f"algorithm is a value, not a class: write {given.__name__}() with brackets."
        )
    if not all(callable(getattr(given, name, None)) for name in ("optimizers", "step")):
        raise ArgumentTypeError(
            f"an algorithm has the methods optimizers(G, D) and step(state, batch), "
            f"or is a name; got {given!r}."
        )
    algorithm: Algorithm = given
    return algorithm


@dataclass(frozen=True)
class Preset:
    """An algorithm, and the networks, batch size and length of training that it is meant for.

    A `Trainer` takes one, or its name, as its algorithm, and then uses only that part; `networks`
    makes the networks, and `condgan train --preset NAME` does everything.

    Attributes:
        algorithm: how a step is taken: a value, or the name of one.
        generator, discriminator: keyword arguments of the two networks.
        batch_size: real images a step.
        images: real images to see in all, for a set of any size; see `epochs`.
        most_epochs: passes over a small set at most.

    Raises:
        ConfigError: networks' arguments that are no mapping, or a number that is not a positive
            whole one.
        UnknownNameError: an algorithm that nothing is registered under.

    Example:
        >>> import dataclasses, condgan
        >>> recipe = condgan.preset("quick")
        >>> slower = dataclasses.replace(
        ...     recipe, algorithm=dataclasses.replace(recipe.algorithm, generator_lr=5e-4)
        ... )
        >>> G, D = slower.networks(10, (1, 8, 8), seed=0)
        >>> G.image_shape
        (1, 8, 8)
    """

    algorithm: Algorithm
    generator: Mapping[str, Any] = field(default_factory=dict)
    discriminator: Mapping[str, Any] = field(default_factory=dict)
    batch_size: int = 64
    images: int = 720_000
    most_epochs: int = 150

    def __post_init__(self) -> None:
        algorithm: Any = self.algorithm
        if isinstance(algorithm, str):
            algorithm = as_preset(algorithm).algorithm
        object.__setattr__(self, "algorithm", checked_algorithm(algorithm))
        for name in ("generator", "discriminator"):
            if not isinstance(getattr(self, name), Mapping):
                raise ConfigError(
                    f"{name} holds arguments by name, such as {{'width': 64}}; "
                    f"got {getattr(self, name)!r}."
                )
        for name in ("batch_size", "images", "most_epochs"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))

    def networks(
        self,
        classes: Any,
        image_shape: tuple[int, int, int],
        *,
        seed: int | None = None,
        **more: Any,
    ) -> tuple[ConditionalGenerator, ConditionalDiscriminator]:
        """A generator and a discriminator as this recipe wants them.

        Args:
            classes, image_shape: as for `ConditionalGenerator`.
            seed: of the initial weights of both.
            more: arguments that take precedence, such as `encoder` or `width`; those that only
                one of the networks has go to that one.

        Raises:
            ConfigError, UnknownNameError: as the networks do; `conditioning`, which means
                another thing to each.
        """
        if "conditioning" in more:
            raise ConfigError(
                "conditioning is chosen for each network apart: dataclasses.replace(preset, "
                "generator={...}, discriminator={...})."
            )
        seeds = (None, None) if seed is None else (seed_number(seed), seed_number(seed) + 1)
        for_g = {name: value for name, value in more.items() if name not in ONLY_D}
        for_d = {name: value for name, value in more.items() if name not in ONLY_G}
        return (
            ConditionalGenerator(
                classes, image_shape, seed=seeds[0], **{**self.generator, **for_g}
            ),
            ConditionalDiscriminator(
                classes, image_shape, seed=seeds[1], **{**self.discriminator, **for_d}
            ),
        )

    def epochs(self, size: int) -> int:
        """Passes over a set of `size` images that show about `images`, from 1 to `most_epochs`."""
        return max(1, min(self.most_epochs, round(self.images / whole_number("size", size))))


def preset(name: str) -> Preset:
    """The recipe that is registered under `name`.

    Built in: "quick" (the default of a `Trainer`), "quality", "article", "wgan-gp", "ac-gan",
    "sngan" and "r3gan".

    Raises:
        UnknownNameError: nothing is; the message lists the known ones.

    Example:
        >>> import condgan
        >>> condgan.preset("wgan-gp").algorithm.n_critic
        5
    """
    return as_preset(lookup("algorithm", name)())


def as_preset(given: Preset | Algorithm | str) -> Preset:
    """A recipe as it is, that of a name, or one that only says which algorithm.

    Raises:
        UnknownNameError: nothing is registered under that name.
        ArgumentTypeError: it is none of these.
    """
    if isinstance(given, str):
        given = lookup("algorithm", given)()
    return given if isinstance(given, Preset) else Preset(checked_algorithm(given))


def quick() -> Preset:
    """The default: classes that can be read after seconds to minutes on a CPU."""
    return Preset(
        Adversarial(Hinge(), generator_lr=2e-3, discriminator_lr=2e-3, reuse_fakes=True),
        batch_size=32,
        images=360_000,
    )


def quality() -> Preset:
    """ADC-GAN's second head beside the projection, and a longer run whose rate falls to zero."""
    return Preset(
        Adversarial(
            Hinge(),
            discriminator_terms=(DiscriminateClasses(),),
            generator_terms=(SeemRealClass(),),
            generator_lr=2e-3,
            discriminator_lr=2e-3,
            lr_schedule=Ramp(1.0, 0.0, begin=0.4),
        ),
        discriminator={"auxiliary": "adc"},
        batch_size=32,
        images=720_000,
        most_epochs=300,
    )


def article() -> Preset:
    """The tutorial's networks and updates; see `Article`."""
    return Preset(
        Article(),
        generator={"architecture": "mlp"},
        discriminator={"architecture": "mlp"},
    )


FASTER = 1e-3
"""Learning rate of the methods below. The papers' own, of 1e-4 or 2e-4, are meant for some 100,000
moves of G; within the few thousand that these presets take, they hardly start."""


def wgan_gp() -> Preset:
    """Gulrajani and others (2017, arXiv:1704.00028), algorithm 1; see `FASTER` for its rate."""
    return Preset(
        Adversarial(
            Wasserstein(),
            discriminator_terms=(GradientPenalty(10.0),),
            generator_lr=FASTER,
            discriminator_lr=FASTER,
            betas=(0.0, 0.9),
            n_critic=5,
        ),
        discriminator={"spectral_norm": False},
        batch_size=32,
    )


def ac_gan() -> Preset:
    """Odena and others (2017, arXiv:1610.09585): D does not see the label but names it."""
    return Preset(
        Adversarial(
            BinaryCrossEntropy(),
            discriminator_terms=(ClassifyReal(), ClassifyFake()),
            generator_terms=(ClassifyFake(),),
            generator_lr=FASTER,
            discriminator_lr=FASTER,
            betas=(0.5, 0.999),
        ),
        discriminator={"conditioning": "none", "auxiliary": "ac"},
    )


def sngan() -> Preset:
    """Miyato and others (2018, arXiv:1802.05957) with projection (arXiv:1802.05637).

    G moves only every fifth time and its rate is `FASTER` still.
    """
    return Preset(
        Adversarial(
            Hinge(),
            generator_lr=2 * FASTER,
            discriminator_lr=2 * FASTER,
            betas=(0.0, 0.9),
            n_critic=5,
        ),
        discriminator={"spectral_norm": True},
        batch_size=32,
    )


def r3gan() -> Preset:
    """Huang and others (2024, arXiv:2501.05441): relativistic pairs and both penalties."""
    return Preset(
        Adversarial(
            Relativistic(),
            discriminator_terms=(R1(1.0), R2(1.0)),
            generator_lr=FASTER,
            discriminator_lr=FASTER,
        ),
        discriminator={"spectral_norm": False},
    )
