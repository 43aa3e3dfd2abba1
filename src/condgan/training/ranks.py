"""The processes that train one model together, and what they tell each other."""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.errors import CondganError, ConfigError, RankError
from condgan.training.moves import before_moves

Made = TypeVar("Made")

PATIENCE = timedelta(hours=2)
"""How long ranks wait for one that is evaluating or saving, before they take it for lost."""


class Met(NamedTuple):
    """What one rank says before a step.

    `images` is how many of its part of the batch it holds, -1 if its loader has no more; `stops`
    whether a callback wants training to end; `signal` the number of one that came.
    """

    images: int
    stops: int = 0
    signal: int = 0


class Ranks:
    """A process that trains alone: the only rank, which agrees with itself.

    Attributes:
        rank: which of them this one is, from 0.
        size: how many there are.
    """

    rank = 0
    size = 1

    @property
    def first(self) -> bool:
        """Whether this is the rank that writes files and tells people."""
        return self.rank == 0

    @property
    def share(self) -> float:
        """Which part of the batch's images is this rank's."""
        return 1.0

    def whole(self, n: int) -> int:
        """How many there are on all ranks together, of what this one has `n` of.

        Raises:
            ConfigError: others cannot know, since it is no multiple of this rank's images.
        """
        return n

    def own(self, whole: Tensor) -> Tensor:
        """This rank's part of something drawn for the whole batch."""
        return whole

    def fewest(self, n: int) -> int:
        """How many the rank with the fewest has, of what this one has `n` of."""
        return n

    def gathered(self, own: Tensor) -> Tensor:
        """The parts of all ranks, one after the other."""
        return own

    def summed(self, own: Tensor) -> Tensor:
        """The sum over all ranks."""
        return own

    def mean(self, logs: dict[str, Any]) -> dict[str, Any]:
        """Scalars by name, each averaged over the whole batch."""
        return logs

    def from_first(self, make: Callable[[], Made]) -> Made:
        """What the first rank makes, or the error it makes it with, on every rank."""
        return make()

    def any(self, flags: Tensor | None) -> Tensor | None:
        """Where any rank has true."""
        return flags

    def meet(self, images: int, stops: bool = False, signal: int = 0) -> list[Met]:
        """What all ranks say before they take a step together."""
        return [Met(images, stops, signal)]

    def leave(self) -> None:
        """Lets the others know that an error has ended this rank's training."""

    @contextmanager
    def together(self) -> Iterator[None]:
        """Inside the block all do the same: if one fails the others hear of it, and one warns."""
        yield

    def first_told(self, what: str | None) -> str | None:
        """The sentence of the first rank that has one."""
        return what

    @contextmanager
    def averaging(self, optimizers: Iterable[Any]) -> Iterator[None]:
        """Inside the block optimisers move along gradients of the whole batch."""
        yield

    def own_stream(self, seed: int, step: int) -> None:
        """Lets what a step draws at random, beyond noise and labels, differ from rank to rank."""

    def compare(self, *networks: nn.Module) -> None:
        """Whether the weights are the same on all ranks."""


