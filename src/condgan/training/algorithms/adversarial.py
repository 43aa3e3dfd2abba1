"""The usual adversarial step: one move of the discriminator, then one of the generator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.errors import ConfigError
from condgan.objectives.losses import BinaryCrossEntropy, Loss
from condgan.objectives.turn import Turn
from condgan.plugins.registry import lookup
from condgan.training.algorithms.protocol import (
    Batch,
    adam,
    draw_labels,
    draw_noise,
    frozen,
    judges_each_alone,
    update,
)
from condgan.training.state import TrainState

Term = Callable[[Turn], Tensor]
"""Something added to a player's loss: a small value that turns a `Turn` into a scalar."""


@dataclass(frozen=True)
class Adversarial:
    """Each batch: D moves on real images and fresh fakes together, then G moves on new fakes.

    Attributes:
        loss: what both players play for: a value, or a registered name.
        discriminator_terms, generator_terms: added to a player's loss, such as a penalty.
        generator_lr, discriminator_lr: Adam's learning rates (two-time-scale: Heusel and others,
            2017, arXiv:1706.08500).
        betas: Adam's decay rates.
        fake_labels: "real" draws a fake for each label of the real batch, so that both sides
            show the same classes; "uniform" draws labels at random.
        ema_half_life: half-life, in images, of the averaged generator weights; None for none.

    Raises:
        ConfigError: a number out of range, a choice that is none, terms in no tuple.
        UnknownNameError: a loss that nothing is registered under.

    Example:
        >>> import dataclasses, condgan
        >>> faster = dataclasses.replace(condgan.Adversarial(), generator_lr=2e-3)
    """

    loss: Loss = field(default_factory=BinaryCrossEntropy)
    discriminator_terms: tuple[Term, ...] = ()
    generator_terms: tuple[Term, ...] = ()
    generator_lr: float = 1e-3
    discriminator_lr: float = 1e-3
    betas: tuple[float, float] = (0.0, 0.99)
    fake_labels: Literal["real", "uniform"] = "real"
    ema_half_life: float | None = 40_000.0

    def __post_init__(self) -> None:
        loss: Any = self.loss
        if isinstance(loss, str):
            object.__setattr__(self, "loss", lookup("loss", loss)())
        players = ("discriminator", "generator")
        if isinstance(loss, type) or (
            not isinstance(loss, str) and not all(hasattr(loss, player) for player in players)
        ):
            raise ConfigError(
                "loss must be a name, or a value with the methods discriminator(turn) and "
                f"generator(turn), such as BinaryCrossEntropy(); got {loss!r}."
            )
        if self.fake_labels not in ("real", "uniform"):
            raise ConfigError(f"fake_labels must be 'real' or 'uniform'; got {self.fake_labels!r}.")
        for name in ("generator_lr", "discriminator_lr"):
            if isinstance(getattr(self, name), str) or not getattr(self, name) >= 0:
                raise ConfigError(f"{name} must be a number from 0; got {getattr(self, name)!r}.")
        if self.ema_half_life is not None and not self.ema_half_life > 0:
            raise ConfigError(
                f"ema_half_life must be a positive number of images, or None for no average; "
                f"got {self.ema_half_life!r}."
            )
        for name in ("discriminator_terms", "generator_terms"):
            terms = getattr(self, name)
            if not isinstance(terms, tuple) or not all(callable(term) for term in terms):
                raise ConfigError(f"{name} must be a tuple of terms, as (term,); got {terms!r}.")

    def optimizers(self, G: nn.Module, D: nn.Module) -> dict[str, Optimizer]:
        return {
            "G": adam(G, self.generator_lr, self.betas),
            "D": adam(D, self.discriminator_lr, self.betas),
        }

    def step(self, state: TrainState, batch: Batch) -> dict[str, Tensor]:
        return {
            "d_loss": self._discriminator_moves(state, batch),
            "g_loss": self._generator_moves(state, batch),
        }

    def _discriminator_moves(self, state: TrainState, batch: Batch) -> Tensor:
        labels, z = self._draws(state, batch)
        with torch.no_grad():
            fakes = state.G(z, labels)
        turn = Turn(
            state.D, *batch, fakes, labels, at_once=judges_each_alone(state.D), step=state.step
        )
        loss = self.loss.discriminator(turn)
        for term in self.discriminator_terms:
            loss = loss + term(turn)
        return update(state.optimizers["D"], loss)

    def _generator_moves(self, state: TrainState, batch: Batch) -> Tensor:
        labels, z = self._draws(state, batch)
        with frozen(state.D):
            turn = Turn(state.D, *batch, state.G(z, labels), labels, step=state.step)
            loss = self.loss.generator(turn)
            for term in self.generator_terms:
                loss = loss + term(turn)
            return update(state.optimizers["G"], loss)

    def _draws(self, state: TrainState, batch: Batch) -> tuple[Tensor, Tensor]:
        labels = batch.labels
        if self.fake_labels == "uniform":
            labels = draw_labels(state, labels)
        return labels, draw_noise(state, len(labels))
