"""The tutorial's networks: their layers in order, their parameters to the last one."""

import pytest
import torch
from torch import nn

from condgan import ConditionalDiscriminator, ConditionalGenerator
from condgan.errors import ConfigError
from condgan.networks.mlp import MlpDiscriminator, MlpGenerator, hidden_layers

MNIST = (1, 28, 28)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def layers(module):
    return [type(layer) for layer in module]


def test_parameter_counts_of_the_tutorial():
    assert (
        parameters(ConditionalGenerator(10, MNIST, latent_dim=100, architecture="mlp")) == 180_184
    )
    assert parameters(ConditionalDiscriminator(10, MNIST, architecture="mlp")) == 159_601


def test_the_generators_layers_in_order():
    G = ConditionalGenerator(10, MNIST, architecture="mlp")
    assert G.latent_dim == 100
    stack = G.backbone.layers
    assert layers(stack) == [nn.Linear, nn.LeakyReLU, nn.LayerNorm, nn.Linear, nn.Tanh]
    assert (stack[0].in_features, stack[0].out_features) == (110, 200)
    assert stack[1].negative_slope == 0.02
    assert stack[2].normalized_shape == (200,)
    assert (stack[3].in_features, stack[3].out_features) == (200, 784)


def test_the_discriminators_layers_in_order():
    D = ConditionalDiscriminator(10, MNIST, architecture="mlp")
    stack = D.backbone.layers
    assert layers(stack) == [nn.Linear, nn.LeakyReLU, nn.LayerNorm]
    assert (stack[0].in_features, stack[0].out_features) == (794, 200)
    assert stack[1].negative_slope == 0.02
    assert stack[2].normalized_shape == (200,)
    assert (D.head.any_label.in_features, D.head.any_label.out_features) == (200, 1)
    assert not [m for m in D.modules() if isinstance(m, nn.Sigmoid)]


def test_the_weights_start_as_torch_starts_them():
    torch.manual_seed(0)
    G = ConditionalGenerator(10, MNIST, architecture="mlp")
    torch.manual_seed(0)
    assert torch.equal(G.backbone.layers[0].weight, nn.Linear(110, 200).weight)


def test_noise_and_pixels_come_before_the_label():
    G, D = MlpGenerator(2, 3, (1, 2, 2)), MlpDiscriminator(3, (1, 2, 2))
    for network, first, shape in ((G, 2, (1, 2)), (D, 4, (1, 1, 2, 2))):
        seen = []
        network.layers[0].register_forward_pre_hook(lambda _, args, seen=seen: seen.append(args[0]))
        network(torch.full(shape, 7.0), torch.zeros(1, 3))
        assert seen[0].tolist() == [[7.0] * first + [0.0] * 3]


def test_pixels_fill_images_row_by_row():
    G = MlpGenerator(2, 0, (2, 2, 3))
    with torch.no_grad():
        G.layers[-2].weight.zero_()
        G.layers[-2].bias.copy_(torch.arange(12.0) / 10)
    image = G(torch.zeros(1, 2), torch.zeros(1, 0))[0]
    assert torch.allclose(image.atanh(), torch.arange(12.0).view(2, 2, 3) / 10)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_width_and_depth(depth):
    stack = hidden_layers(5, 7, depth)
    assert layers(stack) == [nn.Linear, nn.LeakyReLU, nn.LayerNorm] * depth
    assert [layer.in_features for layer in stack[::3]] == [5] + [7] * (depth - 1)
    G = ConditionalGenerator(3, (1, 4, 4), width=7, depth=depth)
    D = ConditionalDiscriminator(3, (1, 4, 4), width=7, depth=depth)
    assert D.backbone.features == 7
    assert D(G.generate(n=1), torch.arange(3)).shape == (3,)


@pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])
def test_a_whole_number_may_be_a_float(make):
    made, same = (make(3, (1, 4, 4), width=w, depth=d, seed=0) for w, d in ((7.0, 2.0), (7, 2)))
    assert torch.equal(made.backbone.layers[3].weight, same.backbone.layers[3].weight)


@pytest.mark.parametrize("make", [ConditionalGenerator, ConditionalDiscriminator])
@pytest.mark.parametrize("name", ["width", "depth"])
@pytest.mark.parametrize("size", [0, -1, 2.5, "200"])
def test_sizes_that_are_no_sizes_are_refused(make, name, size):
    with pytest.raises(ConfigError, match=f"{name} must be a positive whole number; got {size!r}"):
        make(3, (1, 4, 4), **{name: size})
