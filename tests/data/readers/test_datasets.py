import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, Subset, TensorDataset

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes
from condgan.data.labelled import LabelledImages
from condgan.data.readers.datasets import read_dataset

X = torch.linspace(-1, 1, 6 * 16).reshape(6, 1, 4, 4)
Y = torch.arange(6) % 3


class Items(Dataset):
    """A map-style data set over a list, read by index only and once each."""

    def __init__(self, items, classes=None):
        self.items = items
        self.seen = []
        if classes is not None:
            self.classes = classes

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        self.seen.append(index)
        return self.items[index]


class Stream(IterableDataset):
    def __iter__(self):
        return iter(zip(X, Y, strict=True))


PAIRS = list(zip(X, Y.tolist(), strict=True))


@pytest.mark.parametrize(
    "dataset",
    [
        TensorDataset(X, Y),
        Stream(),
        Items(PAIRS),
        Items([list(pair) for pair in PAIRS]),
        Items([{"image": x, "label": y, "id": 1} for x, y in PAIRS]),
        Items([{"img": x.numpy(), "target": np.int64(y)} for x, y in PAIRS]),
        Items([(x[0].numpy(), torch.tensor([y])) for x, y in PAIRS]),
        Items([(x, torch.eye(3)[y]) for x, y in PAIRS]),
    ],
    ids=range(8),
)
def test_every_form_of_data_set(dataset):
    data = read_dataset(dataset)
    assert torch.equal(data.images, X)
    assert data.labels.tolist() == Y.tolist()
    assert data.classes == Classes(3)


def test_each_item_is_read_once():
    dataset = Items(PAIRS)
    read_dataset(dataset)
    assert dataset.seen == list(range(6))


def test_a_part_and_text_labels():
    names = ["cat", "dog", "owl"]
    dataset = Items([(x, names[y]) for x, y in PAIRS])
    data = read_dataset(Subset(dataset, [1, 4]))
    assert data.counts() == {"dog": 2}
    assert torch.equal(data.images, X[[1, 4]])


def test_pillow_images():
    dataset = Items([(Image.new("RGBA", (5, 4), (255, 0, 0, 0)), 0), (Image.new("1", (5, 4)), 1)])
    data = read_dataset(dataset)
    assert data.images.dtype == torch.uint8
    assert data.images[:, :, 0, 0].tolist() == [[255] * 3, [0] * 3]


def test_layout_and_range_are_passed_on():
    dataset = Items([(np.full((3, 3, 3), 8), 0), (np.full((3, 3, 3), 16), 1)])
    data = read_dataset(dataset, layout="NHWC", value_range=(0, 16), name="mine")
    assert data.images.unique().tolist() == [0, 1]
    assert data.name == "mine"


def test_attributes():
    dataset = Items([(x, torch.tensor([1, 1, 0])) for x, _ in PAIRS])
    assert read_dataset(dataset, classes=Attributes(3)).labels.shape == (6, 3)
    with pytest.raises(errors.LabelError, match="Attributes"):
        read_dataset(dataset)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["cat", "dog", "owl"], ("cat", "dog", "owl")),
        (["zebra", "dog", "owl"], ("zebra", "dog", "owl")),
        (["0 - zero", "1 - one", "2 - two"], (0, 1, 2)),
        (["0", "1", "2"], (0, 1, 2)),
        (["N/A", "cat", "dog", "owl"], (0, 1, 2)),
        (["cat", "dog"], (0, 1, 2)),
        (7, (0, 1, 2)),
    ],
)
def test_names_are_used_only_when_complete_and_worth_it(names, wanted):
    dataset = Items(PAIRS, classes=names)
    assert read_dataset(dataset).classes.labels == wanted
    assert read_dataset(Subset(dataset, range(6))).classes.labels == wanted


def test_asking_for_names_gets_them_also_of_a_part():
    dataset = Subset(Items(PAIRS, classes=["cat", "dog", "owl"]), [0, 2])
    assert read_dataset(dataset).classes.labels == (0, 2)
    with pytest.warns(UserWarning, match="'dog'"):
        data = read_dataset(dataset, classes=["owl", "dog", "cat"])
    assert data.labels.tolist() == [2, 0]


def test_labelled_images_pass_through_or_are_restated():
    data = LabelledImages(X, Y, Classes(["a", "b", "c"]), "mine")
    assert read_dataset(data) is data
    assert read_dataset(data, name="mine") is data
    assert read_dataset(data, name="yours").name == "yours"
    with pytest.warns(UserWarning, match="'d'"):
        other = read_dataset(data, classes=["d", "c", "b", "a"])
    assert other.labels.tolist() == [3, 2, 1, 3, 2, 1]
    assert torch.equal(other.images, X)
    assert other.name == "mine"
    dark = LabelledImages(torch.zeros(1, 1, 2, 2, dtype=torch.uint8), Y[:1], Classes(["a"]))
    assert read_dataset(dark, classes=["a"]).images.dtype == torch.uint8


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"x": X[0], "y": 1}, ["item 0", "'x', 'y'", "'image'", "'label'"]),
        ((X[0], 1, 2), ["tuple of 3", "Tensor, int, int"]),
        (X[0], ["Tensor", "(image, label)"]),
        ("text", ["str"]),
    ],
)
def test_items_that_are_not_understood_are_described(item, words):
    with pytest.raises(errors.DataError) as caught:
        read_dataset(Items([item]))
    assert all(word in str(caught.value) for word in words), caught.value


def test_sizes_must_agree_and_something_must_be_there():
    dataset = Items([(torch.zeros(1, 4, 4), 0), (torch.zeros(1, 5, 4), 0)])
    with pytest.raises(errors.DataError, match=r"item 0 is 1 x 4 x 4 .* item 1 is 1 x 5 x 4"):
        read_dataset(dataset)
    with pytest.raises(errors.DataError, match="no image in this Items"):
        read_dataset(Items([]))
