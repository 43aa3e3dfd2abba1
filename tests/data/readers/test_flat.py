import numpy as np
import pytest

from condgan import errors
from condgan.data.readers.flat import unflattened


def test_squares_and_other_shapes():
    rows = np.arange(24).reshape(2, 12)
    assert unflattened(rows, (3, 2, 2), "x").tolist() == rows.reshape(2, 3, 2, 2).tolist()
    assert unflattened(rows[:, :9], None, "x").shape == (2, 1, 3, 3)


def test_whole_numbers_written_as_floats():
    assert unflattened(np.array([[0.0, 255.0, 1.0, 2.0]]), None, "x").dtype.kind == "i"
    for values in ([0.0, 1.0, 1.0, 0.0], [0.5, 2.0, 1.0, 0.0]):
        assert unflattened(np.array([values]), None, "x").dtype.kind == "f"


@pytest.mark.parametrize("shape", [None, (3, 2), (1, 2, 2), (-1, -3, 2)])
def test_shapes_that_do_not_fit(shape):
    with pytest.raises(errors.DataError, match=r"x has 6 pixels|fit x: it has 6 pixels"):
        unflattened(np.zeros((1, 6)), shape, "x")
    with pytest.raises(errors.DataError, match="0 pixels"):
        unflattened(np.zeros((1, 0)), shape, "x")
