"""`generate` and `plot_images`: what is asked for, what comes, and what is left untouched."""

import re
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from condgan import Architecture, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import ArgumentTypeError, ConfigError, LabelError, MissingExtraError
from condgan.networks import sampling
from condgan.networks.mlp import MlpDiscriminator
from condgan.networks.sampling import requested

SHAPE = (1, 4, 6)


@pytest.fixture(scope="module", name="G")
def small_generator():
    return ConditionalGenerator(5, SHAPE, latent_dim=3, seed=0, width=8)


@pytest.fixture(scope="module")
def pets():
    return ConditionalGenerator(["cat", "dog", "10", 10], SHAPE, latent_dim=3, seed=0, width=8)


class Normed(nn.Module):
    """A generator whose images depend on batch mates in training mode, and in no other."""

    def __init__(self, latent_dim, condition_size, image_shape):
        super().__init__()
        self.image_shape = image_shape
        self.layers = nn.Sequential(
            nn.Linear(latent_dim + condition_size, 24), nn.BatchNorm1d(24), nn.Dropout(0.5)
        )

    def forward(self, z, condition):
        pixels = self.layers(torch.cat([z, condition], dim=1))
        return pixels.tanh().view(-1, *self.image_shape)


@pytest.fixture
def normed():
    G = ConditionalGenerator(
        5, SHAPE, latent_dim=3, seed=0, architecture=Architecture(Normed, MlpDiscriminator)
    )
    with torch.no_grad():  # statistics that differ from those of any batch
        G.backbone.layers[1].running_mean.fill_(0.3)
        G.backbone.layers[1].running_var.fill_(2.0)
    return G


# What is asked for


