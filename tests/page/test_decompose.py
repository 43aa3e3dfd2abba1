"""Each operation in terms of simpler ones is the operation itself."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from condgan.page.decompose import DECOMPOSED
from condgan.page.trace import traced

X = torch.randn(2, 4, 5, 3, generator=torch.Generator().manual_seed(0))
FLAT = X.view(2, 4, 15)
FOUR = torch.tensor([0.5, -1.0, 2.0, 0.1])

CASES = {
    "batch norm": None,
    "batch norm of its own": lambda x: F.batch_norm(x, None, None, training=True),
    "group norm": lambda x: F.group_norm(x, 2, FOUR, -FOUR),
    "group norm without weights": lambda x: F.group_norm(x, 4),
    "layer norm": lambda x: F.layer_norm(x, [5, 3]),
    "variance": lambda x: x.var(),
    "variance by axes": lambda x: x.var((1, 3), correction=2, keepdim=True),
    "length": lambda x: torch.linalg.vector_norm(x),
    "lengths": lambda x: torch.linalg.vector_norm(x, 3, (1, 2), keepdim=True),
    "softmax": lambda x: (50 * x).softmax(1),
    "by a vector": lambda x: x[0, 0] @ torch.ones(3),
    "bilinear": lambda x: F.interpolate(x, size=(8, 7), mode="bilinear"),
    "bilinear by corners": lambda x: F.interpolate(
        x, scale_factor=1.7, mode="bilinear", align_corners=True
    ),
    "bicubic": lambda x: F.interpolate(x, scale_factor=(2, 3), mode="bicubic"),
    "attention": lambda x: F.scaled_dot_product_attention(x, x.flip(2), 2 * x),
    "attention backwards": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    "attention with a mask": lambda x: F.scaled_dot_product_attention(
        x, x, x, attn_mask=torch.eye(5), scale=0.3
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same(name):
    function = CASES[name]
    if name == "batch norm":
        function = nn.BatchNorm2d(4).eval()
        function.running_mean.copy_(FOUR)
        function.running_var.copy_(FOUR.abs())
    calls, found = traced(function, [X])
    with torch.no_grad():
        expected = function(X)
    assert found.shape == expected.shape
    assert (found - expected).abs().max() < 1e-5
    assert not {call.op for call in calls} & DECOMPOSED.keys()


def test_kept_statistics_are_one_scale_and_one_shift():
    calls, _ = traced(nn.BatchNorm2d(4).eval(), [X])
    assert [call.name for call in calls] == ["aten.mul", "aten.add"]
