"""The tutorial's algorithm, move for move."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from condgan.arguments import number_within
from condgan.objectives.losses import BinaryCrossEntropy
from condgan.objectives.turn import logits_of
from condgan.training.algorithms.protocol import (
    Batch,
    adam,
    descend,
    draw_labels,
    draw_noise,
    finite,
    frozen,
)
from condgan.training.state import TrainState

LOSS = BinaryCrossEntropy()


@dataclass(frozen=True)
class Article:
    """Each batch makes three updates, as the tutorial does for each image.

    1. D on the real images, with their labels;
    2. D on detached fakes, drawn with random labels;
    3. G on new fakes, drawn with new random labels.

    With batches of one image this is the tutorial's loop. Its labels are uniform, its optimisers
    plain Adam, and it keeps no averaged weights.

    Attributes:
        lr: Adam's learning rate, for both players.

    Raises:
        ConfigError: a rate that is not a number from 0.
    """

    lr: float = 1e-4

    def __post_init__(self) -> None:
        number_within("lr", self.lr, 0)

    def optimizers(self, G: nn.Module, D: nn.Module) -> dict[str, Optimizer]:
        return {"G": adam(G, self.lr, (0.9, 0.999)), "D": adam(D, self.lr, (0.9, 0.999))}

    def step(self, state: TrainState, batch: Batch) -> dict[str, Tensor]:
        images, labels = batch
        on_real = finite("D", LOSS.real(logits_of(state.D, images, labels)))
        d_loss = descend(state.optimizers["D"], [on_real])
        fake_labels = draw_labels(state, labels)
        z = draw_noise(state, len(labels))
        with torch.no_grad():
            fakes = state.G(z, fake_labels)
        on_fake = finite("D", LOSS.fake(logits_of(state.D, fakes, fake_labels)))
        d_loss = d_loss + descend(state.optimizers["D"], [on_fake])
        fake_labels = draw_labels(state, labels)
        z = draw_noise(state, len(labels))
        with frozen(state.D):
            fooled = LOSS.real(logits_of(state.D, state.G(z, fake_labels), fake_labels))
            g_loss = descend(state.optimizers["G"], [finite("G", fooled)])
        return {"d_loss": d_loss, "g_loss": g_loss}
