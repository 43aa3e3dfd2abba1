"""The regularising term, and the two moving averages that it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from condgan import Turn


@dataclass(frozen=True)
class LeCam:
    """`weight * ((real - fake anchor)^2 + (fake - real anchor)^2)`, for the discriminator.

    `real` and `fake` are its logits, averaged over images; an anchor is the moving average of the
    other side's mean logit. Tseng and others (2021, arXiv:2104.03310), section 3.2.

    Attributes:
        weight: how much it counts.
        decay: how much of an anchor stays from step to step.
        memory: the anchors, real and fake, once there are any. The first step of a run forgets
            those of the run before.

    Example:
        >>> import torch, condgan
        >>> x, y = torch.ones(2, 1, 8, 8), torch.tensor([0, 1])
        >>> turn = condgan.Turn(lambda images, labels: images.mean(dim=(1, 2, 3)), x, y, -x, y)
        >>> LeCam(weight=0.5)(turn)  # (1 + 1)^2 and (-1 - 1)^2, halved
        tensor(4.)
    """

    player: ClassVar[str] = "discriminator"
    weight: float = 0.3
    decay: float = 0.99
    memory: dict[str, Tensor] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __call__(self, turn: Turn) -> Tensor:
        if turn.step == 0:
            self.memory.clear()
        real, fake = turn.real_logits, turn.fake_logits
        now = torch.stack([real.mean(), fake.mean()]).detach()
        before = self.memory.get("anchors", now).to(now.device)
        anchors = torch.lerp(now, before, self.decay)
        self.memory["anchors"] = anchors
        real_anchor, fake_anchor = anchors
        return self.weight * (
            (real - fake_anchor).square().mean() + (fake - real_anchor).square().mean()
        )

    def state_dict(self) -> dict[str, Any]:
        return dict(self.memory)

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self.memory.clear()
        self.memory.update(saved)
