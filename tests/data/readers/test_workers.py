"""Work in other processes, which end with it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from condgan import errors
from condgan.data.readers.workers import AHEAD, AT_ONCE, in_order

MANY = range(-1, -1 - 5 * AT_ONCE, -1)


def test_results_come_in_order_and_no_worker_is_left():
    assert list(in_order(abs, MANY, workers=2)) == list(map(abs, MANY))
    assert not multiprocessing.active_children()


def test_without_workers_the_work_is_done_here_and_only_when_asked_for():
    seen = []
    results = in_order(seen.append, MANY, workers=0)
    assert not seen
    next(results)
    assert seen == [-1]


def test_what_the_work_raises_is_raised_and_ends_the_workers():
    with pytest.raises(ValueError, match="invalid literal"):
        list(in_order(int, ["1", "x"] * AT_ONCE * (AHEAD + 2), workers=1))
    assert not multiprocessing.active_children()


def test_workers_end_when_nobody_reads_on():
    results = in_order(abs, MANY, workers=1)
    assert next(results) == 1
    assert multiprocessing.active_children()
    results.close()
    assert not multiprocessing.active_children()


def test_dead_workers_are_an_error_that_says_what_to_do():
    with pytest.raises(errors.ConfigError, match=r"1 worker processes ended.*__main__.*workers=0"):
        list(in_order(os._exit, [1], workers=1))


STOPPED = """
import multiprocessing, time
from condgan.data.readers.workers import in_order

if __name__ == "__main__":
    results = in_order(time.sleep, [0.01] * 10**6, workers=1)
    next(results)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    for _ in results:
        pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes as Linux shows them")
def test_workers_end_with_the_program_however_it_ends(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(STOPPED)
    with ExitStack() as stack:  # which start at the same time, since starting takes seconds
        programs = {
            signum: stack.enter_context(
                subprocess.Popen(
                    [sys.executable, script],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
            for signum in (signal.SIGINT, signal.SIGKILL)
        }
        for signum, program in programs.items():
            ends_with_its_workers(program, signum)


def ends_with_its_workers(program, signum):
    workers = [int(pid) for pid in program.stdout.readline().split()]
    assert workers
    if signum == signal.SIGINT:  # which a terminal sends to all of them
        os.killpg(program.pid, signum)
    else:
        os.kill(program.pid, signum)
    _, said = program.communicate()
    assert program.returncode == -signum
    assert "Process" not in said  # that is how a worker's traceback begins
    for _ in range(6000):  # a minute, where the machine is busy with other things
        if not any(map(lives, workers)):
            return
        time.sleep(0.01)
    pytest.fail(f"the workers {workers} still live")


def lives(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
