"""What is done right before an optimiser moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.optim import Optimizer


@contextmanager
def before_moves(steps: Iterable[tuple[Any, Callable[..., None]]]) -> Iterator[None]:
    """Inside the block each optimiser calls what goes with it before it moves, with itself.

    Of several blocks the outer one's comes first. What is no optimiser of torch's calls nothing.
    """
    hooks = [
        optimizer.register_step_pre_hook(step)
        for optimizer, step in steps
        if isinstance(optimizer, Optimizer)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
