"""What comes in by one door is treated as by any other."""

import inspect
import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

from condgan import errors
from condgan.data.load import load_data, options_of
from condgan.data.routes import READERS

PICTURES = {"image_size", "fit", "channels", "background", "orient", "max_pixels", "on_bad"}
OF_FILES = {"workers", "cache"}
ALL = {"value_range", "on_unlabelled", "unlabelled", "classes", "name"}
TAKES = {
    "pair (X, y)": {"layout"},
    "pair (pictures, labels)": PICTURES | OF_FILES | {"on_missing", "root"},
    "CSV file": {"label_column", "image_shape", "encoding"},
    "CSV file with several columns of labels": {"label_columns", "image_shape", "encoding"},
    "Dataset": PICTURES | OF_FILES | {"on_missing", "split", "image_key", "label_key", "layout"},
    "folder of class folders": PICTURES | OF_FILES,
    "folder with a table of labels": PICTURES
    | OF_FILES
    | {"on_missing", "labels", "file_column", "label_column", "label_columns", "encoding"},
    "data frame or parquet file": PICTURES
    | OF_FILES
    | {"on_missing", "image_column", "label_column", "label_columns", "root", "image_shape"}
    | {"layout"},
    "idx file": {"split", "transpose", "layout"},
    ".npy file": {"layout", "cache"},
    ".npz file": {"images", "labels", "split", "layout"},
}


@pytest.mark.parametrize("kind", TAKES)
def test_the_options_of_each_door(kind):
    reader, itself = READERS[kind]
    parameters = inspect.signature(reader).parameters
    assert parameters.keys() - itself == TAKES[kind] | ALL
    for name in TAKES[kind] & (PICTURES | OF_FILES | ALL):
        same = inspect.signature(READERS["Dataset"][0]).parameters[name]
        assert parameters[name].default == same.default


class Items(Dataset):
    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


X = np.stack([np.full((4, 4), 60 * k + 60, np.uint8) for k in range(4)])
LABELS = ["cat", "", "?", "dog"]


@pytest.fixture
def sources(tmp_path):
    """The same four images, of which two have no label, by every door but that of numbers."""
    pd = pytest.importorskip("pandas")
    folder = tmp_path / "photos"
    folder.mkdir()
    files = [folder / f"{k}.png" for k in range(4)]
    for file, image in zip(files, X, strict=True):
        Image.fromarray(image).save(file)
    rows = "\n".join(f"{file.name},{label}" for file, label in zip(files, LABELS, strict=True))
    (folder / "labels.csv").write_text(f"file,label\n{rows}\n")
    (tmp_path / "more.json").write_text(
        json.dumps({f.name: x for f, x in zip(files, LABELS, strict=True)})
    )
    pixels = "\n".join(",".join(map(str, [y, *x.flat])) for x, y in zip(X, LABELS, strict=True))
    (tmp_path / "pixels.csv").write_text(pixels)
    np.savez(tmp_path / "arrays.npz", x=X, y=LABELS)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", LABELS)
    classes = tmp_path / "classes"
    for k, label in ((0, "cat"), (1, "none"), (2, "?"), (3, "dog")):
        (classes / label).mkdir(parents=True)
        Image.fromarray(X[k]).save(classes / label / "1.png")
    tensors = torch.tensor(X)[:, None]
    return {
        "folder with a table": (folder, {}),
        "table": (folder / "labels.csv", {}),
        "JSON": (folder, {"labels": tmp_path / "more.json"}),
        "class folders": (classes, {"unlabelled": ("?", "none")}),
        "CSV of pixels": (tmp_path / "pixels.csv", {}),
        "npz": (tmp_path / "arrays.npz", {}),
        "npy": ((tmp_path / "x.npy", tmp_path / "y.npy"), {}),
        "arrays": ((X, LABELS), {}),
        "paths": ((files, LABELS), {}),
        "Pillow": (([Image.fromarray(x) for x in X], LABELS), {}),
        "pairs": (list(zip(X, LABELS, strict=True)), {}),
        "pairs of paths": (list(zip(map(str, files), LABELS, strict=True)), {}),
        "dictionaries": ([{"image": x, "label": y} for x, y in zip(X, LABELS, strict=True)], {}),
        "Dataset": (Items(list(zip(tensors, LABELS, strict=True))), {}),
        "frame": (pd.DataFrame({"file": map(str, files), "label": LABELS}), {}),
        "frame of arrays": (pd.DataFrame({"image": list(X), "label": LABELS}), {}),
    }