@pytest.mark.parametrize(
    ("labels", "n", "ids"),
    [
        (3, None, [3]),
        ([3], None, [3]),
        ((3,), None, [3]),
        (torch.tensor(3), None, [3]),
        (torch.tensor([3]), None, [3]),
        (np.int64(3), None, [3]),
        (np.array([3, 1]), None, [3, 1]),
        (3.0, None, [3]),
        (3, 4, [3, 3, 3, 3]),
        (3, np.int64(2), [3, 3]),
        (3, 2.0, [3, 3]),
        ([3, 1, 3], 2, [3, 3, 1, 1, 3, 3]),
        (None, None, [0, 1, 2, 3, 4]),
        (None, 2, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
        ({4: 2, 0: 1}, None, [4, 4, 0]),
        ({4: 0, 1: np.int64(1)}, None, [1]),
        (np.eye(5)[[2, 0]], None, [2, 0]),
        (3, 0, []),
        ([3, 1], 0, []),
        ({4: 0}, None, []),
    ],
)
def test_rows_come_in_the_order_asked(G, labels, n, ids):
    assert requested(G.classes, labels, n).tolist() == ids
    images = G.generate(labels, n, seed=0)
    assert images.shape == (len(ids), *SHAPE)
    assert images.dtype == torch.float32
    assert not images.requires_grad
    assert (images.abs() <= 1).all()


def test_each_image_is_of_its_label(G):
    labels = [3, 1, 3]
    z = sampling.noise(6, 3, seed=1)
    ids = torch.tensor([3, 3, 1, 1, 3, 3])
    assert torch.equal(G.generate(labels, n=2, seed=1), G(z, ids).detach())
    assert torch.equal(G.generate({3: 2, 1: 4}, z=z), G(z, torch.tensor([3, 3, 1, 1, 1, 1])))
    assert torch.equal(G.generate(labels=3, n=6, z=z), G(z, torch.full((6,), 3)))


@pytest.mark.parametrize(("label", "index"), [("cat", 0), ("dog", 1), ("10", 2), (10, 3)])
def test_labels_are_the_users_own(pets, label, index):
    z = sampling.noise(1, 3, seed=0)
    assert torch.equal(pets.generate(label, seed=0), pets(z, torch.tensor([index])))


@pytest.mark.parametrize(
    ("condition", "labels", "n", "rows"),
    [
        (Attributes(["hat", "smile"]), {"smile"}, None, [[0, 1]]),
        (Attributes(["hat", "smile"]), set(), 2, [[0, 0], [0, 0]]),
        (Attributes(["hat", "smile"]), [{"hat"}, set()], None, [[1, 0], [0, 0]]),
        (Attributes(["hat", "smile"]), {frozenset({"hat"}): 2}, None, [[1, 0], [1, 0]]),
        (Attributes(["hat", "smile"]), [[1, 1], [0, 1]], 1, [[1, 1], [0, 1]]),
        (Quantities(1), 30, 2, [[30], [30]]),
        (Quantities(1), [30, 60], None, [[30], [60]]),
        (Quantities(1), {30: 1, 60: 2}, None, [[30], [60], [60]]),
        (Quantities(2), {(1, 2): 2}, None, [[1, 2], [1, 2]]),
        (Quantities(2), torch.tensor([[1.0, 2.0]]), None, [[1, 2]]),
    ],
)
def test_other_conditions_are_asked_for_alike(condition, labels, n, rows):
    assert requested(condition, labels, n).tolist() == rows
    G = ConditionalGenerator(condition, SHAPE, latent_dim=3, width=4)
    assert G.generate(labels, n).shape == (len(rows), *SHAPE)


@given(st.dictionaries(st.integers(0, 4), st.integers(0, 3), min_size=1))
@settings(max_examples=30)
def test_a_dict_asks_for_so_many_of_each(counts):
    expected = [label for label, count in counts.items() for _ in range(count)]
    assert requested(Classes(5), counts, None).tolist() == expected


@pytest.mark.parametrize(
    ("labels", "options", "error", "words"),
    [
        (7, {}, LabelError, "no class is labelled 7. Known: 0, 1, 2, 3, 4"),
        ("3", {}, LabelError, "did you mean 3, the int?"),
        ([0, 7], {}, LabelError, "values from 0 to 7, first 7 at index 1"),
        ({0: 1, 7: 1}, {}, LabelError, "first 7 at index 1"),
        ([], {}, LabelError, "an empty list names no label to draw"),
        ((), {}, LabelError, "an empty list"),
        (np.array([]), {}, LabelError, "an empty list"),
        ({}, {}, LabelError, "an empty dict names no label to draw"),
        ({0, 1}, {}, ArgumentTypeError, "a string or a number; got {0, 1} of type set"),
        (3, {"n": -1}, ConfigError, "a whole number from 0; got -1"),
        (3, {"n": 2.5}, ConfigError, "a whole number from 0; got 2.5"),
        (3, {"n": "3"}, ConfigError, "a whole number from 0; got '3'"),
        (3, {"n": True}, ConfigError, "a whole number from 0; got True"),
        (3, {"n": [2]}, ConfigError, "a whole number from 0; got [2]"),
        (3, {"n": float("inf")}, ConfigError, "a whole number from 0; got inf"),
        (3, {"n": float("nan")}, ConfigError, "a whole number from 0; got nan"),
        ({3: -1}, {}, ConfigError, "a whole number from 0; got -1"),
        ({3: None}, {}, ConfigError, "a whole number from 0; got None"),
        ({3: 1}, {"n": 2}, ConfigError, "a dict holds a count for each label already; got n=2"),
        (3, {"z": torch.zeros(2, 3)}, ConfigError, "z must have shape (1, 3)"),
        (3, {"n": 2, "z": torch.zeros(2, 4)}, ConfigError, "(2, 3), a row for each image"),
        (3, {"batch_size": 0}, ConfigError, "batch_size must be a positive whole number; got 0"),
    ],
)
def test_wrong_requests_are_refused(G, labels, options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        G.generate(labels, **options)


@pytest.mark.parametrize("condition", [Attributes(["hat"]), Quantities(["angle"])])
def test_every_one_of_endless_conditions_cannot_be_drawn(condition):
    said = f"say what to draw: the condition is {condition!r}"
    with pytest.raises(LabelError, match=re.escape(said)):
        ConditionalGenerator(condition, SHAPE).generate()


# What is left untouched


def test_modes_and_buffers_are_left_as_they_were(normed, fingerprint):
    normed.train()
    frozen = normed.backbone.layers[1].eval()
    before, modes = fingerprint(normed), [module.training for module in normed.modules()]
    normed.generate(3, n=9)
    assert [module.training for module in normed.modules()] == modes
    assert normed.training
    assert not frozen.training
    assert fingerprint(normed) == before


def test_modes_are_restored_after_an_error(normed):
    def broken(z, condition):
        raise RuntimeError("out of paint")

    normed.backbone.forward = broken
    with pytest.raises(RuntimeError, match="out of paint"):
        normed.generate(3)
    assert normed.training
    assert normed.backbone.layers[1].training


def test_images_are_drawn_in_evaluation_mode(normed):
    z = sampling.noise(4, 3, seed=0)
    drawn = normed.train().generate(3, n=4, z=z)
    assert torch.equal(drawn, normed.eval()(z, torch.full((4,), 3)))


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 1000])
def test_an_image_depends_on_neither_batch_mates_nor_batch_size(normed, batch_size):
    together = normed.generate([0, 1, 2], n=3, seed=5)
    z = sampling.noise(9, 3, seed=5)
    apart = normed.generate([0, 1, 2], n=3, z=z, batch_size=batch_size)
    assert torch.allclose(together, apart, atol=1e-5)
    alone = normed.generate(1, z=z[4:5])
    assert torch.allclose(together[4:5], alone, atol=1e-5)
    assert not torch.allclose(together[3:4], alone, atol=1e-3)


