"""Presets: whole recipes by name."""

import dataclasses
import math
import pickle

import pytest
import torch
from torch import nn

from condgan import (
    Adversarial,
    Article,
    Augmented,
    Classes,
    ClassifyFake,
    ClassifyReal,
    DiscriminateClasses,
    Every,
    Hinge,
    LabelledImages,
    Preset,
    Ramp,
    Trainer,
    load_data,
    preset,
)
from condgan.errors import ArgumentTypeError, ConfigError, UnknownNameError
from condgan.metrics.classifier import class_accuracy, train_classifier
from condgan.objectives.objective import check_auxiliary
from condgan.plugins.registry import known
from condgan.training.presets import as_preset

NAMES = sorted(known("algorithm"))
SHAPE = (1, 16, 16)

every_preset = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def squares():
    """Ten images of 16 x 16 pixels in three classes."""
    images = torch.rand(10, *SHAPE, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return LabelledImages(images, torch.arange(10) % 3, Classes(3))


def silent(G, D, loader, algorithm, **arguments):
    arguments = {"seed": 0, "progress": False, "device": "cpu", **arguments}
    return Trainer(G, D, loader, algorithm=algorithm, **arguments)


@every_preset
def test_trains_the_networks_it_makes(squares, name):
    recipe = preset(name)
    G, D = recipe.networks(squares.classes, SHAPE, seed=0, width=4)
    assert G.settings["architecture"] == ("mlp" if name == "article" else "dcgan")
    before = [p.detach().clone() for p in G.parameters()]
    trainer = silent(G, D, squares.loader(2), recipe).fit(2)
    assert trainer.history["epoch"] == [1, 2]
    for row in trainer.history.epochs:
        assert {"d_loss", "g_loss"} <= row.keys()
        assert all(math.isfinite(value) for value in row.values())
    assert all(torch.isfinite(p).all() for p in (*G.parameters(), *D.parameters()))
    assert not all(torch.equal(p, q) for p, q in zip(before, G.parameters(), strict=True))
    assert G.generate([0, 1, 2], seed=0).isfinite().all()


@pytest.fixture(scope="module")
def three_digits():
    """Images of three digits, and a network that tells them apart."""
    digits = load_data("digits")
    data = digits.subset(sum(digits.labels == k for k in (0, 1, 3)).bool())
    return data, train_classifier(data, epochs=8)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "article"])
@pytest.mark.filterwarnings("ignore:never trained")  # the other seven are judged as well
def test_learns_three_digits(name, three_digits):
    """Within seconds; `article`, whose small rate is the tutorial's, takes longer."""
    data, judge = three_digits
    G, D = preset(name).networks(data.classes, data.image_shape, seed=0)
    silent(G, D, data.loader(16), name).fit(30 if name in ("sngan", "wgan-gp") else 15)
    accuracy = class_accuracy(lambda labels: G.generate(labels, seed=0), judge, n=50)
    assert min(accuracy[k] for k in (0, 1, 3)) > 0.5
    for k in (0, 1, 3):
        ours, theirs = G.generate(k, n=50, seed=1), data.of(k, 50)
        assert torch.pdist(ours.flatten(1)).mean() > 0.5 * torch.pdist(theirs.flatten(1)).mean()


@every_preset
def test_is_a_value(name):
    recipe = preset(name)
    assert recipe == preset(name)
    assert repr(recipe).startswith("Preset(algorithm=A")
    assert pickle.loads(pickle.dumps(recipe)) == recipe
    other = dataclasses.replace(recipe, batch_size=8)
    assert (other.batch_size, other.algorithm) == (8, recipe.algorithm)
    assert other != recipe
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.batch_size = 8


def test_no_two_names_mean_the_same():
    recipes = [preset(name) for name in NAMES]
    assert all(first != second for i, first in enumerate(recipes) for second in recipes[:i])


def test_what_the_names_stand_for():
    quick = preset("quick").algorithm
    assert (quick.loss, quick.generator_lr, quick.discriminator_lr) == (Hinge(), 2e-3, 2e-3)
    assert preset("article").algorithm == Article()
    assert preset("quality").algorithm.lr_schedule(0.7) == pytest.approx(0.5)
    wgan = preset("wgan-gp").algorithm
    assert (wgan.n_critic, wgan.betas, wgan.generator_lr) == (5, (0.0, 0.9), 1e-3)
    assert wgan.discriminator_terms[0].weight == 10.0
    assert preset("sngan").algorithm.loss == Hinge()
    assert len(preset("r3gan").algorithm.discriminator_terms) == 2


