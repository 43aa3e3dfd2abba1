"""Arcs, lines, and images of what lies between conditions."""

import math

import pytest
import torch

from condgan import Attributes, ConditionalGenerator, Quantities
from condgan.pictures.interpolate import (
    BATCH,
    condition_vectors,
    draw_vectors,
    spherical,
    straight,
)


def test_an_arc_worked_by_hand():
    third = math.pi / 3
    end = torch.tensor([math.cos(third), math.sin(third), 0.0])
    arc = spherical(torch.tensor([1.0, 0.0, 0.0]), end, 4)
    expected = [[math.cos(third * i / 3), math.sin(third * i / 3), 0.0] for i in range(4)]
    assert torch.allclose(arc, torch.tensor(expected), atol=1e-6)


def test_an_arc_keeps_the_length_that_a_line_would_lose():
    first, last = torch.randn(2, 100, generator=torch.Generator().manual_seed(0))
    first, last = (10 * x / x.norm() for x in (first, last))
    assert torch.allclose(spherical(first, last, 7).norm(dim=1), torch.full((7,), 10.0))
    assert straight(first, last, 3)[1].norm() < 8


def test_an_arc_begins_and_ends_where_it_should():
    first, last = torch.randn(2, 64, generator=torch.Generator().manual_seed(1))
    arc = spherical(first, last, 2)
    assert torch.allclose(arc, torch.stack([first, last]), atol=1e-6)
    assert arc.dtype == torch.float32


@pytest.mark.parametrize("last", [[2.0, 0.0], [-1.0, 0.0]])
def test_where_there_is_no_single_arc_it_is_the_line(last):
    first, last = torch.tensor([1.0, 0.0]), torch.tensor(last)
    assert torch.equal(spherical(first, last, 5), straight(first, last, 5))


def test_a_line_worked_by_hand():
    line = straight(torch.tensor([0.0, 4.0]), torch.tensor([1.0, 0.0]), 5)
    assert line.tolist() == [[0, 4], [0.25, 3], [0.5, 2], [0.75, 1], [1, 0]]


class Own(torch.nn.Module):
    """An encoder of one's own: an angle on the circle."""

    def forward(self, labels):
        return torch.stack([labels.float().cos(), labels.float().sin()], dim=1)


@pytest.mark.parametrize(
    ("condition", "encoder", "labels"),
    [
        (3, "onehot", [0, 2]),
        (3, "embedding", [0, 2]),
        (3, Own(), [0, 2]),
        (Attributes(["hat", "smile"]), "multihot", [{"hat"}, {"smile"}]),
        (Quantities(["age"], [(0, 10)]), "continuous", [2.0, 7.5]),
    ],
    ids=["onehot", "embedding", "own", "multihot", "continuous"],
)
def test_vectors_of_labels_draw_what_the_labels_do(condition, encoder, labels):
    G = ConditionalGenerator(condition, (1, 8, 8), encoder=encoder, width=8, latent_dim=4, seed=0)
    z = torch.randn(2, 4, generator=torch.Generator().manual_seed(0))
    vectors = condition_vectors(G, G.classes.canonical(labels))
    assert not vectors.requires_grad
    assert torch.equal(draw_vectors(G, z, vectors), G.generate(labels, z=z))


def test_images_between_lie_between():
    halves = Attributes(["hat"])
    G = ConditionalGenerator(halves, (1, 8, 8), width=8, latent_dim=4)
    ends = condition_vectors(G, torch.tensor([[0.0], [1.0]]))
    z = torch.zeros(1, 4)
    middle = draw_vectors(G, z, straight(*ends, 3)[1:2])
    assert torch.allclose(middle, G(z, torch.tensor([[0.5]])), atol=1e-6)


def test_many_are_drawn_in_parts_and_the_mode_stays():
    G = ConditionalGenerator(3, (1, 8, 8), width=8, latent_dim=4, seed=0).train()
    ids = torch.arange(BATCH + 3) % 3
    z = torch.randn(len(ids), 4, generator=torch.Generator().manual_seed(0))
    images = draw_vectors(G, z, condition_vectors(G, ids))
    assert torch.allclose(images, G.generate(ids, z=z), atol=1e-6)
    assert all(module.training for module in G.modules())
