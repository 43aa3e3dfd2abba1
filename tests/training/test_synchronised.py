"""Batch normalisation over ranks: two threads that exchange sums are torch's layer on the whole."""

import copy
import io
import threading

import pytest
import torch
from torch import nn
from torch.nn.functional import batch_norm

from condgan.training.ranks import ManyRanks, Ranks
from condgan.training.synchronised import SumOverRanks, batch_norms, normalised


class Threads(ManyRanks):
    """Ranks that are threads, each with its part of a batch of `counts` images in all."""

    def __init__(self, rank, counts, meeting):
        self.rank, self.size, self.counts = rank, len(counts), counts
        self.barrier, self.told = meeting

    def summed(self, own):
        self.told[self.rank] = own.detach().clone()
        self.barrier.wait(10)
        total = sum(self.told[rank] for rank in range(self.size))
        self.barrier.wait(10)
        return own.copy_(total) if not own.requires_grad else total


def on_threads(counts, work):
    """What `work(ranks)` gives on each of several ranks that run at the same time."""
    meeting, made = (threading.Barrier(len(counts)), {}), {}

    def play(rank):
        made[rank] = work(Threads(rank, counts, meeting))

    threads = [threading.Thread(target=play, args=(rank,)) for rank in range(len(counts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [made[rank] for rank in range(len(counts))]


class Alone(Ranks):
    """The only rank, in a part of the code that is meant for several."""

    counts = (1,)


def layer_of(kind=nn.BatchNorm2d, **settings):
    torch.manual_seed(0)
    layer = kind(3, **settings)
    if layer.affine:
        nn.init.normal_(layer.weight)
        nn.init.normal_(layer.bias)
    return layer.double()


def batch(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


CASES = {
    "pixels": (nn.BatchNorm2d, (7, 3, 2, 2), {}),
    "features": (nn.BatchNorm1d, (7, 3), {}),
    "of all batches": (nn.BatchNorm2d, (7, 3, 2, 2), {"momentum": None}),
    "no weights": (nn.BatchNorm2d, (7, 3, 2, 2), {"affine": False}),
    "no memory": (nn.BatchNorm2d, (7, 3, 2, 2), {"track_running_stats": False}),
}


@pytest.mark.parametrize(("kind", "shape", "settings"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("counts", [(4, 3), (1, 6), (3, 3, 1)])
def test_ranks_together_do_what_torch_does_with_the_whole_batch(kind, shape, settings, counts):
    x, targets = batch(*shape), batch(*shape).flip(0)
    usual = layer_of(kind, **settings)
    as_usual = [copy.deepcopy(usual) for _ in counts]
    whole = x.clone().requires_grad_()
    expected = [usual(whole) for _ in range(2)][1]  # two steps, of the same batch
    (expected * targets).flatten(1).sum(1).mean().backward()

    def work(ranks):
        layer, begin = as_usual[ranks.rank], sum(counts[: ranks.rank])
        own = slice(begin, begin + counts[ranks.rank])
        part = x[own].clone().requires_grad_()
        y = [normalised(layer, part, ranks) for _ in range(2)][1]
        (y * targets[own]).flatten(1).sum(1).mean().backward()
        gradients = [p.grad * ranks.share for p in layer.parameters()]
        return y.detach(), part.grad * ranks.share, gradients, list(layer.buffers())

    made = on_threads(counts, work)
    torch.testing.assert_close(torch.cat([y for y, *_ in made]), expected.detach())
    torch.testing.assert_close(torch.cat([g for _, g, *_ in made]), whole.grad)
    for parameter, *parts in zip(usual.parameters(), *(m[2] for m in made), strict=True):
        torch.testing.assert_close(sum(parts), parameter.grad)
    for *_, buffers in made:
        torch.testing.assert_close(buffers, list(usual.buffers()))


def test_mean_and_spread_by_hand():
    """Parts (0, 2) and (10,): mean 4, squared deviations 16 + 4 + 36 = 56, variance 56 / 3."""

    def work(ranks):
        layer = nn.BatchNorm1d(1, eps=0.0, momentum=1.0)
        part = torch.tensor([[0.0], [2.0]]) if ranks.rank == 0 else torch.tensor([[10.0]])
        return normalised(layer, part, ranks).flatten().tolist(), layer

    (first, layer), (second, _) = on_threads((2, 1), work)
    deviation = (56 / 3) ** 0.5
    assert first + second == pytest.approx([-4 / deviation, -2 / deviation, 6 / deviation])
    assert layer.running_mean.item() == pytest.approx(4)
    assert layer.running_var.item() == pytest.approx(56 / 2)  # unbiased, as torch's


def test_what_hardly_varies_is_not_lost_to_its_mean():
    x = 1e4 + batch(8, 3, 2, 2).float()

    def work(ranks):
        return normalised(nn.BatchNorm2d(3), x[4 * ranks.rank :][:4], ranks)

    y = torch.cat(on_threads((4, 4), work))
    exact = batch_norm(x.double(), None, None, training=True)
    torch.testing.assert_close(y.double(), exact, atol=5e-3, rtol=0)


def test_the_type_of_the_images_is_kept():
    x = batch(4, 3, 2, 2)
    for dtype in (torch.bfloat16, torch.float32, torch.float64):
        assert normalised(nn.BatchNorm2d(3), x.to(dtype), Alone()).dtype == dtype


def test_it_can_be_differentiated_twice():
    layer, x = layer_of(track_running_stats=False), batch(3, 3, 1, 2).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: normalised(layer, x, Alone()), (x,))
    assert torch.autograd.gradgradcheck(lambda x: normalised(layer, x, Alone()), (x,))


def test_the_gradient_of_a_sum_weighs_each_ranks_loss_by_its_share():
    """Losses 5a and 7b of the sum, of 3 images and 1: (3 x 5 + 1 x 7) / 4, less the own share."""

    def work(ranks):
        own = torch.tensor([2.0 + ranks.rank]).requires_grad_()
        total = SumOverRanks.apply(own, ranks)
        (total * (5.0, 7.0)[ranks.rank]).sum().backward()
        return total.item(), own.grad.item()

    assert on_threads((3, 1), work) == [
        (5.0, pytest.approx(22 / 4 / 0.75)),
        (5.0, pytest.approx(22 / 4 / 0.25)),
    ]


class Two(Ranks):
    """One of two ranks, of which the other has the same."""

    size = 2
    share = 0.5

    def summed(self, own):
        return own * 2


def network():
    return nn.Sequential(nn.Conv2d(1, 3, 1), nn.BatchNorm2d(3), nn.InstanceNorm2d(3))


def test_layers_are_of_all_ranks_inside_the_block_and_torchs_after_it():
    net, x = network(), batch(4, 1, 2, 2).float()
    kinds = [type(module) for module in net]
    usual = copy.deepcopy(net)(x)
    with batch_norms(Two(), net, net):
        assert isinstance(net[1], nn.BatchNorm2d)
        assert type(net[1]) is not nn.BatchNorm2d
        assert type(net[2]) is nn.InstanceNorm2d
        y = net(x)
        net.eval()
        assert torch.equal(net[1](x.expand(4, 3, 2, 2)), net.eval()[1](x.expand(4, 3, 2, 2)))
        net.train()
    assert y.shape == usual.shape
    assert [type(module) for module in net] == kinds
    assert "ranks" not in vars(net[1])
    with pytest.raises(RuntimeError, match="on purpose"), batch_norms(Two(), net):
        raise RuntimeError("on purpose")
    assert [type(module) for module in net] == kinds


def test_alone_nothing_is_touched():
    net = network()
    with batch_norms(Ranks(), net):
        assert type(net[1]) is nn.BatchNorm2d


def test_in_evaluation_running_statistics_are_used():
    net, x = nn.Sequential(nn.BatchNorm2d(3)), batch(4, 3, 2, 2).float()
    net[0].running_mean.fill_(2.0)
    expected = copy.deepcopy(net).eval()(x)
    with batch_norms(Two(), net):
        net.eval()
        assert torch.equal(net(x), expected)


def test_copies_and_files_hold_the_usual_layer():
    net = network()
    with batch_norms(Two(), net):
        file = io.BytesIO()
        torch.save(net, file)
        file.seek(0)
        for other in (copy.deepcopy(net), copy.copy(net[1]), torch.load(file, weights_only=False)):
            (layer,) = (m for m in other.modules() if isinstance(m, nn.BatchNorm2d))
            assert type(layer) is nn.BatchNorm2d
            assert "ranks" not in vars(layer)
        assert net[1].ranks.size == 2
    assert torch.equal(copy.deepcopy(net)[1].weight, net[1].weight)
