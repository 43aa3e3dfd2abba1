"""What a Trainer is given, checked, in the form that it works with."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from condgan.errors import ArgumentTypeError, ConfigError, listed
from condgan.training.callbacks.callback import as_callback
from condgan.training.callbacks.loss_history import LossHistory
from condgan.training.callbacks.progress import Progress
from condgan.training.ranks import Ranks


def check_networks(G: Any, D: Any) -> None:
    """Whether the two networks are networks, fit each other, and have weights of their own."""
    for name, network in (("G", G), ("D", D)):
        if not isinstance(network, nn.Module):
            raise ArgumentTypeError(f"{name} must be a torch module; got {network!r}.")
        if isinstance(network, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            raise ArgumentTypeError(
                f"{name} is wrapped in {type(network).__name__}, but a Trainer trains on one "
                f"device: give it the network itself, {name}.module."
            )
    for name in ("classes", "image_shape", "latent_dim"):
        if not hasattr(G, name):
            raise ArgumentTypeError(
                f"G must be a ConditionalGenerator or have its attribute {name!r}; "
                f"got a {type(G).__name__}."
            )
    for name in ("classes", "image_shape"):
        if getattr(D, name, getattr(G, name)) != getattr(G, name):
            raise ConfigError(
                f"G and D must be made for the same {name}; G has {getattr(G, name)!r} and D "
                f"{getattr(D, name)!r}."
            )
    shared = {id(p) for p in G.parameters()} & {id(p) for p in D.parameters()}
    if shared:
        raise ConfigError(
            f"G and D share {len(shared)} parameters, which both players would change. Give each "
            "its own, such as encoder=copy.deepcopy(encoder)."
        )


def check_that_g_moves(algorithm: Any, step: int, epochs: int, batches: int | None) -> None:
    """Whether so many epochs of so many batches are enough for the generator to move at all.

    Raises:
        ConfigError: they are not.
    """
    moves_every = getattr(algorithm, "n_critic", 1)
    steps = step + epochs * batches if batches else moves_every
    if steps < moves_every:
        raise ConfigError(
            f"G moves after every {moves_every} batches (n_critic), and there are only {steps}: "
            "train for more epochs, or take smaller batches."
        )


def completed(callbacks: Any, progress: bool) -> list[Any]:
    """The callbacks given, and the two that every run has."""
    if isinstance(callbacks, str) or not isinstance(callbacks, Iterable):
        raise ArgumentTypeError(f"callbacks is a list of callbacks; got {callbacks!r}.")
    given = [as_callback(callback) for callback in callbacks]
    if not any(isinstance(callback, LossHistory) for callback in given):
        given.append(LossHistory())
    if progress and not any(isinstance(callback, Progress) for callback in given):
        given.append(Progress())
    return given


def told_on(ranks: Ranks, callbacks: list[Any]) -> list[Any]:
    """Those of the callbacks that are told of training on this rank."""
    return [c for c in callbacks if ranks.first or getattr(c, "every_rank", False)]


def as_precision(precision: Any) -> str:
    if precision not in ("float32", "bf16"):
        why = (
            " fp16 overflows where bf16, which has the range of float32, does not."
            if precision in ("fp16", "float16")
            else ""
        )
        raise ConfigError(f"precision must be 'float32' or 'bf16'; got {precision!r}.{why}")
    return str(precision)


def as_choice(name: str, given: Any, choices: tuple[str, ...]) -> None:
    if given not in choices:
        raise ConfigError(f"{name} must be one of {listed(choices)}; got {given!r}.")


def as_device(device: torch.device | str | None) -> torch.device:
    if device is None:
        found = (
            torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        )
        if found is not None and "LOCAL_RANK" in os.environ:  # torchrun: a device for each process
            index = int(os.environ["LOCAL_RANK"]) % torch.accelerator.device_count()
            found = torch.device(found.type, index)
        return found or torch.device("cpu")
    try:
        where = torch.device(device)
        torch.empty(0, device=where)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(f"{device!r} is not a device to train on here: {error}") from None
    return where


def without_a_circle(method: Callable[[], Any]) -> Callable[[], Any]:
    """A method for its object's own parts to call, which does not keep the object alive.

    What is in a circle goes only when Python looks for such, and so do a loader's workers.
    """
    weak = weakref.WeakMethod(method)

    def call() -> Any:
        alive = weak()
        assert alive is not None, "the Trainer of this state is gone"
        return alive()

    return call
