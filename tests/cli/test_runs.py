"""What commands read from a run folder, and how they find its data again."""

import pytest
import torch

from condgan import ConditionalGenerator, Quantities
from condgan.cli import runs
from condgan.cli.folders import write_settings
from condgan.cli.held_out import HeldOut
from condgan.errors import ConfigError


@pytest.fixture
def loaded(monkeypatch):
    """What is loaded, without loading it."""
    calls = []
    monkeypatch.setattr(
        runs, "load_data", lambda source, **options: calls.append((source, options))
    )
    return calls


def test_settings_come_back(tmp_path):
    write_settings(tmp_path, {"data": "digits", "image_size": None})
    assert runs.source_of(tmp_path, None, None) == ("digits", None, None)  # as older runs say it
    write_settings(tmp_path, {"data": "/käfer", "image_size": 16})
    assert runs.source_of(tmp_path, None, None) == ("/käfer", 16, None)
    apart = {"fraction": 0.25, "seed": 3, "images": "0123"}
    write_settings(tmp_path, {"data": "digits", "image_size": None, "held_out": apart})
    assert runs.source_of(tmp_path, None, None).held_out == HeldOut(0.25, 3, "0123")


def test_what_is_named_goes_first(tmp_path):
    apart = {"fraction": 0.25, "seed": 3, "images": "0123"}
    write_settings(tmp_path, {"data": "digits", "image_size": 16, "held_out": apart})
    assert runs.source_of(tmp_path, "mine", None) == ("mine", None, None)
    assert runs.source_of(tmp_path / "nowhere", "mine", 8) == ("mine", 8, None)


@pytest.mark.parametrize(
    "content",
    [None, "", "{}", "[]", "null", '{"data": "digits"}', "\x00",
     '{"data": "digits", "image_size": null, "held_out": 0.2}',
     '{"data": "digits", "image_size": null, "held_out": {"fraction": 0.2}}'],
)  # fmt: skip
def test_a_run_that_does_not_say(tmp_path, content):
    if content is not None:
        (tmp_path / runs.SETTINGS).write_text(content)
    with pytest.raises(ConfigError, match="name the data after it"):
        runs.source_of(tmp_path, None, None)


def test_a_size_is_passed_on_only_if_there_is_one(loaded):
    runs.read("pets", None)
    runs.read("pets", 8)
    assert loaded == [("pets", {}), ("pets", {"image_size": 8})]


def test_a_test_set_comes_with_a_name_or_is_named(loaded):
    runs.test_set_of("mnist", None, None)
    runs.test_set_of("emnist", None, None)
    runs.test_set_of("mnist", "mine", 8)
    assert loaded == [
        ("mnist", {"train": False}), ("emnist", {"train": False}), ("mine", {"image_size": 8}),
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["digits", "./mnist", "/somewhere/mnist"])
def test_no_other_has_a_test_set(loaded, source):
    assert runs.test_set_of(source, None, None) is None
    assert loaded == []


def test_classes_of_a_run(tmp_path):
    G = ConditionalGenerator(30, (1, 8, 8), width=8)
    assert runs.classes_of(G) == G.classes
    assert runs.shown(G) == list(range(20))
    with pytest.raises(ConfigError, match="the command line draws classes"):
        runs.classes_of(ConditionalGenerator(Quantities(1), (1, 8, 8), width=8))


def test_train_keeps_what_it_was_asked_for(folder_of, tmp_path, run_quietly):
    data = folder_of("pets", {"cat": 3, "dog": 3}, side=16)
    code, _ = run_quietly(
        "train", "pets", "--epochs", 1, "--image-size", 8, "--batch-size", 2, "--seed", 3
    )
    assert code == 0
    source, size, held_out = runs.source_of(tmp_path / "runs" / "pets", None, None)
    assert (source, size, held_out) == (str(data.resolve()), 8, None)
    assert runs.read(source, size).images.shape == (6, 1, 8, 8)
    assert torch.get_num_threads() == 1
