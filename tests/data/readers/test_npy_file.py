"""Arrays in files that grow, and are mapped into memory."""

import os
import sys

import numpy as np
import pytest

from condgan.data.readers.npy_file import NpyFile, mapped


@pytest.fixture
def file(tmp_path):
    return NpyFile(tmp_path / "x.npy", (2, 3), np.dtype(np.uint8))


def rows(count, start=0):
    return np.arange(start, start + 6 * count, dtype=np.uint8).reshape(count, 2, 3)


def test_rows_come_back_in_order(file):
    file.add(rows(3))
    file.add(rows(1, 18))
    file.finish()
    assert file.shape == (4, 2, 3)
    assert np.array_equal(np.load(file.path), rows(4))
    assert np.array_equal(mapped(file.path), rows(4))
    assert [part.tolist() for part in file.parts(3)] == [rows(3).tolist(), rows(1, 18).tolist()]


def test_rows_in_any_memory_order_are_taken(file):
    odd = np.asfortranarray(rows(3))[::-1]
    file.add(odd)
    file.finish()
    assert np.array_equal(mapped(file.path), odd)


def test_the_header_keeps_its_length_for_any_number_of_rows(tmp_path):
    file = NpyFile(tmp_path / "x.npy", (0,), np.dtype(np.float32))
    before = file.path.stat().st_size
    file.add(np.empty((10**12, 0), np.float32))
    file.finish()
    assert file.path.stat().st_size == before
    assert np.load(file.path).shape == (10**12, 0)


def test_which_rows_are_taken(file):
    assert file.takes(rows(1))
    assert not file.takes(rows(1).astype(np.uint16))
    assert not file.takes(np.zeros((1, 3, 2), np.uint8))


def test_what_is_written_to_a_map_reaches_no_file(file):
    file.add(rows(2))
    file.finish()
    before = file.path.read_bytes()
    array = mapped(file.path)
    array[:] = 9
    assert array.max() == 9
    del array
    assert file.path.read_bytes() == before


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"0", lambda b: b"x" + b[1:]])
def test_a_file_of_another_length_or_kind_is_refused(file, change):
    file.add(rows(2))
    file.finish()
    file.path.write_bytes(change(file.path.read_bytes()))
    with pytest.raises(ValueError, match=r"header|magic"):
        mapped(file.path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere files with holes take room")
def test_more_than_the_memory_can_be_mapped(tmp_path):
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    file = NpyFile(tmp_path / "x.npy", (2**20,), np.dtype(np.uint8))
    file.shape = (4 * memory // 2**20, 2**20)
    file.finish()
    os.truncate(file.path, file.path.stat().st_size + file.shape[0] * 2**20)
    array = mapped(file.path)
    assert array.nbytes > 3 * memory
    assert array[-1, -1] == 0
