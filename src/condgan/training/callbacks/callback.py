"""The six events, and how the Trainer tells callbacks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from condgan.errors import ArgumentTypeError, ConfigError, listed
from condgan.plugins.registry import lookup
from condgan.training.state import TrainState

EVENTS = (
    "on_fit_start",
    "on_epoch_start",
    "on_batch_start",
    "on_batch_end",
    "on_epoch_end",
    "on_fit_end",
)

STAGES = ("record", "act", "judge", "save")


class Callback:
    """Something that is told of training; override the events you want.

    Inheriting is a convenience: any object with one of these methods serves, and a plain function
    of the state is called at the end of each epoch. A callback may record
    (`state.history.record(name=value)`), draw (`state.generator.generate(...)`), or end training
    (`state.stop("why")`); it never steps an optimiser. One with memory also has
    `state_dict()`, of plain data, and `load_state_dict(saved)`; where a Trainer may have several
    of its kind, an attribute `state_key` tells whose state is whose.

    Attributes:
        stage: callbacks are told in the order in which they were given, but those that "record"
            before those that "act" (the usual), then those that "judge" what was recorded, and
            those that "save" last.
        every_rank: where several processes train together, callbacks are told on the first of
            them alone, which records, writes, and may end training for all. One that changes how
            training goes on, such as a rate, is told on every one if it says True here.

    Example:
        >>> import condgan
        >>> class Announce(condgan.Callback):
        ...     def on_epoch_end(self, state):
        ...         print("epoch", state.epoch, "done")
    """

    stage: Literal["record", "act", "judge", "save"] = "act"
    every_rank: bool = False

    def on_fit_start(self, state: TrainState) -> None:
        """Training begins; no weight has changed yet."""

    def on_epoch_start(self, state: TrainState) -> None:
        """An epoch begins, or the rest of one; `state.epoch` is its number, from 1.

        Of the rest, after `Trainer.resume`, `state.epoch_steps` is how many steps were taken.
        """

    def on_batch_start(self, state: TrainState) -> None:
        """A checked batch of `state.batch_images` images is about to be trained on."""

    def on_batch_end(self, state: TrainState) -> None:
        """A step was taken; `state.logs` holds what it reported."""

    def on_epoch_end(self, state: TrainState) -> None:
        """An epoch is over; `state.history.epochs[-1]` is its row."""

    def on_fit_end(self, state: TrainState) -> None:
        """Training is over, also after an error (`state.exception`)."""


class FunctionCallback:
    """A function of the state, called at the end of each epoch."""

    def __init__(self, function: Callable[[TrainState], Any]) -> None:
        self.function = function

    def on_epoch_end(self, state: TrainState) -> None:
        self.function(state)


def as_callback(given: Any) -> Any:
    """A callback from what a user may give: an object, a registered name, or a function.

    Raises:
        ArgumentTypeError: a class that was not called, or something with none of the events.
        ConfigError: a stage that there is not.
    """
    if isinstance(given, str):
        given = lookup("callback", given)()
    if isinstance(given, type):
        raise ArgumentTypeError(
            f"callbacks are objects, not classes: write {given.__name__}() with brackets."
        )
    if any(callable(getattr(given, event, None)) for event in EVENTS):
        stage = getattr(given, "stage", "act")
        if stage not in STAGES:
            raise ConfigError(f"a callback's stage is one of {listed(STAGES)}; got {stage!r}.")
        return given
    if callable(given):
        return FunctionCallback(given)
    raise ArgumentTypeError(
        f"a callback has one of the methods {', '.join(EVENTS)}, or is a function of the state; "
        f"got {given!r}."
    )


class CallbackList:
    """Tells callbacks of events, in a fixed order, in a plain loop."""

    def __init__(self, callbacks: Iterable[Any]) -> None:
        self.callbacks = sorted(
            callbacks, key=lambda callback: STAGES.index(getattr(callback, "stage", "act"))
        )
        self._listeners = {
            event: [getattr(c, event) for c in self.callbacks if hasattr(c, event)]
            for event in EVENTS
        }
        # The two events of every step skip callbacks that inherit the empty method.
        for event in ("on_batch_start", "on_batch_end"):
            empty = getattr(Callback, event)
            self._listeners[event] = [
                method
                for method in self._listeners[event]
                if getattr(method, "__func__", None) is not empty
            ]

    def tell(self, event: str, state: TrainState) -> None:
        """Calls every callback that listens to `event`."""
        for method in self._listeners[event]:
            method(state)

    def tell_end(self, state: TrainState) -> None:
        """Calls every `on_fit_end`, also when one fails.

        The first failure is raised after, unless an error ended training: then that one goes on,
        and the failure is noted on it.
        """
        failure: BaseException | None = None
        for method in self._listeners["on_fit_end"]:
            try:
                method(state)
            except BaseException as error:
                if failure is None:
                    failure = error
        if failure is None:
            return
        if state.exception is None:
            raise failure
        state.exception.add_note(f"A callback's on_fit_end failed as well: {failure!r}")
