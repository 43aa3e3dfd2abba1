"""Training, evaluation and drawing mode, and torch's random stream, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch


@contextmanager
def in_mode(training: bool, *networks: Any) -> Iterator[None]:
    """All modules of the networks are in that mode inside the block, and as they were after it."""
    modes = {module: module.training for network in networks for module in network.modules()}
    for network in networks:
        network.train(training)
    try:
        yield
    finally:
        for module, before in modes.items():
            module.training = before


@contextmanager
def evaluating(*networks: Any) -> Iterator[None]:
    """Evaluation mode without gradients inside the block."""
    with in_mode(False, *networks), torch.no_grad():
        yield


_drawing = ContextVar("drawing", default=False)


@contextmanager
def drawing(*networks: Any) -> Iterator[None]:
    """Evaluation mode inside the block, where images are drawn and nothing else is wanted.

    Not torch's inference mode: what a network keeps from a pass could not be trained with later.
    """
    before = _drawing.set(True)
    try:
        with evaluating(*networks):
            yield
    finally:
        _drawing.reset(before)


def is_drawing() -> bool:
    """Whether a faster way to the same image may be taken, that cannot be learnt by or exported."""
    return not torch.compiler.is_compiling() and not torch.is_grad_enabled() and _drawing.get()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch's CPU stream starts from `seed` inside the block, and is as it was after it.

    `torch.manual_seed` would reseed every accelerator as well, which nobody puts back.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
