"""What a run is set up with, as far as its networks and optimisers say."""

from __future__ import annotations

from typing import Any, TypeAlias

from condgan.conditions import counted
from condgan.training.state import TrainState

Facts: TypeAlias = dict[str, int | float | str]


def facts_of(state: TrainState) -> Facts:
    """Plain values by name, such as `generator_lr`; only what is known."""
    G, D = state.G, state.D
    settings: dict[str, Any] = getattr(G, "settings", {})
    facts: Facts = {
        "images": " x ".join(map(str, G.image_shape)),
        "conditions": counted(G.classes),
        "architecture": str(settings.get("architecture") or type(G).__name__),
        "latent_dim": int(G.latent_dim),
        "generator_parameters": _parameters(G),
        "discriminator_parameters": _parameters(D),
    }
    for player, name in (("G", "generator_lr"), ("D", "discriminator_lr")):
        groups = getattr(state.optimizers.get(player), "param_groups", ())
        if groups and "lr" in groups[0]:
            facts[name] = float(groups[0]["lr"])
    if state.average is not None:
        facts["ema_half_life"] = float(state.average.half_life)
    return {**facts, "seed": state.seed, "device": str(state.device)}


def _parameters(network: Any) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
