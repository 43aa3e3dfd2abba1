"""A generator as plain values from which a page draws."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from condgan.classes import Classes
from condgan.conditions import Quantities
from condgan.errors import ConfigError
from condgan.modes import evaluating
from condgan.networks import sampling
from condgan.networks.conditional import ConditionalGenerator
from condgan.page.program import Program, in_base64
from condgan.page.trace import replayed, traced

TOLERANCE = 1e-4
"""How far a pixel may lie from the generator's own, where the range of pixels is 2."""

TRIED = 3
"""Images that are drawn both ways, to see whether they are the same."""


def plain_copy(G: ConditionalGenerator) -> ConditionalGenerator:
    """The same generator in single precision on the CPU, in evaluation mode."""
    return copy.deepcopy(G).cpu().float().eval()


def drawing(G: ConditionalGenerator) -> dict[str, Any]:
    """What a page needs to draw as `G` does: steps, weights, and what can be asked for.

    Args:
        G: in single precision on the CPU; see `plain_copy`.

    Raises:
        ConfigError: an operation that a page does not know, or a generator whose steps depend on
            the noise, or which draws noise of its own.
    """
    classes = isinstance(G.classes, Classes)

    def function(z: Tensor, asked: Tensor) -> Tensor:
        images: Tensor = G.backbone(z, asked if classes else G.condition(asked))
        return images

    labels = some_labels(G, TRIED)
    with evaluating(G):
        asked = G.condition(labels) if classes else labels
        z = sampling.noise(TRIED, G.latent_dim, seed=0)
        inputs = [z[:1].clone(), asked[:1].clone()]
        try:
            calls, result = traced(function, inputs)
        except RuntimeError as error:
            raise ConfigError(f"a page cannot draw with this generator: {error}") from error
        again = [
            replayed(calls, inputs, [z[i : i + 1], asked[i : i + 1]], result) for i in range(TRIED)
        ]
        if not (torch.cat(again) - G(z, labels)).abs().max() <= TOLERANCE:
            raise ConfigError(
                "a page cannot draw with this generator: it takes other steps for other noise, "
                "draws noise of its own, or draws an image differently beside others."
            )
        program = Program(inputs)
        for call in calls:
            program.add(call)
        return {"program": program.as_dict(result), "asked": _askable(G)}


def some_labels(G: ConditionalGenerator, count: int) -> Tensor:
    """Canonical labels of a few images, different ones as far as there are any."""
    if isinstance(G.classes, Classes):
        return torch.arange(count) % G.classes.size
    rows = torch.eye(G.classes.size)[torch.arange(count) % G.classes.size]
    rows[0] = 0
    if isinstance(G.classes, Quantities) and G.classes.ranges:
        low, high = torch.tensor(G.classes.ranges).unbind(1)
        rows = low + rows * (high - low)
    return rows


def _askable(G: ConditionalGenerator) -> dict[str, Any]:
    """What can be asked for, and how that reaches the steps.

    Of classes these are the encoder's vectors, one a class; None stands for one-hot rows.
    """
    if not isinstance(G.classes, Classes):
        config = G.classes.config()
        return {"kind": config["kind"], "names": config["names"], "ranges": config.get("ranges")}
    vectors = G.condition(torch.arange(G.classes.size))
    plain = vectors.shape[0] == vectors.shape[1] and torch.equal(vectors, torch.eye(len(vectors)))
    return {
        "kind": "classes",
        "names": [str(label) for label in G.classes.labels],
        "written": [repr(label) for label in G.classes.labels],
        "vectors": None if plain else in_base64(vectors.numpy().astype(np.dtype("<f4"))),
    }
