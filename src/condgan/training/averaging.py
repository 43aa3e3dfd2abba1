"""Averaged generator weights: a copy that follows the trained ones smoothly."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn


class AveragedWeights:
    """An exponential moving average of a network's weights, with its half-life in images.

    The average forgets half of the past every `half_life` images, whatever the batch size; while
    training is young the half-life is a twentieth of the images seen so far, so that the first,
    random weights do not linger. Averaging generator weights: Yaz and others, "The Unusual
    Effectiveness of Averaging in GAN Training" (2019, arXiv:1806.04498); half-life in images
    with a ramp: Karras and others (2020, arXiv:2006.06676), appendix.

    Buffers of real numbers, such as running statistics, are averaged too, since those of the
    network in training belong to other weights; whole numbers are copied as they are.

    Args:
        network: whose weights to follow.
        half_life: in images, a positive number.
    """

    RAMP = 0.05

    def __init__(self, network: nn.Module, half_life: float) -> None:
        self.half_life = half_life
        self.images = 0
        self.module = copy.deepcopy(network).requires_grad_(False).eval()
        self.follow(network)

    def follow(self, network: nn.Module) -> None:
        """Looks up the tensors of both networks, which takes as long as averaging them."""
        pairs = list(zip(values(self.module), values(network), strict=True))
        floats = [pair for pair in pairs if pair[0].is_floating_point()]
        self._ours, self._theirs = ([pair[i] for pair in floats] for i in (0, 1))
        self._whole = [pair for pair in pairs if not pair[0].is_floating_point()]
        self._followed = network

    @torch.no_grad()
    def update(self, network: nn.Module, images: int) -> None:
        """Takes in the weights after a step on `images` images.

        Of a network whose tensors have been replaced by others, `follow` has to be told.
        """
        if network is not self._followed:
            self.follow(network)
        self.images += images
        half_life = min(self.half_life, self.RAMP * self.images)
        new = 1.0 - 0.5 ** (images / half_life)
        torch._foreach_lerp_(self._ours, self._theirs, new)
        for average, value in self._whole:
            average.copy_(value)

    def state_dict(self) -> dict[str, Any]:
        """The averaged values by name, and the images seen."""
        return {"images": self.images, "values": plain_state(self.module)}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        self.images = saved["images"]
        plain(self.module).load_state_dict(saved["values"])

    def equals(self, network: nn.Module) -> bool:
        """Whether `network` holds exactly the averaged values."""
        pairs = zip(values(self.module), values(network), strict=True)
        return all(torch.equal(average, value) for average, value in pairs)


def plain(network: nn.Module) -> nn.Module:
    """The network itself, without what `torch.compile` or data parallelism wraps round it."""
    while True:
        inner = getattr(network, "_orig_mod", None)
        if inner is None and isinstance(
            network, (nn.DataParallel, nn.parallel.DistributedDataParallel)
        ):
            inner = network.module
        if inner is None:
            return network
        network = inner


def plain_state(network: nn.Module) -> dict[str, Tensor]:
    """A copy of a network's values on the CPU, under the names it gives them itself."""
    return {
        name: value.detach().cpu().clone() for name, value in plain(network).state_dict().items()
    }


def values(network: nn.Module) -> list[Tensor]:
    """Every tensor of a network: its parameters, then its buffers."""
    return [*network.parameters(), *network.buffers()]


@torch.no_grad()
def assign(network: nn.Module, new: list[Tensor]) -> None:
    """Copies `new`, in the order of `values`, into a network's own tensors."""
    for value, replacement in zip(values(network), new, strict=True):
        value.copy_(replacement)
