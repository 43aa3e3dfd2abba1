"""Many PNG files at a time: whole, in order, the same whatever the threads, or an error."""

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import png
from condgan.errors import WriteError
from condgan.images import picture, to_bytes
from condgan.png import written


def images(n, channels=1, seed=0):
    stream = torch.Generator().manual_seed(seed)
    return torch.rand(n, channels, 4, 6, generator=stream) * 2 - 1


def batches(folder, sizes, channels=1):
    return [
        (images(n, channels, seed), [folder / f"{seed}-{i}.png" for i in range(n)])
        for seed, n in enumerate(sizes)
    ]


def written_by(threads, folder, monkeypatch):
    monkeypatch.setattr(png, "PIECE", 2)
    folder.mkdir()
    list(written(batches(folder, [7, 1, 4]), threads))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_each_file_holds_its_image(tmp_path, channels):
    given = batches(tmp_path, [40, 3], channels)  # more than a thread writes in one go
    assert list(written(given)) == [paths for _, paths in given]
    for drawn, paths in given:
        for image, path in zip(drawn, paths, strict=True):
            with Image.open(path) as opened:
                assert opened.format == "PNG"
                assert opened.mode == picture(image).mode
                pixels = torch.from_numpy(np.atleast_3d(np.array(opened)))
            assert torch.equal(pixels.permute(2, 0, 1), to_bytes(image))
    assert len(list(tmp_path.iterdir())) == 43


def test_files_do_not_depend_on_the_threads(tmp_path, monkeypatch):
    one, three = (written_by(n, tmp_path / str(n), monkeypatch) for n in (1, 3))
    assert len(one) == 12
    assert one == three


def test_nothing_is_no_batch(tmp_path):
    assert list(written([])) == []
    assert list(written([(images(0), [])])) == [[]]


def test_two_batches_at_most_are_in_memory(tmp_path):
    asked = []

    def endless():
        for given in batches(tmp_path, [2] * 9):
            asked.append(len(asked))
            yield given

    with closing(written(endless(), 2)) as done:
        for finished, paths in enumerate(done):
            assert all(path.exists() for path in paths)
            assert len(asked) == min(9, finished + 2)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_file_that_cannot_be_written_is_named(tmp_path, threads, monkeypatch):
    monkeypatch.setattr(png, "PIECE", 2)
    (_, paths), later = batches(tmp_path, [8, 2])
    for path in (paths[3], paths[6]):
        path.mkdir()  # a file cannot take the place of a folder
    with pytest.raises(WriteError, match=r"0-3\.png cannot be written: .*0-3\.png"):
        list(written([(images(8), paths), later], threads))
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_leaves_no_part_of_a_picture(tmp_path):
    path = tmp_path / "a.png"
    (tmp_path / "a.png.part").symlink_to("/dev/full")
    with pytest.raises(WriteError, match=r"a\.png cannot be written: .*No space left"):
        list(written([(images(1), [path])]))
    assert not list(tmp_path.iterdir())


def test_after_an_interruption_every_file_is_whole_and_no_thread_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(png, "PIECE", 1)
    threads_before = threading.active_count()

    def interrupted():
        yield from batches(tmp_path, [30])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), closing(written(interrupted(), 2)) as done:
        list(done)
    assert threading.active_count() == threads_before
    found = list(tmp_path.iterdir())
    for path in found:
        with Image.open(path) as opened:
            opened.load()
    assert all(path.suffix == ".png" for path in found)


def test_it_may_be_left_early(tmp_path):
    threads_before = threading.active_count()
    with closing(written(batches(tmp_path, [3, 3, 3]), 2)) as done:
        first = next(done)
    assert all(path.exists() for path in first)
    assert threading.active_count() == threads_before
