"""Everything that changes while a network is trained, in one place."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.training.averaging import AveragedWeights
from condgan.training.history import History
from condgan.training.ranks import Ranks


@dataclass
class TrainState:
    """What algorithms work on and callbacks look at.

    Attributes:
        G, D: the networks, with the weights being trained; G is a module with the attributes
            `classes`, `image_shape` and `latent_dim` of a `ConditionalGenerator`.
        optimizers: by player, `"G"` and `"D"`.
        device: where everything lives.
        run: tells this run from others; one that is resumed stays the same.
        seed: what the run's random streams started from.
        random: the stream of noise and of fake labels.
        ranks: the processes that train together, of which this is one; usually the only one.
        average: the averaged weights of G, if the algorithm keeps them.
        epoch: number of the current epoch, from 1; after `fit`, the epochs done.
        epochs: number of the last epoch that the current `fit` was asked for.
        step: steps taken, over all epochs.
        images: real images seen, over all epochs.
        begun_after: epochs that were done when the current `fit` began.
        batches: steps in an epoch; None if the loader cannot say, until it has shown one.
        epoch_steps: steps taken in the current epoch.
        epoch_skipped: of them, those that were left out since something was not finite.
        epoch_seconds: time that the current epoch has taken so far.
        batch_images: real images in the current batch, on all ranks.
        logs: what the last step reported, by name: scalars, still on the device.
        label_counts: how often the data have shown each class, int64 `(K,)`; None where no
            algorithm counts them.
        epoch_is_open: whether the current epoch has begun and not ended.
        continues: whether the current `fit` is the rest of one that was interrupted.
        interrupted: whether training ended between two steps, by somebody or since something was
            not finite, so that it can go on.
        history: what has been recorded.
        stop_reason: why training should end before `epochs`, or None.
        rewound: whether a callback has put other weights into the networks, on the first of
            several ranks: at the end of the epoch the others take them over.
        exception: the error that ended `fit`, while `on_fit_end` is told; otherwise None.
        capture: the whole run as plain data, from which `Trainer.resume` goes on.
    """

    G: Any
    D: nn.Module
    optimizers: dict[str, Optimizer]
    device: torch.device
    seed: int
    random: torch.Generator
    ranks: Ranks = field(default_factory=Ranks)
    average: AveragedWeights | None = None
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    images: int = 0
    begun_after: int = 0
    batches: int | None = None
    epoch_steps: int = 0
    epoch_skipped: int = 0
    epoch_seconds: float = 0.0
    batch_images: int = 0
    logs: dict[str, Tensor | float] = field(default_factory=dict)
    label_counts: Tensor | None = None
    epoch_is_open: bool = False
    continues: bool = False
    interrupted: bool = False
    history: History = field(default_factory=History)
    stop_reason: str | None = None
    rewound: bool = False
    exception: BaseException | None = None
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    capture: Callable[[], dict[str, Any]] | None = None

    @property
    def progress(self) -> float:
        """How much of the current `fit` is done, from 0 to 1; by epochs if the loader is endless.

        A `fit` that a callback may end earlier still counts up to the epochs it was asked for.
        """
        within = self.epoch_steps / self.batches if self.batches else 0.0
        done = self.epoch - 1 - self.begun_after + min(within, 1.0)
        return min(1.0, max(0.0, done / max(1, self.epochs - self.begun_after)))

    @property
    def generator(self) -> Any:
        """The generator to draw with: the averaged one if there is one, else G itself."""
        return self.G if self.average is None else self.average.module

    def stop(self, why: str) -> None:
        """Asks training to end after the current step, and says why."""
        self.stop_reason = str(why)
