"""Features say where they come from, and a classifier is trained once for the same images."""

import builtins
import re

import pytest
import torch
from torch import nn

from condgan import Attributes, Classes, LabelledImages
from condgan.errors import DataError, LabelError, MissingExtraError
from condgan.metrics import features as module
from condgan.metrics.classifier import Classifier
from condgan.metrics.features import (
    Features,
    cached_classifier,
    classifier_features,
    fingerprint,
    inception_features,
    module_features,
    usual_epochs,
)


def images(n=5, channels=1):
    return torch.rand(n, channels, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("CONDGAN_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def trainings(monkeypatch):
    """Counts how often a classifier is trained."""
    calls = []
    train = module.train_classifier

    def spy(*arguments, **options):
        calls.append(arguments)
        return train(*arguments, **options)

    monkeypatch.setattr(module, "train_classifier", spy)
    return calls


# Rows


def test_rows_come_in_order_and_in_batches():
    sizes = []

    def extract(part):
        sizes.append(len(part))
        return part.flatten(1).double().requires_grad_()

    given = images(1203)
    found = Features("pixels", "none", extract)(given)
    assert sizes == [500, 500, 203]
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert torch.equal(found, given.flatten(1))
    assert Features("pixels", "none", extract)(given[:0]).shape == (0, 64)


@pytest.mark.parametrize("shape", [(3,), (2, 4), (3, 4, 1)], ids=str)
def test_anything_but_a_row_for_each_image_is_refused(shape):
    said = f"a row for each of 3 images; odd gave {shape}"
    with pytest.raises(DataError, match=re.escape(said)):
        Features("odd", "none", lambda part: torch.zeros(shape))(images(3))


def test_a_classifier_gives_its_last_hidden_layer():
    classifier = Classifier(Classes(3), 1, width=4)
    found = classifier_features(classifier, "mine")
    assert (found.name, found.resize) == ("mine", "none")
    assert torch.equal(found(images()), classifier.features(images()))


# Modules


def test_a_module_is_evaluated_and_its_modes_are_left(fingerprint):
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5)).train()
    network[1].eval()
    before = fingerprint(network)
    by = module_features(network)
    first = by(images())
    assert [part.training for part in network] == [True, False, True]
    assert network.training
    assert fingerprint(network) == before
    assert first.shape == (5, 2 * 6 * 6)
    assert torch.equal(first, by(images()))


def test_modes_are_left_after_an_error_too():
    network = nn.Conv2d(3, 2, 3).train()
    with pytest.raises(RuntimeError):
        module_features(network)(images())
    assert network.training


def test_d82_the_name_tells_networks_apart():
    torch.manual_seed(0)
    networks = [
        nn.Linear(4, 2),
        nn.Linear(4, 2),
        nn.AvgPool2d(2),
        nn.AvgPool2d(4),
        nn.Sequential(nn.Upsample(16, mode="nearest"), nn.Flatten()),
        nn.Sequential(nn.Upsample(16, mode="bilinear"), nn.Flatten()),
    ]
    names = [module_features(network).name for network in networks]
    assert len(set(names)) == len(names)
    assert names[0].startswith("Linear-")
    assert names == [module_features(network).name for network in networks]


def test_inception_asks_for_the_extra(monkeypatch):
    importing = builtins.__import__

    def missing(name, *arguments, **options):
        if name.startswith("torchmetrics"):
            raise ImportError(name)
        return importing(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r'pip install "condgan\[metrics\]"'):
        inception_features()


def test_inception_asks_for_the_extra_when_half_of_it_is_there(monkeypatch):
    from torchmetrics.image import fid

    def without_torch_fidelity(name, layers):
        raise ModuleNotFoundError("torch-fidelity")

    monkeypatch.setattr(fid, "NoTrainInceptionV3", without_torch_fidelity)
    with pytest.raises(MissingExtraError, match="torchmetrics with torch-fidelity"):
        inception_features()


@pytest.mark.parametrize("channels", [1, 3])
def test_d81_gray_images_are_repeated_for_inception(monkeypatch, channels):
    from torchmetrics.image import fid

    seen = []

    def network(name, layers):
        assert layers == ["64"]
        return lambda pixels: seen.append(pixels) or torch.zeros(len(pixels), 64, 1, 1)

    monkeypatch.setattr(fid, "NoTrainInceptionV3", network)
    by = inception_features(64)
    found = by(torch.tensor([-1.0, 0.0, 1.0]).view(3, 1, 1, 1).expand(3, channels, 8, 8))
    assert found.shape == (3, 64)
    assert by.name == "inception-v3-compat-64"
    assert by.resize == "tf1 bilinear 299x299"
    assert seen[0].shape == (3, 3, 8, 8)
    assert seen[0].dtype == torch.uint8
    assert seen[0][:, 0, 0, 0].tolist() == [0, 128, 255]


