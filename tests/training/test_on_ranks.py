"""Several processes train as one does: `on_ranks.py` lets them, and here is what came of it."""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch.distributed as dist

from condgan.training import callbacks

pytestmark = pytest.mark.skipif(
    sys.platform != "linux"
    or "fork" not in multiprocessing.get_all_start_methods()
    or not (dist.is_available() and dist.is_gloo_available()),
    reason="ranks are forked here, and connected by gloo",
)
PROGRAM = Path(__file__).with_name("on_ranks.py")
OF_A_LAUNCHER = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
SAME = (
    *("quick", "article", "torch_loader", "list_of_batches", "accumulated", "quantities"),
    *("penalised", "uniform", "as_in_data", "early_stopping", "stop_on_last", "skipped", "begun"),
    "networks_of_ones_own",
    "restored",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where all runs have left what came of them."""
    home = tmp_path_factory.mktemp("ranks")
    env = {name: value for name, value in os.environ.items() if name not in OF_A_LAUNCHER}
    done = subprocess.run(
        [sys.executable, PROGRAM, home],
        env={**env, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return home


@pytest.fixture(scope="module")
def of(folder):
    """What came of a run: `of(group, rank, name)`."""

    def read(group, rank, name):
        return json.loads((folder / group / f"{rank}.json").read_text())[name]

    return read


def as_one(result):
    """The same numbers, to within rounding."""
    rows = [{k: pytest.approx(v, abs=1e-5) for k, v in row.items()} for row in result["rows"]]
    return {"rows": rows, "step": result["step"], "stopped": result["stopped"]}


@pytest.mark.parametrize("name", SAME)
def test_two_train_as_one_does(of, name):
    one = as_one(of("one", 0, name))
    for rank in (0, 1):
        result = of("two", rank, name)
        assert {key: result[key] for key in one} == one


@pytest.mark.parametrize("name", ["quick", "torch_loader"])
def test_four_train_as_one_does(of, name):
    one = as_one(of("one", 0, name))
    assert [of("four", rank, name) for rank in range(4)] == [one] * 4


def test_they_end_together_and_say_why(of):
    assert of("one", 0, "early_stopping")["step"] == 6  # the second epoch is no better
    assert of("two", 1, "stop_on_last")["step"] == 4
    assert of("two", 0, "stop_on_last")["stopped"] == "enough"


def test_a_signal_to_one_ends_all_after_the_same_step(of):
    for group, rank in (("one", 0), ("two", 0), ("two", 1)):
        ended = of(group, rank, "signal_to_last")
        assert (ended["error"], ended["step"]) == ("SystemExit: 143", 4)


def test_a_step_that_is_lost_on_one_is_left_out_on_all(of):
    for rank in (0, 1):
        result = of("two", rank, "skipped")
        assert [row.get("skipped_steps") for row in result["rows"]] == [1, None]
    (told,) = of("two", 0, "skipped")["told"]
    assert "the first of them step 2: D's gradient" in told
    assert not of("two", 1, "skipped")["told"]


def test_a_run_goes_on_with_another_number_of_processes(of):
    whole = as_one(of("one", 0, "begun"))
    assert of("two", 0, "from_one") == of("two", 1, "from_one") == whole
    assert of("rest", 0, "from_two") == whole


def test_weights_that_differ_are_refused_by_all(of):
    for rank in (0, 1):
        ended = of("two", rank, "meddled")
        assert ended["error"].startswith(
            "RankError: the weights of rank 1 are no longer those of rank 0. A callback that "
            "changes training needs `every_rank = True`"
        )
        assert ended["step"] == 3  # at the end of the epoch


def test_an_error_of_one_ends_the_others_who_can_go_on_together(of):
    first, other = (of("two", rank, "failed_on_first") for rank in (0, 1))
    assert first["error"] == "RuntimeError: on purpose"
    assert other["error"].startswith("RankError: another process of this run has ended")
    assert first["step"] == other["step"] == 2
    one = as_one(of("one", 0, "failed_on_first")["again"])
    for result in (first["again"], other["again"]):
        assert {key: result[key] for key in one} == one


def test_nobody_waits_for_who_has_failed_when_all_was_done(of):
    errors = [of("two", rank, "failed_at_the_end")["error"] for rank in (0, 1)]
    assert errors[0] == "RuntimeError: on purpose"
    assert errors[1].startswith("RankError: another process of this run has ended")


def test_what_the_first_cannot_read_is_refused_by_all(of, folder):
    said = f"MissingFileError: there is no checkpoint {folder / 'two' / 'none.ckpt'}."
    assert [of("two", rank, "nothing_to_resume") for rank in (0, 1)] == [{"error": said}] * 2


def test_a_batch_of_fewer_images_than_ranks_is_left_out(of):
    for rank in (0, 1):
        library, torchs, listed = of("two", rank, "of_one")["runs"]
        for run in (library, torchs, listed):
            assert (run["step"], run["rows"][0]["images"]) == (2, 32)
            assert run["rows"][0]["skipped_images"] == 1


def test_an_epoch_of_such_batches_is_refused(of):
    for rank in (0, 1):
        for ended in of("two", rank, "all_of_one")["runs"]:
            assert ended["error"] == (
                "DataError: no batch has the 2 images or more that 2 processes need to train "
                "together, 1 each: take larger batches, or fewer processes."
            )
            assert not ended["rows"]


def files(folder):
    """The files in a folder, without what differs from run to run."""
    return sorted(
        re.sub(r"[0-9a-f]{8}(?=\.ckpt|/)|tfevents.*", "", path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file()
    )


def test_callbacks_do_on_the_first_what_they_do_alone(of, folder):
    alone = of("one", 0, "every_callback")
    first, other = (of("two", rank, "every_callback") for rank in (0, 1))
    assert set(callbacks.__all__) <= set(alone["callbacks"])
    assert [row.keys() for row in first["rows"]] == [row.keys() for row in alone["rows"]]
    assert first["rows"] == other["rows"]
    assert first["p"] == other["p"] != 0.5  # what is moved by callbacks moves on every rank
    written = files(folder / "two" / "of-0")
    assert written == files(folder / "one" / "of-0")
    assert {name.partition("/")[0] for name in written} == {
        *("board", "checkpoints", "report.html", "snapshots")
    }
    assert not (folder / "two" / "of-1").exists()


def test_a_rank_that_is_killed_in_a_step_ends_the_run_with_a_checkpoint_before_it(of, folder):
    assert not (folder / "killed" / "1.json").exists()
    ended = of("killed", 0, "killed")
    assert ended["error"].startswith("RankError: another process of this run has ended")
    assert ended["error"].endswith("From a checkpoint, any number of processes can go on.")
    assert ended["step"] == 4
    assert ended["again"]["error"].startswith("RankError")  # at once, see the module's LIMIT
    (saved,) = (folder / "killed" / "killed").iterdir()
    assert saved.name.startswith("step-00000004-")
    rest = of("rest", 0, "survived")
    assert rest.pop("from") == 4
    assert rest == as_one(of("one", 0, "killed"))


def test_the_command_trains_on_several_and_the_first_one_writes_and_tells(of, folder):
    first, other = (of("command", rank, "by_command") for rank in (0, 1))
    assert first["codes"] == other["codes"] == [0, 0]
    assert other["said"] == ""
    assert first["said"].count("2 epochs in") == 1
    assert "resuming at step 3" in first["said"]
    runs = [path.name for path in (folder / "command" / "runs").iterdir()]
    assert runs == ["digits"]
    (rows,) = (folder / "command").rglob("history.csv")
    assert len(rows.read_text().splitlines()) == 3  # its names, and two epochs
