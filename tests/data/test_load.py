import json

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset

from condgan import ConditionalDiscriminator, ConditionalGenerator, errors
from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data
from condgan.plugins import registry

X = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
Y = np.array([0, 1, 0, 1], dtype=np.uint8)


def digits(size: int = 8, dark: bool = False) -> LabelledImages:
    images = torch.full((4, 1, size, size), 0 if dark else 200, dtype=torch.uint8)
    return LabelledImages(images, torch.tensor([0, 1, 0, 1]), Classes(2), "digits")


def pairs(classes=None, **anything) -> TensorDataset:
    return TensorDataset(torch.tensor(X), torch.tensor(Y))


@pytest.fixture(autouse=True)
def names(monkeypatch, tmp_path):
    """Two registered data sets, and an empty folder to be in."""
    monkeypatch.setattr(registry, "known", lambda kind: {"digits": digits, "pairs": pairs})
    monkeypatch.chdir(tmp_path)


def idx(array):
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def files(tmp_path):
    (tmp_path / "images").write_bytes(idx(X))
    (tmp_path / "labels").write_bytes(idx(Y))
    rows = "\n".join(",".join(map(str, [y, *x])) for y, x in zip(Y, X.reshape(4, -1), strict=True))
    (tmp_path / "table.txt").write_text(rows)
    for k, image in enumerate(X):
        (tmp_path / "pets" / str(Y[k])).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "pets" / str(Y[k]) / f"{k}.png")
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "t10k-images-idx3-ubyte").write_bytes(idx(X))
    (tmp_path / "mnist" / "t10k-labels-idx1-ubyte").write_bytes(idx(Y))
    (tmp_path / "photos").mkdir()
    for k, image in enumerate(X):
        Image.fromarray(image).save(tmp_path / "photos" / f"{k}.png")
    (tmp_path / "photos" / "labels").write_text("\n".join(f"{k}.png,{y}" for k, y in enumerate(Y)))
    (tmp_path / "photos.json").write_text(json.dumps({f"{k}.png": int(y) for k, y in enumerate(Y)}))
    np.savez(tmp_path / "arrays.npz", x=X, y=Y)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    return tmp_path


PATHS = ["images", "table.txt", "pets", "mnist", "photos", "photos/labels", "arrays.npz", "x.npy"]


@pytest.mark.parametrize("kind", ["path", "text", "relative"])
@pytest.mark.parametrize("name", PATHS)
def test_every_kind_of_path(files, kind, name):
    source = {"path": files / name, "text": str(files / name), "relative": f"./{name}"}[kind]
    data = load_data(source, **({"split": "test"} if name == "mnist" else {}))
    assert data.counts() == {0: 2, 1: 2}
    assert sorted(data.images[:, 0, 0, 0].tolist()) == [0, 64, 128, 192]


@pytest.mark.parametrize("kind", [tuple, list])
def test_pairs(files, kind):
    assert len(load_data(kind([files / "images", str(files / "labels")]))) == 4
    assert len(load_data(kind([files / "x.npy", "y.npy"]))) == 4
    assert len(load_data(kind([X, Y]))) == 4
    assert load_data(kind([X.tolist(), ["a", "b", "a", "b"]])).classes.labels == ("a", "b")


def test_a_folder_whose_table_is_named(files):
    assert load_data("photos", labels="photos.json").counts() == {0: 2, 1: 2}
    (files / "photos" / "more.csv").write_text("photo,kind,size\n0.png,a,1\n1.png,b,2\n")
    with pytest.warns(UserWarning, match="2 images are left out"):
        data = load_data(
            "photos", labels="more.csv", file_column="photo", label_column="kind", name="mine"
        )
    assert data.counts() == {"a": 1, "b": 1}
    assert data.name == "mine"
    with pytest.raises(errors.ArgumentTypeError, match="'labels' is not an option of a table"):
        load_data("photos/labels", labels="photos.json")