class ManyRanks(Ranks):
    """Processes connected by torch.distributed, which take each step together.

    All of them see the same order of images and draw the same noise and labels, and each takes its
    part of every batch; so one process, two and four train alike, and a run goes on with another
    number of them. The first rank is told by callbacks, and writes; what it knows the others are
    told at the beginning and at the end of `fit`.
    """

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.counts = [1] * self.size

    def _on(self, device: torch.device) -> Any:
        """The group to exchange tensors on a device in."""
        return _talk(dist.group.WORLD) if device.type == "cpu" else dist.group.WORLD

    @property
    def share(self) -> float:
        return self.counts[self.rank] / sum(self.counts)

    def whole(self, n: int) -> int:
        times, rest = divmod(n, self.counts[self.rank])
        if rest:
            raise ConfigError(
                f"of several processes each draws its part of what the whole batch needs: a "
                f"multiple of its {self.counts[self.rank]} images; got {n}. Draw as many as the "
                "batch has, and take fewer of them."
            )
        return sum(self.counts) * times

    def own(self, whole: Tensor) -> Tensor:
        ends = [0, *itertools.accumulate(self.counts)]
        each = len(whole) // ends[-1]
        return whole[ends[self.rank] * each : ends[self.rank + 1] * each]

    def fewest(self, n: int) -> int:
        return min(self.counts) * n // self.counts[self.rank]

    def gathered(self, own: Tensor) -> Tensor:
        each = len(own) // self.counts[self.rank]
        parts = [own.new_empty(each * count, *own.shape[1:]) for count in self.counts]
        parts[self.rank] = own.contiguous()
        with told_as_lost():
            for source, part in enumerate(parts):  # of different lengths
                dist.broadcast(part, source, group=self._on(own.device))
        return torch.cat(parts)

    def summed(self, own: Tensor) -> Tensor:
        with told_as_lost():
            dist.all_reduce(own, group=self._on(own.device))
        return own

    def mean(self, logs: dict[str, Any]) -> dict[str, Any]:
        if not logs:
            return logs
        device = next(
            (v.device for v in logs.values() if isinstance(v, Tensor)), torch.device("cpu")
        )
        own = torch.stack(
            [torch.as_tensor(v, device=device).float().reshape(()) for v in logs.values()]
        )
        return dict(zip(logs, self.summed(own * self.share).unbind(), strict=True))

    def from_first(self, make: Callable[[], Made]) -> Made:
        told: list[Any] = [None, None]
        if self.first:
            try:
                told = [make(), None]
            except Exception as error:
                told = [None, error if _travels(error) else RankError(f"rank 0: {error!r}")]
                self._broadcast(told)
                raise
        self._broadcast(told)
        made, refusal = told
        if refusal is not None:
            raise refusal
        return made  # type: ignore[no-any-return]

    def _broadcast(self, told: list[Any]) -> None:
        """Fills the list with what the first rank has in it."""
        with told_as_lost():
            dist.broadcast_object_list(told, 0, group=_talk(dist.group.WORLD))

    def any(self, flags: Tensor | None) -> Tensor | None:
        return None if flags is None else self.summed(flags.int()).bool()

    def meet(self, images: int, stops: bool = False, signal: int = 0) -> list[Met]:
        rows = torch.zeros(self.size, 3, dtype=torch.int64)
        rows[self.rank] = torch.tensor([images, stops, signal])
        met = [Met(*row) for row in self.summed(rows).tolist()]
        if min(one.images for one in met) > 0:
            self.counts = [one.images for one in met]
        return met

    def leave(self) -> None:
        hang_up()

    @contextmanager
    def together(self) -> Iterator[None]:
        with ExitStack() as quiet:
            if not self.first:
                quiet.enter_context(warnings.catch_warnings(action="ignore"))
            try:
                yield
            except RankError:
                raise
            except BaseException:
                self.leave()
                raise

    def first_told(self, what: str | None) -> str | None:
        told: list[Any] = [None] * self.size
        with told_as_lost():
            dist.all_gather_object(told, what, group=_talk(dist.group.WORLD))
        return next((one for one in told if one is not None), None)

    @contextmanager
    def averaging(self, optimizers: Iterable[Any]) -> Iterator[None]:
        with before_moves((optimizer, self._sum_gradients) for optimizer in optimizers):
            yield

    def _sum_gradients(self, optimizer: Optimizer, *_: Any) -> None:
        """Each rank's gradient is of its own mean loss; of the whole batch it is a share.

        One that this rank has not got, as of a layer for classes that its part lacks, others may
        have: it is zero here, and none again if nobody has it.
        """
        owned = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
        if not owned:
            return
        has = owned[0].new_tensor([p.grad is not None for p in owned])
        for p in owned:
            if p.grad is None:
                p.grad = torch.zeros_like(p)
        gradients = [p.grad for p in owned]
        flat = torch.cat([*(gradient.flatten() for gradient in gradients), has])
        flat = self.summed(flat * self.share)
        *parts, has = torch.split(flat, [*(p.numel() for p in owned), len(owned)])
        shaped = [part.view_as(p) for part, p in zip(parts, owned, strict=True)]
        torch._foreach_copy_(gradients, shaped)
        for p, anybody in zip(owned, has.tolist(), strict=True):
            if not anybody:
                p.grad = None

    def own_stream(self, seed: int, step: int) -> None:
        if self.rank:
            torch.manual_seed((seed + 1_000_003 * step + 7919 * self.rank) % 2**63)

    def compare(self, *networks: nn.Module) -> None:
        sums = torch.stack([p.detach().double().sum() for n in networks for p in n.parameters()])
        same = self.gathered_like(sums)
        other = [rank for rank, theirs in enumerate(same) if not torch.equal(theirs, same[0])]
        if other:
            raise RankError(
                f"the weights of rank {other[0]} are no longer those of rank 0. A callback that "
                "changes training needs `every_rank = True`, since others are told on rank 0 "
                "alone; so does anything else that touches weights or rates on one rank only."
            )

    def gathered_like(self, own: Tensor) -> list[Tensor]:
        """The same thing as each rank has it."""
        parts = [torch.empty_like(own) for _ in range(self.size)]
        with told_as_lost():
            dist.all_gather(parts, own, group=self._on(own.device))
        return parts


def ranks_here(device: torch.device) -> Ranks:
    """The processes that this one was started with, by torchrun or by `torch.distributed`.

    Under torchrun they are connected if they are not yet: by NCCL on CUDA devices, else by gloo.
    """
    if not dist.is_available():
        return Ranks()
    if not dist.is_initialized():
        if int(os.environ.get("WORLD_SIZE", 1)) == 1 or "RANK" not in os.environ:
            return Ranks()
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        atexit.register(_leave)
    return ManyRanks() if dist.get_world_size() > 1 else Ranks()


def _leave() -> None:
    """Ends the connections before the interpreter takes them apart, at which gloo may abort."""
    _talk.cache_clear()
    if dist.is_initialized():
        dist.destroy_process_group()


@cache
def _talk(world: Any) -> Any:
    """A group for what is on the CPU, apart from exchanges of the user's own."""
    if dist.get_backend() == "gloo":
        dist.barrier()  # fails at once if a process has ended; to make a group waits for it
    return dist.new_group(backend="gloo", timeout=PATIENCE)


def hang_up() -> None:
    """Ends that group: whatever exchange others wait in for this rank fails, and they hang up too.

    The next exchange makes another one, if all have come as far.
    """
    if _talk.cache_info().currsize and dist.is_initialized():
        talk = _talk(dist.group.WORLD)
        _talk.cache_clear()
        dist.destroy_process_group(talk)


@contextmanager
def told_as_lost() -> Iterator[None]:
    """Inside the block what torch says of a lost connection is a `RankError`."""
    try:
        yield
    except CondganError:
        raise
    except (RuntimeError, ValueError) as error:  # ValueError: the group is gone already
        hang_up()
        why = re.sub(r"\[/.*?\] ", "", str(error).splitlines()[0]).partition(". ")[0]
        raise RankError(
            "another process of this run has ended, by an error that its own output tells, or was "
            f"stopped: {why}. From a checkpoint, any number of processes can go on."
        ) from error


def _travels(error: Exception) -> bool:
    """Whether an error can be sent to another process."""
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False
