"""Operations of torch in terms of simpler ones, as a page computes them.

Each function takes the arguments of torch's operation in its order. Of those that also give
statistics for a backward pass, only the result itself is wanted here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def batch_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Each channel by its mean and variance: those that were kept, or in `training` its own."""
    shape = [1, -1, *[1] * (x.ndim - 2)]
    if training:
        axes = [axis for axis in range(x.ndim) if axis != 1]
        mean = x.mean(axes)
        variance = (x - mean.view(shape)).square().mean(axes)
    scale = torch.rsqrt(variance + eps)
    if weight is not None:
        scale = scale * weight
    shift = -mean * scale
    if bias is not None:
        shift = shift + bias
    return x * scale.view(shape) + shift.view(shape), mean, variance


def group_norm(
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    n: int,
    channels: int,
    pixels: int,
    groups: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Each group of channels by its own mean and variance."""
    normal, mean, scale = _normalised(x.reshape(n, groups, -1), [2], eps)
    shape = [1, channels, *[1] * (x.ndim - 2)]
    return (
        _affine(
            normal.view(x.shape),
            None if weight is None else weight.view(shape),
            None if bias is None else bias.view(shape),
        ),
        mean,
        scale,
    )


def layer_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The last axes by their own mean and variance."""
    normal, mean, scale = _normalised(x, list(range(x.ndim - len(shape), x.ndim)), eps)
    return _affine(normal, weight, bias), mean, scale


def _normalised(x: Tensor, axes: list[int], eps: float) -> tuple[Tensor, Tensor, Tensor]:
    mean = x.mean(axes, keepdim=True)
    centred = x - mean
    scale = torch.rsqrt((centred * centred).mean(axes, keepdim=True) + eps)
    return centred * scale, mean, scale


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def variance(
    x: Tensor, axes: Sequence[int] | None, correction: float | None, keepdim: bool
) -> Tensor:
    """The mean square of what is left when the mean is taken off."""
    axes = list(axes or range(x.ndim))
    count = math.prod(x.shape[axis] for axis in axes)
    centred = x - x.mean(axes, keepdim=True)
    free = count - (1 if correction is None else correction)
    return (centred * centred).sum(axes, keepdim=keepdim) / free


def vector_norm(
    x: Tensor, order: float, axes: Sequence[int] | None, keepdim: bool, dtype: torch.dtype | None
) -> Tensor:
    """The length of vectors, for any order from 1 that is finite."""
    sums = x.abs().pow(order).sum(list(axes or range(x.ndim)), keepdim=keepdim)
    return sums.pow(1 / order)


def softmax(x: Tensor, axis: int, half_to_float: bool) -> Tensor:
    """Without overflow, since the largest is taken off first."""
    powers = torch.exp(x - x.amax(axis, keepdim=True))
    return powers / powers.sum(axis, keepdim=True)


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    dropout: float,
    causal: bool,
    mask: Tensor | None,
    scale: float | None,
) -> tuple[Tensor, Tensor]:
    """Attention of each query to all keys."""
    scores = query @ key.transpose(-1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if causal:
        scores = scores + torch.full(scores.shape[-2:], -math.inf).triu(1)
    if mask is not None:
        scores = scores + mask
    weights = softmax(scores, -1, False)
    return weights @ value, weights


def _enlargement(op: Any) -> Callable[..., Tensor]:
    """Enlarging by an operation that mixes rows and columns apart: two products of matrices."""

    def enlarged(
        x: Tensor, size: Sequence[int], corners: bool, high: float | None, wide: float | None
    ) -> Tensor:
        rows = torch.eye(x.shape[2])[:, None, :, None]
        columns = torch.eye(x.shape[3])[:, None, None, :]
        down = op(rows, [size[0], 1], corners, high, None)[:, 0, :, 0]
        across = op(columns, [1, size[1]], corners, None, wide)[:, 0, 0, :]
        wider = x @ across
        higher: Tensor = wider.transpose(2, 3) @ down
        return higher.transpose(2, 3)

    return enlarged


def matrix_by_vector(matrix: Tensor, vector: Tensor) -> Tensor:
    """A product of matrices of which one has a single column."""
    product: Tensor = matrix @ vector[:, None]
    return product[:, 0]


aten = torch.ops.aten

DECOMPOSED: dict[Any, Callable[..., Any]] = {
    aten._scaled_dot_product_flash_attention_for_cpu.default: attention,
    aten._softmax.default: softmax,
    aten.linalg_vector_norm.default: vector_norm,
    aten.mv.default: matrix_by_vector,
    aten.native_batch_norm.default: batch_norm,
    aten.native_group_norm.default: group_norm,
    aten.native_layer_norm.default: layer_norm,
    aten.upsample_bicubic2d.default: _enlargement(aten.upsample_bicubic2d.default),
    aten.upsample_bilinear2d.default: _enlargement(aten.upsample_bilinear2d.default),
    aten.var.correction: variance,
}
"""By torch's operation."""
