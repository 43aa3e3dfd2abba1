"""Looking at what a network gives without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import nn


class HasModules(Protocol):
    """A torch module, as far as its mode is concerned."""

    def modules(self) -> Iterator[nn.Module]: ...

    def eval(self) -> Any: ...


@contextmanager
def evaluating(network: HasModules) -> Iterator[None]:
    """Evaluation mode without gradients inside the block; each module's own mode after it."""
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training
