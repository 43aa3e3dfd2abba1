"""A step that another rank has left half done leaves no trace on the first one."""

import copy

import pytest
import torch

from condgan.errors import RankError
from condgan.training.ranks import Ranks
from condgan.training.undo import Undo


class One(Ranks):
    size = 2

    def __init__(self, rank):
        self.rank = rank


@pytest.fixture
def run(make_trainer, networks, library_loader):
    """A run with running statistics, on the first of two ranks."""
    G, D = networks(architecture="dcgan", width=4)
    trainer = make_trainer(library_loader(8, 4), G=G, D=D)

    def after(steps, rank=0):
        if steps:
            trainer.fit(steps)
        trainer.state.ranks = One(rank)
        trainer.G.train()
        return trainer

    return after


def step(trainer):
    batch = next(iter(trainer.intake))
    trainer.state.ranks, kept = Ranks(), trainer.state.ranks
    trainer.algorithm.step(trainer.state, batch)
    trainer.state.ranks = kept


def everything(trainer):
    """All that a step may change, as it is now."""
    state = trainer.state
    return copy.deepcopy(
        {
            "networks": [dict(network.state_dict()) for network in (state.G, state.D)],
            "optimizers": {name: o.state_dict() for name, o in state.optimizers.items()},
            "streams": [torch.get_rng_state(), state.random.get_state()],
            "counts": state.label_counts,
        }
    )


def same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return torch.equal(one, other) if torch.is_tensor(one) else one == other


def leave_in(undo, trainer, error=RankError):
    """Takes a step that ends in an error."""
    with undo.if_left():
        step(trainer)
        torch.rand(3)
        trainer.state.label_counts = torch.ones(3)
        raise error("rank 1 is gone")


@pytest.mark.parametrize("epochs", [0, 1])
def test_everything_stands_as_before(run, epochs):
    trainer = run(epochs)
    before = everything(trainer)
    assert bool(before["optimizers"]["G"]["state"]) == bool(epochs)
    with pytest.raises(RankError):
        leave_in(Undo(trainer.state), trainer)
    assert same(everything(trainer), before)


def test_the_memory_of_optimisers_is_kept_from_their_first_move_on(run):
    trainer = run(0)
    undo = Undo(trainer.state)
    for _ in range(3):
        with undo.if_left():
            step(trainer)
    before = everything(trainer)
    assert before["optimizers"]["D"]["state"]
    with pytest.raises(RankError):
        leave_in(undo, trainer)
    assert same(everything(trainer), before)


def test_what_an_optimiser_begins_to_remember_is_forgotten(run):
    """As of a layer for a class that had not come by before."""
    trainer = run(1)
    optimizer = trainer.state.optimizers["D"]
    late = list(trainer.D.parameters())[-1]
    del optimizer.state[late]
    before = everything(trainer)
    with pytest.raises(RankError):
        leave_in(Undo(trainer.state), trainer)
    assert late not in optimizer.state
    assert same(everything(trainer), before)


def test_a_step_that_is_done_stays(run):
    trainer = run(1)
    before = everything(trainer)
    with Undo(trainer.state).if_left():
        step(trainer)
    assert not same(everything(trainer)["networks"], before["networks"])


@pytest.mark.parametrize(("rank", "error"), [(0, RuntimeError), (1, RankError)])
def test_other_errors_and_other_ranks_are_left_alone(run, rank, error):
    trainer = run(1, rank)
    before = everything(trainer)
    with pytest.raises(error):
        leave_in(Undo(trainer.state), trainer, error)
    assert not same(everything(trainer)["networks"], before["networks"])


def test_what_the_algorithm_remembers_is_taken_back(run):
    class Remembers:
        def __init__(self):
            self.seen = [1]

        def state_dict(self):
            return {"seen": self.seen}

        def load_state_dict(self, saved):
            self.seen = saved["seen"]

    trainer, algorithm = run(0), Remembers()
    undo = Undo(trainer.state, algorithm)

    def leave():
        with undo.if_left():
            algorithm.seen.append(2)
            raise RankError("rank 1 is gone")

    with pytest.raises(RankError):
        leave()
    assert algorithm.seen == [1]


def test_alone_nothing_is_kept(run):
    trainer = run(1)
    trainer.state.ranks = Ranks()
    undo = Undo(trainer.state)
    with pytest.raises(RankError):
        leave_in(undo, trainer)
    assert not undo._kept
