import json

import pytest
import torch

from condgan.metrics.confusion import DENSE, Confusion, as_confusion


def test_rows_are_as_long_as_there_are_classes():
    table = Confusion.of([torch.tensor([2, 0, 2]), torch.tensor([1]), torch.tensor([], dtype=int)])
    assert list(table) == [(1, 0, 2), (0, 1, 0), (0, 0, 0)]
    assert table[-1] == (0, 0, 0)
    assert table[1:] == [(0, 1, 0), (0, 0, 0)]
    assert table.counts(0) == {0: 1, 2: 2}


def test_it_equals_the_same_rows_however_they_are_held():
    table = Confusion([{1: 2}, {0: 1}])
    assert table == ((0, 2), (1, 0)) == table
    assert table == as_confusion([[0, 2], [1, 0]])
    assert table != ((0, 2), (1, 1))
    assert table != ((0, 2),)
    assert table != "no table"


@pytest.mark.parametrize("classes", [3, DENSE + 1])
def test_it_comes_back_from_json(classes):
    table = Confusion({k: 5, 0: 1} if k else {0: 6} for k in range(classes))
    again = Confusion.of_rows(json.loads(json.dumps(table.plain())))
    assert again == table


def test_of_many_classes_zeros_take_no_room():
    table = Confusion({k: 5} for k in range(1000))
    assert len(json.dumps(table.plain())) < 20 * len(table)
    assert repr(table) == "Confusion of 1000"
    assert repr(Confusion([{0: 1}])) == "Confusion([(1,)])"
