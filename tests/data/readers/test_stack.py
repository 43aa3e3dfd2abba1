"""Pictures put one by one into one array."""

import tracemalloc

import numpy as np
import pytest

from condgan import errors
from condgan.data.readers.stack import Stack, stacked_pictures


def picture(value, channels=1, kind=np.uint8, size=(2, 3)):
    return np.full((*size, channels), value, kind)


def stacked(*pictures):
    stack = Stack(len(pictures))
    for each in pictures:
        stack.add(each)
    return stack.pile()


def test_gray_pictures_stay_gray_bytes():
    values, layout, value_range = stacked(picture(1), picture(2))
    assert (values.shape, values.dtype) == ((2, 2, 3, 1), np.uint8)
    assert values[:, 0, 0, 0].tolist() == [1, 2]
    assert (layout, value_range) == ("NHWC", (0, 255))


@pytest.mark.parametrize(
    "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
)
def test_all_become_as_the_widest_whatever_the_order(order):
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    all_of_them = [picture(7), colour, picture(300, kind=np.uint16)]
    values, _, value_range = stacked(*(all_of_them[i] for i in order))
    assert values.dtype == np.uint16
    assert value_range == (0, 65535)
    found = [values[order.index(i)] for i in range(3)]
    assert (found[0] == 7 * 257).all()
    assert (found[1] == colour.astype(int) * 257).all()
    assert (found[2] == 300).all()


def test_in_memory_channels_come_first():
    values = stacked(picture(1, 3), picture(2)).values
    assert values.transpose(0, 3, 1, 2).flags.c_contiguous


def test_another_size_is_refused_by_the_names_of_both():
    stack = Stack(2, "file {}".format)
    stack.add(picture(0))
    stack.add(picture(0))
    stack.clear()
    with pytest.raises(errors.DataError, match="file 0 is 2 x 3 but file 2 is 3 x 2; make them"):
        stack.add(picture(0, size=(3, 2)))


def test_a_cleared_stack_keeps_its_form_and_memory():
    stack = Stack(2)
    stack.add(picture(1, 3, np.uint16))
    assert not stack.full
    stack.add(picture(2))
    assert stack.full
    before = stack.pile().values
    stack.clear()
    assert (stack.count, stack.full) == (0, False)
    stack.add(picture(3))
    after = stack.pile().values
    assert (after.shape, after.dtype) == ((1, 2, 3, 3), np.uint16)
    assert (after == 3 * 257).all()
    assert np.shares_memory(before, after)


def test_nothing_is_no_error():
    assert stacked_pictures([], str).values.shape == (0, 1, 1, 1)


def test_no_second_array_is_made_for_pictures_of_one_kind():
    pictures = [picture(k, size=(64, 64)) for k in range(64)]
    whole = sum(each.nbytes for each in pictures)
    tracemalloc.start()
    stacked(*pictures)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert whole <= peak < 1.2 * whole
