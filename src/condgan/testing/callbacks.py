"""`check_callback`: what a callback must hold."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from typing import Any

import torch

from condgan.errors import did_you_mean
from condgan.modes import seeded
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.objectives.augment import Augmented
from condgan.plugins.registry import lookup
from condgan.testing.faults import (
    check_pickle,
    fault,
    faults_of,
    global_streams_untouched,
    made,
    named,
)
from condgan.testing.runs import Saver, check_resumed, quiet, tiny_images
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.callbacks.callback import EVENTS, Callback, as_callback
from condgan.training.state import TrainState
from condgan.training.trainer import Trainer


def check_callback(callback: Any) -> None:
    """Whether a callback can be used in any run, takes nothing from it, and can be resumed.

    It is tried in runs of a few steps on images of noise, in a folder that is deleted afterwards.
    The discriminator is an `Augmented` one, for callbacks that need that.

    Args:
        callback: a registered name, a factory without arguments, or the object, not used yet.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> import condgan
        >>> from condgan.testing import check_callback
        >>> check_callback(condgan.LossHistory(every=3))
    """
    what = named("callback", callback)[0]
    with (
        faults_of(what),
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        seeded(0),
        quiet(),
    ):
        make = _factory(what, callback)

        def trainer(saver: Saver) -> Trainer:
            return _trainer([_Watched(make(), what), saver])

        with global_streams_untouched(what):
            straight = check_resumed(what, trainer, "callbacks")
            straight.fit(1)
            used = next(c for c in straight.callbacks if isinstance(c, _Watched))
            check_pickle(what, used.callback)
            _check_after_an_error(what, make())


def _factory(what: str, given: Any) -> Callable[[], Any]:
    """What makes a new callback of that kind each time."""
    if isinstance(given, str):
        given = lookup("callback", given)
    if isinstance(given, type) or not any(hasattr(given, event) for event in EVENTS):
        check_pickle(what, given)
        callback = as_callback(made(what, given))
        _check_events(what, callback)
        check_pickle(what, callback)
        return lambda: as_callback(given())
    _check_events(what, as_callback(given))
    check_pickle(what, given)
    return lambda: check_pickle(what, given)


def _check_events(what: str, callback: Any) -> None:
    """Whether it listens to anything, and to nothing that there is not."""
    for name in dir(callback):
        if name.startswith("on_") and name not in EVENTS:
            meant = did_you_mean(name, EVENTS)
            if meant != ".":
                raise fault(what, f"nothing calls its {name}{meant} Events: {', '.join(EVENTS)}.")
    heard = [getattr(callback, event, None) for event in EVENTS]
    empty = [getattr(Callback, event) for event in EVENTS]
    if all(getattr(method, "__func__", method) in (None, *empty) for method in heard):
        raise fault(what, f"it listens to nothing: write one of {', '.join(EVENTS)}.")


def _trainer(callbacks: list[Any]) -> Trainer:
    data = tiny_images()
    sizes: dict[str, Any] = {"width": 8, "architecture": "mlp"}
    G = ConditionalGenerator(data.classes, data.image_shape, latent_dim=4, seed=0, **sizes)
    D = ConditionalDiscriminator(data.classes, data.image_shape, seed=1, **sizes)
    return Trainer(
        G, Augmented(D, p=0.5), data.loader(8), algorithm=Adversarial(), callbacks=callbacks,
        device="cpu", seed=0, progress=False,
    )  # fmt: skip


class _Watched:
    """A callback, and whether it leaves the run's random streams and modes as they are."""

    def __init__(self, callback: Any, what: str) -> None:
        self.callback = callback
        self.what = what
        self.stage = getattr(callback, "stage", "act")
        self.state_key = getattr(callback, "state_key", type(callback).__name__)
        for event in EVENTS:
            if callable(getattr(callback, event, None)):
                setattr(self, event, self._watching(event))
        for name in ("state_dict", "load_state_dict"):
            if hasattr(callback, name):
                setattr(self, name, getattr(callback, name))

    def _watching(self, event: str) -> Callable[[TrainState], None]:
        def told(state: TrainState) -> None:
            before = (torch.get_rng_state(), state.random.get_state())
            modes = _modes(state)
            getattr(self.callback, event)(state)
            if _modes(state) != modes:
                raise fault(
                    self.what,
                    f"its {event} leaves a network in another mode than it was, such as that of "
                    "evaluation, in which the run goes on. state.generator.generate(...) takes "
                    "care of that, and so does `with condgan.modes.evaluating(network):`.",
                )
            after = (torch.get_rng_state(), state.random.get_state())
            if not all(map(torch.equal, before, after)):
                raise fault(
                    self.what,
                    f"its {event} draws from the run's random stream, so that the rest of the run "
                    "comes out differently with it than without. Draw with a seed: "
                    "state.generator.generate(labels, seed=0), or a torch.Generator of its own.",
                )

        return told


def _modes(state: TrainState) -> list[bool]:
    return [module.training for network in (state.G, state.D) for module in network.modules()]


class _Fails:
    """A callback that ends training before anything was recorded."""

    def on_batch_start(self, state: TrainState) -> None:
        raise KeyboardInterrupt


def _check_after_an_error(what: str, callback: Any) -> None:
    """Whether `on_fit_end` keeps quiet when training has failed."""
    try:
        _trainer([callback, _Fails()]).fit(1)
    except KeyboardInterrupt as error:
        for note in getattr(error, "__notes__", ()):
            raise fault(
                what,
                f"its on_fit_end fails after an error of another (state.exception): {note}",
            ) from error
