"""Everything that changes while a network is trained, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.training.averaging import AveragedWeights
from condgan.training.history import History


@dataclass
class TrainState:
    """What algorithms work on and callbacks look at.

    Attributes:
        G, D: the networks, with the weights being trained; G is a module with the attributes
            `classes`, `image_shape` and `latent_dim` of a `ConditionalGenerator`.
        optimizers: by player, `"G"` and `"D"`.
        device: where everything lives.
        seed: what the run's random streams started from.
        random: the stream of noise and of fake labels.
        average: the averaged weights of G, if the algorithm keeps them.
        epoch: number of the current epoch, from 1; after `fit`, the epochs done.
        epochs: number of the last epoch that the current `fit` was asked for.
        step: steps taken, over all epochs.
        images: real images seen, over all epochs.
        batches: steps in an epoch, or None if the loader cannot say.
        batch_images: real images in the current batch.
        logs: what the last step reported, by name: scalars, still on the device.
        history: what has been recorded.
        stop_reason: why training should end before `epochs`, or None.
        exception: the error that ended `fit`, while `on_fit_end` is told; otherwise None.
    """

    G: Any
    D: nn.Module
    optimizers: dict[str, Optimizer]
    device: torch.device
    seed: int
    random: torch.Generator
    average: AveragedWeights | None = None
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    images: int = 0
    batches: int | None = None
    batch_images: int = 0
    logs: dict[str, Tensor | float] = field(default_factory=dict)
    history: History = field(default_factory=History)
    stop_reason: str | None = None
    exception: BaseException | None = None

    @property
    def generator(self) -> Any:
        """The generator to draw with: the averaged one if there is one, else G itself."""
        return self.G if self.average is None else self.average.module

    def stop(self, why: str) -> None:
        """Asks training to end after the current step, and says why."""
        self.stop_reason = why
