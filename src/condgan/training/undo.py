"""A step that another process has left half done is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from condgan.errors import RankError
from condgan.training.averaging import values
from condgan.training.snapshot import memory_of
from condgan.training.state import TrainState


class Undo:
    """Where everything that a step changes stood before it: weights, buffers, optimisers, streams.

    The average of the weights moves after the step.

    Args:
        state: of the run.
        algorithm: of the run, which may remember things; None for one that does not.
    """

    def __init__(self, state: TrainState, algorithm: Any = None) -> None:
        self.state, self.algorithm = state, algorithm
        self._tensors: list[Tensor] = []
        self._kept: list[Tensor] = []

    @contextmanager
    def if_left(self) -> Iterator[None]:
        """Inside the block a step is taken; if another rank does not live to finish it, undone.

        Only on the first of several ranks, which saves.
        """
        ranks = self.state.ranks
        if ranks.size == 1 or not ranks.first:
            yield
            return
        self._keep()
        try:
            yield
        except RankError:
            self._put_back()
            raise

    def _keep(self) -> None:
        """Remembers how things stand, into the same memory each time."""
        state = self.state
        memories = [of_one for o in self._optimizers() for of_one in o.state.values()]
        tensors = [
            *values(state.G),
            *values(state.D),
            *(t for of_one in memories for t in of_one.values() if torch.is_tensor(t)),
        ]
        if len(tensors) != len(self._tensors):  # an optimiser's memory begins with its first move
            self._kept = [tensor.detach().clone() for tensor in tensors]
        else:
            with torch.no_grad():
                torch._foreach_copy_(self._kept, tensors)
        self._tensors = tensors
        self._begun = [set(optimizer.state) for optimizer in self._optimizers()]
        self._counts = state.label_counts
        self._memory = memory_of(self.algorithm)
        self._streams = torch.get_rng_state(), state.random.get_state()

    def _put_back(self) -> None:
        """Makes everything stand as it did."""
        state = self.state
        for optimizer, begun in zip(self._optimizers(), self._begun, strict=True):
            for moved in optimizer.state.keys() - begun:
                del optimizer.state[moved]
        with torch.no_grad():
            torch._foreach_copy_(self._tensors, self._kept)
        state.label_counts = self._counts
        if self._memory is not None:
            self.algorithm.load_state_dict(self._memory)
        torch.set_rng_state(self._streams[0])
        state.random.set_state(self._streams[1])

    def _optimizers(self) -> list[Any]:
        return [o for o in self.state.optimizers.values() if isinstance(o, Optimizer)]
