"""Turns the condition on bit by bit, for classes with few images."""

from __future__ import annotations

import warnings
from typing import Any

from condgan.errors import ArgumentTypeError
from condgan.objectives.schedules import Ramp
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class Transition(Callback):
    """Training starts without the condition, which is then turned on, from 0 to 1.

    With few images a class, a condition from the start makes classes collapse; learning first what
    all classes share, and then what tells them apart, does not: after Shahbazi and others,
    "Collapse by Conditioning: Training Class-conditional GANs with Limited Data" (2022,
    arXiv:2201.06578). Theirs has a second, unconditional loss throughout; here one logit goes from
    ignoring the label to judging by it.

    The label vectors of both networks are multiplied by the ramp's value (`condition_strength`), in
    whatever way they are used, and so are terms that name classes (AC-GAN's and ADC-GAN's). A
    loader that cannot say how long an epoch is does not move the ramp within the first one. Each
    `fit` runs the whole ramp: leave this callback out of a second one that should go on from a
    finished generator.

    Args:
        ramp: the strength over training; the default turns it on between a tenth and a half.

    Warns:
        UserWarning: training ended before the ramp did.

    Raises:
        ArgumentTypeError: a ramp that is none; when training begins, networks without a
            `condition_strength`.

    Example:
        >>> import condgan
        >>> data = condgan.load_data("digits")
        >>> G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
        >>> D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
        >>> callbacks = [condgan.Transition()]
        >>> trainer = condgan.Trainer(G, D, data.loader(), callbacks=callbacks, seed=0).fit(4)
        >>> float(G.condition_strength)
        1.0
    """

    every_rank = True

    def __init__(self, ramp: Ramp | None = None) -> None:
        self.ramp = Ramp(0.0, 1.0, begin=0.1, end=0.5) if ramp is None else ramp
        if not isinstance(self.ramp, Ramp):
            raise ArgumentTypeError(f"ramp is a Ramp, such as Ramp(0, 1, end=0.5); got {ramp!r}.")

    def on_fit_start(self, state: TrainState) -> None:
        for name, network in (("G", state.G), ("D", state.D)):
            if not _strengths(network):
                raise ArgumentTypeError(
                    f"Transition needs networks with a condition_strength, such as the "
                    f"Conditional... ones; {name} is a {type(network).__name__}."
                )

    def on_batch_start(self, state: TrainState) -> None:
        self._set(state, self.ramp(state.progress))

    def on_epoch_end(self, state: TrainState) -> None:
        state.history.record(condition_strength=self.ramp(state.progress))

    def on_fit_end(self, state: TrainState) -> None:
        reached = float(_strengths(state.G)[0])  # that of the last step
        ended_early = state.exception is not None or state.stop_reason is not None
        if not ended_early:
            self._set(state, self.ramp(1.0))
        if reached < self.ramp.last and (ended_early or reached == self.ramp.first):
            warnings.warn(
                f"training ended while the condition was at {reached:.2f} of "
                f"{self.ramp.last:g}: labels have little effect yet. Let training go on, or begin "
                "to stop early only after the ramp (EarlyStopping(start_epoch=...)).",
                stacklevel=2,
            )

    @staticmethod
    def _set(state: TrainState, strength: float) -> None:
        averaged = [] if state.average is None else [state.average.module]
        for network in (state.G, state.D, *averaged):
            for buffer in _strengths(network):
                buffer.fill_(strength)


def _strengths(network: Any) -> list[Any]:
    """The strength of a network, or of the one that it wraps."""
    return [b for name, b in network.named_buffers() if name.split(".")[-1] == "condition_strength"]
