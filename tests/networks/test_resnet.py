"""The `resnet` architecture: its blocks by hand, the maps its descriptions name.

What it has in common with `dcgan` is in `test_convolutional.py`.
"""

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from condgan import ConditionalDiscriminator
from condgan.networks.resnet import (
    RESNET,
    DownBlock,
    ResnetDiscriminator,
    ResnetGenerator,
    UpBlock,
)


def given_to(*modules):
    """Lists of what each module is given from now on, in order of the calls."""
    seen = []
    for module in modules:
        module.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach().clone()))
    return seen


def maps(tensors):
    return [tuple(x.shape[1:]) for x in tensors]


def images(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def silence(layer):
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()


# Blocks


def test_an_up_block_doubles_and_crops():
    block = UpBlock(4, 2, (3, 6), condition_size=3)
    assert block(images(5, 4, 2, 3), torch.zeros(5, 3)).shape == (5, 2, 3, 6)


def test_an_up_blocks_short_cut_enlarges_the_nearest():
    block = UpBlock(1, 1, (3, 4), condition_size=0)
    silence(block.conv2)
    with torch.no_grad():
        block.skip.weight.fill_(2.0)
        block.skip.bias.fill_(1.0)
    out = block(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]), torch.zeros(1, 0))
    assert out[0, 0].tolist() == [[3, 3, 5, 5], [3, 3, 5, 5], [7, 7, 9, 9]]


def test_an_up_blocks_inner_path_step_by_step():
    block, x, condition = UpBlock(4, 2, (5, 6), condition_size=3), images(3, 4, 3, 3), images(3, 3)
    inner = interpolate(relu(block.norm1(x, condition)), scale_factor=2.0)[:, :, :5, :6]
    inner = block.conv2(relu(block.norm2(block.conv1(inner), condition)))
    straight = block.skip(interpolate(x, scale_factor=2.0)[:, :, :5, :6])
    assert torch.allclose(block(x, condition), inner + straight, atol=1e-5)


def test_a_down_block_halves_and_rounds_down():
    assert DownBlock(4, 2)(images(5, 4, 7, 4)).shape == (5, 2, 3, 2)
    assert DownBlock(4, 2, halve=False)(images(5, 4, 7, 4)).shape == (5, 2, 7, 4)


def test_a_down_block_step_by_step():
    block, x = DownBlock(4, 2), images(3, 4, 6, 6)
    inner = block.conv2(relu(block.conv1(relu(x))))
    assert torch.allclose(block(x), avg_pool2d(inner + block.skip(x), 2), atol=1e-5)


def test_a_block_that_keeps_the_size_keeps_the_image():
    block, x = DownBlock(4, 4, halve=False), images(3, 4, 6, 6)
    silence(block.conv2)
    assert torch.equal(block(x), x)


def test_only_the_first_block_sees_below_zero():
    x = -images(3, 4, 6, 6).abs()
    for first in (True, False):
        block = DownBlock(4, 2, first=first)
        silence(block.skip)
        assert torch.equal(block(x), block(torch.zeros_like(x))) is not first


# The whole


def test_the_generators_maps_of_28x28():
    G = ResnetGenerator(7, 3, (1, 28, 28), width=4)
    seen = given_to(*G.blocks, G.norm)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).shape == (2, 1, 28, 28)
    assert maps(seen) == [(16, 7, 7), (8, 14, 14), (4, 28, 28)]


def test_the_discriminators_maps_of_28x28():
    D = ResnetDiscriminator(3, (1, 28, 28), width=4)
    seen = given_to(*D.blocks)
    assert D(torch.zeros(2, 1, 28, 28), torch.zeros(2, 3)).shape == (2, 8)
    assert maps(seen) == [(4, 28, 28), (4, 14, 14), (8, 7, 7), (8, 7, 7)]
    assert D.features == 8
    assert [block.first for block in D.blocks] == [True, False, False, False]
    assert [block.halve for block in D.blocks] == [True, True, False, False]


def test_odd_sizes_are_cropped_on_the_way_up_and_floored_on_the_way_down():
    G = ResnetGenerator(7, 3, (2, 31, 17), width=4)
    seen = given_to(*G.blocks, G.norm)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).shape == (2, 2, 31, 17)
    assert maps(seen) == [(16, 8, 5), (8, 16, 9), (4, 31, 17)]
    D = ResnetDiscriminator(0, (2, 31, 17), width=4)
    seen = given_to(*D.blocks)
    assert D(torch.zeros(2, 2, 31, 17), torch.zeros(2, 0)).shape == (2, 8)
    assert maps(seen) == [(2, 31, 17), (4, 15, 8), (8, 7, 4), (8, 7, 4)]


def test_features_are_sums_over_the_last_map_rectified():
    D = ResnetDiscriminator(0, (1, 8, 8), width=2)
    for layer in D.modules():
        if isinstance(layer, nn.Conv2d):
            silence(layer)
    with torch.no_grad():
        D.blocks[0].conv2.bias.copy_(torch.tensor([1.0, -1.0]))
        D.blocks[-1].conv2.bias.copy_(torch.tensor([0.5, 0.25]))
    # 4x4 pixels, each 1 + 0.5 and -1 + 0.25.
    assert D(torch.ones(1, 1, 8, 8), torch.zeros(1, 0)).tolist() == [[24.0, 0.0]]


def test_a_label_in_the_blocks_or_beside_the_noise():
    norm = ResnetGenerator(7, 3, (1, 16, 16), width=2)
    assert norm.start.linear.in_features == 7
    for block in norm.blocks:
        assert block.norm1.modulate.in_features == block.norm2.modulate.in_features == 3
    assert norm.norm.modulate is None
    concat = ResnetGenerator(7, 3, (1, 16, 16), width=2, conditioning="concat")
    assert concat.start.linear.in_features == 10
    assert not [m for m in concat.modules() if getattr(m, "modulate", None) is not None]
    seen = given_to(concat.start.linear)
    concat(torch.full((1, 7), 7.0), torch.tensor([[1.0, 2.0, 3.0]]))
    assert seen[0].tolist() == [[7.0] * 7 + [1.0, 2.0, 3.0]]


def test_it_has_no_batch_normalisation_in_the_discriminator_and_projects_by_default():
    D = ConditionalDiscriminator(3, (1, 16, 16), architecture="resnet", width=2)
    assert D.conditioning == RESNET.conditioning == "projection"
    assert D.spectral_norm is RESNET.spectral_norm is True
    assert D.judges_each_alone
    assert not [m for m in D.modules() if isinstance(m, nn.BatchNorm2d)]


def test_weights_keep_the_channels_last():
    G, D = ResnetGenerator(7, 3, (3, 16, 16)), ResnetDiscriminator(3, (3, 16, 16))
    for network in (G, D):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).is_contiguous()


def test_biases_start_at_zero_and_the_norms_small():
    torch.manual_seed(0)
    G = ResnetGenerator(20, 3, (1, 16, 16))
    for name, parameter in G.named_parameters():
        if name.endswith("bias"):
            assert (parameter == 0).all(), name
    assert G.blocks[0].norm1.modulate.weight.std().item() == pytest.approx(0.02, rel=0.2)
