"""What ranks tell each other: worked by hand, and by a group of one; `test_on_ranks` has more."""

import os
import warnings

import pytest
import torch
import torch.distributed as dist
from torch import nn

from condgan import Augmented, Callback
from condgan.errors import ConfigError, LabelError, MissingExtraError, RankError
from condgan.training import callbacks, ranks
from condgan.training.algorithms.protocol import draw_labels, draw_noise
from condgan.training.ranks import ManyRanks, Met, Ranks, hang_up, ranks_here, told_as_lost
from condgan.training.setup import as_device, told_on

needs_gloo = pytest.mark.skipif(
    not (dist.is_available() and dist.is_gloo_available()), reason="no gloo here"
)


class Of(ManyRanks):
    """One of several ranks with `counts` images each; the others add `others` to every sum."""

    def __init__(self, rank, counts, others=0.0):
        self.rank, self.size, self.counts, self.others = rank, len(counts), list(counts), others

    def summed(self, own):
        return own + self.others


def each(*counts):
    return [Of(rank, counts) for rank in range(len(counts))]


@pytest.fixture
def group(tmp_path):
    """A process group of this process alone."""
    met = f"file://{tmp_path / 'met'}"
    dist.init_process_group("gloo", init_method=met, rank=0, world_size=1)
    yield ManyRanks()
    ranks._leave()


def test_a_rank_alone_agrees_with_itself():
    alone = Ranks()
    assert (alone.rank, alone.size, alone.first, alone.share) == (0, 1, True, 1.0)
    whole = torch.arange(6)
    assert alone.own(whole) is alone.gathered(whole) is alone.summed(whole) is alone.any(whole)
    assert (alone.whole(5), alone.fewest(5)) == (5, 5)
    assert alone.mean({"a": 1.0}) == {"a": 1.0}
    assert alone.meet(3, True, 2) == [Met(3, 1, 2)]
    assert (alone.from_first(lambda: 7), alone.first_told("why")) == (7, "why")
    with alone.together(), alone.averaging([]):
        alone.compare(nn.Linear(1, 1))
    before = torch.get_rng_state()
    alone.own_stream(1, 2)
    alone.leave()
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("counts", [(3, 2), (1, 1, 1), (2, 3, 2, 3)])
@pytest.mark.parametrize("times", [1, 2])
def test_own_parts_are_the_whole(counts, times):
    whole = torch.arange(sum(counts) * times)
    parts = [one.own(whole) for one in each(*counts)]
    assert [len(part) for part in parts] == [n * times for n in counts]
    assert torch.equal(torch.cat(parts), whole)
    for one, part in zip(each(*counts), parts, strict=True):
        assert one.whole(len(part)) == len(whole)
        assert one.fewest(len(part)) == min(counts) * times
    assert sum(one.share for one in each(*counts)) == pytest.approx(1)


def test_noise_and_labels_are_the_parts_of_what_one_process_draws(make_trainer, library_loader):
    state = make_trainer(library_loader()).state
    labels = torch.tensor([0, 1, 2, 0, 1])
    stream = state.random.get_state()

    def drawn(some):
        state.ranks = some
        state.random.set_state(stream)
        n = 5 if some.size == 1 else some.counts[some.rank]
        return draw_noise(state, n), draw_labels(state, labels[:n])

    whole = drawn(Ranks())
    parts = [drawn(one) for one in each(3, 2)]
    for kind, expected in enumerate(whole):
        assert torch.equal(torch.cat([part[kind] for part in parts]), expected)


def test_scalars_are_averaged_by_shares():
    """Of 3 images and 1, with the losses 2 and 10: 4."""
    logs = {"loss": torch.tensor(2.0), "count": 1.0}
    others = torch.tensor([10.0, 5.0]) * 0.25
    averaged = Of(0, (3, 1), others).mean(logs)
    assert {name: float(value) for name, value in averaged.items()} == {"loss": 4.0, "count": 2.0}
    assert Of(0, (3, 1)).mean({}) == {}


def test_optimisers_move_along_the_gradient_of_the_whole_batch():
    """The own gradients 4 and (8, 12), of a quarter of the images, are 1 and (2, 3) of the sum."""
    first, second, still = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(2)), 5.0
    frozen = nn.Parameter(torch.tensor(still))
    optimizer = torch.optim.SGD([{"params": [first]}, {"params": [second, frozen]}], lr=1.0)
    first.grad, second.grad = torch.tensor(4.0), torch.tensor([8.0, 12.0])
    some = Of(1, (3, 1), torch.tensor([10.0, 20.0, 30.0, 0.0, 0.75, 0.75, 0.0]))
    with some.averaging([optimizer, "of a kind of its own"]):
        optimizer.step()
    assert (first.item(), second.tolist(), frozen.item()) == (-11.0, [-22.0, -33.0], still)
    optimizer.step()  # its gradients are still those of all, and now it moves by itself
    assert first.item() == -22.0


