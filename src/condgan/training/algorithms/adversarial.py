"""The usual adversarial step: D moves on each batch, G on every `n_critic`-th."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.arguments import number_within, whole_number
from condgan.errors import ConfigError
from condgan.objectives.augment import Augmented
from condgan.objectives.losses import BinaryCrossEntropy, Loss
from condgan.objectives.objective import check_auxiliary, check_terms, objective, scalar
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import Term
from condgan.objectives.turn import Turn
from condgan.plugins.registry import lookup
from condgan.training.algorithms.protocol import (
    Batch,
    adam,
    check_betas,
    count_labels,
    descend,
    draw_labels,
    draw_noise,
    finite,
    frozen,
    judges_each_alone,
    set_rate,
)
from condgan.training.state import TrainState


@dataclass(frozen=True)
class Adversarial:
    """Each batch: D moves on real images and fresh fakes together, then G moves.

    Losses and terms that remember something from step to step have `state_dict` and
    `load_state_dict`; what they remember goes into checkpoints.

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
        reuse_fakes: G moves on the fakes that D has just moved on, which are then drawn once and
            not twice; else on new ones, as most papers do.
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
    reuse_fakes: bool = False
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
        for name in ("ema_half_life", "clip_norm"):
            value = getattr(self, name)
            if value is not None and not number_within(name, value) > 0:
                raise ConfigError(f"{name} must be positive, or None for none; got {value!r}.")
        check_betas(self.betas)
        for name in ("discriminator_terms", "generator_terms"):
            check_terms(name, getattr(self, name))

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
        g_moves = (state.step + 1) % self.n_critic == 0
        parts = self._parts(state, batch)
        if self.reuse_fakes and g_moves and len(parts) == 1:  # of more, one graph at a time is held
            parts = [parts[0]._replace(fakes=state.G(parts[0].z, parts[0].fake_labels))]
        logs = self._discriminator_moves(state, parts)
        if g_moves:
            parts = parts if self.reuse_fakes else self._parts(state, batch)
            logs["g_loss"] = self._generator_moves(state, parts)
        return logs

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self._remembering()]}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        for part, kept in zip(self._remembering(), saved["parts"], strict=True):
            part.load_state_dict(kept)

    def _remembering(self) -> list[Any]:
        """The loss and the terms that have a memory."""
        parts = (self.loss, *self.discriminator_terms, *self.generator_terms)
        inner = (getattr(part, "term", part) for part in parts)  # of an `Every`
        return [part for part in inner if hasattr(part, "state_dict")]

    def _discriminator_moves(self, state: TrainState, parts: list[Part]) -> dict[str, Tensor]:
        signs: list[Tensor] = []

        def loss(part: Part) -> Tensor:
            if part.fakes is None:
                with torch.no_grad():
                    fakes = state.G(part.z, part.fake_labels)
            else:
                fakes = part.fakes.detach()
            turn = Turn(
                state.D,
                part.images,
                part.labels,
                fakes,
                part.fake_labels,
                at_once=judges_each_alone(state.D),
                step=state.step,
                progress=state.progress,
            )
            total = summed("D", self.loss.discriminator, self.discriminator_terms, turn, state.G)
            if isinstance(state.D, Augmented):
                signs.append(real_signs(turn))
            return total

        logs = {"d_loss": self._descend(state, "D", loss, parts)}
        if signs:
            logs["real_sign"] = torch.cat(signs).mean()
        return logs

    def _generator_moves(self, state: TrainState, parts: list[Part]) -> Tensor:
        def loss(part: Part) -> Tensor:
            turn = Turn(
                state.D,
                part.images,
                part.labels,
                state.G(part.z, part.fake_labels) if part.fakes is None else part.fakes,
                part.fake_labels,
                step=state.step // self.n_critic,
                progress=state.progress,
            )
            return summed("G", self.loss.generator, self.generator_terms, turn, state.G)

        with frozen(state.D):
            return self._descend(state, "G", loss, parts)

    def _parts(self, state: TrainState, batch: Batch) -> list[Part]:
        """What a player moves on: the batch with new noise, in at most `accumulate` parts."""
        labels = batch.labels
        if self.fake_labels != "real":
            labels = draw_labels(state, labels, as_in_data=self.fake_labels == "data")
        whole = (*batch, labels, draw_noise(state, len(labels)))
        fewest = state.ranks.fewest(len(labels))  # as many parts on all ranks
        parts = math.ceil(fewest / math.ceil(fewest / self.accumulate))
        return list(map(Part, *(tensor.tensor_split(parts) for tensor in whole)))

    def _descend(
        self, state: TrainState, player: str, loss: Callable[[Part], Tensor], parts: list[Part]
    ) -> Tensor:
        """One step down the mean loss over the batch."""
        total = sum(len(part.images) for part in parts)
        shares = (
            loss(part) if len(parts) == 1 else loss(part) * (len(part.images) / total)
            for part in parts
        )
        return descend(state.optimizers[player], shares, self.clip_norm)


class Part(NamedTuple):
    """Real images and their labels, and what to draw as many fake ones from.

    `fakes` are those, with the graph that leads to G, where both players move on the same.
    """

    images: Tensor
    labels: Tensor
    fake_labels: Tensor
    z: Tensor
    fakes: Tensor | None = None


def summed(
    player: str,
    loss: Callable[[Turn], Tensor],
    terms: tuple[Term, ...],
    turn: Turn,
    G: nn.Module,
) -> Tensor:
    """A player's loss and its terms, added up; one that is not finite is named, see `finite`."""

    def parts() -> dict[str, Tensor]:
        return {called(part): scalar(part, turn) for part in (loss, *terms)}

    return finite(player, objective(loss, terms, turn, strength(G)), parts)


def called(part: Any) -> str:
    """The name of a loss or a term."""
    owner = getattr(part, "__self__", part)
    return str(getattr(owner, "__name__", owner))


def real_signs(turn: Turn) -> Tensor:
    """For each real image, 1 if it is judged more like the real ones than like the fakes, else -1.

    Logits count from the middle between both means, since some losses leave their zero open.
    """
    real, fake = turn.real_logits.detach(), turn.fake_logits.detach()
    return torch.sign(real - (real.mean() + fake.mean()) / 2)


def strength(G: nn.Module) -> Tensor | float:
    """How strong G's condition is; 1 but while a callback turns it on bit by bit."""
    found: Tensor | float = getattr(G, "condition_strength", 1.0)
    return found
