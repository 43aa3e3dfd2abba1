"""The usual adversarial step: D moves on each batch, G on every `n_critic`-th."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.arguments import number_within, whole_number
from condgan.errors import ConfigError
from condgan.objectives.augment import Augmented
from condgan.objectives.losses import BinaryCrossEntropy, Loss
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import Term
from condgan.objectives.turn import Turn
from condgan.plugins.registry import lookup
from condgan.training.algorithms.protocol import (
    Batch,
    adam,
    count_labels,
    descend,
    draw_labels,
    draw_noise,
    frozen,
    judges_each_alone,
    set_rate,
)
from condgan.training.state import TrainState


@dataclass(frozen=True)
class Adversarial:
    """Each batch: D moves on real images and fresh fakes together, then G moves on new fakes.

    Attributes:
        loss: what both players play for: a value, or a registered name.
        discriminator_terms, generator_terms: added to a player's loss, such as a penalty.
        generator_lr, discriminator_lr: Adam's learning rates (two-time-scale: Heusel and others,
            2017, arXiv:1706.08500).
        betas: Adam's decay rates.
        lr_schedule: what both rates are multiplied by as training goes on, such as
            `Ramp(1, 0, begin=0.4)`; None keeps them. Each `fit` is a whole run of it.
        n_critic: batches that D moves on for each move of G.
        accumulate: parts that a batch is judged in, whose gradients are summed up: less memory
            for the same step. (Batch normalisation sees each part alone.)
        clip_norm: the longest gradient of a player that is followed whole; longer ones are
            shortened to it. None for no limit.
        fake_labels: "real" draws a fake for each label of the real batch, so that both sides
            show the same classes; "uniform" draws classes evenly; "data" draws them as often as
            the data showed them so far.
        ema_half_life: half-life, in images, of the averaged generator weights; None for none.

    Raises:
        ConfigError: a number out of range, a choice that is none, terms in no tuple; when
            training begins, terms that need another auxiliary head than D has.
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
    lr_schedule: Ramp | None = None
    n_critic: int = 1
    accumulate: int = 1
    clip_norm: float | None = None
    fake_labels: Literal["real", "uniform", "data"] = "real"
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
        if self.fake_labels not in ("real", "uniform", "data"):
            raise ConfigError(
                f"fake_labels must be 'real', 'uniform' or 'data'; got {self.fake_labels!r}."
            )
        for name in ("n_critic", "accumulate"):
            object.__setattr__(self, name, whole_number(name, getattr(self, name)))
        if self.lr_schedule is not None and not callable(self.lr_schedule):
            raise ConfigError(
                f"lr_schedule must be a Ramp, such as Ramp(1, 0), or None; "
                f"got {self.lr_schedule!r}."
            )
        for name in ("generator_lr", "discriminator_lr"):
            number_within(name, getattr(self, name), 0)
        if self.ema_half_life is not None and not self.ema_half_life > 0:
            raise ConfigError(
                f"ema_half_life must be a positive number of images, or None for no average; "
                f"got {self.ema_half_life!r}."
            )
        if self.clip_norm is not None and not self.clip_norm > 0:
            raise ConfigError(f"clip_norm must be positive, or None; got {self.clip_norm!r}.")
        for name in ("discriminator_terms", "generator_terms"):
            terms = getattr(self, name)
            if not isinstance(terms, tuple) or not all(callable(term) for term in terms):
                raise ConfigError(f"{name} must be a tuple of terms, as (term,); got {terms!r}.")

    def optimizers(self, G: nn.Module, D: nn.Module) -> dict[str, Optimizer]:
        check_auxiliary((*self.discriminator_terms, *self.generator_terms), D)
        return {
            "G": adam(G, self.generator_lr, self.betas),
            "D": adam(D, self.discriminator_lr, self.betas),
        }

    def step(self, state: TrainState, batch: Batch) -> dict[str, Tensor]:
        if self.lr_schedule is not None:
            factor = self.lr_schedule(state.progress)
            set_rate(state.optimizers["G"], self.generator_lr * factor)
            set_rate(state.optimizers["D"], self.discriminator_lr * factor)
        if self.fake_labels == "data":
            count_labels(state, batch.labels)
        logs = self._discriminator_moves(state, batch)
        if (state.step + 1) % self.n_critic == 0:
            logs["g_loss"] = self._generator_moves(state, batch)
        return logs

    def _discriminator_moves(self, state: TrainState, batch: Batch) -> dict[str, Tensor]:
        signs: list[Tensor] = []

        def loss(part: Batch) -> Tensor:
            labels, z = self._draws(state, part)
            with torch.no_grad():
                fakes = state.G(z, labels)
            turn = Turn(
                state.D,
                *part,
                fakes,
                labels,
                at_once=judges_each_alone(state.D),
                step=state.step,
                progress=state.progress,
            )
            total = self.loss.discriminator(turn)
            for term in self.discriminator_terms:
                total = total + term(turn)
            if isinstance(state.D, Augmented):
                signs.append(turn.real_logits.detach().sign())
            return total

        logs = {"d_loss": self._descend(state.optimizers["D"], loss, batch)}
        if signs:
            logs["real_sign"] = torch.cat(signs).mean()
        return logs

    def _generator_moves(self, state: TrainState, batch: Batch) -> Tensor:
        def loss(part: Batch) -> Tensor:
            labels, z = self._draws(state, part)
            turn = Turn(
                state.D,
                *part,
                state.G(z, labels),
                labels,
                step=state.step // self.n_critic,
                progress=state.progress,
            )
            total = self.loss.generator(turn)
            for term in self.generator_terms:
                total = total + term(turn)
            return total

        with frozen(state.D):
            return self._descend(state.optimizers["G"], loss, batch)

    def _descend(
        self, optimizer: Optimizer, loss: Callable[[Batch], Tensor], batch: Batch
    ) -> Tensor:
        """One step down the mean loss over the batch, taken in at most `accumulate` parts."""
        images, labels = (whole.chunk(self.accumulate) for whole in batch)
        parts = map(Batch, images, labels)
        shares = (loss(part) * (len(part.images) / len(batch.images)) for part in parts)
        return descend(optimizer, shares, self.clip_norm)

    def _draws(self, state: TrainState, batch: Batch) -> tuple[Tensor, Tensor]:
        labels = batch.labels
        if self.fake_labels != "real":
            labels = draw_labels(state, labels, as_in_data=self.fake_labels == "data")
        return labels, draw_noise(state, len(labels))


def check_auxiliary(terms: tuple[Term, ...], D: nn.Module) -> None:
    """Whether D has the auxiliary head that each term reads.

    Raises:
        ConfigError: it has none, or one of the other kind.
    """
    has = getattr(D, "auxiliary", None)
    for term in terms:
        needs = getattr(term, "auxiliary", None)
        if needs is not None and hasattr(D, "auxiliary") and needs != has:
            raise ConfigError(
                f"{type(term).__name__} needs a discriminator with auxiliary={needs!r}; this one "
                f"has {has!r}: ConditionalDiscriminator(..., auxiliary={needs!r})."
            )