def test_a_csv_with_several_columns_of_labels(files):
    (files / "hot.csv").write_text("cat,dog,p\n1,0,255\n0,1,0\n")
    data = load_data("hot.csv", label_columns=["cat", "dog"])
    assert data.counts() == {"cat": 1, "dog": 1}


def test_a_data_frame(files):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"path": [f"photos/{k}.png" for k in range(4)], "label": Y})
    assert load_data(frame).counts() == {0: 2, 1: 2}
    frame.to_parquet("photos.parquet")
    assert load_data("photos.parquet").counts() == {0: 2, 1: 2}


@pytest.mark.parametrize(
    ("head", "rows", "kind", "encoder"),
    [
        ("file,label", "ab", "classes", "onehot"),
        ("file,hat,smile", ["1,1", "0,1"], "attributes", "multihot"),
        ("file,tags", ["hat|smile", "hat"], "attributes", "multihot"),
        ("file,angle", ["0.5", "2"], "quantities", "continuous"),
    ],
)
def test_labels_of_every_kind_are_learnt_from(files, make_trainer, head, rows, kind, encoder):
    text = "\n".join([head, *(f"{k}.png,{rows[k % 2]}" for k in range(4))])
    (files / "photos" / "labels").write_text(text)
    data = load_data("photos")
    assert data.classes.kind == kind
    options = {"latent_dim": 4, "width": 8, "seed": 0}
    G = ConditionalGenerator(data.classes, data.image_shape, **options)
    D = ConditionalDiscriminator(data.classes, data.image_shape, width=8, seed=1)
    assert G.config()["encoder"] == D.config()["encoder"] == encoder
    before = [parameter.detach().clone() for parameter in G.parameters()]
    trainer = make_trainer(data.loader(batch_size=4), G=G, D=D).fit(epochs=1)
    assert any(not torch.equal(a, b) for a, b in zip(before, G.parameters(), strict=True))
    assert np.isfinite(trainer.history.epochs[-1]["g_loss"])


def test_data_sets():
    assert len(load_data(TensorDataset(torch.tensor(X), torch.tensor(Y)))) == 4

    class Sequence:
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return X[index], Y[index]

    assert len(load_data(Sequence())) == 4
    assert len(load_data({"train": Sequence(), "test": digits()}, split="train")) == 4
    data = digits()
    assert load_data(data) is data


def test_names_are_looked_up_and_options_passed_on():
    assert load_data("digits").image_shape == (1, 8, 8)
    assert load_data("digits", size=4, dark=True).image_shape == (1, 4, 4)
    assert load_data("digits", name="mine").name == "mine"
    with pytest.warns(UserWarning, match="of 1 of 3 classes: 2"):
        assert len(load_data("digits", classes=3).classes) == 3
    assert len(load_data("pairs", whatever=1, classes=2)) == 4


def test_name_and_classes_reach_every_reader(files):
    sources = [*map(files.joinpath, PATHS[:3] + PATHS[4:]), (X, Y), digits()]
    for source in sources:
        with pytest.warns(UserWarning, match=r"mine: no image of 1 of 3 classes"):
            data = load_data(source, name="mine", classes=3)
        assert data.name == "mine"
        assert data.classes == Classes(3)


@pytest.mark.parametrize(
    ("source", "takes"),
    [
        ("digits", ["size", "dark"]),
        ("images", ["transpose", "split"]),
        ("table.txt", ["label_column", "image_shape"]),
        ("pets", ["image_size", "channels", "on_bad"]),
        ("photos", ["labels", "file_column", "on_missing", "on_bad"]),
        ("photos/labels", ["file_column", "label_columns"]),
        ("arrays.npz", ["split", "value_range"]),
        ("x.npy", ["layout", "value_range"]),
        ((X, Y), ["layout", "value_range"]),
        (TensorDataset(torch.tensor(X), torch.tensor(Y)), ["layout", "on_unlabelled", "cache"]),
        ((["a.png"], [0]), ["image_size", "on_missing", "workers"]),
        (digits(), []),
    ],
    ids=str,
)
def test_unknown_options_name_those_that_are_taken(files, source, takes):
    with pytest.raises(errors.ArgumentTypeError) as caught:
        load_data(source, imagesize=3)
    for word in ["'imagesize'", "name", "classes", *takes]:
        assert word in str(caught.value)
    assert "paths" not in str(caught.value)
    itself = {"photos": ["folder"], "arrays.npz": ["path"], "x.npy": ["images"]}.get(
        source if isinstance(source, str) else "", ["path", "images", "labels"]
    )
    assert not any(f" {word}," in str(caught.value) for word in itself)


