"""`Checkpoint`: when it writes, what it keeps, and what it never touches."""

import os
import re
import time
from pathlib import Path

import pytest
import torch

from condgan import Callback, Checkpoint
from condgan.errors import ArgumentTypeError, ConfigError, WriteError
from condgan.training import checkpoints


def names(folder):
    """Without the run, which each has in its name."""
    return sorted(re.sub(r"-[0-9a-f]{8}\.ckpt", ".ckpt", path.name) for path in folder.iterdir())


def test_it_keeps_the_newest(tmp_path, make_trainer, torch_loader):
    make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=2)]).fit(5)
    assert names(tmp_path) == ["step-00000016.ckpt", "step-00000020.ckpt"]
    assert checkpoints.read(tmp_path)["counters"]["epoch"] == 5


def test_every_few_epochs_and_the_last(tmp_path, make_trainer, torch_loader):
    make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, every=2, keep=None)]).fit(5)
    assert names(tmp_path) == [f"step-{step:08d}.ckpt" for step in (8, 16, 20)]


def test_every_few_steps(tmp_path, make_trainer, torch_loader):
    save = Checkpoint(tmp_path, every=3, unit="steps", keep=None)
    make_trainer(torch_loader(), callbacks=[save]).fit(2)
    assert names(tmp_path) == [f"step-{step:08d}.ckpt" for step in (3, 6, 8)]


@pytest.mark.parametrize(("mode", "step"), [("max", 8), ("min", 16)])
def test_the_best_is_kept_apart(tmp_path, make_trainer, torch_loader, mode, step):
    class Score(Callback):
        def on_epoch_end(self, state):
            state.history.record(score=[2.0, 3.0, float("nan"), 1.0][state.epoch - 1])

    save = Checkpoint(tmp_path, keep=1, best="score", mode=mode)
    make_trainer(torch_loader(), callbacks=[Score(), save]).fit(4)
    assert names(tmp_path) == ["best.ckpt", "step-00000016.ckpt"]
    (best,) = tmp_path.glob("best-*.ckpt")
    assert checkpoints.read(best)["counters"]["step"] == step


def test_a_best_that_nobody_records_is_told(tmp_path, make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, best="fid")])
    with pytest.raises(ConfigError, match=r"best='fid'\) is not in the history. Recorded: epoch"):
        trainer.fit()


def test_the_best_survives_a_kill(tmp_path, make_trainer, torch_loader):
    """What is best is seen in the history, so that no memory of it can be behind."""

    class Score(Callback):
        stage = "record"

        def __init__(self, dies):
            self.dies = dies

        def on_epoch_end(self, state):
            if self.dies and state.epoch == 3:
                raise RuntimeError("power cut")
            state.history.record(score=[1.0, 5.0, 3.0, 2.0][state.epoch - 1])

    def trainer(dies):
        save = Checkpoint(tmp_path, best="score", mode="max")
        return make_trainer(torch_loader(), callbacks=[Score(dies), save])

    with pytest.raises(RuntimeError, match="power cut"):
        trainer(True).fit(4)
    trainer(False).resume("latest").fit()
    (best,) = tmp_path.glob("best-*.ckpt")
    assert checkpoints.read(best)["counters"]["epoch"] == 2


def test_d61_only_files_of_this_run_are_deleted(tmp_path, make_trainer, torch_loader, monkeypatch):
    monkeypatch.chdir(tmp_path)
    theirs = ["notes.txt", "step-00000001.ckpt", "other.ckpt", "step-00000004-00000000.ckpt"]
    for name in theirs:
        (tmp_path / name).write_text("mine")
    make_trainer(torch_loader(), callbacks=[Checkpoint(".", keep=1)]).fit(3)
    assert len(names(tmp_path)) == 5
    assert all((tmp_path / name).read_text() == "mine" for name in theirs)


def test_runs_in_one_folder_leave_each_other_alone(tmp_path, make_trainer, torch_loader):
    class Score(Callback):
        def __init__(self, score):
            self.score = score

        def on_epoch_end(self, state):
            state.history.record(score=self.score)

    def fit(score):
        save = Checkpoint(tmp_path, keep=1, best="score", mode="max")
        return make_trainer(torch_loader(), callbacks=[Score(score), save], seed=score).fit(2)

    first, second = fit(9), fit(1)
    assert names(tmp_path) == ["best.ckpt"] * 2 + ["step-00000008.ckpt"] * 2
    best = checkpoints.read(tmp_path / f"best-{first.state.run}.ckpt")
    assert best["history"]["epochs"][0]["score"] == 9
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path)])
    with pytest.warns(UserWarning, match=f"of 2 runs; .* wrote last, {second.state.run}"):
        assert trainer.resume("latest").state.seed == 1


