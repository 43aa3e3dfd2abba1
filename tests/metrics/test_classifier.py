"""The classifier learns what is easy to see, and class accuracy counts right by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from condgan import Attributes, Classes, LabelledImages
from condgan.errors import ConfigError, LabelError
from condgan.metrics.classifier import Classifier, class_accuracy, train_classifier

CLASSES = Classes(["dark", "bright"])


def two_classes(n=64, seed=0):
    """Noise images (1, 8, 8), dark or bright."""
    stream = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    images = torch.rand(n, 1, 8, 8, generator=stream) * 0.6 - 0.9 + labels.view(-1, 1, 1, 1) * 1.2
    return LabelledImages(images, labels, CLASSES, "lamps")


@pytest.fixture(scope="module")
def trained():
    return train_classifier(two_classes(), epochs=3, batch_size=16, seed=0)


def test_it_learns_what_is_easy_to_see(trained):
    held_out = two_classes(seed=1)
    assert torch.equal(trained.predict(held_out.images), held_out.labels)
    assert trained.classes == CLASSES
    assert not trained.training


def test_training_leaves_the_random_streams_and_the_data():
    data = two_classes(n=20)
    images = data.images.clone()
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    train_classifier(data, epochs=1, batch_size=8, seed=3)
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numpy_before)  # noqa: NPY002
    assert torch.equal(data.images, images)


def test_a_seed_repeats_it(fingerprint):
    data = two_classes(n=20)
    first, second, other = (
        fingerprint(train_classifier(data, epochs=1, batch_size=8, seed=seed)) for seed in (3, 3, 4)
    )
    assert first == second != other


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 5, 9), (2, 28, 28)], ids=str)
def test_it_reads_images_of_any_size_from_four(shape):
    logits = Classifier(CLASSES, shape[0], width=4)(torch.zeros(3, *shape))
    assert logits.shape == (3, 2)


def test_predicting_leaves_mode_and_statistics(fingerprint):
    classifier = Classifier(CLASSES, 1, width=4).train()
    before = fingerprint(classifier)
    images = two_classes(n=9).images
    found = classifier.predict(images)
    assert found.dtype == torch.int64
    assert found.shape == (9,)
    assert classifier.training
    assert fingerprint(classifier) == before
    assert torch.equal(classifier.predict(images[:0]), torch.empty(0, dtype=torch.int64))


def test_many_images_are_predicted_in_their_order(trained):
    data = two_classes(n=1203)
    assert torch.equal(trained.predict(data.images), data.labels)


def test_features_are_the_last_hidden_layer(trained):
    images = two_classes(n=9).images
    found = trained.features(images)
    assert found.dtype == torch.float32
    assert found.shape == (9, 128)
    assert (found >= 0).all()
    assert torch.equal(trained.layers[-1](found), trained(images))
    assert torch.equal(trained.features(images), found)
    assert not found.requires_grad
    assert Classifier(CLASSES, 1, width=4).features(images[:0]).shape == (0, 16)


def test_features_leave_mode_and_statistics(fingerprint):
    classifier = Classifier(CLASSES, 1, width=4).train()
    before = fingerprint(classifier)
    images = two_classes(n=1203).images
    found = classifier.features(images)
    assert classifier.training
    assert fingerprint(classifier) == before
    assert torch.allclose(found[600:603], classifier.features(images[600:603]), atol=1e-6)


def test_what_cannot_be_trained_on_is_refused():
    with pytest.raises(ConfigError, match=r"epochs must be a positive whole number; got 0"):
        train_classifier(two_classes(), epochs=0)
    hats = LabelledImages(torch.zeros(2, 1, 4, 4), torch.zeros(2, 1), Attributes(["hat"]), "hats")
    with pytest.raises(LabelError, match="a classifier needs classes; the labels of hats"):
        train_classifier(hats)


# Class accuracy


class Reads(nn.Module):
    """A classifier that reads the class id off the first pixel, which is half of it."""

    classes = Classes(["a", "b", "c"])

    def predict(self, images):
        return images[:, 0, 0, 0].mul(2).round().long()


def painted(ids):
    return torch.tensor(ids, dtype=torch.float32).div(2).view(-1, 1, 1, 1).expand(-1, 1, 4, 4)


def test_a_sample_that_follows_its_labels_is_right():
    def sample(labels):
        return painted([Reads.classes.id(label) for label in labels])

    assert class_accuracy(sample, Reads(), n=7) == {"a": 1.0, "b": 1.0, "c": 1.0}


def test_a_sample_that_ignores_its_labels_is_right_by_chance():
    """Of four images, whatever is asked for, two are of a, one is of b, and one of c."""
    shares = class_accuracy(lambda labels: painted([0, 0, 1, 2]), Reads(), n=4)
    assert shares == {"a": 0.5, "b": 0.25, "c": 0.25}
    always_b = class_accuracy(lambda labels: painted([1] * len(labels)), Reads(), n=5)
    assert always_b == {"a": 0.0, "b": 1.0, "c": 0.0}


def test_accuracy_with_a_trained_classifier(trained):
    data = two_classes(seed=2)
    shares = class_accuracy(lambda labels: data.of(labels[0], len(labels)), trained, n=20)
    assert shares == {"dark": 1.0, "bright": 1.0}
    swapped = {"dark": "bright", "bright": "dark"}
    wrong = class_accuracy(lambda labels: data.of(swapped[labels[0]], len(labels)), trained, n=20)
    assert wrong == {"dark": 0.0, "bright": 0.0}


def test_no_image_at_all_is_refused():
    with pytest.raises(ConfigError, match="n must be a positive whole number; got 0"):
        class_accuracy(lambda labels: painted([]), Reads(), n=0)


# The study's arguments


class Seen:
    """Keeps the batches that a classifier learns from, and hands them on unchanged."""

    def __init__(self):
        self.batches = []

    def __call__(self, images):
        self.batches.append(images)
        return images

    def levels(self):
        """How many images of each class, told by their brightness."""
        bright = torch.cat([batch.mean(dim=(1, 2, 3)) > 0 for batch in self.batches])
        return [int((~bright).sum()), int(bright.sum())]


def uneven(dark=90, bright=10):
    """Images dark or bright all over."""
    labels = torch.tensor([0] * dark + [1] * bright)
    images = (labels - 0.5).view(-1, 1, 1, 1).expand(-1, 1, 4, 4).float()
    return LabelledImages(images, labels, CLASSES, "lamps")


def test_as_many_steps_as_epochs_make_is_the_same(fingerprint):
    data = two_classes(n=20)
    by_epochs = train_classifier(data, epochs=3, batch_size=8, seed=3)  # 2 batches an epoch
    by_steps = train_classifier(data, batch_size=8, seed=3, steps=6)
    assert fingerprint(by_epochs) == fingerprint(by_steps)


@pytest.mark.parametrize("steps", [1, 5])
def test_steps_end_in_the_middle_of_an_epoch(steps):
    seen = Seen()
    train_classifier(two_classes(n=20), batch_size=8, steps=steps, augment=seen)
    assert [batch.shape for batch in seen.batches] == [(8, 1, 8, 8)] * steps


def test_balanced_draws_make_a_rare_class_as_frequent():
    seen = Seen()
    train_classifier(uneven(), batch_size=50, steps=20, balanced=True, augment=seen)
    assert sum(seen.levels()) == 1000
    assert 450 < seen.levels()[1] < 550
    seen = Seen()
    train_classifier(uneven(), batch_size=50, steps=20, augment=seen)
    assert seen.levels() == [900, 100]


def test_balanced_draws_pass_over_a_class_without_images():
    seen = Seen()
    train_classifier(uneven(dark=0), steps=3, balanced=True, augment=seen)
    assert seen.levels() == [0, 30]


def test_an_augmented_batch_is_what_is_learnt_from(fingerprint):
    data = two_classes(n=20)
    plain, same, turned = (
        fingerprint(train_classifier(data, epochs=1, batch_size=8, augment=augment))
        for augment in (None, lambda images: images, lambda images: images.flip(3))
    )
    assert plain == same != turned


def test_no_step_is_refused():
    with pytest.raises(ConfigError, match=r"steps must be a positive whole number; got 0"):
        train_classifier(two_classes(), steps=0)


def test_probabilities_sum_to_one_and_agree_with_the_prediction(trained):
    images = two_classes(n=9).images
    found = trained.probabilities(images)
    assert found.shape == (9, 2)
    assert torch.allclose(found.sum(dim=1), torch.ones(9))
    assert torch.equal(found.argmax(dim=1), trained.predict(images))
    assert not found.requires_grad
