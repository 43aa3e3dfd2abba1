import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, Subset, TensorDataset

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.labelled import LabelledImages
from condgan.data.readers.datasets import is_dataset, read_dataset

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


class ClassLabel:
    """As Hugging Face's: names by number, in the `features` of a data set."""

    def __init__(self, names):
        self.names = names


class Sequence:
    def __init__(self, feature):
        self.feature = feature


Image_ = type("Image", (), {})


class Table:
    """As Hugging Face's `Dataset`: rows are dictionaries, a name gives a column, no base class."""

    def __init__(self, columns, features):
        self.columns_ = columns
        self.features = features

    def __len__(self):
        return len(next(iter(self.columns_.values())))

    def __getitem__(self, key):
        if isinstance(key, str):
            return self.columns_[key]
        return {name: cells[key] for name, cells in self.columns_.items()}


class Rows:
    """As Hugging Face's `IterableDataset`: neither length nor index."""

    def __init__(self, table):
        self.table = table
        self.features = table.features

    def __iter__(self):
        return (self.table[index] for index in range(len(self.table)))


def pictures():
    return [Image.new("L", (4, 4), 50 * k) for k in range(4)]


def in_bytes(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


@pytest.fixture
def hugging_face():
    """Makes a data set of four images with labels 0, 1, 0, 1, and what else is asked for."""

    def make(names=("cat", "dog"), labels=(0, 1, 0, 1), key="label", images=None, **more):
        columns = {"image": images or pictures(), key: list(labels)}
        features = {"image": Image_(), key: ClassLabel(list(names))}
        for name, (cells, feature) in more.items():
            columns[name], features[name] = cells, feature
        return Table(columns, features)

    return make


def test_names_of_class_labels_become_the_labels(hugging_face):
    dataset = hugging_face()
    for form in (dataset, Rows(dataset)):
        data = read_dataset(form)
        assert data.counts() == {"cat": 2, "dog": 2}
        assert data.images[:, 0, 0, 0].tolist() == [0, 50, 100, 150]
    assert read_dataset(hugging_face(names="01")).classes == Classes(2)
    assert read_dataset(dataset, classes=["dog", "cat"]).labels.tolist() == [1, 0, 1, 0]
    with pytest.warns(UserWarning, match="1 of 3 classes: 'owl'"):
        data = read_dataset(hugging_face(names=["cat", "dog", "owl"]))
    assert data.classes.labels == ("cat", "dog", "owl")


def test_images_in_bytes(hugging_face):
    dataset = hugging_face(images=[in_bytes(picture) for picture in pictures()])
    assert read_dataset(dataset).images[:, 0, 0, 0].tolist() == [0, 50, 100, 150]
    assert read_dataset(dataset, image_size=2, channels=3).image_shape == (3, 2, 2)


def test_images_without_labels(hugging_face):
    with pytest.raises(errors.LabelError, match=r"4 of 4 images have no label: item 0"):
        read_dataset(hugging_face(labels=[-1] * 4))
    with pytest.warns(UserWarning, match=r"2 of 4 images have no label .* item 1, item 3"):
        data = read_dataset(hugging_face(labels=[0, -1, 1, None]), on_unlabelled="skip")
    assert data.counts() == {"cat": 1, "dog": 1}
    assert data.images[:, 0, 0, 0].tolist() == [0, 100]


def test_splits(hugging_face):
    splits = {"train": hugging_face(), "test": hugging_face(labels=[1, 1, 1, 0])}
    assert read_dataset(splits, split="test").counts() == {"cat": 1, "dog": 3}
    with pytest.raises(errors.ConfigError, match=r"'train', 'test'.*split='train'"):
        read_dataset(splits)
    with pytest.raises(errors.ConfigError, match=r"'dev' is not there.*'train', 'test'"):
        read_dataset(splits, split="dev")
    assert read_dataset({"train": hugging_face()}).counts() == {"cat": 2, "dog": 2}
    with pytest.raises(errors.ConfigError, match=r"split='train'.*Table"):
        read_dataset(hugging_face(), split="train")


def test_other_keys(hugging_face):
    angles = ([0.5, 1, 2, 3], None)
    dataset = hugging_face(key="fine", angle=angles)
    assert read_dataset(dataset).counts() == {"cat": 2, "dog": 2}
    data = read_dataset(dataset, label_key="angle")
    assert data.classes == Quantities(["angle"], ranges=[(0.5, 3)])
    items = Items([{"picture": x, "y": y} for x, y in PAIRS])
    assert read_dataset(items, image_key="picture", label_key="y").classes == Classes(3)
    with pytest.raises(errors.ConfigError, match=r"item 0 .*'pictur'.*did you mean 'picture'"):
        read_dataset(items, image_key="pictur", label_key="y")
    with pytest.raises(errors.DataError, match="image_key"):
        read_dataset(items, label_key="y")
    with pytest.raises(errors.ConfigError, match="tuple, which has no keys"):
        read_dataset(Items(PAIRS), label_key="y")
    with pytest.raises(errors.ConfigError, match="item 1 of the data set has no 'label'"):
        read_dataset(Items([{"image": X[0], "label": 1}, {"image": X[0]}]))


def test_several_labels_an_image(hugging_face):
    tags = ([[0], [1, 0], [], [1]], Sequence(ClassLabel(["hat", "smile", "beard"])))
    dataset = hugging_face(
        tags=tags, hat=([True, False, True, True], None), big=([0, 0, 1, 1], None)
    )
    data = read_dataset(dataset, label_key="tags")
    assert data.classes == Attributes(["hat", "smile", "beard"])
    assert data.labels.tolist() == [[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]]
    data = read_dataset(dataset, label_key=["hat", "big"])
    assert data.classes == Attributes(["hat", "big"])
    assert data.labels.tolist() == [[1, 0], [0, 0], [1, 1], [1, 1]]


def test_what_can_be_asked_to_be_read(hugging_face):
    for source in (Items([]), Stream(), hugging_face(), Rows(hugging_face()), {"train": Items([])}):
        assert is_dataset(source)
    for source in ([], {}, {"X": X}, X, "text", b"bytes", 3, iter([])):
        assert not is_dataset(source)


def test_folders_called_by_numbers_keep_their_numbers():
    class Folders:
        classes = sorted(map(str, range(11)))  # as text: 0, 1, 10, 2, ...

        def __len__(self):
            return 11

        def __getitem__(self, index):
            value = int(self.classes[index]) / 10
            return torch.full((1, 2, 2), value), index

    data = read_dataset(Folders())
    assert data.classes == Classes(11)
    for label in (2, 10):
        assert data.of(label).mean().item() == pytest.approx(label / 10 * 2 - 1)


def test_an_item_that_cannot_be_read_is_named():
    class Broken(Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            if index == 3:
                raise OSError("image file is truncated")
            return torch.zeros(1, 4, 4), index % 2

    with pytest.raises(errors.DataError, match="item 3 of this Broken cannot be read: OSError: im"):
        read_dataset(Broken())
