"""Cells as plain values."""

import numpy as np
import pytest
import torch

from condgan.data.readers.plain import is_blank, plain
from condgan.errors import LabelError

pd = pytest.importorskip("pandas")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (" cat ", "cat"),
        (np.int8(3), 3),
        (np.str_("x"), "x"),
        (torch.tensor(2), 2),
        (torch.tensor([0.5, 1.0], dtype=torch.bfloat16), [0.5, 1.0]),
        (("hat ", np.float64(0.5)), ["hat", 0.5]),
        (np.array([[1], [2]]), [[1], [2]]),
        (pd.NA, None),
        (pd.NaT, None),
        (None, None),
    ],
)
def test_plain(cell, value):
    assert plain(cell) == value
    assert type(plain(cell)) is type(value)


@pytest.mark.parametrize("value", [None, float("nan"), "", " \t", np.float64("nan")])
def test_blank(value):
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, False, "nan", "-", [], [None], {}])
def test_not_blank(value):
    assert not is_blank(value)


def test_lists_without_end_are_refused():
    cell = []
    for _ in range(900):
        cell = [cell]
    with pytest.raises(LabelError, match="list of lists"):
        plain(cell)
