import gzip
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.data.readers.npz import read_npy, read_npz

X = np.arange(3 * 16, dtype=np.uint8).reshape(3, 4, 4) * 5
Y = np.array([3, 7, 3])


@pytest.fixture
def file(tmp_path):
    return tmp_path / "arrays"


def save(file, compressed=False, **arrays):
    with file.open("wb") as stream:
        (np.savez_compressed if compressed else np.savez)(stream, **arrays)
    return file


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("images", "labels"),
        ("x", "y"),
        ("X", "Y"),
        ("x_train", "y_train"),
        ("train_images", "train_labels"),
        ("data", "target"),
        ("arr_0", "arr_1"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_are_known_by_their_names(file, images, labels, compressed):
    data = read_npz(save(file, compressed, **{labels: Y, images: X, "notes": np.zeros(2)}))
    assert data.images[:, 0].tolist() == X.tolist()
    assert data.counts() == {3: 2, 7: 1}
    assert data.name == "arrays"


def test_splits(file):
    save(file, x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2], val_images=X[:1], val_labels=Y[:1])
    assert [len(read_npz(file, split=split)) for split in (None, "train", "test", "val")] == [
        *(3, 3, 2, 1)
    ]
    with pytest.raises(errors.ConfigError, match=r"'train', 'test', 'val'.*'dev'"):
        read_npz(file, split="dev")
    with pytest.raises(errors.ConfigError, match="of the val split"):
        read_npz(save(file, x=X, y=Y), split="val")


def test_arrays_by_other_names(file):
    save(file, faces=X, moods=["a", "b", "a"])
    assert read_npz(file, images="faces", labels="moods", name="mine").counts() == {"a": 2, "b": 1}
    with pytest.raises(errors.ConfigError, match=r"did you mean 'faces'.*'faces', 'moods'"):
        read_npz(file, images="face", labels="moods")
    with pytest.raises(errors.ConfigError, match=r'\'faces\', \'moods\'.*images="\.\.\."'):
        read_npz(file)


@pytest.mark.parametrize(
    "labels", [np.array([b"a", b"b", b"a"]), np.array(["a", "b", "a"]), np.eye(2)[[0, 1, 0]]]
)
def test_labels_of_other_types(file, labels):
    assert list(read_npz(save(file, x=X, y=labels)).counts().values()) == [2, 1]


@pytest.mark.parametrize(
    "labels", [np.array([b"\xff"] * 3), np.array([2**31] * 3, "<u4").view("<U1")]
)
def test_labels_that_are_no_text(file, labels):
    with pytest.raises(errors.FileFormatError, match=r"'y\.npy' holds text that is none"):
        read_npz(save(file, x=X, y=labels))


def test_the_order_of_axes_in_memory_does_not_matter(file):
    save(file, x=np.asfortranarray(X), y=Y)
    assert read_npz(file).images[:, 0].tolist() == X.tolist()


def test_a_pair_of_files(tmp_path):
    np.save(tmp_path / "X_train.npy", X)
    np.save(tmp_path / "y_train.npy", Y)
    np.save(tmp_path / "other.npy", Y + 1)
    assert read_npy(tmp_path / "X_train.npy").counts() == {3: 2, 7: 1}
    assert read_npy(tmp_path / "X_train.npy", tmp_path / "other.npy").counts() == {4: 2, 8: 1}
    with pytest.raises(errors.MissingFileError, match=r"labels are not beside it.*Give both"):
        read_npy(tmp_path / "other.npy")
    with pytest.raises(errors.MissingFileError, match="no file"):
        read_npy(tmp_path / "images.npy")
    (tmp_path / "X_train.npy").write_bytes(gzip.compress((tmp_path / "X_train.npy").read_bytes()))
    assert read_npy(tmp_path / "X_train.npy").name == "X_train"


def test_objects_are_never_unpickled(file, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    save(file, x=X, y=np.array([Trap(), Trap(), 3], dtype=object))
    with pytest.raises(errors.FileFormatError, match=r"'y.npy' holds Python objects"):
        read_npz(file)
    assert not (tmp_path / "sprung").exists()
    save(file, x=X, y=np.zeros(3, [("a", int)]))
    with pytest.raises(errors.FileFormatError, match=r"'y.npy' holds"):
        read_npz(file)


def npy(header, content=b"", version=(1, 0)):
    text = header.encode() + b"\n"
    size = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + text + content


def promise(shape, descr="|u1"):
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (npy(promise("(100000, 100000, 1000)"), bytes(9)), ["promises 10000000000000 ", "are 9"]),
        (npy(promise("(2, 2)"), bytes(9)), ["promises 4 ", "more (9)"]),
        (npy(promise("(2, -2)"), bytes(4)), ["no sound header", "-2"]),
        (npy(promise("(2, 2)"), bytes(4), (3, 0)), ["no sound header", "(3, 0)"]),
        (npy(promise("2, 2)")), ["no sound header"]),
        (npy("__import__('os')"), ["no sound header"]),
        (b"\x93NUMPY\x01", ["no sound header"]),
        (npy(promise("(2,)", "|O"), bytes(16)), ["Python objects"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_headers_are_checked_before_anything_is_read(tmp_path, content, words, packed):
    np.save(tmp_path / "y.npy", Y)
    if packed:
        with zipfile.ZipFile(tmp_path / "x", "w") as archive:
            archive.writestr("x.npy", content)
            archive.write(tmp_path / "y.npy", "y.npy")
    else:
        (tmp_path / "x").write_bytes(content)
    with pytest.raises(errors.FileFormatError) as caught:
        read_npz(tmp_path / "x") if packed else read_npy(tmp_path / "x", tmp_path / "y.npy")
    assert all(word in str(caught.value) for word in [str(tmp_path), *words]), caught.value


@pytest.mark.parametrize("packed", ["npz", "gzip"])
def test_what_unpacks_to_far_more_than_it_takes_is_refused(tmp_path, packed):
    shape = (200, 300, 300)
    if packed == "npz":
        path = tmp_path / "bomb"
        save(path, True, x=np.zeros(shape, np.uint8), y=np.zeros(200, int))
    else:
        np.save(tmp_path / "y.npy", np.zeros(200, int))
        path = tmp_path / "x.npy"
        path.write_bytes(gzip.compress(npy(promise(shape), bytes(200 * 300 * 300)), 9))
    with pytest.raises(errors.FileFormatError, match="unpack"):
        read_npz(path) if packed == "npz" else read_npy(path)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_half_a_download(file, kept):
    content = save(file, x=X, y=Y).read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(errors.FileFormatError, match="cannot be read"):
        read_npz(file)


def test_other_files(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cat.png", b"?")
    with pytest.raises(errors.FileFormatError, match=r"'cat.png'.*unpack"):
        read_npz(file)
    file.write_text("x,y\n")
    with pytest.raises(errors.FileFormatError, match="text file"):
        read_npz(file)
    with pytest.raises(errors.FileFormatError, match="text file"):
        read_npy(file, file)


@given(st.data())
def test_a_damaged_file_is_refused_or_read_as_it_was(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "any.npz"
    content = bytearray(save(file, x=X, y=Y).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        found = read_npz(file)
    except errors.CondganError:
        return
    assert found.images[:, 0].tolist() == X.tolist()


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("xl/workbook.xml", "save its sheet as CSV"),
        ("a/data.pkl", r"torch\.load"),
        ("1.png", "unpack"),
    ],
)
def test_archives_of_other_things(file, member, words):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, b"x")
    with pytest.raises(errors.FileFormatError, match=words):
        read_npz(file)
