"""What was recorded, and how it is written down."""

import csv
import json
import math
import sys

import numpy as np
import pytest
import torch

from condgan import LossHistory
from condgan.errors import ArgumentTypeError, ConfigError, MissingExtraError
from condgan.training.history import History


@pytest.fixture
def history():
    history = History()
    for epoch in (1, 2, 3):
        history.begin_epoch(epoch)
        history.record(d_loss=0.5 * epoch)
        if epoch == 2:
            history.record(score=math.nan)
        history.end_epoch(step=10 * epoch, images=100 * epoch, seconds=0.25)
    history.steps += [
        {"step": s, "epoch": 1, "d_loss": 1.0 / s, "g_loss": math.inf if s == 2 else float(s)}
        for s in (1, 2, 3)
    ]
    return history


def strictly(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_columns_and_rows(history):
    assert len(history) == 3
    assert history["epoch"] == [1, 2, 3]
    assert history["d_loss"] == [0.5, 1.0, 1.5]
    assert len(history["score"]) == 1  # epochs that lack it are left out
    assert history.names() == ["epoch", "step", "images", "seconds", "d_loss", "score"]
    assert history.seconds == 0.75


def test_an_unknown_column_lists_the_known(history):
    with pytest.raises(ConfigError, match=r"no 'fid'.*epoch, step, .*d_loss"):
        history["fid"]
    with pytest.raises(ConfigError, match="Recorded: nothing"):
        History()["fid"]


def test_an_unfinished_epoch_is_dropped(history):
    history.begin_epoch(4)
    history.record(d_loss=9.0)
    history.begin_epoch(4)
    history.end_epoch(step=40, images=400, seconds=0.1)
    assert history.epochs[-1] == {"epoch": 4, "step": 40, "images": 400, "seconds": 0.1}


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (torch.tensor(2.5), 2.5),
        (torch.tensor([2.5], requires_grad=True), 2.5),
        (np.float32(2.5), 2.5),
        (np.int64(3), 3),
        (torch.tensor(3), 3),
        ("text", "text"),
        (2, 2),
    ],
)
def test_values_become_plain(value, plain):
    history = History()
    history.begin_epoch(1)
    history.record(x=value)
    history.end_epoch(step=1, images=1, seconds=0.0)
    (kept,) = history["x"]
    assert kept == plain
    assert type(kept) is type(plain)


@pytest.mark.parametrize("value", [[1.0], None, torch.zeros(2), np.zeros(3), {"a": 1}])
def test_other_values_are_refused_by_name(value):
    history = History()
    history.begin_epoch(1)
    with pytest.raises(ArgumentTypeError, match=r"numbers and strings; 'x' is a "):
        history.record(x=value)


@pytest.mark.parametrize("name", ["epoch", "step", "images", "seconds"])
def test_the_counters_belong_to_the_trainer(history, name):
    with pytest.raises(ConfigError, match=f"{name!r} is recorded by the Trainer"):
        history.record(**{name: 1})


def test_csv_has_one_header_and_a_row_an_epoch(history, tmp_path):
    as_csv, _ = history.save(tmp_path / "new" / "folder")
    assert as_csv == tmp_path / "new" / "folder" / "history.csv"
    with as_csv.open(newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines[0] == history.names()
    assert [line[0] for line in lines] == ["epoch", "1", "2", "3"]
    assert [line[-1] for line in lines[1:]] == ["", "nan", ""]


def test_json_is_strict(history, tmp_path):
    _, as_json = history.save(tmp_path)
    tables = strictly(as_json.read_text(encoding="utf-8"))
    assert tables["epochs"][1]["score"] is None
    assert tables["steps"][1]["g_loss"] is None
    assert tables["steps"][0] == {"step": 1, "epoch": 1, "d_loss": 1.0, "g_loss": 1.0}
    assert history.steps[1]["g_loss"] == math.inf  # the table itself is left as it was


def test_an_empty_history_can_be_saved(tmp_path):
    as_csv, as_json = History().save(tmp_path)
    assert as_csv.read_text(encoding="utf-8").split() == ["epoch,step,images,seconds"]
    assert strictly(as_json.read_text()) == {"epochs": [], "steps": []}


def test_after_a_second_fit_the_csv_has_all_epochs(make_trainer, torch_loader, tmp_path):
    trainer = make_trainer(torch_loader()).fit(2)
    trainer.history.save(tmp_path)
    trainer.fit(2).history.save(tmp_path)
    lines = (tmp_path / "history.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "1", "2", "3", "4"]


def test_the_plot_has_a_panel_of_dots_for_each_player(make_trainer, torch_loader):
    import matplotlib.pyplot as plt

    trainer = make_trainer(torch_loader(), callbacks=[LossHistory(every=1)]).fit(2)
    figure = trainer.history.plot()
    try:
        assert [axis.get_ylabel() for axis in figure.axes] == ["d_loss", "g_loss"]
        for axis in figure.axes:
            (line,) = axis.lines
            assert line.get_marker() == "."
            assert line.get_linestyle() == "None"
            assert line.get_xdata().tolist() == list(range(1, 9))
            column = [row[axis.get_ylabel()] for row in trainer.history.steps]
            assert line.get_ydata().tolist() == column
        assert figure.axes[-1].get_xlabel() == "step"
    finally:
        plt.close(figure)


def test_a_plot_needs_something_to_plot():
    with pytest.raises(ConfigError, match="no loss to plot"):
        History().plot()


def test_a_plot_without_matplotlib_says_how_to_get_it(history, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"condgan\[plot\]"):
        history.plot()
