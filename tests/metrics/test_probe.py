"""A cheap look at every class."""

import math

import pytest
import torch

from condgan import Attributes, Classes, LabelledImages
from condgan.errors import ArgumentTypeError, ConfigError, DataError, LabelError
from condgan.images import to_bytes
from condgan.metrics import features
from condgan.metrics.figures import NAMES
from condgan.metrics.probe import Probe

UNMEASURED = [name for name in NAMES if name not in ("accuracy", "frechet", "spread")]


@pytest.fixture(scope="module")
def data(blobs):
    return blobs(160)


@pytest.fixture(scope="module")
def probe(data):
    return Probe(data, n=20, cache=False)


def real(data):
    return lambda labels: data.of(labels[0], len(labels))


def test_real_images_are_right(probe, data):
    found = probe(real(data))
    assert list(found) == list(data.classes)
    for figures in found.values():
        assert figures.accuracy == 1.0
        assert figures.frechet == pytest.approx(0, abs=1e-4)
        assert figures.spread == 1.0
        assert all(math.isnan(getattr(figures, name)) for name in UNMEASURED)


def test_one_image_has_no_spread(probe, data):
    for figures in probe(
        lambda labels: data.of(labels[0], 1).repeat(len(labels), 1, 1, 1)
    ).values():
        assert figures.spread == 0.0
        assert figures.accuracy == 1.0


def test_half_the_contrast_is_half_the_spread(probe, data):
    for figures in probe(lambda labels: data.of(labels[0], len(labels)) / 2).values():
        assert figures.spread == pytest.approx(0.5, abs=1e-6)


def test_a_swapped_class_is_wrong_and_the_rest_right(probe, data):
    other = {"nw": "ne", "ne": "nw"}
    found = probe(lambda labels: data.of(other.get(labels[0], labels[0]), len(labels)))
    assert [figures.accuracy for figures in found.values()] == [0.0, 0.0, 1.0, 1.0]
    assert found["nw"].frechet > 10 * found["sw"].frechet + 1


def test_half_wrong(probe, data):
    def half(labels):
        return torch.cat([data.of("nw", len(labels) // 2), data.of("se", len(labels) // 2)])

    found = probe(half)
    assert {label: found[label].accuracy for label in found} == {
        "nw": 0.5, "ne": 0.0, "sw": 0.0, "se": 0.5,
    }  # fmt: skip


def test_the_distance_is_that_of_the_classifiers_features(data, monkeypatch):
    data = LabelledImages(data.floats() / 2 - 0.25, data.labels, data.classes, "pale")
    probe = Probe(data, n=20, cache=False)
    monkeypatch.setattr(probe.classifier, "features", lambda images: images.flatten(1))
    for figures in probe(lambda labels: data.of(labels[0], len(labels)) + 0.5).values():
        assert figures.frechet == pytest.approx(64 * 0.5**2, rel=1e-4)  # moved, not reshaped
        assert figures.spread == pytest.approx(1, abs=1e-6)


def test_as_many_are_drawn_as_asked_class_by_class(probe, data):
    asked = []

    def sample(labels):
        asked.append(labels)
        return real(data)(labels)

    probe(sample)
    assert asked == [[label] * 20 for label in data.classes]


def test_a_class_with_one_real_image_or_none(data):
    few = data.subset([i for i, y in enumerate(data.labels.tolist()) if y > 1 or i == 0])
    found = Probe(few, n=8, cache=False)(real(data))
    for label in ("nw", "ne"):
        assert math.isnan(found[label].spread)
        assert math.isnan(found[label].frechet)
        assert 0 <= found[label].accuracy <= 1
    assert found["se"].spread == 1.0


def test_equal_real_images_leave_the_spread_unmeasured():
    images = torch.cat([torch.full((4, 1, 8, 8), value) for value in (-0.5, 0.5)])
    data = LabelledImages(images, torch.arange(8) // 4, Classes(["dark", "bright"]))
    for figures in Probe(data, n=4, cache=False)(real(data)).values():
        assert math.isnan(figures.spread)
        assert figures.frechet == pytest.approx(0, abs=1e-6)


def test_the_classifier_is_kept_and_found_again(data, tmp_path, monkeypatch):
    monkeypatch.setenv("CONDGAN_CACHE", str(tmp_path))
    trained = []
    usual = features.train_classifier

    def counted(*arguments, **options):
        trained.append(1)
        return usual(*arguments, **options)

    monkeypatch.setattr(features, "train_classifier", counted)
    monkeypatch.setattr(features, "usual_epochs", lambda images: 2)
    first, again = Probe(data, n=5)(real(data)), Probe(data, n=5)(real(data))
    assert len(trained) == 1
    assert len(list(tmp_path.rglob("*.pt"))) == 1
    assert str(first) == str(again)
    Probe(data, n=5, cache=False)
    assert len(trained) == 2
    assert len(list(tmp_path.rglob("*.pt"))) == 1


def test_looking_leaves_the_global_stream_alone(probe, data):
    before = torch.get_rng_state()
    probe(real(data))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("n", [1, 0, -3, 2.5, "many"])
def test_a_number_that_cannot_work(data, n):
    with pytest.raises(ConfigError, match="n must be"):
        Probe(data, n=n, cache=False)


def test_data_without_classes():
    labels = torch.tensor([[0.0, 1.0]] * 4)
    data = LabelledImages(torch.zeros(4, 1, 8, 8), labels, Attributes(["hat", "beard"]))
    with pytest.raises(LabelError):
        Probe(data, cache=False)


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        (lambda labels: None, ArgumentTypeError),
        (lambda labels: torch.zeros(len(labels) - 1, 1, 8, 8), DataError),
        (lambda labels: torch.zeros(len(labels), 64), DataError),
    ],
)
def test_a_sample_that_gives_something_else(probe, sample, error):
    with pytest.raises(error, match=r"sample\(labels\) gives"):
        probe(sample)


def test_bytes_look_as_the_floats_they_stand_for(data):
    as_bytes = to_bytes(data.images)
    whole = LabelledImages(as_bytes, data.labels, data.classes)
    for figures in Probe(whole, n=20, cache=False)(
        lambda labels: as_bytes[data.labels == data.classes.id(labels[0])][: len(labels)]
    ).values():
        assert figures.accuracy == 1.0
        assert figures.frechet == pytest.approx(0, abs=1e-4)
        assert figures.spread == 1.0