def test_a_gradient_that_one_rank_has_not_got_is_that_of_the_others():
    """As of a layer that serves a class of which this rank holds no image."""
    here, elsewhere, nowhere = (nn.Parameter(torch.zeros(1)) for _ in range(3))
    here.grad = torch.tensor([4.0])
    optimizer = torch.optim.Adam([here, elsewhere, nowhere], lr=0.5)
    with Of(0, (1, 1), torch.tensor([0.0, -3.0, 0.0, 0.0, 0.5, 0.0])).averaging([optimizer]):
        optimizer.step()
    assert (here.grad.item(), elsewhere.grad.item(), nowhere.grad) == (2.0, -3.0, None)
    assert [p.item() for p in (here, elsewhere, nowhere)] == pytest.approx([-0.5, 0.5, 0.0])
    frozen = nn.Parameter(torch.ones(1), requires_grad=False)
    optimizer = torch.optim.SGD([frozen], lr=1.0)
    with Of(0, (1, 1), torch.tensor(float("nan"))).averaging([optimizer]):
        optimizer.step()  # nothing to sum
    assert frozen.item() == 1.0


def test_what_is_drawn_has_a_part_for_each_rank():
    with pytest.raises(ConfigError, match=r"a multiple of its 2 images; got 3. Draw as many"):
        Of(0, (2, 3)).whole(3)


def test_an_error_of_one_is_heard_by_the_others_and_the_first_warns():
    class Leaves(Of):
        left = 0

        def leave(self):
            self.left += 1

    def end(one, error):
        with pytest.raises(type(error)), one.together():
            raise error
        return one.left

    assert end(Leaves(1, (1, 1)), KeyboardInterrupt()) == 1
    assert end(Leaves(0, (1, 1)), LabelError("no class 7")) == 1
    assert end(Leaves(0, (1, 1)), RankError("rank 1 is gone")) == 0
    with Of(1, (1, 1)).together():
        warnings.warn("heard on the first rank", stacklevel=1)
    with pytest.warns(match="heard"), Of(0, (1, 1)).together():
        warnings.warn("heard on the first rank", stacklevel=1)


def test_what_all_say_before_a_step_sets_the_shares():
    rows = torch.tensor([[0, 0, 0], [1, 1, 15]])
    one = Of(0, (4, 4), rows)
    assert one.meet(3) == [Met(3), Met(1, 1, 15)]
    assert (one.counts, one.share) == ([3, 1], 0.75)
    ended = Of(0, (4, 4), torch.tensor([[0, 0, 0], [-1, 0, 0]]))
    assert ended.meet(3)[1].images == -1
    assert ended.counts == [4, 4]  # no step is taken


def test_flags_are_true_where_any_rank_has_one():
    shown = Of(0, (1, 1), torch.tensor([0, 1, 1])).any(torch.tensor([False, False, True]))
    assert shown.tolist() == [False, True, True]
    assert Of(0, (1, 1)).any(None) is None


def test_ranks_draw_for_themselves_step_by_step_and_the_first_goes_on():
    def drawn(rank, step):
        with torch.random.fork_rng():
            torch.manual_seed(1)
            Of(rank, (1, 1, 1)).own_stream(1, step)
            return torch.rand(()).item()

    with torch.random.fork_rng():
        torch.manual_seed(1)
        usual = torch.rand(()).item()
    assert drawn(0, 0) == drawn(0, 1) == usual
    others = [drawn(rank, step) for rank in (1, 2) for step in (0, 1)]
    assert len({usual, *others}) == 5
    assert drawn(2, 1) == others[-1]


class Hears(Of):
    """A rank that is not the first, which is told `told`."""

    def __init__(self, *told):
        super().__init__(1, (1, 1))
        self.told = told

    def _broadcast(self, told):
        told[:] = self.told


def test_the_others_get_what_the_first_has_made_or_its_error():
    def never():
        raise AssertionError("only the first one makes it")

    assert Hears("made", None).from_first(never) == "made"
    with pytest.raises(LabelError, match="no class 7"):
        Hears(None, LabelError("no class 7")).from_first(never)


class LocalError(Exception):
    """Needs more than its text, so it cannot be sent."""

    def __init__(self, one, two):
        super().__init__(one)


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (LabelError("no class 7"), "LabelError('no class 7')"),
        (MissingExtraError("plot", "matplotlib", "plot"), None),
        (LocalError("a", "b"), "RankError(\"rank 0: LocalError('a')\")"),
    ],
    ids=["plain", "with arguments", "one that cannot be sent"],
)
def test_the_first_tells_its_error_before_it_raises_it(error, sent):
    told = []

    class Tells(Of):
        def _broadcast(self, what):
            told.extend(what)

    def fail():
        raise error

    with pytest.raises(type(error)) as caught:
        Tells(0, (1, 1)).from_first(fail)
    assert caught.value is error
    assert told[0] is None
    assert repr(told[1]) == (sent or repr(error))


def test_weights_that_differ_are_told_with_their_rank():
    class Sees(Of):
        def gathered_like(self, own):
            return [own, own, own + 1]

    with pytest.raises(RankError, match=r"weights of rank 2 are no longer those of rank 0.*every_"):
        Sees(0, (1, 1, 1)).compare(nn.Linear(2, 2))


