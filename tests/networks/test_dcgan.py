"""The `dcgan` architecture: the maps its descriptions name, and where the label comes in.

What it has in common with `resnet` is in `test_convolutional.py`.
"""

import pytest
import torch
from torch import nn

from condgan import ConditionalDiscriminator, ConditionalGenerator
from condgan.errors import ConfigError
from condgan.modes import drawing
from condgan.networks.dcgan import DCGAN, DcganDiscriminator, DcganGenerator, Doubling
from condgan.networks.layers import Start, as_image


def given_to(*modules):
    """Lists of what each module is given from now on, in order of the calls."""
    seen = []
    for module in modules:
        module.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach().clone()))
    return seen


def maps(tensors):
    return [tuple(x.shape[1:]) for x in tensors]


def test_the_generators_maps_of_28x28():
    G = DcganGenerator(7, 3, (1, 28, 28), width=4)
    seen = given_to(*G.norms)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).shape == (2, 1, 28, 28)
    assert maps(seen) == [(8, 7, 7), (4, 14, 14)]
    assert G.start.linear.out_features == 8 * 7 * 7


def test_the_discriminators_maps_of_28x28():
    D = DcganDiscriminator(3, (1, 28, 28), width=4)
    seen = given_to(*D.layers[::2])
    assert D(torch.zeros(2, 1, 28, 28), torch.zeros(2, 3)).shape == (2, 16)
    assert maps(seen) == [(4, 28, 28), (4, 14, 14), (8, 7, 7)]
    assert D.features == 16
    # Two 4x4 convolutions and a 3x3 one, which rounds up.
    assert [layer.kernel_size for layer in D.layers[::2]] == [(4, 4), (4, 4), (3, 3)]
    assert D.layers(torch.zeros(1, 4, 28, 28)).shape == (1, 16, 4, 4)
    assert {layer.negative_slope for layer in D.layers[1::2]} == {0.2}


def test_odd_sizes_are_cropped_on_the_way_up_and_floored_on_the_way_down():
    G = DcganGenerator(7, 3, (2, 31, 17), width=4)
    seen = given_to(*G.norms)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).shape == (2, 2, 31, 17)
    assert maps(seen) == [(8, 8, 5), (4, 16, 9)]
    D = DcganDiscriminator(0, (2, 31, 17), width=4)
    seen = given_to(*D.layers[::2])
    assert D(torch.zeros(2, 2, 31, 17), torch.zeros(2, 0)).shape == (2, 16)
    assert maps(seen) == [(2, 31, 17), (4, 15, 8), (8, 7, 4)]


def test_what_doubling_gives_too_much_is_cut_off_below_and_at_the_right():
    G = DcganGenerator(7, 3, (1, 9, 11), width=4)
    made = []
    G.ups[-1].register_forward_hook(lambda _, args, out: made.append(out))
    images = G(torch.ones(2, 7), torch.zeros(2, 3))
    assert made[0].shape == (2, 1, 10, 12)
    assert torch.equal(images, as_image(made[0][:, :, :9, :11]))


def test_features_are_sums_over_the_last_map():
    D = DcganDiscriminator(0, (1, 16, 16), width=2)
    with torch.no_grad():
        for layer in D.layers[::2]:
            layer.weight.zero_()
        D.layers[-2].bias.copy_(torch.tensor([1.0, 2.0, -5.0, 0.0]))
    # A last map of 4x4, where a negative number counts a fifth.
    assert D(torch.ones(1, 1, 16, 16), torch.zeros(1, 0)).tolist() == [[16.0, 32.0, -16.0, 0.0]]


def test_weights_start_small_and_biases_at_zero():
    torch.manual_seed(0)
    G, D = DcganGenerator(50, 3, (1, 28, 28)), DcganDiscriminator(3, (1, 28, 28))
    layers = [G.start.linear, *G.ups, *D.layers[::2]]
    for layer in layers:
        assert layer.weight.std().item() == pytest.approx(0.02, rel=0.15)
        assert layer.bias is None or (layer.bias == 0).all()
    for norm in G.norms:
        assert norm.modulate.weight.std().item() == pytest.approx(0.02, rel=0.2)


def test_a_label_in_the_norms_or_beside_the_noise():
    norm = DcganGenerator(7, 3, (1, 16, 16), width=2)
    assert norm.start.linear.in_features == 7
    assert [n.modulate.in_features for n in norm.norms] == [3] * len(norm.norms)
    concat = DcganGenerator(7, 3, (1, 16, 16), width=2, conditioning="concat")
    assert concat.start.linear.in_features == 10
    assert [n.modulate for n in concat.norms] == [None] * len(concat.norms)
    seen = given_to(concat.start.linear)
    concat(torch.full((1, 7), 7.0), torch.tensor([[1.0, 2.0, 3.0]]))
    assert seen[0].tolist() == [[7.0] * 7 + [1.0, 2.0, 3.0]]


@pytest.mark.parametrize("name", ["norms", "projection", "none", None, ""])
def test_another_conditioning_of_a_generator_is_refused(name):
    said = f"conditioning must be 'norm' or 'concat'; got {name!r}"
    with pytest.raises(ConfigError, match=said):
        Start(5, 3, (2, 4, 4), name)
    with pytest.raises(ConfigError, match=said):
        ConditionalGenerator(3, (1, 16, 16), architecture="dcgan", conditioning=name)


def test_it_has_no_batch_normalisation_in_the_discriminator_and_projects_by_default():
    D = ConditionalDiscriminator(3, (1, 16, 16), architecture="dcgan", width=2)
    assert D.conditioning == DCGAN.conditioning == "projection"
    assert D.spectral_norm is DCGAN.spectral_norm is True
    assert D.judges_each_alone
    assert not [m for m in D.modules() if isinstance(m, nn.BatchNorm2d)]


def test_weights_keep_the_channels_last():
    G, D = DcganGenerator(7, 3, (3, 16, 16)), DcganDiscriminator(3, (3, 16, 16))
    for layer in (*G.ups, *D.layers[::2]):
        assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    assert G(torch.zeros(2, 7), torch.zeros(2, 3)).is_contiguous()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("after", [1, 3, 5])
def test_drawing_is_the_same_convolution(after, bias):
    torch.manual_seed(0)
    up = Doubling(6, after, bias).to(memory_format=torch.channels_last)
    x = torch.randn(2, 6, 3, 5).contiguous(memory_format=torch.channels_last)
    expected = up(x)
    assert expected.shape == (2, after, 6, 10)
    with drawing():
        assert torch.allclose(up(x), expected, atol=1e-6)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.allclose(up(x).float(), expected, atol=0.03)


def test_a_matrix_product_draws_only_where_nothing_is_recorded(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("not here")

    monkeypatch.setattr("condgan.networks.dcgan.fold", refuse)
    up, x = Doubling(6, 1, True), torch.randn(2, 6, 3, 5)
    up(x).sum().backward()
    with torch.no_grad():
        up(x)
    with drawing(), pytest.raises(AssertionError, match="not here"):
        up(x)