def test_what_a_killed_run_left_half_written_goes_after_a_while(
    tmp_path, make_trainer, torch_loader
):
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=None)])
    ours, theirs = (f".step-00000004-{run}.ckpt.ab12.part" for run in (trainer.state.run, "0" * 8))
    fresh = ours.replace("ab12", "cd34")
    for name, age in ((ours, 2 * Checkpoint.STALE), (fresh, 0), (theirs, 2 * Checkpoint.STALE)):
        (tmp_path / name).write_text("half of")
        os.utime(tmp_path / name, (0, time.time() - age))
    trainer.fit()
    left = {path.name for path in tmp_path.iterdir() if path.suffix == ".part"}
    assert left == {fresh, theirs}


def test_a_resumed_run_goes_on_to_tidy_up(tmp_path, make_trainer, torch_loader):
    make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=2)]).fit(2)
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=2)])
    trainer.resume("latest").fit(2)
    assert names(tmp_path) == ["step-00000012.ckpt", "step-00000016.ckpt"]


def test_an_old_file_that_cannot_be_deleted_is_told_and_ends_nothing(
    tmp_path, make_trainer, torch_loader, monkeypatch
):
    def refuse(self, missing_ok=False):
        if self.suffix == ".ckpt":
            raise PermissionError("somebody reads it")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.warns(UserWarning, match="is not needed any more, but stays: somebody reads it"):
        trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=1)]).fit(2)
    assert trainer.state.step == 8


def test_a_callback_that_cannot_be_saved_is_told_before_training(
    tmp_path, make_trainer, torch_loader
):
    class Odd(Callback):
        def state_dict(self):
            return {"device": torch.device("cpu")}

    trainer = make_trainer(torch_loader(), callbacks=[Odd(), Checkpoint(tmp_path, every=50)])
    with pytest.raises(ArgumentTypeError, match="a checkpoint, callbacks, Odd, device holds a dev"):
        trainer.fit(2)
    assert trainer.state.step == 0


def test_d66_another_run_starts_afresh(tmp_path, make_trainer, torch_loader):
    save = Checkpoint(tmp_path / "one", keep=1)
    make_trainer(torch_loader(), callbacks=[save]).fit(2)
    save.directory = tmp_path / "two"
    make_trainer(torch_loader(), callbacks=[save]).fit(1)
    assert names(tmp_path / "one") == ["step-00000008.ckpt"]
    assert names(tmp_path / "two") == ["step-00000004.ckpt"]


def test_the_home_folder_may_be_a_tilde():
    assert Checkpoint("~/run").directory == Path.home() / "run"


def test_a_folder_that_vanishes_ends_the_run_and_is_told(tmp_path, make_trainer, torch_loader):
    folder = tmp_path / "run"

    class Vanish(Callback):
        def on_epoch_end(self, state):
            if state.epoch == 2:
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()

    trainer = make_trainer(torch_loader(), callbacks=[Vanish(), Checkpoint(folder)])
    with pytest.raises(WriteError, match=r"step-00000008-.*\.ckpt cannot be written"):
        trainer.fit(3)
    assert trainer.G.generate(0).isfinite().all()


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path, make_trainer, torch_loader):
    (tmp_path / "run").write_text("")
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path / "run")])
    with pytest.raises(WriteError, match=r"the folder .*run cannot be made"):
        trainer.fit()
    assert trainer.state.step == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"every": 0}, "every must be a positive whole number"),
        ({"keep": 0}, "keep must be a positive whole number"),
        ({"unit": "hours"}, "unit must be 'epochs' or 'steps'; got 'hours'"),
        ({"mode": "best"}, "mode must be 'min' or 'max'; got 'best'"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        Checkpoint(**arguments)


def test_the_file_just_written_stays_when_the_clock_was_set_back(
    tmp_path, make_trainer, torch_loader
):
    class FromTheFuture(Callback):
        def on_epoch_end(self, state):
            for file in tmp_path.glob("*.ckpt"):
                os.utime(file, (0, time.time() + 3600))

    make_trainer(torch_loader(), callbacks=[FromTheFuture(), Checkpoint(tmp_path, keep=1)]).fit(2)
    assert names(tmp_path) == ["step-00000008.ckpt"]
