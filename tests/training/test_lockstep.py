"""Steps of several ranks, of which the others are played from a script."""

import signal
from types import SimpleNamespace

import pytest
import torch

from condgan.errors import DataError
from condgan.training.algorithms.protocol import Batch
from condgan.training.interrupts import Interrupts
from condgan.training.lockstep import Lockstep
from condgan.training.ranks import Met, Ranks


class Scripted(Ranks):
    """The first of two ranks; what the other says is known beforehand, one entry a meeting."""

    size = 2

    def __init__(self, *others, told=None):
        self.others, self.told, self.said, self.compared = list(others), told, [], []

    def meet(self, images, stops=False, signal=0):
        self.said.append(Met(images, stops, signal))
        return [self.said[-1], self.others.pop(0)]

    def first_told(self, what):
        return what if what is not None else self.told

    def compare(self, *networks):
        self.compared.append(networks)


def lockstep(ranks, steps=0):
    state = SimpleNamespace(ranks=ranks, stop_reason=None, epoch_steps=steps, G="G", D="D")
    state.average, state.rewound = None, False
    return Lockstep(state, SimpleNamespace(skipped=0), Interrupts())


def batches(*sizes):
    return [Batch(torch.zeros(n, 1, 2, 2), torch.zeros(n, dtype=torch.long)) for n in sizes]


def sizes(given):
    return [len(batch.images) for batch in given]


def test_alone_every_batch_is_given_until_a_callback_ends_it():
    alone = lockstep(Ranks())
    given = alone.batches(batches(4, 4, 1))
    assert len(next(given).images) == 4
    alone.state.stop_reason = "enough"
    assert list(given) == []
    assert sizes(lockstep(Ranks()).batches(batches(4, 0))) == [4, 0]


def test_together_the_epoch_ends_when_one_has_no_more():
    ranks = Scripted(Met(3), Met(3), Met(-1))
    assert sizes(lockstep(ranks).batches(batches(4, 4, 4, 4))) == [4, 4]
    ranks = Scripted(Met(3), Met(3))
    assert sizes(lockstep(ranks).batches(batches(4))) == [4]
    assert ranks.said == [Met(4), Met(-1)]


def test_a_batch_that_is_too_small_on_one_is_left_out_and_counted_on_all():
    ranks = Scripted(Met(4), Met(1), Met(-1))
    together = lockstep(ranks)
    given = together.batches(batches(4, 0))
    assert len(next(given).images) == 4
    together.state.epoch_steps += 1
    assert list(given) == []
    assert together.intake.skipped == 1


def test_an_epoch_without_a_step_is_refused_unless_its_steps_were_taken_before():
    with pytest.raises(DataError, match="no batch has the 2 images or more that 2 processes"):
        list(lockstep(Scripted(Met(0), Met(-1))).batches(batches(1)))
    resumed = lockstep(Scripted(Met(0), Met(-1)), steps=3)
    assert list(resumed.batches(batches(1))) == []
    assert list(lockstep(Scripted(Met(-1))).batches(())) == []


def test_who_wants_to_end_ends_all():
    together = lockstep(Scripted(Met(4), Met(4, stops=1), told="rank 1 says so"))
    assert sizes(together.batches(batches(4, 4, 4))) == [4]
    assert together.state.stop_reason == "rank 1 says so"


def test_the_own_reason_is_said():
    ranks = Scripted(Met(4))
    together = lockstep(ranks)
    together.state.stop_reason = "mine"
    assert list(together.batches(batches(4))) == []
    assert ranks.said == [Met(4, stops=True)]
    assert together.state.stop_reason == "mine"


@pytest.mark.parametrize(
    ("own", "others", "error"),
    [
        (None, signal.SIGINT, KeyboardInterrupt),
        (None, signal.SIGTERM, SystemExit),
        (signal.SIGTERM, 0, SystemExit),
    ],
)
def test_a_signal_to_one_is_raised_on_all(own, others, error):
    together = lockstep(Scripted(Met(4, signal=others)))
    together.interrupts.pending = own
    with pytest.raises(error):
        list(together.batches(batches(4)))
    assert together.state.ranks.said == [Met(4, signal=own or 0)]


def test_after_a_step_a_signal_is_raised_only_alone():
    alone, together = lockstep(Ranks()), lockstep(Scripted())
    for one in (alone, together):
        one.interrupts.pending = signal.SIGINT
    with pytest.raises(KeyboardInterrupt):
        alone.end_of_step()
    together.end_of_step()  # waits until all know of it
    assert not together.state.ranks.said


def test_at_the_end_of_an_epoch_weights_are_compared_and_wishes_heard():
    together = lockstep(Scripted(Met(0, stops=1), told="enough"))
    together.end_of_epoch()
    assert together.state.stop_reason == "enough"
    assert together.state.ranks.compared == [("G", "D")]
    alone = lockstep(Ranks())
    alone.interrupts.pending = signal.SIGTERM
    with pytest.raises(SystemExit):
        alone.end_of_epoch()
