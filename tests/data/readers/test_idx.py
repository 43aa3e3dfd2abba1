import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from condgan import errors
from condgan.data.readers.idx import _content, holds_idx, idx_array, read_idx

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}

IMAGES = np.arange(10 * 4 * 5, dtype=np.uint8).reshape(10, 4, 5)
LABELS = np.arange(10, dtype=np.uint8)


def idx(array):
    """The bytes of an idx file that holds `array`."""
    code = CODES[array.dtype.str[1:]]
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return (
        bytes([0, 0, code, array.ndim])
        + sizes
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )


@pytest.fixture
def write(tmp_path):
    def write(name, array, pack=bytes):
        (tmp_path / name).write_bytes(pack(idx(array)))
        return tmp_path / name

    return write


@given(st.data(), st.sampled_from(list(CODES)), array_shapes(max_dims=4, max_side=4), st.booleans())
def test_round_trip(tmp_path_factory, draw, code, shape, packed):
    array = draw.draw(
        arrays(np.dtype(code), shape, elements={"allow_nan": False} if code[0] == "f" else None)
    )
    path = tmp_path_factory.getbasetemp() / "round_trip"
    path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    found = idx_array(path)
    assert found.dtype == np.dtype(code).newbyteorder(">")
    assert np.array_equal(found, array)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_content_decides_whether_it_is_gzipped(write, pack, ending):
    images = write("a" + ending, IMAGES, pack)
    labels = write("b" + ending, LABELS, pack)
    data = read_idx(images, labels)
    assert data.classes.labels == tuple(range(10))
    assert np.array_equal(data.images[:, 0].numpy(), IMAGES)
    assert data.name == images.name


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte.gz", "t10k-labels.idx1-ubyte"),
        ("images-images-idx3-ubyte", "images-labels.idx1-ubyte"),
        ("my_images", "my_labels"),
        ("my_images.gz", "my_labels"),
    ],
)
def test_labels_are_found_beside_their_images(write, images, labels):
    write(labels, LABELS)
    assert len(read_idx(write(images, IMAGES))) == 10


def test_a_folder_is_read_by_split(write, tmp_path):
    write("train-images.idx3-ubyte", IMAGES)
    write("train-labels.idx1-ubyte", LABELS)
    write("t10k-images-idx3-ubyte.gz", IMAGES[:4] + 100, gzip.compress)
    write("t10k-labels-idx1-ubyte.gz", LABELS[:4], gzip.compress)
    assert holds_idx(tmp_path)
    assert len(read_idx(tmp_path)) == 10
    assert len(read_idx(tmp_path, split="test")) == 4
    assert read_idx(tmp_path, split="train").name == tmp_path.name


def test_transposed_images_are_turned(write):
    images = write("images", IMAGES.swapaxes(1, 2).copy())
    data = read_idx(images, write("labels", LABELS), transpose=True)
    assert data.image_shape == (1, 4, 5)
    assert data.images[3, 0, 1, 4] == IMAGES[3, 1, 4]


@pytest.mark.parametrize("change", [-1, -100, +1, +7])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_sizes_are_checked_against_the_header(tmp_path, change, pack):
    content = idx(IMAGES)
    content = content[:change] if change < 0 else content + bytes(change)
    path = tmp_path / "images"
    path.write_bytes(pack(content))
    with pytest.raises(errors.FileFormatError) as caught:
        idx_array(path)
    assert all(str(x) in str(caught.value) for x in (path, 216, 216 + change)), caught.value


def test_a_header_cut_short(tmp_path):
    (tmp_path / "x").write_bytes(idx(IMAGES)[:9])
    with pytest.raises(errors.FileFormatError, match="there are 9"):
        idx_array(tmp_path / "x")


def test_a_huge_header_costs_no_memory(tmp_path):
    (tmp_path / "x").write_bytes(bytes([0, 0, 14, 4]) + b"\xff" * 16)
    with pytest.raises(errors.FileFormatError, match="promises"):
        idx_array(tmp_path / "x")


