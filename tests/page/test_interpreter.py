"""The interpreter in JavaScript: the same numbers as torch, operation by operation."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from condgan.networks.sampling import noise
from condgan.page.program import MAPS

X = torch.linspace(-3, 3, 48)
Y = torch.linspace(2, -1.5, 48).sin()
IMAGES = (1, 3, 4, 4)


def filled(x, y):
    x = x.clone()
    x[3:9] = 7.0
    return x


def copied(x, y):
    x = x.clone()
    x[3:9] = y[:6]
    return x


FUNCTIONS = {
    "_prelu_kernel": lambda x, y: F.prelu(x, torch.tensor([0.3])),
    "abs": lambda x, y: x.abs(),
    "add": lambda x, y: torch.add(x, y, alpha=2),
    "addcdiv": lambda x, y: torch.addcdiv(x, y, x + 5, value=0.5),
    "addcmul": lambda x, y: torch.addcmul(x, y, x, value=0.5),
    "ceil": lambda x, y: x.ceil(),
    "clamp": lambda x, y: x.clamp(-1, 1.5),
    "clamp_max": lambda x, y: x.clamp_max(1),
    "clamp_min": lambda x, y: x.clamp_min(-1),
    "copy": copied,
    "cos": lambda x, y: x.cos(),
    "div": lambda x, y: torch.div(x, y + 3) + torch.div(x, 0.7, rounding_mode="floor"),
    "elu": lambda x, y: F.elu(x, 0.7),
    "eq": lambda x, y: (x.round() == 2).float(),
    "erf": lambda x, y: x.erf(),
    "exp": lambda x, y: x.exp(),
    "fill": filled,
    "floor": lambda x, y: x.floor(),
    "ge": lambda x, y: (x >= y).float(),
    "gelu": lambda x, y: F.gelu(x) + F.gelu(y, approximate="tanh"),
    "gt": lambda x, y: (x > 1).float(),
    "hardsigmoid": lambda x, y: F.hardsigmoid(2 * x),
    "hardswish": lambda x, y: F.hardswish(2 * x),
    "hardtanh": lambda x, y: F.hardtanh(x, -0.5, 2),
    "le": lambda x, y: (x <= y).float(),
    "leaky_relu": lambda x, y: F.leaky_relu(x, 0.2),
    "lerp": lambda x, y: torch.lerp(x, y, 0.3),
    "log": lambda x, y: (x + 4).log(),
    "lt": lambda x, y: (x < y).float(),
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "mish": lambda x, y: F.mish(x),
    "mul": lambda x, y: x * y,
    "ne": lambda x, y: (x.round() != 2).float(),
    "neg": lambda x, y: -x,
    "pow": lambda x, y: x.pow(3) + 2**y,
    "reciprocal": lambda x, y: (x + 4).reciprocal(),
    "relu": lambda x, y: x.relu(),
    "round": lambda x, y: torch.round(x * 4 / 2),
    "rsqrt": lambda x, y: (x + 4).rsqrt(),
    "rsub": lambda x, y: 1 - x,
    "sigmoid": lambda x, y: x.sigmoid(),
    "sign": lambda x, y: x.sign(),
    "silu": lambda x, y: F.silu(x),
    "sin": lambda x, y: x.sin(),
    "softplus": lambda x, y: F.softplus(x, 2, 3),
    "sqrt": lambda x, y: (x + 4).sqrt(),
    "sub": lambda x, y: torch.sub(x, y, alpha=2),
    "tanh": lambda x, y: x.tanh(),
    "threshold": lambda x, y: F.threshold(x, 0.1, 20),
    "where": lambda x, y: torch.where(x > 0, x, y),
}


def written(x, y):
    x[:, 1] = 0.5
    x[:, :, 1:3, ::2] += y[:, :, 1:3, 1::2]
    x[0, 0].mul_(2)
    return x


def layer(kind, *sizes, **options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return kind(*sizes, **options).eval()


def of_images(function):
    return lambda x, y: function(x.view(IMAGES))


def of_layer(kind, *sizes, **options):
    return of_images(layer(kind, *sizes, **options))


SPECTRAL = nn.utils.parametrizations.spectral_norm(layer(nn.Linear, 12, 5)).eval()
OTHERS = {
    "cat": lambda x, y: torch.cat([x.view(IMAGES), 2 * y.view(IMAGES)], 1),
    "cat of columns": lambda x, y: torch.cat([x.view(IMAGES), y.view(IMAGES)], 3),
    "stack": lambda x, y: torch.stack([x, y], 1),
    "flip and roll": of_images(lambda x: x.flip(2).roll(1, 3)),
    "permute": of_images(lambda x: x.permute(0, 2, 3, 1)),
    "cut": of_images(lambda x: x[:, 1:, ::2, 1:3]),
    "split": of_images(lambda x: x.chunk(2, 2)[1] - x.split([1, 2], 1)[0][:, :, 1:3]),
    "unbind": of_images(lambda x: x.unbind(1)[2] * x.diagonal(dim1=2, dim2=3)[0, 1]),
    "repeat": of_images(lambda x: x.repeat(1, 2, 1, 3)),
    "index": of_images(lambda x: x[:, [2, 0], :, [1, 3]]),
    "gather": lambda x, y: x.view(4, 12).gather(1, torch.tensor([[3], [0], [11], [5]])),
    "tril": lambda x, y: x.view(6, 8).tril(1) + x.view(6, 8).triu(-1),
    "unfold": lambda x, y: x.unfold(0, 5, 3) * 2,
    "written into": lambda x, y: written(x.view(IMAGES).clone(), y.view(IMAGES)),
    "pad": of_images(lambda x: F.pad(x, (1, 2, 0, 3), value=1.0)),
    "reflected": of_images(lambda x: F.pad(x, (1, 2, 3, 1), mode="reflect")),
    "replicated": of_images(lambda x: F.pad(x, (1, 2, 3, 1), mode="replicate")),
    "shuffled": lambda x, y: F.pixel_shuffle(x.view(1, 12, 2, 2), 2),
    "unshuffled": of_images(lambda x: F.pixel_unshuffle(x, 2)),
    "nearest": of_images(lambda x: F.interpolate(x, scale_factor=2.0)),
    "nearest to odd": of_images(lambda x: F.interpolate(x, size=(7, 9))),
    "bilinear": of_images(lambda x: F.interpolate(x, size=(7, 9), mode="bilinear")),
    "bilinear by corners": of_images(
        lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    ),
    "bicubic": of_images(lambda x: F.interpolate(x, size=(9, 6), mode="bicubic")),
    "sum": of_images(lambda x: x.sum(1) + x.sum((2, 3))[:, :1, None] + x.sum()),
    "mean": of_images(lambda x: x.mean((1, 2), keepdim=True)),
    "largest": of_images(lambda x: x.amax((1, 3)) - x.amin(2)[:, 0]),
    "variance": of_images(lambda x: x.var((1, 2)) + x.var(2, correction=0)[:, 1]),
    "unit": lambda x, y: F.normalize(x.view(4, 12)) + F.normalize(x.view(4, 12), p=3),
    "softmax": lambda x, y: x.view(4, 12).softmax(1) + y.view(4, 12).softmax(0),
    "matrices": lambda x, y: x.view(4, 12) @ y.view(12, 4),
    "a constant matrix": lambda x, y: x.view(4, 12) @ torch.arange(24.0).view(12, 2),
    "many matrices": lambda x, y: x.view(4, 3, 4) @ y.view(4, 4, 3),
    "by a vector": lambda x, y: x.view(4, 12) @ y[:12],
    "scaled sum": lambda x, y: torch.addmm(y[:4], x.view(4, 12), y.view(12, 4), beta=0.5, alpha=2),
    "attention": lambda x, y: F.scaled_dot_product_attention(
        x.view(1, 2, 6, 4), y.view(1, 2, 6, 4), x.view(1, 2, 6, 4)
    ),
    "linear": lambda x, y: layer(nn.Linear, 12, 5)(x.view(4, 12)),
    "spectral norm": lambda x, y: SPECTRAL(x.view(4, 12)),
    "layer norm": lambda x, y: layer(nn.LayerNorm, 12)(x.view(4, 12)),
    "layer norm of two axes": of_layer(nn.LayerNorm, (4, 4), elementwise_affine=False),
    "group norm": lambda x, y: layer(nn.GroupNorm, 2, 4)(x.view(1, 4, 3, 4)),
    "instance norm": of_layer(nn.InstanceNorm2d, 3, affine=True),
    "batch norm": of_layer(nn.BatchNorm2d, 3),
    "convolution": of_layer(nn.Conv2d, 3, 5, 3, padding=1),
    "in steps": of_layer(nn.Conv2d, 3, 5, (3, 2), stride=(2, 1), padding=(2, 0), bias=False),
    "dilated": of_layer(nn.Conv2d, 3, 2, 3, padding=2, dilation=2),
    "grouped": of_layer(nn.Conv2d, 3, 6, 3, groups=3),
    "of several images": lambda x, y: layer(nn.Conv2d, 1, 2, 3)(x.view(3, 1, 4, 4)),
    "of a line": lambda x, y: layer(nn.Conv1d, 4, 3, 3, stride=2, padding=1)(x.view(1, 4, 12)),
    "transposed": of_layer(nn.ConvTranspose2d, 3, 5, 4, stride=2, padding=1),
    "transposed in groups": of_layer(
        nn.ConvTranspose2d, 3, 6, 3, stride=2, padding=1, output_padding=1, groups=3
    ),
    "transposed and dilated": of_layer(nn.ConvTranspose2d, 3, 2, (2, 3), dilation=(2, 1)),
    "weights from an image": lambda x, y: F.conv2d(x.view(IMAGES), y[:24].view(2, 3, 2, 2), y[:2]),
    "transposed by an image": lambda x, y: F.conv_transpose2d(
        x.view(IMAGES), y[:24].view(3, 2, 2, 2)
    ),
    "nothing": lambda x, y: x,
    "not the image": lambda x, y: torch.zeros_like(x) + y.new_full((48,), 0.5) + 0 * x,
}
CASES = {**FUNCTIONS, **OTHERS}


@pytest.fixture(scope="module")
def computed(program_of, in_node):
    return in_node({name: (program_of(one, X, Y)[0], (X, Y)) for name, one in CASES.items()})


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_of_torch(computed, name):
    with torch.no_grad():
        expected = CASES[name](X, Y).reshape(-1)
    found = torch.tensor(computed[name])
    assert found.shape == expected.shape
    assert (found - expected).abs().max() <= 3e-6 * max(1.0, float(expected.abs().max()))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_what_torch_calls_by_that_name(program_of, name):
    assert f"aten.{name}" in program_of(FUNCTIONS[name], X, Y)[1]


def test_every_function_is_tried():
    assert {f"aten.{name}" for name in FUNCTIONS} == MAPS


def test_the_noise_of_a_seed_is_that_of_the_library(in_node):
    cases = [(0, 100), (7, 16), (123456, 33), (2**32 - 1, 128), (5, 1), (6, 2), (9, 15)]
    found = in_node({}, f"{[list(case) for case in cases]}.map((one) => [...noise(...one)])")
    for (seed, size), numbers in zip(cases, found, strict=True):
        expected = noise(1, size, seed)[0]
        assert (torch.tensor(numbers) - expected).abs().max() < 5e-6
