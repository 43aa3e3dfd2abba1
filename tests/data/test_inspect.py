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
    assert "1.png" in found.oddities[0]
    assert "1 of 6 files cannot be decoded" in found.problems[0]
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
