"""Steps that all ranks take together, and ends that they agree on."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Iterable, Iterator

from condgan.training.algorithms.protocol import Batch
from condgan.training.averaging import plain, plain_state
from condgan.training.intake import Intake
from condgan.training.interrupts import Interrupts
from condgan.training.ranks import Met
from condgan.training.sharing import all_too_small
from condgan.training.state import TrainState


class Lockstep:
    """Batches for as long as every rank has one and nobody wants training to end.

    Alone, that is until the loader has no more, or a callback has asked for the end; a signal is
    raised by whoever takes the step.

    Args:
        state: of the run.
        intake: where batches come from, and where those left out are counted.
        interrupts: signals that came to this rank.
    """

    def __init__(self, state: TrainState, intake: Intake, interrupts: Interrupts) -> None:
        self.state, self.intake, self.interrupts = state, intake, interrupts

    def batches(self, given: Iterable[Batch]) -> Iterator[Batch]:
        """This rank's part of each batch.

        Raises:
            RankError: another rank is gone.
            DataError: no batch of the epoch has enough images for all ranks.
            KeyboardInterrupt, SystemExit: a signal came to one of several ranks.
        """
        if self.state.ranks.size == 1:
            for batch in given:
                yield batch
                if self.state.stop_reason is not None:
                    return
            return
        theirs: Iterable[Batch | None] = itertools.chain(given, itertools.repeat(None))
        for part in theirs:
            met = self._agreed(-1 if part is None else len(part.images))
            fewest = min(one.images for one in met)
            if self.state.stop_reason is not None:
                return
            if part is None or fewest < 0:
                if self.intake.skipped and not self.state.epoch_steps:
                    raise all_too_small(self.state.ranks)
                return
            if fewest:
                yield part
            else:
                self.intake.skipped += sum(one.images for one in met)

    def end_of_epoch(self) -> None:
        """Lets all know what callbacks and signals have asked for meanwhile."""
        if self.state.ranks.size > 1:
            self._agreed(0)
            self._take_over_weights()
            self.state.ranks.compare(self.state.G, self.state.D)
        self.interrupts.raise_pending()

    def _take_over_weights(self) -> None:
        """Those that a callback has gone back to."""
        state = self.state
        held = [state.G, state.D, *([] if state.average is None else [state.average.module])]
        new = state.ranks.from_first(lambda: list(map(plain_state, held)) if state.rewound else [])
        for network, weights in zip(held, new, strict=False):
            plain(network).load_state_dict(weights)
        state.rewound = False

    def end_of_step(self) -> None:
        """Raises a signal that came, where there are no others to agree with."""
        if self.state.ranks.size == 1:
            self.interrupts.raise_pending()

    def _agreed(self, images: int) -> list[Met]:
        state, came = self.state, self.interrupts.pending
        met = state.ranks.meet(images, state.stop_reason is not None, came or 0)
        if any(one.stops for one in met):
            state.stop_reason = state.ranks.first_told(state.stop_reason)
        signals = [one.signal for one in met if one.signal]
        if signals:
            self.interrupts.pending = signal.Signals(signals[0])
            self.interrupts.raise_pending()
        return met
