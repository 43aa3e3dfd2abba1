"""Parquet files, and how much memory they may take."""

import numpy as np
import pytest

from condgan import errors
from condgan.data.readers.parquet import read_parquet

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ARRAYS = [np.arange(16, dtype=np.uint8) + k for k in range(6)]
FRAMES = {
    "pixels": pd.DataFrame({"label": list("abcabc")} | {f"p{k}": np.arange(6) for k in range(4)}),
    "arrays": pd.DataFrame({"image": ARRAYS, "label": [0, 1, 2] * 2}),
    "bytes": pd.DataFrame({"image": [b"abc"] * 6, "label": ["x", None] * 3}),
    "cells of Hugging Face": pd.DataFrame({"image": [{"bytes": b"a", "path": None}] * 6}),
}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("rows", [2, 6])
def test_frames_come_back(tmp_path, name, rows):
    FRAMES[name].to_parquet(tmp_path / "x.parquet", row_group_size=rows)
    frame, names = read_parquet(tmp_path / "x.parquet")
    assert names == {}
    assert [list(map(str, row)) for row in frame.itertuples(index=False)] == [
        list(map(str, row)) for row in FRAMES[name].itertuples(index=False)
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"p": np.zeros(10**7, np.uint8)},
        {"image": [b"x" * 10**5] * 200},
        {"image": ["x" * 10**5] * 200},
        {"image": [np.zeros(10**5, np.uint8)] * 20},
    ],
    ids=["numbers", "bytes", "text", "arrays"],
)
def test_a_small_file_that_would_fill_the_memory(tmp_path, columns):
    pq.write_table(pa.table(columns), tmp_path / "x.parquet", compression="zstd")
    with pytest.raises(errors.FileFormatError, match="hardly data"):
        read_parquet(tmp_path / "x.parquet")


def test_damage_is_an_error_and_not_the_end_of_the_process(tmp_path):
    file = tmp_path / "x.parquet"
    FRAMES["pixels"].to_parquet(file)
    sound = file.read_bytes()
    draw = np.random.default_rng(0)
    for _ in range(60):
        damaged = bytearray(sound)
        for place in draw.integers(1, 600, 3):
            damaged[-place] ^= 1 << int(draw.integers(8))
        file.write_bytes(damaged)
        try:
            frame, _ = read_parquet(file)
        except errors.FileFormatError:
            continue
        assert len(frame.columns) > 0


def test_what_is_no_parquet_file(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(errors.FileFormatError, match="begins as a parquet file but cannot be read"):
        read_parquet(tmp_path / "x.parquet")
    (tmp_path / "x.parquet").write_bytes(b"<html>")
    with pytest.raises(errors.FileFormatError, match="HTML page"):
        read_parquet(tmp_path / "x.parquet")