def test_images_without_a_label_by_every_door(sources):
    for name, (source, options) in sources.items():
        policy = {"unlabelled": "?", **options}
        with pytest.raises(errors.LabelError, match="2 of 4 images have no label"):
            load_data(source, **policy)
        with pytest.warns(UserWarning, match="2 of 4 images have no label and are left out"):
            data = load_data(source, **policy, on_unlabelled="skip")
        assert data.counts() == {"cat": 1, "dog": 1}, name
        assert data.images[:, 0, 0, 0].tolist() == [60, 240], name
        assert {"on_unlabelled", "value_range"} <= options_of(source, options)


def test_a_range_of_values_by_every_door(sources):
    for name, (source, options) in sources.items():
        policy = {"unlabelled": ("?",), **options, "on_unlabelled": "skip"}
        with pytest.warns(UserWarning, match="2 of 4"):
            data = load_data(source, **policy, value_range=(0, 240))
        top = float(data.images.max())
        assert top in (255, pytest.approx(1)), name


def test_split_folders(tmp_path):
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            (tmp_path / "pets" / split / label).mkdir(parents=True)
            Image.fromarray(X[int(split == "test")]).save(
                tmp_path / "pets" / split / label / "1.png"
            )
    data = load_data(tmp_path / "pets", split="test")
    assert data.name == "pets-test"
    assert data.images.unique().tolist() == [120]
    assert load_data(tmp_path / "pets", split="train", name="mine").name == "mine"
    with pytest.raises(errors.ConfigError, match=r"no such folder\. Its folders: 'test', 'train'"):
        load_data(tmp_path / "pets", split="val")
    with pytest.raises(errors.DataError, match='split="test"'):
        load_data(tmp_path / "pets")
    with pytest.raises(errors.ArgumentTypeError, match="'split' is not an option of a pair"):
        load_data((X, [0] * 4), split="train")


def test_an_option_of_other_doors_names_these():
    with pytest.raises(errors.ArgumentTypeError) as caught:
        load_data((X, [0, 1, 0, 1]), image_size=8)
    for words in ("a pair (X, y), but of these", "folder of class folders", "data frame", "layout"):
        assert words in str(caught.value)
    data = load_data((X, [0, 1, 0, 1]))
    with pytest.raises(errors.ArgumentTypeError, match="'value_range' is not an option of a Label"):
        load_data(data, value_range=(0, 1))
    with pytest.raises(errors.ConfigError, match="channels is for pictures"):
        load_data(Items([(X[0], 1)]), channels=3)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ([(X[0], 3), (X[1], 4)], "list of images with labels"),
        ([(X[0], "a")], "list of images with labels"),
        (((X[0].tolist(), "a"), (X[1].tolist(), "b")), "list of images with labels"),
        ([("1.png", "cat"), ("2.jpg", "dog")], "list of images with labels"),
        ([(Image.new("L", (4, 4)), {"hat"})], "list of images with labels"),
        ([{"image": X[0], "label": 3}], "list of images with labels"),
        ((list(X[:2]), [0, 1]), "pair (X, y)"),
        ([X[:2].tolist(), [0, 1]], "pair (X, y)"),
        ((X[:2], np.eye(2)), "pair (X, y)"),
        ((["1.png", "2.png"], ["cat", "dog"]), "pair (pictures, labels)"),
        ([["1.png", "2.png"], ["cat", "dog"]], "pair (pictures, labels)"),
    ],
)
def test_lists_that_look_alike(source, kind):
    with pytest.raises(
        errors.ArgumentTypeError,
        match=f"option of a {kind}".replace("(", r"\(").replace(")", r"\)"),
    ):
        load_data(source, nonsense=1)


def test_pairs_keep_their_labels():
    data = load_data([(x, "ab"[k % 2]) for k, x in enumerate(X)])
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert data.images[:, 0, 0, 0].tolist() == [60, 120, 180, 240]
    data = load_data([(X[0], {"hat"}), (X[1], {"hat", "smile"})])
    assert data.labels.tolist() == [[1, 0], [1, 1]]