def test_no_more_images_at_a_time_than_batch_size(G):
    seen = []
    hook = G.register_forward_hook(lambda module, args, out: seen.append(len(out)))
    try:
        G.generate(3, n=7, batch_size=3)
    finally:
        hook.remove()
    assert seen == [3, 3, 1]


def sizes_drawn(G, n, **options):
    seen = []
    hook = G.register_forward_hook(lambda module, args, out: seen.append(len(out)))
    try:
        G.generate(3, n=n, **options)
    finally:
        hook.remove()
    return seen


def test_no_more_images_at_a_time_than_there_is_room_for(G, monkeypatch):
    # The largest map of a 4x6 image, 8 wide within, is the image: 24 numbers of 4 bytes.
    monkeypatch.setattr(sampling, "ROOM", 20 * 24 * 4 + 95)
    assert sizes_drawn(G, 60) == [16, 20, 20, 4]
    assert sizes_drawn(G, 60, batch_size=18) == [16, 18, 18, 8]
    assert sizes_drawn(G, 16) == [16]
    monkeypatch.setattr(sampling, "ROOM", 1)  # fewer than a few at a time would be slow
    assert sizes_drawn(G, 40) == [16, 16, 8]


def test_room_is_for_the_largest_map_within(monkeypatch):
    G = ConditionalGenerator(5, (1, 8, 8), latent_dim=3, architecture="dcgan", width=8)
    monkeypatch.setattr(sampling, "ROOM", 17 * 8 * 4 * 4 * 4)  # 8 channels of 4x4, before the last
    assert sizes_drawn(G, 40) == [16, 17, 7]


def test_how_many_at_a_time_changes_no_image(normed, monkeypatch):
    whole = normed.generate(n=8, seed=2)
    monkeypatch.setattr(sampling, "ROOM", 1)
    assert torch.allclose(normed.generate(n=8, seed=2), whole, atol=1e-5)


def test_no_hook_of_drawing_stays(G):
    G.generate(3, n=20)
    assert not any(module._forward_hooks for module in G.modules())


def test_what_was_drawn_can_be_learnt_from(G):
    images = G.generate(3, n=20)
    weight = torch.ones((), requires_grad=True)
    (images * weight).sum().backward()
    assert float(weight.grad) == pytest.approx(float(images.sum()), rel=1e-4)


# Noise


