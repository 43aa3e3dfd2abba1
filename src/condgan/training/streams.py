"""Every random stream that a run draws from, as plain data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from condgan.training.state import TrainState


@contextmanager
def lent(
    saved: dict[str, Any] | None, state: TrainState, loader: Any, resumed: bool
) -> Iterator[None]:
    """Inside the block torch's global stream is the run's own, and untouched after it.

    Args:
        saved: where the streams stood, if the run has begun.
        state, loader: of the run.
        resumed: whether it goes on from a file, in whose process the other streams stood as saved.
    """
    cuda = [state.device] if state.device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        if saved is None:
            torch.default_generator.manual_seed(state.seed)
            for device in cuda:
                with torch.cuda.device(device):
                    torch.cuda.manual_seed(state.seed)
        elif resumed:
            put_back(saved, state, loader)
        else:
            put_back_torch(saved, state)
        yield


def taken(state: TrainState, loader: Any) -> dict[str, Any]:
    """Where the streams stand: the run's own, torch's, Python's, numpy's, and the loader's.

    Only tensors, numbers and strings, so that it can be saved and loaded as data. The processes
    of a loader with workers get their seeds from torch's stream when an epoch begins; those that
    outlive it (`persistent_workers`) keep their own.
    """
    name, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002, others draw from it
    return {
        "device": state.device.type,
        "run": state.random.get_state(),
        "torch": torch.get_rng_state(),
        "accelerator": accelerator_stream(state.device),
        "python": random.getstate(),
        "numpy": [str(name), torch.from_numpy(np.asarray(keys, np.int64)), *map(float, rest)],
        "loader": [generator.get_state() for generator in generators(loader)],
    }


def as_on_the_first(state: TrainState, loader: Any) -> dict[str, Any]:
    """Where the streams stand on the first rank, from where the run's own go on here too."""
    stand = state.ranks.from_first(lambda: taken(state, loader))
    if not state.ranks.first:
        put_back_torch(stand, state)
    return stand


def put_back(saved: dict[str, Any], state: TrainState, loader: Any) -> None:
    """Sets every stream to where it stood; Python's and numpy's stay so after `fit`."""
    put_back_torch(saved, state)
    random.setstate(saved["python"])
    name, keys, place, has_gauss, gauss = saved["numpy"]
    numbers = keys.numpy().astype(np.uint32)
    np.random.set_state((name, numbers, int(place), int(has_gauss), gauss))  # noqa: NPY002
    for generator, stream in zip(generators(loader), saved["loader"], strict=False):
        generator.set_state(stream)


def put_back_torch(saved: dict[str, Any], state: TrainState) -> None:
    """The streams that are a run's own between two calls of `fit`: torch's, and its own.

    Those of another kind of device start anew, but not where the run began.
    """
    torch.set_rng_state(saved["torch"])
    if saved["device"] != state.device.type:
        torch.manual_seed(state.seed + state.step)
        state.random.manual_seed(state.seed + state.step)
        return
    state.random.set_state(saved["run"])
    if saved["accelerator"] is not None:
        set_accelerator_stream(state.device, saved["accelerator"])


def generators(loader: Any) -> list[torch.Generator]:
    """The generators of its own that a loader, or its sampler, draws the order from."""
    of_batches = getattr(loader, "batch_sampler", None)
    owners = (loader, getattr(loader, "sampler", None), getattr(of_batches, "sampler", None))
    found = [getattr(owner, "generator", None) for owner in owners]
    return [g for i, g in enumerate(found) if isinstance(g, torch.Generator) and g not in found[:i]]


def accelerator_stream(device: torch.device) -> torch.Tensor | None:
    """The global stream of an accelerator; None on the CPU."""
    if device.type == "cpu":
        return None
    stream: torch.Tensor = getattr(torch, device.type).get_rng_state(*_index(device))
    return stream


def set_accelerator_stream(device: torch.device, stream: torch.Tensor) -> None:
    getattr(torch, device.type).set_rng_state(stream, *_index(device))


def _index(device: torch.device) -> tuple[torch.device, ...]:
    return () if device.type == "mps" else (device,)