def test_the_discriminators_they_ask_for():
    def made(name):
        return preset(name).networks(3, SHAPE, width=4)[1]

    assert not made("wgan-gp").spectral_norm
    assert not made("r3gan").spectral_norm
    assert made("sngan").spectral_norm
    assert (made("ac-gan").auxiliary, made("ac-gan").conditioning) == ("ac", "none")
    assert made("quick").auxiliary is None


@pytest.mark.parametrize(
    ("size", "epochs"),
    [
        (60_000, 6),
        (1_000, 150),  # 360 would be too many
        (2_400, 150),
        (3_600, 100),
        (240_000, 2),  # 1.5, and halves go to the even number
        (250_000, 1),
        (360_000, 1),
        (10_000_000, 1),
    ],
)
def test_epochs_show_about_as_many_images(size, epochs):
    assert preset("quick").epochs(size) == epochs


def test_epochs_follow_the_images_asked_for():
    assert dataclasses.replace(preset("quick"), images=300).epochs(100) == 3
    assert preset("quality").epochs(60_000) == 12
    assert preset("quality").epochs(1_000) == 300
    with pytest.raises(ConfigError, match="size must be a positive whole number; got 0"):
        preset("quick").epochs(0)


def test_the_seed_is_of_the_initial_weights_of_both(fingerprint):
    def made(seed):
        return preset("quick").networks(3, SHAPE, seed=seed, width=4)

    stream = torch.get_rng_state()
    first, again, other = made(3), made(3), made(4)
    assert fingerprint(*first) == fingerprint(*again)
    assert fingerprint(first[0]) != fingerprint(other[0])
    assert fingerprint(first[1]) != fingerprint(other[1])
    assert torch.equal(torch.get_rng_state(), stream)


def test_networks_take_other_arguments_before_its_own():
    recipe = Preset(Adversarial(), generator={"width": 4}, discriminator={"width": 8})
    G, D = recipe.networks(3, SHAPE)
    assert (G.settings["options"], D.settings["options"]) == ({"width": 4}, {"width": 8})
    G, D = recipe.networks(3, SHAPE, width=6, encoder="embedding", architecture="mlp")
    assert (G.settings["options"], D.settings["options"]) == ({"width": 6}, {"width": 6})
    assert G.settings["encoder"] == "embedding"
    assert D.settings["architecture"] == "mlp"
    assert recipe.generator == {"width": 4}
    with pytest.raises(ConfigError, match="seed must be"):
        recipe.networks(3, SHAPE, seed=-1)


def test_a_near_miss_gets_a_hint():
    with pytest.raises(UnknownNameError, match=r"'sgnan'; did you mean 'sngan'\?.*wgan-gp"):
        preset("sgnan")


def test_an_algorithm_alone_makes_a_recipe():
    assert as_preset(Article()) == Preset(Article())
    assert as_preset(preset("sngan")) == preset("sngan")


def test_a_plugin_may_register_an_algorithm_alone(monkeypatch):
    from condgan.training import presets

    monkeypatch.setattr(presets, "lookup", lambda kind, name: lambda: Article(lr=0.5))
    assert preset("mine") == as_preset("mine") == Preset(Article(lr=0.5))
    assert Preset("mine") == Preset(Article(lr=0.5))


def test_a_trainer_takes_a_name_a_preset_or_an_algorithm(squares, fingerprint):
    found = []
    for given in ("sngan", preset("sngan"), preset("sngan").algorithm):
        G, D = preset("sngan").networks(3, SHAPE, seed=0, width=4)
        trainer = silent(G, D, squares.loader(2), given).fit(2)
        assert trainer.algorithm == preset("sngan").algorithm
        found.append(fingerprint(trainer.G, trainer.D))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("given", ["ac-gan", preset("ac-gan"), preset("ac-gan").algorithm])
