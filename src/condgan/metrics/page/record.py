"""What there is to show of a training, as plain values: of one that runs, or of what it left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from condgan.classes import Label

Stage: TypeAlias = Literal["running", "finished", "stopped", "interrupted", "failed"]


class Frame(NamedTuple):
    """A picture of what was drawn: when, such as "epoch 12", and its address with all its bytes."""

    when: str
    source: str


@dataclass(frozen=True)
class RunRecord:
    """A training, for a page to show.

    Attributes:
        name: of the run or its data.
        stage: "running"; "finished", after all epochs; "stopped" by a callback before that;
            "interrupted" by somebody; or "failed", by an error.
        why: what stopped it, in words.
        wanted: epochs that it was asked for, if that is known.
        epochs: a row an epoch, such as `history.epochs`.
        steps: a row every few steps, such as `history.steps`.
        frames: what was drawn, in order.
        no_frames: why there is none.
        spreads: by class, how different the images of the last frame are from each other, as a
            share of the same between real ones.
        settings: what it was asked for, by name.
        written: when, as people read it.
        refresh: seconds after which a page of it has something new; None if it never will.
    """

    name: str
    stage: Stage = "finished"
    why: str = ""
    wanted: int | None = None
    epochs: Sequence[Mapping[str, Any]] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    frames: Sequence[Frame] = ()
    no_frames: str = ""
    spreads: Mapping[Label, float] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    written: str = ""
    refresh: int | None = None

    @property
    def done(self) -> int:
        """Epochs that are over."""
        return int(self.epochs[-1]["epoch"]) if self.epochs else 0
