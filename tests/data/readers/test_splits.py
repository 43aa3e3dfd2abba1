"""The parts of a data set by their names."""

import pytest

from condgan import errors
from condgan.data.readers.splits import folder_of_split, is_split, names_of_split


def test_names():
    assert "valid" in names_of_split("val")
    assert is_split("Training")
    assert not is_split("cats")
    with pytest.raises(errors.ConfigError, match="'train', 'test', 'val'; got 'dev'"):
        names_of_split("dev")


@pytest.mark.parametrize(
    ("folders", "split", "found"),
    [
        (["train", "test"], "test", "test"),
        (["Training", "Testing"], "train", "Training"),
        (["valid", "cats"], "val", "valid"),
        (["val", "validation"], "val", "val"),
        (["fold1", "fold2"], "fold2", "fold2"),
    ],
)
def test_folders(tmp_path, folders, split, found):
    for name in folders:
        (tmp_path / name).mkdir()
    assert folder_of_split(tmp_path, split) == tmp_path / found


@pytest.mark.parametrize(
    ("folders", "split", "words"),
    [
        (["train"], "test", "no such folder. Its folders: 'train'"),
        ([], "train", "Its folders: none"),
        (["valid", "validation"], "val", "are several: 'valid', 'validation'"),
    ],
)
def test_folders_that_are_not_there(tmp_path, folders, split, words):
    for name in folders:
        (tmp_path / name).mkdir()
    (tmp_path / "test.csv").touch()
    with pytest.raises(errors.ConfigError, match=words):
        folder_of_split(tmp_path, split)
