"""Nearest images by hand, what counts as a near-copy, and exactness where it matters."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan.errors import DataError
from condgan.metrics import copies
from condgan.metrics.copies import (
    copy_distance,
    nearest,
    nearest_fellow,
    share_of_copies,
    share_of_duplicates,
)


def pixels(*values):
    return torch.tensor(values, dtype=torch.float32).view(-1, 1, 1, 1)


def noise(n, shape=(1, 6, 6), seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_the_nearest_by_hand():
    distances, indices = nearest(pixels(0.1, 0.9, -1), pixels(0, 1, 0.5))
    assert distances.tolist() == pytest.approx([0.1, 0.1, 1.0])
    assert indices.tolist() == [0, 1, 0]
    assert nearest_fellow(pixels(0, 0.25, 1)).tolist() == pytest.approx([0.25, 0.25, 0.75])


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_the_nearest_is_the_least_of_all_distances(n, m, seed):
    images, others = noise(n, seed=seed), noise(m, seed=seed + 100)
    apart = (images.flatten(1)[:, None] - others.flatten(1)[None]).norm(dim=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copies, "BLOCK", 5)
        distances, indices = nearest(images, others)
        fellows = nearest_fellow(images)
    assert torch.allclose(distances, apart.min(dim=1).values)
    assert torch.equal(indices, apart.argmin(dim=1))
    own = (images.flatten(1)[:, None] - images.flatten(1)[None]).norm(dim=2)
    assert torch.allclose(fellows, own.fill_diagonal_(math.inf).min(dim=1).values)


def test_an_image_is_nought_from_itself_among_many():
    """Where `torch.cdist` alone says 0.01."""
    images = noise(600, (1, 28, 28))
    distances, indices = nearest(images, images)
    assert torch.equal(distances, torch.zeros(600))
    assert torch.equal(indices, torch.arange(600))
    twice = torch.cat([images, images[:50]])
    found = nearest_fellow(twice)
    assert torch.equal(found == 0, (torch.arange(650) < 50) | (torch.arange(650) >= 600))


def test_bytes_are_images_too():
    images = torch.tensor([0, 200, 255], dtype=torch.uint8).view(-1, 1, 1, 1)
    assert nearest(images, images[:1])[0].tolist() == [0.0, 200.0, 255.0]


def test_the_copy_distance_is_half_of_the_median():
    training = pixels(0)
    assert copy_distance(pixels(0.2, 0.4, 0.8), training) == pytest.approx(0.2)


def test_copies_are_counted():
    training = noise(20)
    near = training[:10] + 0.01
    assert share_of_copies(near, training, within=0.1) == 1.0
    assert share_of_copies(torch.cat([near, noise(30, seed=1)]), training, within=0.1) == 0.25
    assert share_of_copies(training, training, within=0.0) == 1.0


def test_a_set_that_repeats_itself_tells_copies_exactly():
    """Most held-out images are in the training set too, so that nothing but a copy is one."""
    training = noise(40, (1, 28, 28))
    limit = copy_distance(training[:30], training)
    assert limit == 0.0
    assert share_of_copies(training[:10], training, limit) == 1.0
    assert share_of_copies(noise(10, (1, 28, 28), seed=1), training, limit) == 0.0


def test_duplicates_are_counted():
    images = noise(10)
    assert share_of_duplicates(images, within=0.1) == 0.0
    assert share_of_duplicates(torch.cat([images, images[:5]]), within=0.0) == pytest.approx(
        10 / 15
    )
    assert share_of_duplicates(images[:1].expand(7, -1, -1, -1), within=0.0) == 1.0


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_have_no_duplicate(n):
    assert share_of_duplicates(noise(n), within=9.0) == 0.0


def test_none_to_look_among_is_refused():
    with pytest.raises(DataError, match="no image to look for the nearest among"):
        nearest(noise(2), noise(0))
    distances, indices = nearest(noise(0), noise(2))
    assert len(distances) == len(indices) == 0
