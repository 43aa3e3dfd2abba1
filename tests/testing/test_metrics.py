"""Each fault of a metric is caught, in words that say what to do."""

import random

import pytest
import torch

from condgan.errors import PluginError
from condgan.testing import check_metric


def mean_light(sample, data):
    return float(sample(list(data.classes)).mean())


def by_class(sample, data):
    return {label: float(sample([label]).mean()) for label in data.classes}


def a_tensor(sample, data):
    return sample(list(data.classes)).mean()


def text(sample, data):
    return "good"


def other_labels(sample, data):
    return dict.fromkeys(range(len(data.classes)), 1.0)


def knows_its_labels(sample, data):
    return float(sample(["3"]).mean())


def no_figure(sample, data):
    return {}


def by_chance(sample, data):
    return float(torch.rand(1))


def dice(sample, data):
    return random.random()


def spoils(sample, data):
    data.images.zero_()
    return 1.0


def needs_more(sample, data, features):
    return 1.0


FAULTS = {
    "a tensor": (a_tensor, r"it gave tensor\(.*float\(\.\.\.\)"),
    "text": (text, r"a metric is a number, or a dict from label to number; it gave 'good'"),
    "ids": (other_labels, r"a figure for 0, which is no class of the data"),
    "its own labels": (knows_its_labels, r"no class is labelled '3'"),
    "nothing": (no_figure, r"it gives no figure at all"),
    "by chance": (by_chance, r"of the same images it gives .* and then .*from a seed"),
    "python's stream": (dice, r"it draws from Python's global random stream"),
    "spoils": (spoils, r"it changes the real images"),
    "needs more": (needs_more, r"it fails with TypeError: .*features"),
    "a lambda": (lambda sample, data: 1.0, r"it cannot be pickled"),
}


@pytest.mark.parametrize(("metric", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_metric_is_caught(metric, words):
    with pytest.raises(PluginError, match=f"(?s)^metric .*{words}"):
        check_metric(metric)


@pytest.mark.parametrize("metric", [mean_light, by_class])
def test_nothing_wrong_passes(metric):
    check_metric(metric)
