"""What an algorithm is to the Trainer, and the pieces that algorithms are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from condgan.classes import Classes
from condgan.training.state import TrainState


class Batch(NamedTuple):
    """Real images float32 `(N, C, H, W)` in [-1, 1] and their canonical labels."""

    images: Tensor
    labels: Tensor


class Algorithm(Protocol):
    """Anything with these two methods trains; there is no class to inherit from.

    An attribute `ema_half_life`, if there is one and it is not None, is the half-life in images
    of averaged generator weights, which the Trainer keeps.
    """

    def optimizers(self, G: nn.Module, D: nn.Module) -> dict[str, Optimizer]:
        """A fresh optimiser for each player, under the keys "G" and "D"."""

    def step(self, state: TrainState, batch: Batch) -> Mapping[str, Tensor | float]:
        """One round of the game on one batch: changes the weights, returns scalars by name."""


def adam(network: nn.Module, lr: float, betas: tuple[float, float]) -> Optimizer:
    """Adam over a network's parameters, fused into one kernel where the device has it."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    return Adam(parameters, lr=lr, betas=betas, fused=fused)


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Inside the block the network passes gradients through but collects none of its own."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def update(optimizer: Optimizer, loss: Tensor) -> Tensor:
    """One step of one player down its loss, which is returned without its graph."""
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    optimizer.step()
    return loss.detach()


def judges_each_alone(D: nn.Module) -> bool:
    """Whether D says that its verdict on an image does not depend on the rest of the batch.

    Then real and fake images may share a pass. A discriminator says so by an attribute of this
    name; one that does not gets a pass for each.
    """
    return bool(getattr(D, "judges_each_alone", False))


def draw_noise(state: TrainState, n: int) -> Tensor:
    """Normal noise `(n, latent_dim)` from the run's own stream."""
    return torch.randn(n, state.G.latent_dim, generator=state.random, device=state.device)


def draw_labels(state: TrainState, like: Tensor) -> Tensor:
    """As many labels as `like` has, drawn at random from the run's own stream.

    Classes are drawn uniformly. Attributes and quantities have no uniform draw that makes sense,
    so theirs are those of the batch in another order.
    """
    condition = state.G.classes
    if isinstance(condition, Classes):
        return torch.randint(
            condition.size, (len(like),), generator=state.random, device=state.device
        )
    order = torch.randperm(len(like), generator=state.random, device=state.device)
    return like[order]
