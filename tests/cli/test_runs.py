"""What commands read from a run folder, and how they find its data again."""

import numpy as np
import pytest
import torch

from condgan import Attributes, ConditionalGenerator, LabelledImages, Quantities
from condgan.cli import runs
from condgan.cli.folders import SETTINGS, settings_in, write_settings
from condgan.cli.held_out import HeldOut
from condgan.errors import ConfigError


@pytest.fixture
def loaded(monkeypatch):
    """What is loaded, without loading it."""
    calls = []

    def load(source, **options):
        calls.append((source, options))
        return LabelledImages(torch.zeros(1, 1, 2, 2), torch.zeros(1, dtype=torch.int64), 1)

    monkeypatch.setattr(runs, "load_data", load)
    return calls


def test_settings_come_back(tmp_path):
    write_settings(tmp_path, {"data": "digits", "options": {}})
    assert runs.source_of(tmp_path) == ("digits", {}, None)
    write_settings(tmp_path, {"data": "/käfer", "options": {"image_size": [16, 8]}})
    assert runs.source_of(tmp_path) == ("/käfer", {"image_size": [16, 8]}, None)
    apart = {"fraction": 0.25, "seed": 3, "images": "0123"}
    write_settings(tmp_path, {"data": "digits", "options": {}, "held_out": apart})
    assert runs.source_of(tmp_path).held_out == HeldOut(0.25, 3, "0123")


@pytest.mark.parametrize(("size", "options"), [(None, {}), (16, {"image_size": 16})])
def test_older_runs_are_read(tmp_path, size, options):
    write_settings(tmp_path, {"data": "pets", "image_size": size, "seed": 3})
    assert runs.source_of(tmp_path) == ("pets", options, None)
    assert settings_in(tmp_path) == {"data": "pets", "options": options, "seed": 3}


@pytest.mark.parametrize(
    "content",
    [None, "", "{}", "[]", "null", '{"data": "digits"}', "\x00",
     '{"data": "digits", "image_size": null, "held_out": 0.2}',
     '{"data": "digits", "image_size": null, "held_out": {"fraction": 0.2}}'],
)  # fmt: skip
def test_a_run_that_does_not_say(tmp_path, content):
    if content is not None:
        (tmp_path / SETTINGS).write_text(content)
    with pytest.raises(ConfigError, match="name the data after it"):
        runs.source_of(tmp_path)


def test_only_options_that_were_given_are_passed_on(loaded):
    runs.read("pets")
    runs.read("pets", image_size=[8, 16], fit="pad")
    assert loaded == [("pets", {}), ("pets", {"image_size": (8, 16), "fit": "pad"})]


def test_a_test_set_comes_with_a_name(loaded):
    runs.test_set_of(runs.Source("mnist", {"root": "here"}))
    runs.test_set_of(runs.Source("emnist", {"split": "letters"}))
    assert loaded == [
        ("mnist", {"root": "here", "train": False}),
        ("emnist", {"split": "letters", "train": False}),
    ]


@pytest.mark.parametrize("source", ["digits", "./mnist", "/somewhere/mnist"])
def test_no_other_has_a_test_set(loaded, source):
    assert runs.test_set_of(runs.Source(source, {})) is None
    assert loaded == []


USUAL = {"image_size": 8, "label_column": "pet", "labels": "/a/table.csv", "split": "train",
         "classes": ["a"]}  # fmt: skip


@pytest.mark.parametrize(
    ("data", "alike"),
    [("folder", {"image_size": 8}), ("two.csv", {"label_column": "pet"}), ("digits", {})],
)
def test_data_to_compare_with_are_read_alike_as_far_as_they_can_be(
    tmp_path, loaded, folder_of, csv_of, data, alike
):
    folder_of("folder", {"cat": 1})
    csv_of(tmp_path / "two.csv", 1, 2)
    runs.read_alike(data, {}, USUAL)
    runs.read_alike(data, {"workers": 3}, USUAL)
    assert loaded == [
        (data, {"classes": ["a"], **alike}),
        (data, {"classes": ["a"], **alike, "workers": 3}),
    ]


def test_a_number_of_each_image_gets_the_range_of_the_data(tmp_path):
    """Which a network needs to see numbers of a sensible size."""
    images = np.arange(192, dtype=np.uint8).reshape(3, 8, 8)
    np.savez(tmp_path / "ages.npz", x=images, y=[[20.0], [50.0], [35.0]])
    data = runs.read(str(tmp_path / "ages.npz"), quantities=["age"])
    assert data.classes == Quantities(["age"], ranges=[(20, 50)])
    assert data.labels.tolist() == [[20], [50], [35]]


def test_classes_of_a_run():
    G = ConditionalGenerator(30, (1, 8, 8), width=8)
    assert runs.classes_of(G) == G.classes


@pytest.mark.parametrize(
    ("condition", "example"),
    [(Attributes(["a hat", "smile"]), "RUN 'a hat'"), (Quantities(1), "RUN 1"),
     (Quantities(["age"], [(0, 60)]), "RUN 10")],
)  # fmt: skip
def test_what_goes_class_by_class_says_what_there_is_for_others(condition, example):
    with pytest.raises(ConfigError, match="draws classes") as caught:
        runs.only_classes(condition, "this run")
    assert f"condgan generate {example}" in str(caught.value)
    assert "--label-column" in str(caught.value)


def test_train_keeps_what_it_was_asked_for(folder_of, tmp_path, run_quietly):
    data = folder_of("pets", {"cat": 3, "dog": 3}, side=16)
    code, _ = run_quietly(
        "train", "pets", "--epochs", 1, "--image-size", 8, "--batch-size", 2, "--seed", 3
    )
    assert code == 0
    source = runs.source_of(tmp_path / "runs" / "pets")
    assert source == (str(data.resolve()), {"image_size": 8}, None)
    assert runs.read(source.data, **source.options).images.shape == (6, 1, 8, 8)
    assert torch.get_num_threads() == 1
