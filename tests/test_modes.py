import pytest
import torch
from torch import nn

from condgan.modes import evaluating, in_mode, seeded


@pytest.fixture
def network():
    made = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    made[1].eval()  # the user's own choice, which must come back
    return made


def modes(network):
    return [module.training for module in network.modules()]


def test_modes_come_back_also_after_an_error(network):
    before = modes(network)

    def fail():
        with in_mode(True, network):
            assert modes(network) == [True] * 3
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert modes(network) == before == [True, True, False]


def test_evaluating_collects_no_gradient(network):
    with evaluating(network):
        assert modes(network) == [False] * 3
        assert not network(torch.zeros(1, 2)).requires_grad


def test_a_seed_holds_inside_the_block_alone():
    before = torch.get_rng_state()
    with seeded(3):
        first = torch.rand(3)
    with seeded(3):
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(torch.get_rng_state(), before)
