"""Each fault of a data set by name is caught, in words that say what to do."""

import random

import numpy as np
import pytest
import torch

import condgan
from condgan.errors import ConfigError, DataError, PluginError
from condgan.testing import check_dataset


def images(n=6, low=-1.0, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.rand(n, 1, 8, 8, generator=draw) * (1 - low) + low


LABELS = torch.arange(6) % 3


def good(seed=0):
    return condgan.LabelledImages(images(seed=seed), LABELS, 3)


def in_0_1():
    return condgan.LabelledImages(images(low=0.0), LABELS, 3)


def flat():
    return condgan.LabelledImages(torch.zeros(6, 1, 8, 8), LABELS, 3)


def one_class():
    return condgan.LabelledImages(images(), torch.zeros(6, dtype=torch.int64), ["cat", "dog"])


def drawn_anew():
    draw = np.random.default_rng()
    return condgan.LabelledImages(images(seed=int(draw.integers(2**31))), LABELS, 3)


def takes_torchs():
    torch.rand(1)
    return good()


def takes_pythons():
    random.random()
    return good()


def no_data():
    return [1, 2, 3]


def fails():
    return good().images[7]


FAULTS = {
    "[0, 1]": (in_0_1, r"its images lie in \[0\.\d+, [01].*write images \* 2 - 1"),
    "flat": (flat, r"all its pixels are 0"),
    "one class": (one_class, r"all its images are of the class 'cat'"),
    "drawn anew": (drawn_anew, r"made twice, it differs"),
    "torch's stream": (takes_torchs, r"it draws from torch's global random stream"),
    "python's stream": (takes_pythons, r"it draws from Python's global random stream"),
    "fails": (fails, r"it fails with IndexError: index 7 is out of bounds"),
    "no data": (no_data, r"item 0 of the data set is int; wanted"),
}


@pytest.mark.parametrize(("dataset", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_data_set_is_caught(dataset, words):
    with pytest.raises(PluginError, match=f"(?s)^data set .*{words}"):
        check_dataset(dataset)


def test_nothing_wrong_passes():
    check_dataset(good)
    check_dataset(good())
    check_dataset(lambda: good(seed=3))
    check_dataset(lambda: [(image, "cat" if i % 2 else "dog") for i, image in enumerate(images())])


def at(path):
    return good()


def missing():
    raise DataError("it is not on this machine")


def test_what_cannot_be_checked_here_is_told_apart():
    with pytest.raises(ConfigError, match=r"needs path; .*check_dataset\(lambda: load_data"):
        check_dataset(at)
    with pytest.raises(DataError, match="not on this machine"):
        check_dataset(missing)