def test_near_misses_of_options_are_guessed(files):
    with pytest.raises(errors.ArgumentTypeError, match="did you mean 'image_size'"):
        load_data("pets", imagesize=3)


def test_a_name_that_is_also_a_path_must_be_settled(tmp_path):
    (tmp_path / "digits").mkdir()
    with pytest.raises(errors.ConfigError, match=r'"\./digits"'):
        load_data("digits")
    with pytest.raises(errors.DataError, match="no folders"):
        load_data("./digits")


def test_unknown_names_and_missing_paths(tmp_path):
    with pytest.raises(errors.UnknownNameError) as caught:
        load_data("digit")
    for word in ("did you mean 'digits'", "Known: digits, pairs", "no such path"):
        assert word in str(caught.value)
    for source in ("a/b", "a.csv", "~nobody", "", tmp_path / "digit"):
        with pytest.raises(errors.MissingFileError, match="no file or folder"):
            load_data(source)


def test_files_of_other_kinds(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "one.png")
    with pytest.raises(errors.FileFormatError, match="PNG image"):
        load_data(tmp_path / "one.png")
    (tmp_path / "pointer.csv").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(errors.FileFormatError, match="git lfs pull"):
        load_data(tmp_path / "pointer.csv")
    (tmp_path / "all.7z").write_bytes(b"7z\xbc\xaf'\x1c")
    with pytest.raises(errors.FileFormatError, match=r"CSV, JSON, idx, \.npz.*7z archive"):
        load_data(tmp_path / "all.7z")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (X, ["ndarray", "load_data((X, y))"]),
        (torch.tensor(X), ["Tensor", "load_data((X, y))"]),
        ((X, Y, X), ["tuple of 3", "pair (X, y)"]),
        ((X, "labels"), ["tuple of 2"]),
        ({"X": X, "y": Y}, ["dict", "load_data((X, y))", "'X', 'y'"]),
        (7, ["int"]),
        (None, ["NoneType"]),
        (DataLoader(TensorDataset(torch.tensor(X))), ["DataLoader", "loader.dataset"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_sources_are_refused(source, words):
    with pytest.raises(errors.ArgumentTypeError) as caught:
        load_data(source)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_table_beside_class_folders_is_not_passed_over_in_silence(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("L", (4, 4)).save(tmp_path / name / "0.png")
    (tmp_path / "labels.csv").write_text("file,label\na/0.png,7\nb/0.png,9\n")
    beside = pytest.warns(UserWarning, match="1 files beside the class folders")
    unused = pytest.warns(UserWarning, match="'labels.csv', which lists labels too, is not used")
    with beside, unused:
        assert load_data(tmp_path).classes.labels == ("a", "b")
    data = load_data(tmp_path, labels=tmp_path / "labels.csv")
    assert data.classes.labels == (7, 9)


def test_a_table_of_files_that_is_not_known_as_one_says_how_to_say_so(tmp_path):
    Image.new("L", (4, 4), 200).save(tmp_path / "a.png")
    (tmp_path / "table.csv").write_text("bild;klasse\na;x\n")
    with pytest.raises(errors.FileFormatError, match=r"lists image files, .* file_column="):
        load_data(tmp_path / "table.csv")
    assert load_data(tmp_path / "table.csv", file_column="bild").counts() == {"x": 1}
