"""Where images of files are held: in memory, or in a cache outside of their folder."""

import numpy as np
import pytest
from PIL import Image

from condgan import errors
from condgan.classes import Classes
from condgan.data.readers import images_of_files as module
from condgan.data.readers.decode import Decoder
from condgan.data.readers.images_of_files import labelled_files, read_images


@pytest.fixture
def root(tmp_path):
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


@pytest.fixture
def files(root):
    for k in range(2):
        Image.new("L", (3, 2), k).save(root / f"{k}.png")
    return [root / "0.png", root / "1.png"]


def test_images_in_memory_are_condgans_own(root, files):
    pixels, kept = read_images(root, files, Decoder())
    assert pixels.shape == (2, 1, 2, 3)
    assert pixels[:, 0, 0, 0].tolist() == kept == [0, 1]


def test_white_of_16_bits_is_1(root, files):
    Image.fromarray(np.full((2, 3), 65535, np.uint16)).save(files[1])
    pixels = read_images(root, files, Decoder()).pixels
    assert pixels[:, 0, 0, 0].tolist() == [-1, 1]


def test_the_cache_lies_with_others_unless_said(root, files, tmp_path, monkeypatch):
    monkeypatch.setenv("CONDGAN_CACHE", str(tmp_path / "all"))
    read_images(root, files, Decoder(), cache=True)
    kept = sorted((tmp_path / "all" / "images").iterdir())
    assert [entry.suffix for entry in kept] == [".json", ".npy"]
    assert all(entry.name.startswith("set-") for entry in kept)


@pytest.mark.parametrize("cache", [1, None, ["x"]])
def test_a_cache_that_is_no_folder(root, files, cache):
    with pytest.raises(errors.ArgumentTypeError, match="True, False or a folder; got"):
        read_images(root, files, Decoder(), cache=cache)


@pytest.mark.parametrize("within", [".", "kept", "../set/kept"])
def test_a_cache_among_the_images(root, files, within):
    with pytest.raises(errors.ConfigError, match="lies among the images"):
        labelled_files(root, files, [0, 1], Classes(2), Decoder(), cache=root / within)
    assert sorted(root.iterdir()) == files


def test_too_many_for_the_memory(root, files, monkeypatch):
    def full(*arguments):
        raise MemoryError("Unable to allocate 11.4 GiB")

    monkeypatch.setattr(module, "read_files", full)
    with pytest.raises(errors.DataError, match=r"the 2 images .*11\.4 GiB.*cache=True"):
        read_images(root, files, Decoder())
