"""`Checkpoint`: when it writes, what it keeps, and what it never touches."""

import pytest

from condgan import Callback, Checkpoint
from condgan.errors import ConfigError, WriteError
from condgan.training import checkpoints


def names(folder):
    return sorted(path.name for path in folder.iterdir())


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
    assert checkpoints.read(tmp_path / "best.ckpt")["counters"]["step"] == step


def test_a_best_that_nobody_records_is_told(tmp_path, make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, best="fid")])
    with pytest.raises(ConfigError, match=r"best='fid'\) is not in the history. Recorded: epoch"):
        trainer.fit()


def test_d61_only_files_of_this_run_are_deleted(tmp_path, make_trainer, torch_loader, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("notes.txt", "step-00000001.ckpt", "other.ckpt"):
        (tmp_path / name).write_text("mine")
    make_trainer(torch_loader(), callbacks=[Checkpoint(".", keep=1)]).fit(3)
    assert names(tmp_path) == [
        *("notes.txt", "other.ckpt", "step-00000001.ckpt", "step-00000012.ckpt")
    ]
    assert (tmp_path / "other.ckpt").read_text() == "mine"


def test_a_resumed_run_goes_on_to_tidy_up(tmp_path, make_trainer, torch_loader):
    make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=2)]).fit(2)
    trainer = make_trainer(torch_loader(), callbacks=[Checkpoint(tmp_path, keep=2)])
    trainer.resume("latest").fit(2)
    assert names(tmp_path) == ["step-00000012.ckpt", "step-00000016.ckpt"]


def test_d66_another_run_starts_afresh(tmp_path, make_trainer, torch_loader):
    save = Checkpoint(tmp_path / "one", keep=1)
    make_trainer(torch_loader(), callbacks=[save]).fit(2)
    save.directory = tmp_path / "two"
    make_trainer(torch_loader(), callbacks=[save]).fit(1)
    assert names(tmp_path / "one") == ["step-00000008.ckpt"]
    assert names(tmp_path / "two") == ["step-00000004.ckpt"]


def test_a_folder_that_vanishes_ends_the_run_and_is_told(tmp_path, make_trainer, torch_loader):
    folder = tmp_path / "run"

    class Vanish(Callback):
        def on_epoch_end(self, state):
            if state.epoch == 2:
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()

    trainer = make_trainer(torch_loader(), callbacks=[Vanish(), Checkpoint(folder)])
    with pytest.raises(WriteError, match=r"step-00000008\.ckpt cannot be written"):
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
