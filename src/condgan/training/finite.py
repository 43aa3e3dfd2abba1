"""What is not finite is kept from the weights, told, and left out if that is asked for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.errors import NonFiniteError
from condgan.training.algorithms.protocol import Algorithm, Batch
from condgan.training.averaging import plain
from condgan.training.moves import before_moves
from condgan.training.state import TrainState


class Guard:
    """Takes the steps of a run, none of which moves a weight along what is not finite.

    The gradients are looked at before each move of an optimiser, by one kernel, which is that of
    torch's `GradScaler`; the losses after it. Of a step that is lost nothing stays: buffers, such
    as running statistics, are put back to what they were.

    On the CPU a value is read at once, at next to no cost. On accelerators that would be a wait in
    each move: fused optimisers are told on the device to make none (`found_inf`), and only every
    `EVERY` steps, at the end of an epoch, and before something is saved is it read which steps
    were lost. An optimiser that is not fused waits.

    Args:
        state: of the run.
        skips: leave lost steps out, instead of ending the run.
    """

    EVERY = 100
    IN_A_ROW = 100
    """Lost steps after which the run ends anyway: nothing is learnt any more."""

    def __init__(self, state: TrainState, skips: bool = False) -> None:
        self.state = state
        self.skips = skips
        self.at_once = state.device.type == "cpu"
        self._forget()

    def _forget(self) -> None:
        self._unread: list[tuple[int, str, Tensor]] = []
        self._steps = 0
        self._lost: dict[int, str] = {}
        self._in_a_row = 0
        self._told: list[tuple[int, str]] = []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Inside the block every move of the run's optimisers is looked at."""
        state = self.state
        self._forget()
        networks = [state.G, state.D, *([] if state.average is None else [state.average.module])]
        self._buffers = [b for network in networks for b in network.buffers() if b.ndim]
        self._kept = [buffer.clone() for buffer in self._buffers]
        looks = [(o, self._before_a_move_of(player)) for player, o in state.optimizers.items()]
        try:
            with before_moves(looks):
                yield
        finally:
            for optimizer in state.optimizers.values():
                vars(optimizer).pop("found_inf", None)

    def step(self, algorithm: Algorithm, batch: Batch) -> bool:
        """Takes a step, and says whether it was one; `judge` tells of one that was lost."""
        state = self.state
        self._steps += 1
        if self.at_once:
            self._keep()
        try:
            logs = {
                name: value.detach() if isinstance(value, Tensor) else float(value)
                for name, value in algorithm.step(state, batch).items()
            }
            logs = state.ranks.mean(logs)
            for name, value in logs.items():
                if name.endswith("loss"):
                    self._look_at(name, value)
        except NonFiniteError as error:
            self._put_back()
            self._lost.setdefault(state.step + 1, str(error))
            return False
        state.logs = logs
        return True

    def judge(self, *, now: bool = False) -> None:
        """Tells of steps that were lost, if it is known yet; `now` makes it so.

        Raises:
            NonFiniteError: there were some, and they are not to be left out.
        """
        if not (now or self.at_once or self._steps >= self.EVERY):
            return
        self._read()
        lost, self._lost = self._lost, {}
        if self._steps:
            self._in_a_row = self._in_a_row + len(lost) if len(lost) == self._steps else 0
        self._steps = 0
        if not lost:
            return
        self.state.epoch_skipped += len(lost)
        self._told += lost.items()
        if not self.skips or self._in_a_row >= self.IN_A_ROW:
            self.state.interrupted = True  # between two steps, so that it can be saved
            raise NonFiniteError(self._said(*next(iter(lost.items()))))

    def _read(self) -> None:
        """Finds out, on accelerators, which steps since the last reading were lost."""
        if self.at_once:
            return
        waiting, self._unread = self._unread, []
        numbers = torch.stack([value for *_, value in waiting]).tolist() if waiting else []
        for (step, what, _), number in zip(waiting, numbers, strict=True):
            if not math.isfinite(number):
                before = self._lost.get(step)
                self._lost[step] = what if before is None else f"{before}, {what}"
        if self._lost:
            self._put_back()
        else:
            self._keep()

    def tell_at_the_end(self) -> None:
        """Warns of what was left out."""
        if self._told:
            step, why = self._told[0]
            warnings.warn(
                f"steps left out, since a loss or a gradient was not finite: {len(self._told)}, "
                f"the first of them step {step}: {why}. The history counts them (skipped_steps).",
                stacklevel=3,
            )

    def _said(self, step: int, why: str) -> str:
        state = self.state
        lost = first_nonfinite_weight(state.G, state.D)
        weights = "Every weight is finite" if lost is None else f"{lost} was not finite before"
        often = f", {self._in_a_row} times in a row" if self.skips else ""
        return (
            f"training stopped at step {step}, in epoch {state.epoch}: {why}{often}. {weights}. "
            "Lower the learning rate of that player, set clip_norm, or train in float32 if it was "
            "bf16; if it happens again at once, go back to an earlier checkpoint. "
            "Trainer(on_nonfinite='skip'), or --on-nonfinite skip, leaves such steps out."
        )

    def _before_a_move_of(self, player: str) -> Callable[..., None]:
        device = self.state.device
        one, found = torch.tensor(1.0, device=device), torch.tensor(0.0, device=device)

        def look(optimizer: Optimizer, *_: Any) -> None:
            gradients = [
                gradient
                for group in optimizer.param_groups
                for p in group["params"]
                if (gradient := p.grad) is not None
            ]
            if self.at_once or not getattr(optimizer, "_step_supports_amp_scaling", False):
                if gradients and found_inf(gradients, found, one).item():
                    found.zero_()
                    network = getattr(self.state, player, None)
                    raise NonFiniteError(f"{player}'s gradient {of_what(network)} is not finite")
            elif gradients:
                fused: Any = optimizer
                fused.found_inf = found_inf(gradients, torch.zeros_like(found), one)
                what = f"a gradient of {player} is not finite"
                self._unread.append((self.state.step + 1, what, 1 / (1 - fused.found_inf)))

        return look

    def _look_at(self, name: str, value: Tensor | float) -> None:
        if isinstance(value, Tensor) and not self.at_once:
            self._unread.append((self.state.step + 1, f"{name} is not finite", value.reshape(())))
        elif not math.isfinite(value):
            raise NonFiniteError(f"{name} is {float(value)}")

    def _keep(self) -> None:
        """Remembers the buffers; those of a step that is lost may be lost as well."""
        if self._buffers:
            torch._foreach_copy_(self._kept, self._buffers)

    def _put_back(self) -> None:
        if self._buffers:
            torch._foreach_copy_(self._buffers, self._kept)


