"""The same pixels twice, and pictures that show nothing."""

import pytest
import torch

from condgan import Attributes, LabelledImages
from condgan.data.twins import FLAT, flat, twins


def set_of(values, labels, classes=3):
    """Images of 2 x 2 pixels, each of one value."""
    images = torch.tensor(values, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 2, 2)
    return LabelledImages(images.contiguous(), torch.tensor(labels), classes)


def test_groups_are_told_apart_by_their_labels():
    found = twins(set_of([1, 2, 1, 3, 2, 1, 4], [0, 1, 0, 1, 2, 0, 2]))
    assert found.together == ((0, 2, 5),)
    assert found.apart == ((1, 4),)


def test_none():
    assert twins(set_of([1, 2, 3], [0, 0, 0])) == ((), ())


def test_one_pixel_is_enough_to_differ():
    data = set_of([7, 7], [0, 0])
    assert twins(data).together == ((0, 1),)
    data.images[1, 0, 1, 1] = 8
    assert twins(data).together == ()


def test_rows_of_labels_are_compared_whole():
    labels = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    data = LabelledImages(torch.zeros(3, 1, 2, 2), labels, Attributes(["hat", "smile"]))
    assert twins(data).apart == ((0, 1, 2),)
    assert twins(data.subset([0, 1])).together == ((0, 1),)


@pytest.mark.parametrize(("dtype", "white"), [(torch.uint8, 255), (torch.float32, 2)])
@pytest.mark.parametrize(("share", "is_flat"), [(0.0, True), (0.6, True), (1.5, False)])
def test_flat_is_by_what_an_image_spans(dtype, white, share, is_flat):
    images = torch.zeros(2, 3, 4, 4, dtype=dtype)
    images[0, 1, 2, 2] = int(white * FLAT * share) if white == 255 else white * FLAT * share
    images[1, 2, 0, 0] = 1 if white == 2 else 255
    assert flat(LabelledImages(images, torch.tensor([0, 1]), 2)) == ((0,) if is_flat else ())


def test_an_even_colour_is_flat():
    images = torch.tensor([255, 0, 0], dtype=torch.uint8)[None, :, None, None].repeat(1, 1, 4, 4)
    assert flat(LabelledImages(images, torch.tensor([0]), 1)) == (0,)
