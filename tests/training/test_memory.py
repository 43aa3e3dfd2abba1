"""Memory that a step frees and the next one takes."""

import resource

import pytest
import torch

from condgan.training.memory import CHOSEN, glibc, kept

CPU = torch.device("cpu")
MEGABYTE = 2**20

pytestmark = pytest.mark.skipif(glibc() is None, reason="the C library is not glibc")


def megabytes_given():
    """What the system gives for two steps that each make 100 MB and free it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(2):
        held = [torch.zeros(20 * MEGABYTE // 4).add_(1) for _ in range(5)]
        del held
    pages = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    return pages * resource.getpagesize() / MEGABYTE


def test_memory_is_taken_from_the_system_once():
    with kept(CPU):
        megabytes_given()
        assert min(megabytes_given() for _ in range(3)) < 60  # else 80 at the very least


@pytest.mark.parametrize("name", CHOSEN)
def test_what_somebody_chose_for_the_process_stays(name, monkeypatch):
    monkeypatch.setenv(name, "1")
    monkeypatch.setattr("condgan.training.memory.glibc", Refuses)
    with kept(CPU):
        pass


def test_accelerators_have_memory_of_their_own(monkeypatch):
    monkeypatch.setattr("condgan.training.memory.glibc", Refuses)
    with kept(torch.device("meta")):
        pass


@pytest.mark.parametrize("error", [None, ValueError("in a step")])
def test_it_goes_back_to_the_system_after_training(error, monkeypatch):
    told = []

    class Libc:
        def mallopt(self, which, value):
            told.append((which, value))

        def malloc_trim(self, left):
            told.append("trim")

    monkeypatch.setattr("condgan.training.memory.glibc", Libc)
    for name in CHOSEN:
        monkeypatch.delenv(name, raising=False)
    try:
        with kept(CPU):
            assert told == [(-3, 2**25), (-1, 2**31 - 1)]
            if error is not None:
                raise error
    except ValueError:
        pass
    assert told[2:] == [(-1, 2**26), "trim"]


class Refuses:
    def mallopt(self, *_):
        raise AssertionError("not now")
