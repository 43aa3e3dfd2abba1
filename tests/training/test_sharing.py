"""Parts of batches: together they are the batch, in the order of the undivided loader."""

from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler, DataLoader, IterableDataset, TensorDataset
from torch.utils.data.distributed import DistributedSampler

from condgan import Classes, LabelledImages
from condgan.errors import ConfigError, DataError
from condgan.training.intake import Intake
from condgan.training.ranks import Ranks
from condgan.training.sharing import KEPT, PartOfBatches, divided, is_divisible, part_of
from condgan.training.streams import generators


class One(Ranks):
    """One of several ranks, which says nothing to the others."""

    def __init__(self, rank, size):
        self.rank, self.size = rank, size


def all_of(size):
    return [One(rank, size) for rank in range(size)]


def numbers(n):
    """A data set of the numbers from 0."""
    return TensorDataset(torch.arange(n))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.integers(0, 60), st.integers(1, 9))
def test_parts_are_the_whole_and_of_one_size_or_one_more(n, size):
    parts = [range(n)[part_of(n, ranks)] for ranks in all_of(size)]
    assert [i for part in parts for i in part] == list(range(n))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(st.integers(4, 40), st.integers(4, 12), st.integers(1, 4), st.booleans())
def test_a_divided_loader_keeps_the_order_and_the_batches(n, batch_size, size, drop_last):
    settings = {"batch_size": batch_size, "shuffle": True, "drop_last": drop_last}
    undivided = list(DataLoader(numbers(n), generator=seeded(), **settings))
    ranks = [
        list(divided(DataLoader(numbers(n), generator=seeded(), **settings), one))
        for one in all_of(size)
    ]
    together = [torch.cat([values for (values,) in parts]) for parts in zip(*ranks, strict=True)]
    large = [values for (values,) in undivided if len(values) >= size]
    assert [values.tolist() for values in together] == [values.tolist() for values in large]


def test_a_divided_loader_draws_each_epoch_anew_from_the_generator_that_is_saved():
    loader = divided(DataLoader(numbers(20), 5, shuffle=True, generator=seeded()), One(0, 2))
    (stream,) = generators(loader)
    first, state = [v.tolist() for (v,) in loader], stream.get_state()
    second = [v.tolist() for (v,) in loader]
    assert first != second
    stream.set_state(state)
    assert [v.tolist() for (v,) in loader] == second


def test_a_divided_loader_keeps_what_it_was_made_with():
    def first_of(items):
        return items[0]

    given = DataLoader(
        numbers(8),
        4,
        num_workers=1,
        collate_fn=first_of,
        timeout=7,
        prefetch_factor=3,
        persistent_workers=True,
        multiprocessing_context="spawn",
        generator=seeded(),
    )
    loader = divided(given, One(1, 2))
    assert {name: getattr(loader, name) for name in KEPT} == {
        name: getattr(given, name) for name in KEPT
    }
    assert len(loader) == len(given)


def test_only_loaders_that_pick_by_index_are_divided():
    class Endless(IterableDataset):
        def __iter__(self):
            yield from range(8)

    class Own(DataLoader):
        """Whose `__iter__` may do anything."""

    assert is_divisible(DataLoader(numbers(8), 4))
    assert is_divisible(DataLoader(numbers(8), batch_sampler=BatchSampler(range(8), 4, False)))
    for loader in (DataLoader(Endless(), 4), DataLoader(numbers(8), batch_size=None)):
        assert not is_divisible(loader)
    assert not is_divisible(Own(numbers(8), 4))
    assert not is_divisible([torch.zeros(4)])


@pytest.mark.parametrize("as_batches", [True, False])
def test_loaders_that_share_out_already_are_refused(as_batches):
    shares = DistributedSampler(numbers(8), num_replicas=2, rank=0)
    loader = (
        DataLoader(numbers(8), batch_sampler=BatchSampler(shares, 4, drop_last=False))
        if as_batches
        else DataLoader(numbers(8), 4, sampler=shares)
    )
    with pytest.raises(ConfigError, match=r"DistributedSampler.*leave it out.*shuffle=True"):
        is_divisible(loader)


def test_small_batches_are_left_out_and_counted():
    batches = PartOfBatches([[0, 1, 2, 3], [5, 4], [6]], One(1, 2))
    for _ in range(2):  # the count is of one epoch
        assert list(batches) == [[2, 3], [4]]
        assert batches.left_out == 1


def test_an_epoch_of_small_batches_is_refused_in_words():
    with pytest.raises(DataError, match=r"no batch has the 3 images or more that 3 proc.*1 each"):
        list(PartOfBatches([[0, 1], [2]], One(0, 3)))
    assert list(PartOfBatches([], One(0, 3))) == []


def labelled(n):
    images = torch.arange(n, dtype=torch.uint8).reshape(n, 1, 1, 1).expand(n, 1, 8, 8)
    return LabelledImages(images, torch.arange(n) % 3, Classes(3))


def shown(loader):
    """Images by their number, and labels, a list a batch."""
    return [
        (((images[:, 0, 0, 0] + 1) * 127.5).round().int().tolist(), labels.tolist())
        for images, labels in loader
    ]


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 4), st.booleans())
def test_parts_of_the_librarys_loader_are_its_batches(n, batch_size, size, balanced):
    def loader():
        return labelled(n).loader(batch_size, balanced=balanced, generator=seeded())

    whole = shown(loader())
    parts = [shown(loader().part(rank, size)) for rank in range(size)]
    for batch, *shares in zip(whole, *parts, strict=True):
        images, labels = (list(chain(*lists)) for lists in zip(*shares, strict=True))
        assert (images, labels) == batch
        assert max(len(s[0]) for s in shares) - min(len(s[0]) for s in shares) <= 1


def test_a_part_leaves_the_loader_as_it_was():
    loader = labelled(10).loader(4, shuffle=False)
    assert shown(loader.part(1, 2))[0][0] == [2, 3]
    assert shown(loader)[0][0] == [0, 1, 2, 3]
    assert len(loader.part(1, 2)) == len(loader) == 3


@pytest.mark.parametrize("kind", ["library", "torch", "list"])
def test_the_intake_gives_each_rank_its_part_of_any_loader(kind, torch_loader, library_loader):
    def loader():
        if kind == "library":
            return library_loader(14, 4)
        return torch_loader(14, 4) if kind == "torch" else list(torch_loader(14, 4))

    def batches(ranks=None):
        return list(Intake(loader(), Classes(3), (1, 8, 8), torch.device("cpu"), 1, ranks))

    parts = [batches(ranks) for ranks in all_of(2)]
    for whole, one, two in zip(batches(), *parts, strict=True):
        assert torch.equal(torch.cat([one.images, two.images]), whole.images)
        assert torch.equal(torch.cat([one.labels, two.labels]), whole.labels)
        assert abs(len(one.images) - len(two.images)) <= 1
