"""The short form of benchmarks/fuzz.py, and whether it notices what it looks for."""

import importlib
import sys
from pathlib import Path

import pytest
import torch

from condgan.data.readers.arrays import read_arrays
from condgan.errors import DataError

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX systems")
LOTS = 2**62


@pytest.fixture
def fuzz(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fuzz")


def data(value=200):
    return read_arrays(torch.full((2, 3, 3), value, dtype=torch.uint8), [0, 1])


def test_damaged_inputs_end_in_errors_of_the_library(tmp_path, fuzz, capsys):
    status = fuzz.main(["--inputs", "20", "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert status == 0, said
    assert said.count("20 inputs, seed 0") == len(fuzz.READERS) >= 6
    assert not (tmp_path / "out").exists()


def test_an_input_is_the_same_every_time(fuzz):
    for reader in fuzz.READERS.values():
        one, two, other = (fuzz.made(reader, 0, index) for index in (3, 3, 4))
        assert one == two
        assert one != other


def raising(error):
    def read():
        raise error

    return read


def busy():
    while True:
        pass


def test_what_counts_as_what(fuzz):
    wanted = data().images
    for read, kind, words in (
        (data, "sound", ""),
        (raising(DataError("x")), "error", "DataError"),
        (raising(KeyError("x")), "failure", "KeyError"),
        (raising(MemoryError()), "failure", "MemoryError"),
        (lambda: data(201), "failure", "other pictures"),
        (busy, "failure", "more than 0.05 s"),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fuzz, "SECONDS", 0.05 if read is busy else 30)
            found = fuzz.outcome(read, wanted, LOTS)
        assert found.kind == kind
        assert words in found.detail


def test_memory_counts_even_if_all_else_is_well(fuzz):
    assert fuzz.outcome(data, None, LOTS).kind == "sound"
    assert "memory" in fuzz.outcome(data, None, 2**20).detail
    assert fuzz.outcome(raising(DataError("x")), None, 2**20).kind == "failure"


def test_a_child_that_dies_is_a_failure_and_has_a_successor(fuzz, tmp_path, monkeypatch):
    script = tmp_path / "child.py"
    script.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    index = json.loads(line)[2]\n"
        "    if index == 1: sys.exit(3)\n"
        "    print(json.dumps(['cut', 'error', 'DataError']), flush=True)\n"
    )
    monkeypatch.setattr(fuzz, "__file__", str(script))
    child = fuzz.Child()
    try:
        kinds = [child.ask("csv", 0, index)[1].kind for index in range(3)]
        assert kinds == ["error", "failure", "error"]
        assert fuzz.fuzz("csv", 0, range(3), tmp_path / "out", child) == 1
    finally:
        child.end()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["csv-0-1"]
    assert (tmp_path / "out" / "csv-0-1" / "table.csv").is_file()
