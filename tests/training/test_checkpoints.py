"""Files that are complete or are not there."""

import collections
import enum
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from condgan.errors import ArgumentTypeError, FileFormatError, MissingFileError, WriteError
from condgan.training import checkpoints


def saved(step, **more):
    kept = {"counters": {"step": step}, "callbacks": {}, "weights": torch.arange(50.0)}
    return {"run": "1a2b3c4d", **kept, **more}


def test_what_is_written_is_read(tmp_path):
    checkpoints.write(saved(3), tmp_path / "a.ckpt")
    found = checkpoints.read(tmp_path / "a.ckpt")
    assert found["counters"] == {"step": 3}
    assert torch.equal(found["weights"], torch.arange(50.0))
    assert [file.name for file in tmp_path.iterdir()] == ["a.ckpt"]


def test_it_is_data_and_nothing_else(tmp_path):
    checkpoints.write(saved(3), tmp_path / "a.ckpt")
    torch.load(tmp_path / "a.ckpt", weights_only=True)

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    torch.save({"kind": checkpoints.KIND, "format": 1, "trap": Trap()}, tmp_path / "trap.ckpt")
    (tmp_path / "pickle.ckpt").write_bytes(pickle.dumps(Trap()))
    for name in ("trap.ckpt", "pickle.ckpt"):
        with pytest.raises(FileFormatError, match=f"{name} is not a complete checkpoint"):
            checkpoints.read(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


class Colour(enum.StrEnum):
    RED = "red"


Pair = collections.namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "state",
    [
        *(object(), {"a": [1, {2, 3}]}, [torch.device("cpu")], (print,), Path("x"), np.float64(1)),
        *(Colour.RED, {Colour.RED: 1}, Pair(1, 2), collections.defaultdict(int), np.zeros(2)),
        collections.OrderedDict(a=1),
    ],
    ids=lambda state: type(state).__name__,
)
def test_d56_more_than_data_is_refused_by_name_and_before_it_is_written(tmp_path, state):
    with pytest.raises(ArgumentTypeError, match=r"a checkpoint, callbacks.* holds a"):
        checkpoints.write(saved(1) | {"callbacks": {"Mine#2": state}}, tmp_path / "a.ckpt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [OSError("no space left"), RuntimeError("write failed")])
def test_d55_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch, error):
    path = tmp_path / "a.ckpt"
    checkpoints.write(saved(3), path)

    def half(given, file):
        file.write(b"half of it")
        raise error

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(WriteError, match=r"a.ckpt cannot be written: .* Earlier ones are as they"):
        checkpoints.write(saved(4), path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.ckpt"]
    assert checkpoints.read(path)["counters"]["step"] == 3


def test_d55_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(WriteError, match="cannot be written"):
        checkpoints.write(saved(4), tmp_path / "gone" / "a.ckpt")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nobody is kept from writing")
def test_d55_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match="cannot be written"):
        checkpoints.write(saved(4), tmp_path / "a.ckpt")


def test_d54_the_newest_is_found_by_content(tmp_path):
    for step, name in enumerate(["epoch-9", "epoch-10", "b", "a"], start=1):
        checkpoints.write(saved(step), tmp_path / f"{name}.ckpt")
    assert checkpoints.read(tmp_path)["counters"]["step"] == 4
    (tmp_path / "a.ckpt").rename(tmp_path / "0.ckpt")
    os.utime(tmp_path / "0.ckpt", (0, 0))
    assert checkpoints.read(tmp_path)["counters"]["step"] == 4


def test_whoever_went_back_to_an_earlier_one_goes_on_from_there(tmp_path):
    for step in (5, 20, 7):
        checkpoints.write(saved(step), tmp_path / f"step-{step}.ckpt")
    assert checkpoints.read(tmp_path)["counters"]["step"] == 7


def test_of_several_runs_the_last_to_write_is_taken_and_told(tmp_path):
    checkpoints.write(saved(20, run="aaaa"), tmp_path / "one.ckpt")
    checkpoints.write(saved(5, run="bbbb"), tmp_path / "two.ckpt")
    with pytest.warns(UserWarning, match="of 2 runs; this is the one that wrote last, bbbb"):
        assert checkpoints.read(tmp_path)["counters"]["step"] == 5


def test_a_folder_that_is_called_like_one_is_none(tmp_path):
    (tmp_path / "old.ckpt").mkdir()
    checkpoints.write(saved(5), tmp_path / "two.ckpt")
    assert checkpoints.read(tmp_path)["counters"]["step"] == 5


def test_a_folder_that_cannot_be_synced_is_no_failure(tmp_path, monkeypatch):
    usual = os.fsync

    def fsync(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112
            raise OSError("not for folders")
        usual(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    checkpoints.write(saved(5), tmp_path / "a.ckpt")
    assert checkpoints.read(tmp_path)["counters"]["step"] == 5


def torn(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flipped(path):
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        member = max(archive.infolist(), key=lambda info: info.file_size)
    content[member.header_offset + 200] ^= 1
    path.write_bytes(bytes(content))


def emptied(path):
    path.write_bytes(b"")


def foreign(path):
    torch.save({"weights": torch.zeros(3)}, path)


def later(path):
    torch.save({"kind": checkpoints.KIND, "format": 99}, path)


@pytest.mark.parametrize("damage", [torn, flipped, emptied, foreign, later])
def test_a_file_that_is_no_complete_one_is_passed_over_with_a_warning(tmp_path, damage):
    for step in (1, 2):
        checkpoints.write(saved(step), tmp_path / f"step-{step}.ckpt")
    damage(tmp_path / "step-2.ckpt")
    with pytest.raises(FileFormatError, match=r"step-2\.ckpt is"):
        checkpoints.read(tmp_path / "step-2.ckpt")
    with pytest.warns(UserWarning, match=r"passed over: .*step-2\.ckpt is"):
        assert checkpoints.read(tmp_path)["counters"]["step"] == 1


def test_where_there_is_none(tmp_path):
    with pytest.raises(MissingFileError, match="there is no complete checkpoint"):
        checkpoints.read(tmp_path)
    with pytest.raises(MissingFileError, match="there is no checkpoint"):
        checkpoints.read(tmp_path / "nowhere.ckpt")


def test_a_packed_file_is_refused(tmp_path):
    checkpoints.write(saved(3), tmp_path / "plain")
    with (
        zipfile.ZipFile(tmp_path / "plain") as plain,
        zipfile.ZipFile(tmp_path / "a.ckpt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    with pytest.raises(FileFormatError, match=r"a.ckpt is no checkpoint as .*: it is packed"):
        checkpoints.read(tmp_path / "a.ckpt")


def test_code_in_a_file_is_refused_and_nobody_is_advised_to_run_it(tmp_path):
    torch.save({"a": print}, tmp_path / "a.ckpt")
    with pytest.raises(FileFormatError, match=r"not a complete checkpoint: .*print") as caught:
        checkpoints.read(tmp_path / "a.ckpt")
    assert "weights_only" not in str(caught.value)
    assert "add_safe_globals" not in str(caught.value)