def test_a_d_without_the_head_it_needs_is_refused_before_anything_changes(
    squares, fingerprint, given
):
    G, D = preset("quick").networks(3, SHAPE, seed=0, width=4)
    before = fingerprint(G, D)
    with pytest.raises(
        ConfigError,
        match=r"ClassifyReal needs .* auxiliary='ac'; this one has None: .*auxiliary='ac'\)",
    ):
        silent(G, D, squares.loader(4), given)
    assert fingerprint(G, D) == before
    G, D = preset("quick").networks(3, SHAPE, seed=0, width=4)
    _, D = preset("ac-gan").networks(3, SHAPE, seed=0, width=4)  # the way out
    silent(G, D, squares.loader(4), given).fit()


def test_a_head_of_the_other_kind_is_refused_too():
    _, D = preset("ac-gan").networks(3, SHAPE, width=4)
    with pytest.raises(ConfigError, match=r"DiscriminateClasses .*'adc'; this one has 'ac'"):
        check_auxiliary((DiscriminateClasses(),), D)
    check_auxiliary((ClassifyReal(), ClassifyFake()), D)
    check_auxiliary((ClassifyReal(),), Augmented(D))  # what is wrapped counts
    _, plain = preset("quick").networks(3, SHAPE, width=4)
    for term in (ClassifyFake(), Every(4, ClassifyFake())):
        for judge in (plain, Augmented(plain)):
            with pytest.raises(ConfigError, match="auxiliary='ac'"):
                check_auxiliary((term,), judge)
    check_auxiliary((lambda turn: 0,), plain)  # a term that needs no head


def test_a_d_of_your_own_is_asked_for_its_head_at_the_first_step(
    networks, make_trainer, torch_loader, fingerprint
):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(64, 1)

        def forward(self, images, labels):
            return self.layer(images.flatten(1))

    G, _ = networks()
    D = Own()
    trainer = make_trainer(torch_loader(), G=G, D=D, algorithm="ac-gan")
    before = fingerprint(G, D)
    with pytest.raises(ConfigError, match="auxiliary head"):
        trainer.fit()
    assert fingerprint(G, D) == before


def test_a_changed_recipe_is_what_trains(squares):
    recipe = preset("quick")
    slower = dataclasses.replace(
        recipe, algorithm=dataclasses.replace(recipe.algorithm, lr_schedule=Ramp(1, 0))
    )
    G, D = slower.networks(3, SHAPE, seed=0, width=4)
    assert silent(G, D, squares.loader(4), slower).algorithm.lr_schedule == Ramp(1, 0)


def test_arguments_of_one_network_go_to_that_one():
    recipe = preset("quick")
    G, D = recipe.networks(3, SHAPE, latent_dim=7, spectral_norm=False, width=4)
    assert (G.latent_dim, D.spectral_norm) == (7, False)
    _, D = recipe.networks(3, SHAPE, auxiliary="adc", width=4)
    assert D.auxiliary == "adc"
    with pytest.raises(ConfigError, match="conditioning is chosen for each network apart"):
        recipe.networks(3, SHAPE, conditioning="concat")


def test_an_algorithm_may_be_named():
    assert dataclasses.replace(preset("quick"), algorithm="wgan-gp").algorithm == (
        preset("wgan-gp").algorithm
    )


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"algorithm": 3}, ArgumentTypeError, "has the methods optimizers"),
        ({"algorithm": Adversarial}, ArgumentTypeError, r"write Adversarial\(\) with brackets"),
        ({"algorithm": "gan"}, UnknownNameError, "no algorithm is called 'gan'"),
        ({"generator": None}, ConfigError, "generator holds arguments by name, such as"),
        ({"discriminator": ["width"]}, ConfigError, "discriminator holds arguments by name"),
        ({"batch_size": 0}, ConfigError, "batch_size must be a positive whole number; got 0"),
        ({"images": "many"}, ConfigError, "images must be a positive whole number"),
        ({"most_epochs": 0.5}, ConfigError, "most_epochs must be a positive whole number"),
    ],
)
def test_what_makes_no_preset_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        dataclasses.replace(preset("quick"), **arguments)


@pytest.mark.parametrize("name", [3, [], None])
def test_a_name_is_text(name):
    with pytest.raises(ArgumentTypeError, match="algorithm is called by a name; got"):
        preset(name)
