"""The real thing: trained on real digits, every class is drawn right and varied."""

import pytest

import condgan
from condgan.metrics.classifier import class_accuracy, train_classifier
from condgan.metrics.spread import within_class_spread

EPOCHS = 90
"""Passes over half of the digits: enough, with room to spare, and done in a few seconds."""


@pytest.fixture(scope="module")
def halves():
    """Digits to train on, and others to judge by."""
    return condgan.load_data("digits").split(0.5, seed=0)


@pytest.fixture(scope="module")
def trained(halves):
    data, _ = halves
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
    D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
    return condgan.Trainer(
        G, D, data.loader(batch_size=64), algorithm="quick", device="cpu", seed=0, progress=False
    ).fit(EPOCHS)


@pytest.fixture(scope="module")
def judge(halves):
    return train_classifier(halves[1], epochs=12, seed=0)


def draw_from(G, seed=0):
    return lambda labels: G.generate(labels, seed=seed)


def test_images_of_a_class_differ_from_each_other_as_real_ones_do(trained, halves):
    shares = within_class_spread(draw_from(trained.generator), halves[0])
    assert shares.keys() == set(range(10))
    assert min(shares.values()) >= 0.5, shares
    assert max(shares.values()) <= 1.5, shares


def test_an_untrained_generator_would_not_pass(trained, halves, judge):
    data, _ = halves
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
    named = class_accuracy(draw_from(G), judge, n=50)
    assert sum(named.values()) / 10 < 0.3
    assert min(named.values()) <= 0.5


def test_the_judge_knows_digits(halves, judge):
    data, _ = halves
    assert (judge.predict(data.floats()) == data.labels).float().mean() > 0.95


def test_images_show_the_class_that_was_asked_for(trained, judge):
    named = class_accuracy(draw_from(trained.generator), judge, n=100)
    assert sum(named.values()) / 10 >= 0.8, named
    assert min(named.values()) > 0.5, named  # no class is dead


def test_images_are_in_range_and_not_the_same(trained):
    images = trained.generator.generate(3, n=9)
    assert images.shape == (9, 1, 8, 8)
    assert images.min() >= -1
    assert images.max() <= 1
    assert len({image.numpy().tobytes() for image in images}) == 9


def test_the_losses_stayed_alive(trained):
    """Neither player has won: D is not certain of everything, nor G beyond reach."""
    assert all(0.2 < value < 3 for value in trained.history["d_loss"][-10:])
    assert all(0.2 < value < 6 for value in trained.history["g_loss"][-10:])
