"""How a metric draws: so many images of one class, on the CPU, or a refusal."""

import re

import pytest
import torch

from condgan import ConditionalGenerator
from condgan.errors import DataError
from condgan.metrics.sample import drawn


def test_labels_go_in_and_images_come_out():
    asked = []

    def sample(labels):
        asked.append(labels)
        return torch.zeros(len(labels), 1, 4, 4, requires_grad=True)

    images = drawn(sample, "cat", 3)
    assert asked == [["cat", "cat", "cat"]]
    assert images.shape == (3, 1, 4, 4)
    assert images.device.type == "cpu"
    assert not images.requires_grad


def test_a_generator_is_a_sample():
    G = ConditionalGenerator(["cat", "dog"], (1, 4, 4), width=4)
    assert drawn(G.generate, "dog", 5).shape == (5, 1, 4, 4)


@pytest.mark.parametrize("shape", [(2, 1, 4, 4), (4, 1, 4, 4), (3, 4, 4), (3,)], ids=str)
def test_another_number_of_images_is_refused(shape):
    said = f"an image (C, H, W) for each of 3 labels; got shape {shape}"
    with pytest.raises(DataError, match=re.escape(said)):
        drawn(lambda labels: torch.zeros(shape), 0, 3)


@pytest.mark.parametrize(
    ("values", "range_"), [((-1.0, 1.1), "[-1, 1.1]"), ((0.0, 255.0), "[0, 255]")], ids=str
)
def test_values_outside_the_range_are_refused(values, range_):
    images = torch.tensor(values).view(2, 1, 1, 1)
    with pytest.raises(DataError, match=re.escape(f"these lie in {range_}. For 0..255 give bytes")):
        drawn(lambda labels: images, 0, 2)


def test_what_is_no_number_is_refused_and_rounding_is_cut_off():
    with pytest.raises(DataError, match="lie in"):
        drawn(lambda labels: torch.full((1, 1, 1, 1), torch.nan), 0, 1)
    assert drawn(lambda labels: torch.full((1, 1, 1, 1), 1.0005), 0, 1).item() == 1


def test_bytes_become_the_one_range():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).view(3, 1, 1, 1)
    found = drawn(lambda labels: images, 0, 3)
    assert found.dtype == torch.float32
    assert found.flatten().tolist() == pytest.approx([-1, -0.6, 1])
    assert images.flatten().tolist() == [0, 51, 255]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_floats_of_any_width_keep_their_values(dtype):
    images = torch.tensor([-1, 0.25, 1], dtype=dtype).view(3, 1, 1, 1)
    found = drawn(lambda labels: images, 0, 3)
    assert found.dtype == torch.float32
    assert found.flatten().tolist() == [-1, 0.25, 1]