def test_a_gzip_stream_that_breaks_off_or_is_damaged(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    packed = bytearray(gzip.compress(idx(noise)))
    (tmp_path / "half").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(errors.FileFormatError, match=r"half.*78416 bytes.*breaks off"):
        idx_array(tmp_path / "half")
    packed[-6] ^= 1
    (tmp_path / "wrong").write_bytes(packed)
    with pytest.raises(errors.FileFormatError, match=r"wrong.*damaged"):
        idx_array(tmp_path / "wrong")


def test_counts_must_agree(write):
    images, labels = write("images", IMAGES), write("labels", LABELS[:9])
    with pytest.raises(errors.DataError) as caught:
        read_idx(images)
    assert all(str(x) in str(caught.value) for x in (images, labels, "10 images", "9 labels"))


def test_other_files_are_refused(write, tmp_path):
    page = tmp_path / "train-images-idx3-ubyte.gz"
    page.write_text("<html>503</html>")
    write("train-labels-idx1-ubyte", LABELS)
    with pytest.raises(errors.FileFormatError, match=r"HTML page \(16 bytes.*<html>503"):
        read_idx(page)
    page.write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(errors.FileFormatError, match="git lfs pull"):
        read_idx(page)


def test_a_pair_in_the_wrong_order(write):
    with pytest.raises(errors.DataError, match="images first"):
        read_idx(write("b", LABELS), write("a", IMAGES))


def test_missing_files_say_which_names_would_do(write, tmp_path):
    images = write("train-images-idx3-ubyte", IMAGES)
    with pytest.raises(errors.MissingFileError) as caught:
        read_idx(images)
    for name in ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz", images.name):
        assert name in str(caught.value)
    with pytest.raises(errors.MissingFileError, match=r"t10k-images\.idx3-ubyte"):
        read_idx(tmp_path, split="test")
    with pytest.raises(errors.MissingFileError, match="nowhere"):
        read_idx(tmp_path / "nowhere-images")
    with pytest.raises(errors.DataError, match="'images' in its name"):
        read_idx(write("pictures", IMAGES))


def test_split_must_be_known_and_be_of_a_folder(write, tmp_path):
    with pytest.raises(errors.ConfigError, match="'validation'"):
        read_idx(tmp_path, split="validation")
    with pytest.raises(errors.ConfigError, match="folder"):
        read_idx(write("images", IMAGES), split="train")


@pytest.mark.parametrize("axes", [1, 3, 8])
def test_a_gzipped_header_that_promises_too_much_is_refused_before_unpacking(
    tmp_path, monkeypatch, axes
):
    def fail(path):
        raise AssertionError("unpacked")

    monkeypatch.setattr("condgan.data.readers.idx.opened", fail)
    header = bytes([0, 0, 14, axes]) + b"\x7f\xff\xff\xff" * axes
    (tmp_path / "x").write_bytes(gzip.compress(header + bytes(100)))
    with pytest.raises(errors.FileFormatError, match=r"more than \d+ bytes.*gunzip"):
        idx_array(tmp_path / "x")


def test_only_what_the_header_promises_is_kept(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(idx(LABELS) + bytes(7 << 20)))
    with pytest.raises(errors.FileFormatError, match=rf"18 bytes.*there are {18 + (7 << 20)}\."):
        idx_array(path)
    kept, there, damage = _content(path, 18)
    assert (bytes(kept), there, damage) == (idx(LABELS), 18 + (7 << 20), "")


@pytest.mark.parametrize("shape", [(10, 0, 5), (10, 4, 0), (10, 3, 0, 2)])
def test_images_without_pixels(write, shape):
    images, labels = write("a", np.zeros(shape, np.uint8)), write("b", LABELS)
    with pytest.raises(errors.DataError, match="without a pixel"):
        read_idx(images, labels)


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("7fc00000", "1 of 10 images have no label: index 9"),
        ("7fa00000", "1 of 10 images have no label: index 9"),
        ("7f800000", "finite; got inf"),
        ("ff800000", "finite; got -inf"),
    ],
)
def test_labels_that_are_no_numbers(tmp_path, write, bits, words):
    """Infinite, not a number, and the kind of not-a-number that arithmetic warns of."""
    images = write("a", IMAGES)
    labels = np.arange(10).astype(">f4").tobytes()[:-4] + bytes.fromhex(bits)
    (tmp_path / "b").write_bytes(bytes([0, 0, 13, 1, 0, 0, 0, 10]) + labels)
    with pytest.raises(errors.LabelError, match=words):
        read_idx(images, tmp_path / "b")
