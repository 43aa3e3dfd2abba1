"""Batch normalisation over the whole batch, of which each rank holds a part."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from condgan.training.ranks import Ranks


@contextmanager
def batch_norms(ranks: Ranks, *networks: nn.Module) -> Iterator[None]:
    """Inside the block every batch normalisation in training takes its statistics of all ranks.

    Torch's own `SyncBatchNorm` does so on accelerators only. Only a step is such a block: what a
    callback does with a network, others would not meet it in.
    """
    if ranks.size == 1:
        yield
        return
    layers = [m for n in networks for m in n.modules() if isinstance(m, _BatchNorm)]
    usual = [type(layer) for layer in layers]
    try:
        for layer, kind in zip(layers, usual, strict=True):
            layer.__class__ = _over_ranks(kind)  # type: ignore[arg-type]
            layer.__dict__["ranks"] = ranks
        yield
    finally:
        for layer, kind in zip(layers, usual, strict=True):
            layer.__class__ = kind
            layer.__dict__.pop("ranks", None)


@cache
def _over_ranks(kind: type[_BatchNorm]) -> type[_BatchNorm]:
    """The same layer, but for what it does in training.

    torch.compile leaves that alone: it would look into how processes are connected.
    """
    over_ranks = torch.compiler.disable(normalised)  # type: ignore[no-untyped-call]

    class OverRanks(kind):  # type: ignore[valid-type, misc]
        def forward(self, x: Tensor) -> Tensor:
            if self.training:
                together: Tensor = over_ranks(self, x, self.ranks)
                return together
            usual: Tensor = super().forward(x)
            return usual

        def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
            """A copy, also one in a file, belongs to whoever made it, on one rank alone."""
            _, _, kept, *rest = super().__reduce_ex__(protocol)
            usual = {name: value for name, value in kept.items() if name != "ranks"}
            return object.__new__, (kind,), usual, *rest

    return OverRanks


def normalised(layer: _BatchNorm, x: Tensor, ranks: Ranks) -> Tensor:
    """`x` `(N, C, ...)` less its mean, by its standard deviation, both of all ranks.

    Mean and sum of squared deviations of the parts are put together as in Chan, Golub and LeVeque,
    "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances" (1979), equations
    2.1, without the cancellation of a mean of squares.
    """
    over = [0, *range(2, x.ndim)]
    values = x.to(torch.promote_types(x.dtype, torch.float32))
    count = float(x.numel() // x.shape[1])
    mean = values.mean(over)
    spread = (values - _shaped(mean, x)).square().sum(over)
    mine = values.new_zeros(ranks.size, 1)
    mine[ranks.rank] = 1.0
    rows = mine * torch.cat([mean, spread, mean.new_tensor([count])])
    means, spreads, counts = SumOverRanks.apply(rows, ranks).split([len(mean), len(mean), 1], dim=1)
    counts = counts.detach()
    total = counts.sum()
    weights = counts / total
    mean = (weights * means).sum(0)
    variance = spreads.sum(0) / total + (weights * (means - mean).square()).sum(0)
    if layer.track_running_stats:
        _remember(layer, mean.detach(), variance.detach() * total / (total - 1))
    y = (values - _shaped(mean, x)) * _shaped((variance + layer.eps).rsqrt(), x)
    if layer.affine:
        y = torch.addcmul(_shaped(layer.bias, x), y, _shaped(layer.weight, x))
    return y.to(x.dtype)


def _shaped(values: Tensor, x: Tensor) -> Tensor:
    """One value a channel, to go with `(N, C, ...)`."""
    return values.view(1, -1, *[1] * (x.ndim - 2))


@torch.no_grad()
def _remember(layer: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    """Moves the running statistics as torch does."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    assert layer.num_batches_tracked is not None
    layer.num_batches_tracked.add_(1)
    part = 1.0 / float(layer.num_batches_tracked) if layer.momentum is None else layer.momentum
    layer.running_mean.lerp_(mean.to(layer.running_mean.dtype), part)
    layer.running_var.lerp_(variance.to(layer.running_var.dtype), part)


class SumOverRanks(torch.autograd.Function):
    """The sum over ranks; its gradient is that of the whole batch's loss.

    A rank's own loss is the mean over its part, whose share of the batch the gradients of weights
    are multiplied by when they are summed up. So what comes back from the losses of others is
    weighted by theirs here, and freed of this rank's share, which is yet to come.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.summed(rows.clone())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        share = ctx.ranks.share
        total: Tensor = SumOverRanks.apply(gradient * share, ctx.ranks)
        return total / share, None
