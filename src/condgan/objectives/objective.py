"""What a player makes smaller: a loss and terms, added up, and whether they fit it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from condgan.errors import ConfigError, DataError
from condgan.objectives.terms import Term
from condgan.objectives.turn import Turn


def objective(
    loss: Callable[[Turn], Tensor], terms: tuple[Term, ...], turn: Turn, strength: Tensor | float
) -> Tensor:
    """A player's loss and its terms, added up.

    Args:
        loss, terms: the parts.
        turn: the player's move.
        strength: from 0 to 1, how much the terms that name classes count. A generator whose
            condition is turned on bit by bit is not to blame for a class that it cannot see yet.

    Raises:
        DataError: one of them gives anything but a scalar.
    """
    total = scalar(loss, turn)
    for term in terms:
        value = scalar(term, turn)
        if getattr(term, "auxiliary", None) is not None:
            value = value * strength
        total = total + value
    return total


def scalar(part: Callable[[Turn], Tensor], turn: Turn) -> Tensor:
    """What a loss or a term gives, if it is a scalar."""
    value: Any = part(turn)
    if not isinstance(value, Tensor) or value.ndim:
        owner = getattr(part, "__self__", part)
        name = getattr(owner, "__name__", type(owner).__name__)
        shape = tuple(value.shape) if isinstance(value, Tensor) else repr(value)
        raise DataError(
            f"a loss or a term gives a scalar tensor, such as a mean over images; {name} gave "
            f"{shape}."
        )
    return value


def check_terms(name: str, terms: Any) -> None:
    """Whether they are terms, and terms of that player.

    Raises:
        ConfigError: they are not.
    """
    if not isinstance(terms, tuple) or not all(
        callable(term) and not isinstance(term, type) for term in terms
    ):
        raise ConfigError(f"{name} must be a tuple of terms, as (R1(),); got {terms!r}.")
    for term in terms:
        player = getattr(term, "player", None)
        if player is not None and name != f"{player}_terms":
            raise ConfigError(
                f"{type(term).__name__} works in the {player}'s loss alone: give it in "
                f"{player}_terms, not in {name}."
            )


def check_auxiliary(terms: tuple[Term, ...], D: nn.Module) -> None:
    """Whether D has the auxiliary head that each term reads.

    Warns:
        UserWarning: it has one that no term reads.

    Raises:
        ConfigError: it has none, or one of the other kind; or only its head sees the label, and
            no term reads it.
    """
    has = getattr(D, "auxiliary", None)
    if getattr(D, "conditioning", None) == "none" and not any(
        getattr(term, "auxiliary", None) for term in terms
    ):
        raise ConfigError(
            "D does not see the label (conditioning='none'), and no term reads its auxiliary "
            "head, so that nothing would tell G which class to draw. Add terms, such as "
            "generator_terms=(ClassifyFake(),), or train with preset('ac-gan')."
        )
    if has is not None and not any(getattr(term, "auxiliary", None) for term in terms):
        warnings.warn(
            f"no term reads D's auxiliary head ({has!r}), which learns nothing: add terms, or "
            "leave auxiliary= out.",
            stacklevel=2,
        )
    for term in terms:
        needs = getattr(term, "auxiliary", None)
        if needs is not None and hasattr(D, "auxiliary") and needs != has:
            term = getattr(term, "term", term)  # what `Every` counts
            raise ConfigError(
                f"{type(term).__name__} needs a discriminator with auxiliary={needs!r}; this one "
                f"has {has!r}: ConditionalDiscriminator(..., auxiliary={needs!r})."
            )
