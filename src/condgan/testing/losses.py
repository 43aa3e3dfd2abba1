"""`check_loss`: what a loss must hold."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from condgan.modes import seeded
from condgan.objectives.objective import scalar
from condgan.objectives.turn import Turn
from condgan.testing.faults import (
    OneDevice,
    check_pickle,
    fault,
    faults_of,
    global_streams_untouched,
    made,
    named,
    needs_values,
)
from condgan.testing.memory import check_memory

PLAYERS = ("discriminator", "generator")


def check_loss(loss: Any) -> None:
    """Whether a loss is a scalar that both players can learn from, in the right direction.

    Args:
        loss: a registered name, a factory without arguments, or the value.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> from condgan.testing import check_loss
        >>> check_loss("hinge")
    """
    what, loss = named("loss", loss)
    with faults_of(what), seeded(0):
        untouched = check_pickle(what, loss)
        if isinstance(loss, type) or not hasattr(loss, "discriminator"):
            loss, untouched = made(what, loss), made(what, untouched)
            check_pickle(what, loss)
        for player in PLAYERS:
            if not callable(getattr(loss, player, None)):
                raise fault(
                    what,
                    "a loss has the methods discriminator(turn) and generator(turn); "
                    f"{type(loss).__name__} has no {player}.",
                )
        with global_streams_untouched(what):
            _check_slopes(what, loss)
            _check_extremes(what, loss)
            _check_device(what, loss)
            check_memory(what, loss, untouched, _played)


def turn_of(real: Tensor, fake: Tensor, step: int = 0) -> Turn:
    """A turn in which the discriminator says exactly this of real and of fake images."""

    def judge(images: Tensor, labels: Tensor) -> Tensor:
        return images.mean(dim=(1, 2, 3))

    labels = torch.arange(len(real), device=real.device) % 2
    ones = torch.ones(len(real), 1, 2, 2, device=real.device)
    return Turn(
        judge, ones * real.view(-1, 1, 1, 1), labels, ones * fake.view(-1, 1, 1, 1), labels,
        step=step, progress=min(1.0, step / 10),
    )  # fmt: skip


def _of(loss: Any, player: str, turn: Turn) -> Tensor:
    return scalar(getattr(loss, player), turn)  # refuses what is no scalar


def _check_slopes(what: str, loss: Any) -> None:
    """Which way each player is pulled while the other one wins.

    A loss may be content with less than a sure win, and pull the winner back.
    """
    for player, on, up in (
        ("discriminator", "real", True),
        ("discriminator", "fake", False),
        ("generator", "fake", True),
    ):
        low, high = torch.tensor([-0.5, -0.3, -0.6]), torch.tensor([0.5, 0.3, 0.6])
        real, fake = (low, high) if player == "discriminator" else (high, low)
        logits = {"real": real, "fake": fake}
        logits[on].requires_grad_()
        value = _of(loss, player, turn_of(logits["real"], logits["fake"]))
        if not value.is_floating_point():
            raise fault(what, f"the {player}'s loss must be a float; it is {value.dtype}.")
        slope = None
        if value.requires_grad:
            (slope,) = torch.autograd.grad(value, logits[on], allow_unused=True)
        if slope is None:
            raise fault(
                what,
                f"no gradient reaches the {player} from {on} images: the loss does not look at "
                "their logits, or cuts them off (detach, .item(), sign).",
            )
        if not (slope < 0 if up else slope > 0).all():
            raise fault(
                what,
                f"the {player}'s loss must fall as the logits of {on} images "
                f"{'rise' if up else 'fall'}: a high logit means that an image looks real. Its "
                f"slope is {[round(x, 4) for x in slope.tolist()]}; is a sign wrong?",
            )


def _check_extremes(what: str, loss: Any) -> None:
    far = torch.full((3,), 200.0)
    for player in PLAYERS:
        for real, fake in ((far, -far), (-far, far)):
            value = float(_of(loss, player, turn_of(real, fake)))
            if not abs(value) < float("inf"):
                raise fault(
                    what,
                    f"the {player}'s loss is {value} for logits of 200 and -200, as a "
                    "discriminator gives them that is sure. For log(sigmoid(x)) write "
                    "-softplus(-x).",
                )


def _check_device(what: str, loss: Any) -> None:
    """On torch's device "meta", which computes shapes alone; see `check_devices`."""
    real, fake = torch.zeros(3, device="meta"), torch.ones(3, device="meta")
    for player in PLAYERS:
        try:
            with OneDevice():
                value = _of(loss, player, turn_of(real, fake))
        except Exception as error:
            if needs_values(error):
                continue
            raise fault(
                what,
                f"it assumes a device: with logits on another it fails ({error}). Make tensors "
                "where the logits are, as torch.ones_like(turn.real_logits).",
            ) from error
        if not value.is_meta:
            raise fault(what, f"the {player}'s loss is on {value.device}, whatever the logits are.")


def _played(loss: Any, step: int) -> list[float]:
    """What a loss says in a turn that depends on nothing but its number."""
    with seeded(step):
        turn = turn_of(torch.randn(3), torch.randn(3), step)
        return [float(_of(loss, player, turn)) for player in PLAYERS]
