"""The pieces that algorithms are made of."""

import math

import pytest
import torch
from torch import nn

from condgan import Attributes, ConditionalGenerator
from condgan.errors import ConfigError, NonFiniteError
from condgan.training.algorithms.protocol import (
    Batch,
    adam,
    descend,
    draw_labels,
    draw_noise,
    finite,
    frozen,
    judges_each_alone,
    set_rate,
)
from condgan.training.state import TrainState


@pytest.fixture
def state():
    def make(classes=3):
        G = ConditionalGenerator(classes, (1, 8, 8), latent_dim=5, seed=0)
        stream = torch.Generator().manual_seed(7)
        return TrainState(G, nn.Identity(), {}, torch.device("cpu"), 7, stream)

    return make


def test_adam_leaves_out_parameters_that_do_not_train():
    network = nn.Linear(2, 3)
    network.bias.requires_grad_(False)
    optimizer = adam(network, 0.5, (0.1, 0.2))
    (group,) = optimizer.param_groups
    assert [tuple(p.shape) for p in group["params"]] == [(3, 2)]
    assert (group["lr"], group["betas"]) == (0.5, (0.1, 0.2))


def test_adam_fused_moves_as_plain_adam_does():
    moved = []
    for make in (
        lambda network: adam(network, 0.1, (0.5, 0.9)),
        lambda network: torch.optim.Adam(network.parameters(), lr=0.1, betas=(0.5, 0.9)),
    ):
        torch.manual_seed(0)
        network = nn.Linear(3, 2)
        optimizer = make(network)
        for _ in range(5):
            descend(optimizer, [network(torch.ones(4, 3)).square().sum()])
        moved.append(network.weight.detach())
    assert torch.allclose(*moved, atol=1e-6)


def test_frozen_passes_gradients_through_and_collects_none():
    network = nn.Linear(2, 1)
    x = torch.ones(1, 2, requires_grad=True)
    with frozen(network):
        network(x).sum().backward()
    assert torch.equal(x.grad, network.weight.detach())
    assert network.weight.grad is None
    assert all(p.requires_grad for p in network.parameters())


def test_frozen_restores_after_an_error_and_thaws_nothing_else():
    network = nn.Linear(2, 1)
    network.bias.requires_grad_(False)

    def fail_inside():
        with frozen(network):
            assert not network.weight.requires_grad
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fail_inside()
    assert network.weight.requires_grad
    assert not network.bias.requires_grad


def test_a_discriminator_says_that_it_judges_each_alone(networks):
    _, D = networks()
    assert judges_each_alone(D)
    assert not judges_each_alone(nn.Linear(2, 2))


def test_noise_comes_from_the_stream_of_the_run(state):
    global_before = torch.get_rng_state()
    z = draw_noise(state(), 4)
    assert torch.equal(z, torch.randn(4, 5, generator=torch.Generator().manual_seed(7)))
    assert torch.equal(torch.get_rng_state(), global_before)


def test_class_labels_are_drawn_uniformly(state):
    labels = draw_labels(state(), torch.zeros(3000, dtype=torch.int64))
    assert labels.dtype == torch.int64
    assert torch.bincount(labels, minlength=3).min() > 900
    assert len(torch.bincount(labels)) == 3


def test_attributes_are_those_of_the_batch_in_another_order(state):
    batch = torch.eye(8)
    drawn = draw_labels(state(Attributes(8)), batch)
    assert not torch.equal(drawn, batch)
    assert torch.equal(drawn[drawn.argmax(1).argsort()], batch)


def test_a_batch_is_a_pair():
    images, labels = Batch(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))
    assert images.shape[0] == labels.shape[0] == 2


def step_down(*factors, **options):
    """One step of SGD with rate 0.5 from weight 3 down the sum of weight^2 times each factor."""
    weight = nn.Parameter(torch.tensor(3.0))
    weight.grad = torch.tensor(100.0)  # a stale one, which must not count
    optimizer = torch.optim.SGD([weight], lr=0.5)
    loss = descend(optimizer, (weight**2 * factor for factor in factors), **options)
    assert not loss.requires_grad
    return loss.item(), weight.item()


def test_descend_goes_down_the_sum_of_the_shares():
    assert step_down(3.0) == (27.0, -6.0)  # 3 - 0.5 * 6 * 3
    assert step_down(0.5, 1.0, 1.5) == (27.0, -6.0)


def test_descend_shortens_long_gradients_alone():
    assert step_down(1.0, clip_norm=2.0) == (9.0, pytest.approx(2.0))  # 3 - 0.5 * 2
    assert step_down(1.0, clip_norm=10.0) == step_down(1.0) == (9.0, 0.0)
    in_shares = step_down(0.5, 0.5, clip_norm=2.0)  # the sum is clipped, not each share
    assert in_shares == (pytest.approx(9.0), pytest.approx(2.0))


@pytest.mark.parametrize(
    "said",
    [
        "torch.compile with aot_autograd does not currently support double backward",
        "This backward function was compiled with non-empty donated buffers which requires",
    ],
)
def test_a_penalty_on_a_compiled_network_is_told_in_plain_words(said):
    def loss():
        raise RuntimeError(said)
        yield

    weight = nn.Parameter(torch.tensor(3.0))
    with pytest.raises(
        ConfigError, match=r"R1 or GradientPenalty .* leave compile=True out"
    ) as caught:
        descend(torch.optim.SGD([weight], lr=0.5), loss())
    assert said in str(caught.value.__cause__)
    assert weight == 3.0


def test_another_failure_of_torch_is_left_as_it_is():
    def loss():
        raise RuntimeError("out of memory")
        yield

    with pytest.raises(RuntimeError, match=r"^out of memory$"):
        descend(torch.optim.SGD([nn.Parameter(torch.tensor(3.0))], lr=0.5), loss())


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_told_by_player_and_part(value):
    loss = torch.tensor(value)
    with pytest.raises(NonFiniteError, match=f"^D's loss is {value}$"):
        finite("D", loss)
    parts = {"Hinge": torch.tensor(2.0), "R1": loss}
    with pytest.raises(NonFiniteError, match=rf"^G's loss is {value} \(R1 is {value}\)$"):
        finite("G", loss, lambda: parts)
    fine = torch.tensor(2.0)
    assert finite("D", fine, lambda: parts) is fine


def test_the_rate_of_every_group_is_set():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    groups = [{"params": first.parameters()}, {"params": second.parameters(), "lr": 7.0}]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    set_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 0.25]


def test_class_labels_as_often_as_in_the_data(state):
    run = state()
    run.label_counts = torch.tensor([30.0, 0.0, 10.0])
    labels = draw_labels(run, torch.zeros(4000, dtype=torch.int64), as_in_data=True)
    assert labels.dtype == torch.int64
    counts = torch.bincount(labels, minlength=3).tolist()
    assert counts[1] == 0
    assert counts[0] == pytest.approx(3000, abs=100)


def test_attributes_as_often_as_in_the_data_are_those_of_the_batch(state):
    batch = torch.eye(8)
    drawn = draw_labels(state(Attributes(8)), batch, as_in_data=True)
    assert torch.equal(drawn[drawn.argmax(1).argsort()], batch)
