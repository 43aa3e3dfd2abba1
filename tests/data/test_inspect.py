"""What an inspection finds."""

import shutil
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset

from condgan import Attributes, LabelledImages, inspect_data, load_data
from condgan.errors import CondganError, MissingFileError

DRAW = np.random.default_rng(0)


def save(path, width=8, height=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(DRAW.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def pets(tmp_path):
    """Four cats and two dogs, with nothing odd about them."""
    for label, count in {"cat": 4, "dog": 2}.items():
        for i in range(count):
            save(tmp_path / "pets" / label / f"{i}.png")
    return tmp_path / "pets"


def test_nothing_odd(pets):
    found = inspect_data(pets)
    assert torch.equal(found.data.images, load_data(pets).images)
    assert found.imbalance == 2
    assert found.twins == ((), ())
    assert (found.flat, found.oddities, found.problems) == ((), (), ())
    assert [found.called(i) for i in (0, 4)] == ["cat/0.png", "dog/0.png"]
    assert found.sheet().size[0] > 100


def test_differing_sizes_are_read_at_one_that_fits(pets):
    save(pets / "dog" / "9.png", 20, 10)
    with pytest.raises(CondganError, match="differ in size"):
        load_data(pets)
    found = inspect_data(pets)
    assert found.data.image_shape == (3, 8, 8)
    assert len(found.data) == 7
    (problem,) = found.problems
    assert "--image-size 8" in problem
    assert "image_size=8" in problem
    assert load_data(pets, image_size=8).image_shape == (3, 8, 8)
    asked = inspect_data(pets, image_size=4)
    assert asked.data.image_shape == (3, 4, 4)
    assert asked.problems == ()


def test_damaged_files_are_left_out_and_the_others_keep_their_names(pets):
    content = save(pets / "cat" / "1.png").read_bytes()
    (pets / "cat" / "1.png").write_bytes(content[:-30])
    found = inspect_data(pets)
    assert len(found.data) == 5
    assert [found.called(i) for i in range(2)] == ["cat/0.png", "cat/2.png"]
    assert found.oddities == ()
    for words in ("skipped 1 files that cannot be decoded", "1.png", 'on_bad="skip"'):
        assert words in found.problems[0]
    assert inspect_data(pets, on_bad="skip").problems == ()
    with pytest.raises(CondganError, match=r"1\.png"):
        inspect_data(pets, on_bad="error")


def test_copies_and_failed_scans_are_named(pets):
    shutil.copy(pets / "cat" / "0.png", pets / "cat" / "5.png")
    shutil.copy(pets / "cat" / "1.png", pets / "dog" / "5.png")
    Image.new("RGB", (8, 8), "gray").save(pets / "dog" / "6.png")
    found = inspect_data(pets)
    named = [[found.called(i) for i in group] for kind in found.twins for group in kind]
    assert named == [["cat/1.png", "dog/5.png"], ["cat/0.png", "cat/5.png"]]
    assert [found.called(i) for i in found.flat] == ["dog/6.png"]


def test_what_the_reader_warns_of_is_an_oddity(pets):
    (pets / "notes.txt").touch()
    (pets / "yak").mkdir()
    found = inspect_data(pets)
    assert len(found.oddities) == 2
    assert "skipped 1" in found.oddities[0]
    assert "'yak'" in found.oddities[1]
    assert found.imbalance == 2  # of the classes that have images


class Outdated(Dataset):
    """Reading it brings a warning that is nobody's business here."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        warnings.warn("this will go away", DeprecationWarning, stacklevel=2)
        return torch.arange(64.0).reshape(1, 8, 8) / 64, index


def test_deprecations_are_no_oddities():
    assert inspect_data(Outdated()).oddities == ()


def test_arrays_are_called_by_their_position():
    X = DRAW.integers(0, 256, (3, 8, 8), dtype=np.uint8)
    X[2] = X[0]
    found = inspect_data((X, ["cat", "dog", "dog"]))
    assert found.headers is None
    assert found.twins.apart == ((0, 2),)
    assert found.called(2) == "image 2"


def test_labels_that_are_no_classes_have_no_imbalance():
    data = LabelledImages(torch.rand(4, 1, 8, 8), torch.eye(2).repeat(2, 1), Attributes(2))
    assert inspect_data(data).imbalance is None


def test_what_cannot_be_read_is_the_readers_error(tmp_path):
    with pytest.raises(MissingFileError, match="nowhere"):
        inspect_data(tmp_path / "nowhere")
    (tmp_path / "bad" / "cat").mkdir(parents=True)
    (tmp_path / "bad" / "cat" / "1.png").write_text("<html>")
    with pytest.raises(CondganError, match="can be decoded"), pytest.warns(match="skipped"):
        load_data(tmp_path / "bad", on_bad="skip")
    with pytest.raises(CondganError, match="can be decoded"):
        inspect_data(tmp_path / "bad")


@pytest.fixture
def photos(tmp_path):
    """Four listed images: one of another size, one without a label, one missing, one damaged."""
    folder = tmp_path / "photos"
    for k in range(6):
        save(folder / f"{k}.png", *((8, 8) if k else (16, 16)))
    (folder / "3.png").write_bytes((folder / "3.png").read_bytes()[:60])
    rows = ["0.png,a", "1.png,", "2.png,b", "3.png,b", "4.png,a", "4.png,a", "9.png,b"]
    rows += ["5.png,a", "5.png,b"]
    (folder / "labels.csv").write_text("\n".join(["file,label", *rows]))
    return folder


def test_one_fault_does_not_hide_the_others(photos):
    found = inspect_data(photos)
    assert found.data.counts() == {"a": 2, "b": 1}
    assert [found.called(i) for i in range(3)] == ["0.png", "2.png", "4.png"]
    for option, words in (
        ("image_size=8", "differ in size"),
        ('on_missing="skip"', "1 of the 9 files"),
        ('on_unlabelled="skip"', "1 of 6 images come twice"),
        ('on_unlabelled="skip"', "1 of 5 images have no label"),
        ('on_bad="skip"', "skipped 1 files that cannot be decoded"),
    ):
        (problem,) = [text for text in found.problems if words in text]
        assert option in problem
    assert len(found.problems) == 5
    assert any("1 rows name a file again" in text for text in found.oddities)


def test_a_policy_that_was_chosen_is_no_problem(photos):
    skip = dict.fromkeys(("on_bad", "on_missing", "on_unlabelled"), "skip")
    found = inspect_data(photos, image_size=8, **skip)
    assert found.problems == ()
    assert len(found.oddities) == 5
    with pytest.raises(CondganError, match="1 of the 9 files"):
        inspect_data(photos, on_missing="error")


def test_no_file_is_decoded_twice(photos, monkeypatch):
    from condgan.data.readers.decode import Decoder

    seen = []
    decode = Decoder.__call__
    monkeypatch.setattr(Decoder, "__call__", lambda self, x: seen.append(x) or decode(self, x))
    inspect_data(photos)
    assert len(seen) <= 4


X = DRAW.integers(0, 256, (6, 8, 8), dtype=np.uint8)


@pytest.mark.parametrize(
    ("source", "words", "counts"),
    [
        ((X * 16.0, [0, 1] * 3), ["value_range=(0, "], {0: 3, 1: 3}),
        ((X, ["a", None, "b", "", "b", "a"]), ["2 of 6", 'on_unlabelled="skip"'], {"a": 2, "b": 2}),
        ((X, [0, 1, 2, -1, 1, 2]), ["unlabelled=-1", "1 of 6"], {0: 1, 1: 2, 2: 2}),
        ([(Image.fromarray(X[0]), "a"), (Image.new("L", (9, 9), 9), "b")],
         ["image_size=28", "8 x 8"], {"a": 1, "b": 1}),
        ((X[:2] * 99.0, [0, None]), ["value_range", "1 of 2"], {0: 1}),
    ],
)  # fmt: skip
def test_sources_without_files_have_problems_too(source, words, counts):
    found = inspect_data(source)
    assert found.data.counts() == counts
    assert all(word in " ".join(found.problems) for word in words)
    assert found.oddities == ()


def test_marks_are_added_to_those_that_were_named():
    labels = [0, 1, 2, -1, -100, 1]
    found = inspect_data((X, labels), unlabelled=-100, on_unlabelled="skip")
    assert found.data.counts() == {0: 1, 1: 2, 2: 1}
    assert len(found.problems) == 1


def test_a_range_that_was_given_and_is_too_narrow():
    found = inspect_data((X.astype(float), [0, 1] * 3), value_range=(0, 100))
    assert "outside value_range=(0, 100)" in found.problems[0]


def test_scans_of_both_depths(tmp_path):
    for k, array in enumerate((X[0], X[1].astype(np.uint16) * 16)):
        (tmp_path / "a").mkdir(exist_ok=True)
        Image.fromarray(array).save(tmp_path / "a" / f"{k}.png")
    text = " ".join(str(inspect_data(tmp_path)).split())
    assert "gray of 16 bits from 0, black, to 65535, white" in text
    assert "all other from 0 to 255" in text
    assert "value_range=(0, 4095), say so" not in text
    assert "say so: value_range=(0, 4095)" in text
    text = " ".join(str(inspect_data(tmp_path, value_range=(0, 4095))).split())
    assert "gray of 16 bits from 0, black, to 4095, white" in text


def test_bytes_that_are_nearly_black():
    dark = np.arange(128, dtype=np.uint8).reshape(2, 8, 8) % 16
    images = LabelledImages(torch.tensor(dark)[:, None], torch.tensor([0, 1]), 2)
    assert "nearly black: in Python value_range=(0, 15)" in str(inspect_data(images))
    images = LabelledImages(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), torch.tensor([0, 1]), 2)
    assert "nearly black" not in str(inspect_data(images))
