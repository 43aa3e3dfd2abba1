"""The directions along which images change most."""

import pytest
import torch
from torch import nn

from condgan import Architecture, ConditionalGenerator
from condgan.page.directions import PLACES, strongest_directions

LABELS = torch.arange(PLACES) % 2


class Steep(nn.Module):
    """Two pixels: one follows the last number of the noise, one less steeply the other two."""

    def __init__(self, *_):
        super().__init__()
        self.register_buffer("slopes", torch.tensor([[0.0, 0.0, 0.05], [0.012, 0.016, 0.0]]))

    def forward(self, z, condition):
        return (z @ self.slopes.t()).view(-1, 1, 1, 2)


def test_the_steepest_comes_first():
    G = ConditionalGenerator(
        2, (1, 1, 2), architecture=Architecture(Steep, None), latent_dim=3, seed=0
    )
    found = strongest_directions(G, LABELS)
    expected = torch.tensor([[0.0, 0.0, 1.0], [0.6, 0.8, 0.0]])
    assert torch.allclose(found[:2], expected, atol=1e-4)
    assert found.shape == (3, 3)  # no more than there are numbers


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16)])
def test_they_are_of_length_one_and_at_right_angles_and_the_same_every_time(shape):
    G = ConditionalGenerator(2, shape, latent_dim=10, width=4, seed=0)
    found = strongest_directions(G, LABELS, most=4)
    assert found.shape == (4, 10)
    assert torch.allclose(found @ found.t(), torch.eye(4), atol=1e-5)
    assert (found.gather(1, found.abs().argmax(1, keepdim=True)) > 0).all()
    assert G.training
    assert torch.equal(found, strongest_directions(G, LABELS, most=4))
