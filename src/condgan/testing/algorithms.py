"""`check_algorithm`: what an algorithm, or a preset with one, must hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from condgan.modes import seeded
from condgan.plugins.registry import lookup
from condgan.testing.faults import (
    check_pickle,
    fault,
    faults_of,
    global_streams_untouched,
    made,
    named,
)
from condgan.testing.runs import EPOCHS, check_resumed, quiet, tiny_images
from condgan.training.algorithms.protocol import Batch
from condgan.training.presets import Preset, as_preset
from condgan.training.trainer import Trainer

BATCH = 4


def check_algorithm(algorithm: Any) -> None:
    """Whether an algorithm trains both players, each by its own optimiser, and can be resumed.

    It is tried in runs of a few steps on images of noise, with the networks of its preset.

    Args:
        algorithm: a registered name, a factory without arguments, a `Preset`, or the value, not
            used yet.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> import condgan
        >>> from condgan.testing import check_algorithm
        >>> check_algorithm(condgan.Article())
    """
    what = named("algorithm", algorithm)[0]
    with faults_of(what), seeded(0), quiet():
        make = _factory(what, algorithm)
        with global_streams_untouched(what):
            _check_optimizers(what, make())
            _check_step(what, make)
            trainer = check_resumed(
                what, lambda saver: _trainer(make(), [saver]), "algorithm_memory"
            )
            _check_learnt(what, make(), trainer)
            check_pickle(what, trainer.algorithm)


def _factory(what: str, given: Any) -> Callable[[], Preset]:
    """What makes a new one each time, so that none remembers another's run."""
    if isinstance(given, str):
        given = lookup("algorithm", given)
    check_pickle(what, given)
    if isinstance(given, type) or not (isinstance(given, Preset) or hasattr(given, "step")):
        check_pickle(what, made(what, given))
        return lambda: as_preset(given())
    return lambda: as_preset(check_pickle(what, given))


def _networks(recipe: Preset) -> tuple[Any, Any]:
    data = tiny_images()
    return recipe.networks(data.classes, data.image_shape, seed=0, width=8)


def _trainer(recipe: Preset, callbacks: list[Any], D: nn.Module | None = None) -> Trainer:
    G, own = _networks(recipe)
    loader = tiny_images().loader(BATCH)
    return Trainer(
        G, own if D is None else D, loader, algorithm=recipe, callbacks=callbacks, device="cpu",
        seed=0, progress=False,
    )  # fmt: skip


def _check_optimizers(what: str, recipe: Preset) -> None:
    networks = dict(zip("GD", _networks(recipe), strict=True))
    optimizers: Any = recipe.algorithm.optimizers(**networks)
    if set(optimizers) != {"G", "D"}:
        raise fault(what, f'optimizers(G, D) gives one for "G" and one for "D"; got {optimizers}.')
    for name, network in networks.items():
        moved = {id(p) for group in optimizers[name].param_groups for p in group["params"]}
        own = {id(p): key for key, p in network.named_parameters() if p.requires_grad}
        if moved - own.keys():
            raise fault(what, f"the optimiser of {name} holds parameters that are not {name}'s.")
        if left_out := [key for i, key in own.items() if i not in moved]:
            raise fault(what, f"the optimiser of {name} lacks {', '.join(left_out)}.")


class _Column(nn.Module):
    """A discriminator that gives its logits as a column, `(N, 1)`, as many do."""

    def __init__(self, D: nn.Module) -> None:
        super().__init__()
        self.D = D
        for name in ("classes", "image_shape", "auxiliary", "conditioning", "judges_each_alone"):
            if hasattr(D, name):
                setattr(self, name, getattr(D, name))

    def forward(self, images: Tensor, labels: Tensor) -> Any:
        said: Any = self.D(images, labels)
        if isinstance(said, tuple):
            return type(said)(said[0][:, None], *said[1:])
        return said[:, None]


def _check_step(what: str, make: Callable[[], Preset]) -> None:
    """What a step reports, and whether a column of logits makes a difference to it."""
    found = []
    for wrap in (lambda D: D, _Column):
        recipe = make()
        trainer = _trainer(recipe, [], wrap(_networks(recipe)[1]))
        wanted = [p.requires_grad for p in trainer.D.parameters()]
        images, labels = next(iter(tiny_images().loader(BATCH, shuffle=False)))
        with seeded(0):
            logs: Any = recipe.algorithm.step(trainer.state, Batch(images, labels))
        if [p.requires_grad for p in trainer.D.parameters()] != wanted:
            raise fault(what, "after a step, D's parameters no longer take gradients as before.")
        found.append({name: _scalar(what, name, value) for name, value in dict(logs).items()})
    for name, value in found[0].items():
        if abs(value - found[1][name]) > 1e-4 * max(1.0, abs(value)):
            raise fault(
                what,
                f"with a discriminator that gives logits of shape (N, 1), {name} is "
                f"{found[1][name]:.4f} instead of {value:.4f}: rows and columns were broadcast to "
                "(N, N). Read logits by condgan.Turn, which gives them as (N,).",
            )


def _scalar(what: str, name: str, value: Any) -> float:
    if isinstance(value, Tensor) and value.ndim:
        raise fault(what, f"step gives scalars by name; {name} has shape {tuple(value.shape)}.")
    if not torch.isfinite(torch.as_tensor(value)):
        raise fault(what, f"{name} is {float(value)} at the first step.")
    return float(value)


def _check_learnt(what: str, recipe: Preset, trainer: Trainer) -> None:
    """Whether both networks have moved."""
    for name, before, after in zip("GD", _networks(recipe), (trainer.G, trainer.D), strict=True):
        pairs = zip(before.parameters(), after.parameters(), strict=True)
        if all(torch.equal(was, value) for was, value in pairs):
            raise fault(what, f"after {EPOCHS} epochs {name} is as it was: nothing moves it.")