def found_inf(gradients: list[Tensor], found: Tensor, one: Tensor) -> Tensor:
    """Sets `found`, which is 0, to 1 where a value is not finite; each value is read once.

    Where the kernel cannot, a sum tells, which what is not finite makes so as well.
    """
    try:
        torch._amp_foreach_non_finite_check_and_unscale_(gradients, found, one)
    except RuntimeError:  # complex or sparse gradients, and devices that lack the kernel
        sums = torch.stack([torch.as_tensor(g.sum(), device=one.device) for g in gradients])
        found.copy_(~sums.isfinite().all())
    return found


def of_what(network: Any) -> str:
    """The parameters of a network whose gradients are not finite, in words."""
    if not isinstance(network, nn.Module):
        return "of something"
    named = plain(network).named_parameters()
    names = [n for n, p in named if p.grad is not None and not p.grad.isfinite().all()]
    others = f" (and of {len(names) - 1} others)" if len(names) > 1 else ""
    return f"of {names[0]}{others}" if names else "of something"


def first_nonfinite_weight(G: nn.Module, D: nn.Module) -> str | None:
    """The first parameter of either network that is not finite, in words, or None."""
    for player, network in (("G", G), ("D", D)):
        for name, value in plain(network).named_parameters():
            if not value.isfinite().all():
                return f"{player}'s {name}"
    return None
