"""Heads of a discriminator: from an image's features to a logit, and to what it shows."""

from __future__ import annotations

from typing import get_args

from torch import Tensor, nn

from condgan.conditions import Attributes, Condition, Quantities
from condgan.errors import ConfigError, listed
from condgan.networks.architecture import Architecture, Conditioning


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


def chosen_conditioning(
    given: str | None, auxiliary: str | None, architecture: Architecture
) -> str:
    """Where the label comes in: as given, or the architecture's choice.

    Raises:
        ConfigError: there is no such place; the label would come in nowhere; or an auxiliary head
            would find the label that it should name among the features.
    """
    if given is None:
        given = architecture.conditioning
        if auxiliary and given == "concat":
            given = "projection"
    if given not in get_args(Conditioning):
        raise ConfigError(
            f"conditioning must be one of {listed(get_args(Conditioning))}; got {given!r}."
        )
    if given == "none" and auxiliary is None:
        raise ConfigError(
            "with conditioning='none' the discriminator does not see the label, which then needs "
            "an auxiliary head to have any effect: auxiliary='ac' or 'adc'."
        )
    if auxiliary and given == "concat":
        raise ConfigError(
            "an auxiliary head names what an image shows, but with conditioning='concat' the "
            "features hold the label already; use 'projection' or 'none'."
        )
    return given


def auxiliary_outputs(condition: Condition, auxiliary: str | None) -> int:
    """How many logits an auxiliary head of that kind gives for that condition; 0 without one."""
    if auxiliary is None:
        return 0
    if auxiliary not in ("ac", "adc"):
        raise ConfigError(f"auxiliary must be 'ac', 'adc' or None; got {auxiliary!r}.")
    if isinstance(condition, Quantities) or (
        isinstance(condition, Attributes) and auxiliary == "adc"
    ):
        raise ConfigError(
            f"an auxiliary head of kind {auxiliary!r} cannot name {condition!r}; it is made for "
            f"{'classes or attributes' if auxiliary == 'ac' else 'classes'}."
        )
    return condition.size * (2 if auxiliary == "adc" else 1)
