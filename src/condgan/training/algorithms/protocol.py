"""What an algorithm is to the Trainer, and the pieces that algorithms are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from condgan.arguments import number_within
from condgan.classes import Classes
from condgan.errors import ConfigError, NonFiniteError
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


def check_betas(betas: Any) -> None:
    """Whether they are Adam's two decay rates.

    Raises:
        ConfigError: they are not.
    """
    try:
        first, second = betas
    except (TypeError, ValueError):
        raise ConfigError(f"betas must be two numbers from 0 to below 1; got {betas!r}.") from None
    for value in (first, second):
        if number_within("each of betas", value, 0) >= 1:
            raise ConfigError(f"betas must be two numbers from 0 to below 1; got {betas!r}.")


def adam(network: nn.Module, lr: float, betas: tuple[float, float]) -> Optimizer:
    """Adam over a network's parameters, fused into one kernel where the device has it."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    fused = all(p.device.type in ("cpu", "cuda") and p.is_floating_point() for p in parameters)
    return Adam(parameters, lr=lr, betas=betas, fused=fused)


_parameters: WeakKeyDictionary[nn.Module, list[nn.Parameter]] = WeakKeyDictionary()
"""Of networks that were frozen before. A parameter that is new since then collects a gradient,
which the network's next move forgets."""


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Inside the block the network passes gradients through but collects none of its own."""
    if network not in _parameters:  # to look them up takes as long as a small layer
        _parameters[network] = list(network.parameters())
    parameters = [p for p in _parameters[network] if p.requires_grad]
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def backward(loss: Tensor) -> None:
    """Adds a loss's gradients, each computed in the precision that its forward part was.

    Under autocast the second derivatives of a penalty would else be in bf16.
    """
    with torch.autocast(loss.device.type, enabled=False):
        torch.autograd.backward(loss)


def finite(player: str, loss: Tensor, parts: Callable[[], Mapping[str, Tensor]] = dict) -> Tensor:
    """A loss as it is, if it is finite; where a look is a wait, also if not.

    The Trainer looks at what a step reports and at its gradients anyway. This one comes before
    anything has moved, and knows more. On accelerators it would have to wait, and a rank that
    trains with others must not turn back alone.

    Args:
        player: whose loss it is.
        loss: a scalar.
        parts: makes what the loss is the sum of, by name, to tell which of them is lost.

    Raises:
        NonFiniteError: it is not.
    """
    if not loss.is_cpu or _among_others() or math.isfinite(loss.item()):
        return loss
    lost = [f"{name} is {v.item()}" for name, v in parts().items() if not math.isfinite(v.item())]
    why = f" ({', '.join(lost)})" if lost else ""
    raise NonFiniteError(f"{player}'s loss is {loss.item()}{why}")


def _among_others() -> bool:
    return dist.is_available() and dist.is_initialized()


def descend(
    optimizer: Optimizer, shares: Iterable[Tensor], clip_norm: float | None = None
) -> Tensor:
    """One step of one player down a loss, which is returned without its graph.

    Args:
        optimizer: the player's.
        shares: what adds up to the loss; the graph of one is let go before the next is made.
        clip_norm: longer gradients are shortened to this.

    Raises:
        ConfigError: the loss needs gradients of gradients of a network that is compiled.
    """
    optimizer.zero_grad(set_to_none=True)
    losses = []
    try:
        for share in shares:
            backward(share)
            losses.append(share.detach())
    except RuntimeError as error:
        refuse_twice_through_compiled(error)
        raise
    with shortened(optimizer, clip_norm):
        optimizer.step()
    return losses[0] if len(losses) == 1 else torch.stack(losses).sum()


@contextmanager
def shortened(optimizer: Optimizer, clip_norm: float | None) -> Iterator[None]:
    """Inside the block the optimiser moves along gradients no longer than `clip_norm`.

    Among several ranks they are shortened last, when those of all have been put together.
    """
    if clip_norm is None:
        yield
        return

    def clip(*_: Any) -> None:
        owned = [p for group in optimizer.param_groups for p in group["params"]]
        nn.utils.clip_grad_norm_(owned, clip_norm)

    if not _among_others():
        clip()
        yield
        return
    hook = optimizer.register_step_pre_hook(clip)
    try:
        yield
    finally:
        hook.remove()


def refuse_twice_through_compiled(error: RuntimeError) -> None:
    """Says in plain words what torch says of a penalty on the gradient of a compiled network."""
    if any(words in str(error) for words in ("double backward", "donated buffer")):
        raise ConfigError(
            "a term such as R1 or GradientPenalty takes the gradient of a gradient, which "
            "torch.compile does not offer: leave compile=True out, or give the network as it is."
        ) from error


def set_rate(optimizer: Optimizer, lr: float) -> None:
    """Changes the learning rate of every parameter."""
    for group in optimizer.param_groups:
        group["lr"] = lr


def judges_each_alone(D: nn.Module) -> bool:
    """Whether D says that its verdict on an image does not depend on the rest of the batch.

    Then real and fake images may share a pass. A discriminator says so by an attribute of this
    name; one that does not gets a pass for each.
    """
    return bool(getattr(D, "judges_each_alone", False))


def draw_noise(state: TrainState, n: int) -> Tensor:
    """Normal noise `(n, latent_dim)` from the run's own stream.

    Raises:
        ConfigError: of several processes, `n` is no multiple of the images in this one's batch.
    """
    size = (state.ranks.whole(n), state.G.latent_dim)
    return state.ranks.own(torch.randn(size, generator=state.random, device=state.device))


def count_labels(state: TrainState, labels: Tensor) -> None:
    """Adds a real batch to what is known of how frequent each class is."""
    if isinstance(state.G.classes, Classes):
        counts = state.ranks.summed(torch.bincount(labels, minlength=state.G.classes.size))
        state.label_counts = counts if state.label_counts is None else state.label_counts + counts


def draw_labels(state: TrainState, like: Tensor, *, as_in_data: bool = False) -> Tensor:
    """As many labels as `like` has, drawn at random from the run's own stream.

    Classes are drawn uniformly, or as often as `count_labels` has seen them. Attributes and
    quantities have no uniform draw that makes sense, so theirs are those of the batch in another
    order.

    Raises:
        ConfigError: as `draw_noise` does.
    """
    condition, n = state.G.classes, state.ranks.whole(len(like))
    if not isinstance(condition, Classes):
        order = torch.randperm(n, generator=state.random, device=state.device)
        drawn = state.ranks.gathered(like)[order]
    elif as_in_data:
        assert state.label_counts is not None
        counts = state.label_counts.double()
        drawn = torch.multinomial(counts, n, replacement=True, generator=state.random)
    else:
        drawn = torch.randint(condition.size, (n,), generator=state.random, device=state.device)
    return state.ranks.own(drawn)
