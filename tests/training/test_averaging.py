"""Averaged generator weights, by hand-worked numbers."""

import pytest
import torch
from torch import nn

from condgan import Adversarial
from condgan.training.averaging import AveragedWeights, assign, values


def one_weight(value: float) -> nn.Linear:
    network = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        network.weight.fill_(value)
    return network


def test_half_of_the_past_is_forgotten_in_a_half_life():
    network = one_weight(0.0)
    average = AveragedWeights(network, half_life=10.0)
    average.images = 10_000  # long past the ramp
    network.weight.data.fill_(8.0)
    seen = []
    for images in (10, 10, 20):
        average.update(network, images)
        seen.append(average.module.weight.item())
    assert seen == pytest.approx([4.0, 6.0, 7.5])  # the gap of 8 halves: 4, 2, then a quarter


@pytest.mark.parametrize("batch", [1, 5, 10])
def test_the_batch_size_does_not_matter(batch):
    network = one_weight(0.0)
    average = AveragedWeights(network, half_life=10.0)
    average.images = 10_000
    network.weight.data.fill_(8.0)
    for _ in range(20 // batch):
        average.update(network, batch)
    assert average.module.weight.item() == pytest.approx(6.0)


def test_a_young_average_has_a_shorter_half_life():
    network = one_weight(0.0)
    average = AveragedWeights(network, half_life=10.0)
    network.weight.data.fill_(1.0)
    average.update(network, 100)  # 100 images: the half-life is 5, so 20 of them have passed
    assert average.module.weight.item() == pytest.approx(1 - 0.5**20)
    network.weight.data.fill_(0.0)
    average.update(network, 60)  # 160 images: 8, so 7.5 half-lives
    assert average.module.weight.item() == pytest.approx((1 - 0.5**20) * 0.5**7.5, rel=1e-5)
    network.weight.data.fill_(1.0)
    average.update(network, 840)  # 1000 images: 10 from now on, not 50
    gap = 1 - (1 - 0.5**20) * 0.5**7.5
    assert average.module.weight.item() == pytest.approx(1 - gap * 0.5**84)


def test_running_statistics_are_averaged_and_counters_copied():
    network = nn.BatchNorm1d(2, momentum=1.0)
    average = AveragedWeights(network, half_life=4.0)
    average.images = 10**9
    for level in (8.0, 16.0, 0.0):
        network(torch.full((4, 2), level))
        average.update(network, 4)  # a half-life: half of what was, half of what is
    assert average.module.running_mean.tolist() == [5.0, 5.0]  # 0, 4, 10, 5
    assert average.module.running_var.tolist() == [0.125, 0.125]  # 1, and then three times 0
    assert average.module.num_batches_tracked.item() == network.num_batches_tracked.item() == 3
    for ours, theirs in zip(average.module.buffers(), network.buffers(), strict=True):
        assert ours is not theirs


def test_the_copy_is_apart_and_for_drawing():
    network = one_weight(1.0)
    average = AveragedWeights(network, half_life=10.0)
    assert average.equals(network)
    network.weight.data.fill_(2.0)
    assert average.module.weight.item() == 1.0
    assert not average.equals(network)
    assert not average.module.training
    assert not any(p.requires_grad for p in average.module.parameters())


def test_assign_copies_into_the_tensors_a_network_has():
    source, target = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    with torch.no_grad():
        source.weight.fill_(3.0)
        source.running_mean.fill_(4.0)
    own = target.weight
    assign(target, values(source))
    assert target.weight is own
    assert own.tolist() == [3.0, 3.0]
    assert target.running_mean.tolist() == [4.0, 4.0]


def test_after_fit_g_holds_the_average_and_while_training_the_raw_weights(
    make_trainer, torch_loader, fingerprint
):
    seen = []

    def look(state):
        seen.append((fingerprint(state.G), fingerprint(state.average.module)))

    algorithm = Adversarial(ema_half_life=50.0, generator_lr=1e-2)
    trainer = make_trainer(torch_loader(32), algorithm=algorithm, callbacks=[look]).fit(2)
    raw, averaged = seen[-1]
    assert raw != averaged
    assert fingerprint(trainer.G) == averaged
    assert trainer.generator is trainer.G
    without = make_trainer(
        torch_loader(32), algorithm=Adversarial(ema_half_life=None, generator_lr=1e-2)
    ).fit(2)
    assert fingerprint(without.G) == raw  # averaging only looks on
