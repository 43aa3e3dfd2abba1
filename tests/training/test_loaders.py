"""What is told of a loader before it is read."""

import pytest
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset, WeightedRandomSampler

from condgan import Attributes, Classes
from condgan.errors import DataError
from condgan.training import loaders
from condgan.training.loaders import batches_of, classes_named, tensors_of


def test_tensors_held_whole_are_seen_whole(tiny):
    images, labels = tiny(8)
    ((seen, ids),) = tensors_of(DataLoader(TensorDataset(images, labels), batch_size=3))
    assert seen is images
    assert ids is labels


def test_a_part_is_seen_in_pieces_in_its_own_order(tiny, monkeypatch):
    monkeypatch.setattr(loaders, "CHUNK", 2)
    images, labels = tiny(9)
    part = Subset(Subset(TensorDataset(images, labels), [8, 1, 3, 0, 5]), [4, 0, 2])
    pieces = list(tensors_of(DataLoader(part, shuffle=True)))
    assert [len(ids) for _, ids in pieces] == [2, 1]
    assert torch.equal(torch.cat([seen for seen, _ in pieces]), images[[5, 8, 3]])
    assert torch.equal(torch.cat([ids for _, ids in pieces]), labels[[5, 8, 3]])


class Doubled(Subset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, 2 * label

    def __getitems__(self, indices):
        return [self[index] for index in indices]


class Brighter(TensorDataset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image + 1, label


def test_what_makes_something_new_is_not_seen(tiny):
    whole = TensorDataset(*tiny(4))
    for loader in (
        [tiny(4)],
        DataLoader(Doubled(whole, range(4))),
        DataLoader(Brighter(*tiny(4))),
        DataLoader(whole, collate_fn=list),
        DataLoader(whole, sampler=WeightedRandomSampler([1.0] * 4, 4)),
        DataLoader(TensorDataset(tiny(4)[0])),
    ):
        assert list(tensors_of(loader)) == []


class Named:
    def __init__(self, classes, target_transform=None):
        self.classes, self.target_transform = classes, target_transform


class Loads:
    def __init__(self, dataset):
        self.dataset = dataset


@pytest.mark.parametrize(
    ("names", "ours", "found"),
    [
        (["b", "a"], ["a", "b", "c"], ["b", "a"]),
        (("b", "a"), ["a", "b", "c"], ["b", "a"]),
        (["0", "1", "10", "2"], [0, 1, 2, 10], [0, 1, 10, 2]),
        (["3", "4"], [3, "3", "4"], ["3", "4"]),  # text is text where there is a choice
        (["0 - zero", "1 - one"], 2, None),
        (["cat", "cow"], ["cat", "dog"], None),
        ([], ["cat"], None),
        ([0, 1], 2, None),
        ("ab", ["a", "b"], None),
    ],
    ids=str,
)
def test_names_stand_for_labels_if_all_are_known(names, ours, found):
    expected = None if found is None else Classes(found)
    assert classes_named(Loads(Named(names)), Classes(ours)) == expected


def test_names_say_nothing_of_other_labels_than_ids():
    assert classes_named(Loads(Named(["a", "b"])), Attributes(["a", "b"])) is None
    assert classes_named(Loads(Named(["a"], target_transform=str)), Classes(["a"])) is None
    assert classes_named([], Classes(["a"])) is None


def test_only_failures_of_the_loader_itself_are_explained():
    def fails(error):
        yield 1
        raise error

    batches = batches_of(fails(RuntimeError("stack expects each tensor to be equal size, but")))
    assert next(batches) == 1
    with pytest.raises(DataError, match="differ in size") as caught:
        next(batches)
    assert isinstance(caught.value.__cause__, RuntimeError)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(batches_of(fails(RuntimeError("out of memory"))))
    with pytest.raises(KeyError):
        list(batches_of(fails(KeyError("x"))))
