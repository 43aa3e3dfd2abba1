"""The part of some images that a run was not trained on, and how it is found again."""

import json
from dataclasses import asdict

import pytest
import torch

from condgan import Classes, LabelledImages
from condgan.cli.held_out import HeldOut
from condgan.errors import ConfigError, DataError


def numbered(n=20, classes=("cat", "dog")):
    images = torch.arange(n, dtype=torch.uint8).view(n, 1, 1, 1).repeat(1, 1, 2, 2)
    return LabelledImages(images, torch.arange(n) % 2, Classes(classes), "pets")


def values(data):
    return data.images[:, 0, 0, 0].tolist()


def test_the_parts_are_those_of_the_split():
    data = numbered()
    parts = HeldOut.of(data, 0.3, 5).parts(data)
    assert [values(part) for part in parts] == [values(part) for part in data.split(0.3, 5)]
    assert [len(part) for part in parts] == [14, 6]


def test_what_was_written_down_finds_the_same_parts():
    written = json.dumps(asdict(HeldOut.of(numbered(), 0.25, 3)))
    again = HeldOut(**json.loads(written))
    assert values(again.parts(numbered())[1]) == values(numbered().split(0.25, 3)[1])


@pytest.mark.parametrize(
    "changed",
    [
        numbered(19),
        numbered(22),
        numbered(classes=["cat", "owl"]),
        numbered(classes=["dog", "cat"]),
        LabelledImages(numbered().images.flip(0), numbered().labels, Classes(["cat", "dog"])),
    ],
    ids=["fewer", "more", "other classes", "other order", "other images"],
)
def test_other_images_are_refused(changed):
    changed.name = "pets"
    with pytest.raises(DataError, match=r"pets has changed since the run held 50% of it out"):
        HeldOut.of(numbered(), 0.5, 0).parts(changed)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, 2.0, float("nan"), float("inf")])
def test_a_fraction_that_cannot_be(fraction):
    data = numbered()
    with pytest.raises(ConfigError, match="fraction must lie between 0 and 1"):
        HeldOut.of(data, fraction, 0).parts(data)


def test_a_seed_that_cannot_be():
    with pytest.raises(ConfigError, match="seed must be"):
        HeldOut.of(numbered(), 0.5, -1)


def test_too_few_images():
    data = numbered(2)
    with pytest.raises(DataError, match="too few"):
        HeldOut.of(data, 0.1, 0).parts(data)
