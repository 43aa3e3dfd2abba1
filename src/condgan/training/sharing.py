"""Loaders that give a rank its part of every batch, in the order that all ranks share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch.utils.data import DataLoader, IterableDataset
from torch.utils.data.distributed import DistributedSampler

from condgan.errors import ConfigError, DataError
from condgan.training.ranks import Ranks

KEPT = (
    *("dataset", "num_workers", "collate_fn", "pin_memory", "timeout", "worker_init_fn"),
    *("multiprocessing_context", "generator", "prefetch_factor", "persistent_workers"),
)
"""What a torch loader was made with, but for its batches."""


def part_of(n: int, ranks: Ranks) -> slice:
    """Which of `n` things are a rank's own: as many as others', or one more.

    Example:
        >>> part_of(5, Ranks())
        slice(0, 5, None)
    """
    return slice(ranks.rank * n // ranks.size, (ranks.rank + 1) * n // ranks.size)


class PartOfBatches:
    """A batch sampler that gives a rank's part of each batch of another.

    Batches that leave a rank without any image are left out on all.

    Attributes:
        left_out: images of such batches, in this epoch.

    Raises:
        DataError: every batch is such a one.
    """

    def __init__(self, batches: Iterable[list[Any]], ranks: Ranks) -> None:
        self.batches, self.ranks = batches, ranks
        self.left_out = 0
        self.sampler = getattr(batches, "sampler", None)  # its generator is the order's
        self.batch_size = getattr(batches, "batch_size", None)
        self.drop_last = getattr(batches, "drop_last", False)

    def __len__(self) -> int:
        return len(self.batches)  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[list[Any]]:
        given, self.left_out = 0, 0
        for batch in self.batches:
            if len(batch) >= self.ranks.size:
                given += 1
                yield batch[part_of(len(batch), self.ranks)]
            else:
                self.left_out += len(batch)
        if self.left_out and not given:
            raise all_too_small(self.ranks)


def all_too_small(ranks: Ranks) -> DataError:
    """What is said of an epoch without a batch that can be shared out."""
    return DataError(
        f"no batch has the {ranks.size} images or more that {ranks.size} processes need to train "
        "together, 1 each: take larger batches, or fewer processes."
    )


def is_divisible(loader: Any) -> bool:
    """Whether only a rank's own images need to be read: torch's loader, with items by index.

    Raises:
        ConfigError: its sampler gives each rank images of its own already.
    """
    of_batches = getattr(loader, "batch_sampler", None)
    samplers = getattr(loader, "sampler", None), getattr(of_batches, "sampler", None)
    if any(isinstance(sampler, DistributedSampler) for sampler in samplers):
        raise ConfigError(
            "the loader's DistributedSampler shares images out, and so does the Trainer, of every "
            "batch: leave it out, give shuffle=True in its place, and the batch size of all "
            "processes together."
        )
    return (
        type(loader) is DataLoader
        and loader.batch_sampler is not None
        and not isinstance(loader.dataset, IterableDataset)
    )


def divided(loader: DataLoader[Any], ranks: Ranks) -> DataLoader[Any]:
    """A loader that reads a rank's own images only."""
    settings = {name: getattr(loader, name) for name in KEPT}
    batches = PartOfBatches(loader.batch_sampler, ranks)  # type: ignore[arg-type]
    return DataLoader(batch_sampler=batches, **settings)
