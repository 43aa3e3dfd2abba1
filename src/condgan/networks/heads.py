"""Heads of a discriminator: from an image's features to a logit, and to what it shows."""

from __future__ import annotations

from torch import Tensor, nn


class LinearHead(nn.Module):
    """Features `(N, F)` to logits `(N,)`; whatever the label says is in the features already."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.any_label = nn.Linear(features, 1)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        logits: Tensor = self.any_label(features).squeeze(1)
        return logits


class ProjectionHead(nn.Module):
    """Features `(N, F)` and label vectors `(N, size)` to logits `(N,)`.

    `w . f + b + (V c) . f`: how real the image looks at all, and how well its features agree with
    a direction of its label. Miyato and Koyama, "cGANs with Projection Discriminator" (2018,
    arXiv:1802.05637), equation 8.
    """

    def __init__(self, features: int, condition_size: int) -> None:
        super().__init__()
        self.any_label = nn.Linear(features, 1)
        self.direction = nn.Linear(condition_size, features, bias=False)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        agrees = (self.direction(condition) * features).sum(dim=1)
        logits: Tensor = self.any_label(features).squeeze(1) + agrees
        return logits
