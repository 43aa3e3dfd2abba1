import numpy as np
import pytest

from condgan import errors
from condgan.data.readers import torchvision as readers

PIXELS = np.arange(30 * 28 * 28, dtype=np.uint64).reshape(30, 28, 28).astype(np.uint8)


def write_idx(path, array, code):
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(bytes([0, 0, code, array.ndim]) + sizes + array.tobytes())


def lay_out(root, kind, labels, prefix="", ends=("train", "t10k")):
    """Files as torchvision keeps them once fetched: it looks for both splits."""
    for end in ends:
        base = root / kind / "raw"
        write_idx(base / f"{prefix}{end}-images-idx3-ubyte", PIXELS, 8)
        write_idx(base / f"{prefix}{end}-labels-idx1-ubyte", labels.astype(np.uint8), 8)


def test_mnist_has_whole_numbers(tmp_path, monkeypatch):
    lay_out(tmp_path, "MNIST", np.arange(30) % 10)
    monkeypatch.setenv("CONDGAN_DATA", str(tmp_path))
    data = readers.mnist(train=False)
    assert data.classes.labels == tuple(range(10))
    assert data[13][1] == 3
    assert np.array_equal(data.images[:, 0].numpy(), PIXELS)
    assert data.name == "mnist"


def test_qmnist_takes_the_digit_of_its_eight_facts(tmp_path):
    facts = np.zeros((30, 8), ">i4")
    facts[:, 0] = np.arange(30) % 10
    facts[:, 1] = 7
    write_idx(tmp_path / "QMNIST" / "raw" / "qmnist-train-images-idx3-ubyte", PIXELS, 8)
    write_idx(tmp_path / "QMNIST" / "raw" / "qmnist-train-labels-idx2-int", facts, 12)
    data = readers.qmnist(tmp_path, download=False)
    assert [data[i][1] for i in (0, 9, 10)] == [0, 9, 0]


@pytest.mark.parametrize(
    ("reader", "kind", "some"),
    [
        (readers.fashion_mnist, "FashionMNIST", {0: "T-shirt/top", 9: "Ankle boot"}),
        (readers.kmnist, "KMNIST", {0: "o", 9: "wo"}),
    ],
)
def test_relatives_have_names(tmp_path, reader, kind, some):
    lay_out(tmp_path, kind, np.arange(30) % 10)
    data = reader(tmp_path, download=False)
    assert {k: data[k][1] for k in some} == some
    assert data.labels.tolist() == (np.arange(30) % 10).tolist()


@pytest.mark.parametrize(
    ("split", "labels", "wanted"),
    [
        ("letters", 1 + np.arange(30) % 26, {0: "a", 25: "z", 26: "a"}),
        ("digits", np.arange(30) % 10, {0: 0, 19: 9}),
        ("mnist", np.arange(30) % 10, {0: 0, 19: 9}),
    ],
)
def test_emnist_is_upright_and_letters_count_from_one(tmp_path, split, labels, wanted):
    lay_out(tmp_path, "EMNIST", labels, f"emnist-{split}-", ("train", "test"))
    data = readers.emnist(tmp_path, download=False, split=split)
    assert {k: data[k][1] for k in wanted} == wanted
    assert data.images[3, 0, 2, 20] == PIXELS[3, 20, 2]
    assert data.name == f"emnist-{split}"
    assert len(data.classes) == (26 if split == "letters" else 10)


def test_emnist_balanced_has_47_signs(tmp_path):
    lay_out(tmp_path, "EMNIST", np.arange(30) + 17, "emnist-balanced-", ("train", "test"))
    with pytest.warns(UserWarning, match="17 of 47"):
        data = readers.emnist(tmp_path, download=False)
    assert [data[k][1] for k in (0, 18, 19, 29)] == ["H", "Z", "a", "t"]


def test_what_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(errors.DataError, match=r"MNIST.*download=True.*root="):
        readers.mnist(tmp_path, download=False)
    with pytest.raises(errors.ConfigError, match=r"'letters'.*'capitals'"):
        readers.emnist(tmp_path, split="capitals")


def test_a_failed_download_is_told(tmp_path, monkeypatch):
    from torchvision import datasets

    def fail(self):
        raise RuntimeError("no route to host")

    monkeypatch.setattr(datasets.MNIST, "download", fail)
    with pytest.raises(errors.DataError, match=r"no route to host.*connection"):
        readers.mnist(tmp_path)


@pytest.mark.parametrize(("kind", "count"), [("KMNIST", 10), ("FashionMNIST", 10)])
def test_labels_beyond_the_classes(tmp_path, kind, count):
    lay_out(tmp_path, kind, np.arange(30) % (count + 1))
    reader = {"KMNIST": readers.kmnist, "FashionMNIST": readers.fashion_mnist}[kind]
    with pytest.raises(errors.LabelError, match="label 10 at index 10, but only 10 classes"):
        reader(tmp_path, download=False)


@pytest.mark.parametrize("shape", [(30, 14, 56), (30, 28, 27)])
def test_images_of_another_shape(tmp_path, shape):
    lay_out(tmp_path, "MNIST", np.arange(30) % 10)
    pixels = np.zeros(shape, np.uint8)
    write_idx(tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte", pixels, 8)
    with pytest.raises(errors.DataError, match=rf"28 x 28; got \(30, {shape[1]}, {shape[2]}\)"):
        readers.mnist(tmp_path, download=False)


@pytest.mark.parametrize("byte", [0, 7, 10, 12, 15, 255])
def test_types_that_torchvision_does_not_know(tmp_path, byte):
    lay_out(tmp_path, "MNIST", np.arange(30) % 10)
    file = tmp_path / "MNIST" / "raw" / "train-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:2] + bytes([byte]) + file.read_bytes()[3:])
    with pytest.raises(errors.FileFormatError, match="train-images-idx3-ubyte"):
        readers.mnist(tmp_path, download=False)


def test_qmnist_without_facts(tmp_path):
    base = tmp_path / "QMNIST" / "raw"
    write_idx(base / "qmnist-train-images-idx3-ubyte", PIXELS, 8)
    write_idx(base / "qmnist-train-labels-idx2-int", np.zeros((30, 0), ">i4"), 12)
    with pytest.raises(errors.DataError, match="QMNIST"):
        readers.qmnist(tmp_path, download=False)


def test_names():
    assert set(readers.FAMILY) == {"mnist", "fashion-mnist", "kmnist", "qmnist", "emnist"}
