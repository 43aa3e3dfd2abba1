"""Whether what is remembered from step to step is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from condgan.testing.faults import check_pickle, fault
from condgan.training.checkpoints import refuse_objects

STEPS = 3


def check_memory(
    what: str, used: Any, fresh: Any, played: Callable[[Any, int], list[float]]
) -> None:
    """Whether one that was given another's `state_dict` goes on as that other does.

    Args:
        used, fresh: two of a kind, made alike.
        played: what one of them gives at a step, which depends on the step and its memory alone.
    """
    for step in range(STEPS):
        played(used, step)
    saved = used.state_dict() if hasattr(used, "state_dict") else None
    if saved is not None:
        check_plain(what, saved)
        if not hasattr(fresh, "load_state_dict"):
            raise fault(what, "it has state_dict() but no load_state_dict(saved).")
        fresh.load_state_dict(check_pickle(what, saved))
    if played(used, STEPS) != played(fresh, STEPS):
        raise fault(
            what,
            "it remembers something from step to step that is not saved, so that a run that is "
            "resumed goes another way: give it all in state_dict(), and take it back in "
            "load_state_dict(saved).",
        )


def check_plain(what: str, saved: Any) -> None:
    """Whether a state is data, and holds no objects."""
    try:
        refuse_objects(saved, "its state_dict()")
    except TypeError as error:
        raise fault(what, str(error)) from error