@needs_gloo
def test_a_group_of_one(group):
    assert (group.rank, group.size, group.share) == (0, 1, 1.0)
    own = torch.arange(3.0)
    assert torch.equal(group.gathered(own), own)
    assert torch.equal(group.summed(own.clone()), own)
    assert [t.tolist() for t in group.gathered_like(own)] == [[0.0, 1.0, 2.0]]
    assert group.from_first(lambda: {"a": 1}) == {"a": 1}
    assert group.first_told(None) is None
    assert group.first_told("why") == "why"
    assert group.meet(3, True, 2) == [Met(3, 1, 2)]
    group.compare(nn.Linear(2, 2), nn.Linear(1, 1))


@needs_gloo
def test_who_has_hung_up_may_talk_again(group):
    group.summed(torch.ones(1))
    before = ranks._talk(dist.group.WORLD)
    group.leave()
    hang_up()  # there is nothing to end any more
    assert group.from_first(lambda: 7) == 7
    assert ranks._talk(dist.group.WORLD) is not before


@needs_gloo
def test_who_is_alone_in_a_group_trains_alone(group):
    assert type(ranks_here(torch.device("cpu"))) is Ranks


def test_a_lost_connection_is_told_in_words():
    gone = "[/pytorch/third_party/gloo/pair.cc:561] Connection closed by peer [1.2.3.4]:5. GLHF!\nx"
    with pytest.raises(RankError) as caught, told_as_lost():
        raise RuntimeError(gone)
    assert str(caught.value) == (
        "another process of this run has ended, by an error that its own output tells, or was "
        "stopped: Connection closed by peer [1.2.3.4]:5. From a checkpoint, any number of "
        "processes can go on."
    )
    assert str(caught.value.__cause__) == gone
    with pytest.raises(RankError, match="Invalid process group"), told_as_lost():
        raise ValueError("Invalid process group specified")


def test_what_condgan_says_itself_stays():
    with pytest.raises(LabelError, match="no class 7"), told_as_lost():
        raise LabelError("no class 7")


@pytest.fixture
def launched(monkeypatch):
    """An environment as torchrun makes it; how the processes were connected."""
    connected = []
    monkeypatch.setattr(dist, "is_initialized", lambda: bool(connected))
    monkeypatch.setattr(dist, "init_process_group", lambda *a, **k: connected.append((a, k)))
    monkeypatch.setattr(dist, "get_rank", lambda: int(os.environ["RANK"]))
    monkeypatch.setattr(dist, "get_world_size", lambda: int(os.environ["WORLD_SIZE"]))
    monkeypatch.setattr(ranks.atexit, "register", lambda what: None)

    def start(rank, size):
        monkeypatch.setenv("RANK", str(rank))
        monkeypatch.setenv("WORLD_SIZE", str(size))
        return connected

    return start


@pytest.mark.parametrize(("device", "backend"), [("cpu", "gloo"), ("cuda", "nccl")])
def test_processes_of_a_launcher_are_connected_once(launched, device, backend):
    connected = launched(1, 4)
    for _ in range(2):
        here = ranks_here(torch.device(device))
        assert (here.rank, here.size, here.first) == (1, 4, False)
    assert connected == [((backend,), {"timeout": ranks.PATIENCE})]


def test_one_process_is_not_connected(launched, monkeypatch):
    connected = launched(0, 1)
    assert type(ranks_here(torch.device("cpu"))) is Ranks
    monkeypatch.delenv("RANK")
    monkeypatch.setenv("WORLD_SIZE", "2")  # set by something else
    assert type(ranks_here(torch.device("cpu"))) is Ranks
    monkeypatch.setattr(dist, "is_available", lambda: False)
    assert type(ranks_here(torch.device("cpu"))) is Ranks
    assert not connected


def test_torchrun_gives_each_process_a_device(monkeypatch):
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: torch.device("cuda"))
    monkeypatch.setattr(torch.accelerator, "device_count", lambda: 2)
    assert as_device(None) == torch.device("cuda")
    devices = []
    for rank in range(3):
        monkeypatch.setenv("LOCAL_RANK", str(rank))
        devices.append(as_device(None))
    assert devices == [torch.device("cuda", 0), torch.device("cuda", 1), torch.device("cuda", 0)]
    assert as_device("cpu") == torch.device("cpu")


def test_callbacks_are_told_on_the_first_rank_and_those_that_say_so_on_all():
    class OnAll(Callback):
        every_rank = True

    given = [Callback(), OnAll(), print]
    assert told_on(Of(0, (1, 1)), given) == told_on(Ranks(), given) == given
    assert told_on(Of(1, (1, 1)), given) == given[1:2]


def test_the_librarys_callbacks_that_change_training_are_told_on_all():
    every = {name for name in callbacks.__all__ if getattr(callbacks, name).every_rank}
    assert every == {"AdaptAugment", "Transition"}


def test_a_trainer_alone_has_ranks_of_one(make_trainer, networks, library_loader):
    G, D = networks()
    trainer = make_trainer(library_loader(), G=G, D=Augmented(D)).fit(1)
    assert trainer.state.ranks.first
    assert trainer.state.batch_images == 4