# Fingerprints


def test_a_fingerprint_is_of_images_labels_and_classes():
    pictures, ids = images(4), torch.tensor([0, 1, 0, 1])
    first = LabelledImages(pictures, ids, Classes(2), "first")
    same = LabelledImages(pictures.clone(), ids.clone(), Classes(2), "another name")
    others = [
        LabelledImages(pictures.flip(0), ids, Classes(2)),
        LabelledImages(pictures, 1 - ids, Classes(2)),
        LabelledImages(pictures, ids, Classes(["0", "1"])),
        LabelledImages(pictures, ids, Classes(3)),
        LabelledImages(pictures.reshape(4, 1, 4, 16), ids, Classes(2)),
        first.subset([0, 1, 2]),
    ]
    assert fingerprint(first) == fingerprint(same)
    found = {fingerprint(data) for data in [first, *others]}
    assert len(found) == 1 + len(others)
    assert all(re.fullmatch("[0-9a-f]{16}", text) for text in found)


def test_fewer_images_take_more_passes():
    assert [usual_epochs(n) for n in (1, 1000, 3000, 60_000, 10**7)] == [40, 40, 20, 3, 3]


# The cache


def test_the_same_images_are_learnt_once(kept, trainings, blobs, fingerprint):
    data = blobs(24)
    first, name = cached_classifier(data, epochs=1)
    again, same_name = cached_classifier(blobs(24), epochs=1)
    assert len(trainings) == 1
    assert name == same_name
    assert fingerprint(first) == fingerprint(again)
    assert not again.training
    assert again.classes == data.classes
    assert [file.name for file in (kept / "classifiers").iterdir()] == [f"{name}.pt"]


def test_finding_it_again_leaves_the_random_stream(kept, blobs):
    for _ in ("trained", "found"):
        before = torch.get_rng_state()
        cached_classifier(blobs(24), epochs=1)
        assert torch.equal(torch.get_rng_state(), before)


def test_other_images_epochs_and_seeds_are_learnt_anew(kept, trainings, blobs):
    names = {
        cached_classifier(data, epochs=epochs, seed=seed)[1]
        for data, epochs, seed in [
            (blobs(24), 1, 0),
            (blobs(24, seed=1), 1, 0),
            (blobs(24), 2, 0),
            (blobs(24), 1, 1),
        ]
    }
    assert len(names) == len(trainings) == 4


def test_only_weights_are_read(kept, trainings, blobs, monkeypatch):
    cached_classifier(blobs(24), epochs=1)
    load, seen = torch.load, []

    def spy(*arguments, **options):
        seen.append(options)
        return load(*arguments, **options)

    monkeypatch.setattr(torch, "load", spy)
    cached_classifier(blobs(24), epochs=1)
    assert [options["weights_only"] for options in seen] == [True]
    assert len(trainings) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "other"])
def test_a_damaged_file_is_replaced(kept, trainings, blobs, damage, fingerprint):
    first, name = cached_classifier(blobs(24), epochs=1)
    file = kept / "classifiers" / f"{name}.pt"
    whole = file.read_bytes()
    if damage == "other":
        torch.save({"weight": torch.zeros(2)}, file)
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.warns(UserWarning, match=rf"{name}\.pt cannot be read .*training again"):
        again, _ = cached_classifier(blobs(24), epochs=1)
    assert len(trainings) == 2
    assert fingerprint(again) == fingerprint(first)
    cached_classifier(blobs(24), epochs=1)
    assert len(trainings) == 2


def test_nothing_is_kept_or_looked_for_without_a_cache(kept, trainings, blobs):
    cached_classifier(blobs(24), epochs=1, cache=False)
    assert not kept.exists()
    cached_classifier(blobs(24), epochs=1)
    cached_classifier(blobs(24), epochs=1, cache=False)
    assert len(trainings) == 3


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(kept, blobs):
    kept.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="the classifier cannot be kept"):
        classifier, _ = cached_classifier(blobs(24), epochs=1)
    assert len(classifier.predict(images())) == 5


def test_no_classes_no_classifier(kept):
    hats = LabelledImages(images(2), torch.zeros(2, 1), Attributes(["hat"]), "hats")
    with pytest.raises(LabelError, match="a classifier needs classes"):
        cached_classifier(hats)
    assert not kept.exists()