def test_a_seed_repeats_the_images_and_leaves_the_global_stream(G):
    before = torch.get_rng_state()
    first, second, other = (G.generate(3, n=4, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_without_a_seed_noise_is_fresh_from_the_global_stream(G):
    torch.manual_seed(0)
    first, second = G.generate(3), G.generate(3)
    torch.manual_seed(0)
    assert torch.equal(G.generate(3), first)
    assert not torch.equal(first, second)


def test_the_images_of_a_call_differ(G):
    images = G.generate(3, n=10, seed=0).flatten(1)
    assert torch.pdist(images).min() > 0


def test_noise_is_normal():
    z = sampling.noise(4000, 3, seed=0)
    assert z.shape == (4000, 3)
    assert abs(float(z.mean())) < 0.05
    assert abs(float(z.std()) - 1) < 0.05
    assert torch.equal(z[:7], sampling.noise(4000, 3, seed=0)[:7])


def test_a_generator_without_parameters_can_be_drawn_from():
    class Constant(nn.Module):
        classes, image_shape, latent_dim = Classes(2), (1, 2, 2), 3

        def forward(self, z, labels):
            return labels.float().view(-1, 1, 1, 1).expand(-1, 1, 2, 2)

    images = sampling.draw(Constant(), torch.tensor([0, 1]))
    assert images.flatten(1).tolist() == [[0] * 4, [1] * 4]


# Plots


@pytest.fixture
def plt():
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def shown(figure):
    return [axis.images[0].get_array() for axis in figure.axes if axis.images]


@pytest.mark.parametrize(
    ("labels", "n", "count", "columns"),
    [
        (3, 9, 9, 3),
        (3, 1, 1, 1),
        (3, 5, 5, 3),
        (3, 2, 2, 2),
        ([0, 3], 4, 8, 4),
        (None, 2, 10, 2),
        (3, 0, 0, 1),
        ([0, 3], 0, 0, 1),
        ([0, 3], 2.0, 4, 2),
    ],
)
def test_a_figure_holds_the_images_asked_for(plt, G, labels, n, count, columns):
    figure = G.plot_images(labels, n=n, seed=0)
    assert isinstance(figure, plt.Figure)
    assert len(shown(figure)) == count
    assert figure.axes[0].get_gridspec().ncols == columns
    assert not any(axis.axison for axis in figure.axes)
    if count:
        expected = np.asarray(sampling.picture(G.generate(labels, n, seed=0)[-1]))
        assert np.array_equal(shown(figure)[-1], expected)


def test_grey_runs_from_black_to_white_whatever_the_image(plt, G):
    image = G.plot_images(3, n=1).axes[0].images[0]
    assert image.get_clim() == (0, 255)
    assert image.get_cmap().name == "gray"


def test_colours_are_shown_and_labels_named(plt):
    G = ConditionalGenerator(["cat", "dog"], (3, 4, 4), width=4)
    figure = G.plot_images("dog", n=2)
    assert shown(figure)[0].shape == (4, 4, 3)
    assert figure.get_suptitle() == "'dog'"
    assert G.plot_images().get_suptitle() == "'cat', 'dog'"
    quantities = ConditionalGenerator(Quantities(1), (1, 4, 4), width=4)
    assert quantities.plot_images([30, 60], n=1).get_suptitle() == "[30.0], [60.0]"


def test_wrong_plots_are_refused(plt, G):
    with pytest.raises(LabelError, match="no class is labelled 'cat'"):
        G.plot_images("cat")
    with pytest.raises(ConfigError, match="a whole number from 0; got -1"):
        G.plot_images(3, n=-1)
    with pytest.raises(ConfigError, match="1, 3 or 4 channels; got 2"):
        ConditionalGenerator(2, (2, 4, 4), width=4).plot_images(1)


def test_without_matplotlib_the_extra_is_named(G, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtraError, match=r"plot_images needs matplotlib.*condgan\[plot\]"):
        G.plot_images(3)


def test_what_a_network_keeps_while_drawing_can_be_trained_with():
    class Keeps(nn.Module):
        kept = None

        def forward(self, x):
            if self.kept is None:
                self.kept = torch.ones(x.shape[1])
            return x * self.kept

    G = ConditionalGenerator(2, (1, 8, 8), seed=0)
    G.encoder = nn.Sequential(G.encoder, Keeps())
    G.generate(n=20)
    G(torch.zeros(2, G.latent_dim), torch.tensor([0, 1])).sum().backward()
