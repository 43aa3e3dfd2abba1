"""The table of steps: a list of rows that takes little room and has a bound."""

import copy
import json

import pytest
import torch

from condgan.errors import ArgumentTypeError
from condgan.training.checkpoints import refuse_objects
from condgan.training.steps import StepTable

ROWS = [
    {"step": 1, "epoch": 1, "d_loss": 0.1},
    {"step": 2, "epoch": 1, "d_loss": float("inf"), "g_loss": 1 / 3},
    {"step": 10, "epoch": 2, "g_loss": -0.0},
]


def test_it_is_a_list_of_the_rows_that_were_given():
    table = StepTable(ROWS[:1])
    table.append(ROWS[1])
    table += ROWS[2:]
    assert table == ROWS == list(table)
    assert table == StepTable(ROWS) != StepTable(ROWS[:2])
    assert (len(table), table[-1], table[1:], table[::-1]) == (3, ROWS[2], ROWS[1:], ROWS[::-1])
    assert ROWS[1] in table
    assert table != "rows"
    with pytest.raises(IndexError):
        table[3]
    assert not StepTable()
    assert json.loads(json.dumps(list(table)[::2])) == ROWS[::2]
    assert repr(table) == "StepTable(3 rows: step, epoch, d_loss, g_loss)"


def test_counters_are_whole_numbers_and_all_else_are_floats():
    (row,) = StepTable([{"step": 3.0, "epoch": 2, "images": 64, "count": 2, "loss": 1.5}])
    assert {name: type(value) for name, value in row.items()} == {
        **dict.fromkeys(("step", "epoch", "images"), int),
        **dict.fromkeys(("count", "loss"), float),
    }


def test_a_row_is_a_copy():
    table = StepTable(ROWS)
    table[0]["d_loss"] = 5.0
    assert table == ROWS


@pytest.mark.parametrize("value", ["text", None, torch.tensor(1.0)])
def test_other_values_are_refused_and_nothing_is_added(value):
    table = StepTable(ROWS)
    with pytest.raises(ArgumentTypeError, match="row of steps holds numbers; 'd_loss' is a"):
        table.append({"step": 11, "other": 1.0, "d_loss": value})
    assert table == ROWS


def test_it_is_saved_as_plain_data_bit_for_bit(tmp_path):
    table = StepTable(ROWS)
    saved = table.state_dict()
    refuse_objects(saved)
    torch.save(saved, tmp_path / "steps.pt")
    other = StepTable([{"step": 5, "else": 1.0}])
    other.load_state_dict(torch.load(tmp_path / "steps.pt", weights_only=True))
    assert other == table
    other.append({"step": 11, "d_loss": 0.5})
    table.append({"step": 11, "d_loss": 0.5})
    assert other == table
    assert len(saved["columns"]["step"]) == 3  # what was saved is no view of it
    empty = StepTable()
    empty.load_state_dict(StepTable().state_dict())
    assert empty == []


def every(step, count, critic=1):
    """`count` rows as a run records them: the first step, and then each `step`-th."""
    steps = [1, *range(step, step * count, step)] if step > 1 else range(1, count + 1)
    return [{"step": n, "d_loss": n / 2} | ({} if n % critic else {"g_loss": n / 4}) for n in steps]


@pytest.mark.parametrize("step", [1, 3, 10])
def test_a_long_run_keeps_fewer_rows_evenly_far_apart(monkeypatch, step):
    monkeypatch.setattr(StepTable, "LIMIT", 100)
    table = StepTable()
    for row in every(step, 1000):
        table.append(row)
        assert len(table) <= 100
    kept = [row["step"] for row in table]
    apart = step * 16
    assert kept == [1, *range(apart, kept[-1] + 1, apart)]
    assert kept[-1] > step * 1000 - 2 * apart
    assert all(row["d_loss"] == row["step"] / 2 for row in table)


@pytest.mark.parametrize(("step", "critic"), [(1, 5), (10, 4), (1, 2)])
def test_what_only_some_steps_report_is_kept_as_often(monkeypatch, step, critic):
    monkeypatch.setattr(StepTable, "LIMIT", 100)
    rows = every(step, 1000, critic)
    table = StepTable(rows)

    def share(rows):
        return sum("g_loss" in row for row in rows) / len(rows)

    assert share(table) >= share(rows) - 0.05


def test_what_is_left_out_does_not_depend_on_a_pause(monkeypatch):
    monkeypatch.setattr(StepTable, "LIMIT", 50)
    rows = every(1, 400)
    table = StepTable(rows)
    for pause in (10, 51, 130):
        other = StepTable(rows[:pause])
        saved, other = other.state_dict(), StepTable()
        other.load_state_dict(copy.deepcopy(saved))
        other.extend(rows[pause:])
        assert other == table


def test_rows_without_a_step_are_kept(monkeypatch):
    monkeypatch.setattr(StepTable, "LIMIT", 5)
    assert len(StepTable([{"d_loss": 1.0}] * 20)) == 20


def test_it_takes_nine_bytes_a_number():
    table = StepTable(every(1, 1000))
    saved = table.state_dict()
    held = [*saved["columns"].values(), *saved["present"].values()]
    assert sum(tensor.nbytes for tensor in held) == 9 * 3 * 1000
