"""What is drawn: the images that `generate` would give, named, and the same again by seed."""

import warnings

import pytest
import torch

from condgan import Attributes, ConditionalGenerator, Quantities
from condgan.errors import ConfigError, LabelError
from condgan.networks.sampling import noise
from condgan.pictures import class_grid, same_noise, walk_between, walk_within

EVERY = {
    "classes": lambda G, **how: class_grid(G, **how),
    "same noise": lambda G, **how: same_noise(G, **how),
    "within": lambda G, **how: walk_within(G, "cat", **how),
    "between": lambda G, **how: walk_between(G, "cat", "owl", **how),
}


def generator(classes=("cat", "dog", "owl"), **options):
    return ConditionalGenerator(classes, (1, 8, 8), width=8, latent_dim=5, seed=0, **options)


def like(images, others):
    """A batch may round otherwise than a single image."""
    return torch.allclose(images, others, atol=1e-6)


def test_a_row_a_class():
    G = generator()
    made = class_grid(G, n=4, seed=3)
    assert like(made.images, G.generate(n=4, seed=3))
    assert (made.columns, made.row_names) == (4, ("cat", "dog", "owl"))
    made = class_grid(G, ["owl", "cat"], n=2)
    assert like(made.images, G.generate(["owl", "cat"], n=2, seed=0))
    assert made.row_names == ("owl", "cat")
    assert class_grid(G, "dog", n=2).row_names == ("dog",)


def test_the_same_noise_for_each_class():
    G = generator()
    made = same_noise(G, ["owl", "cat"], n=3, seed=1)
    assert (made.columns, made.column_names, made.row_names) == (2, ("owl", "cat"), ())
    z = noise(3, 5, seed=1)
    cells = made.images.reshape(3, 2, 1, 8, 8)
    assert like(cells[:, 0], G.generate("owl", n=3, z=z))
    assert like(cells[:, 1], G.generate("cat", n=3, z=z))


def test_a_walk_within_a_class():
    G = generator()
    made = walk_within(G, "dog", n=2, steps=4, seed=1)
    assert (made.columns, made.title) == (4, "within dog")
    z = noise(4, 5, seed=1)
    cells = made.images.reshape(2, 4, 1, 8, 8)
    assert like(cells[:, 0], G.generate("dog", n=2, z=z[:2]))
    assert like(cells[:, -1], G.generate("dog", n=2, z=z[2:]))
    steps = (cells[:, 1:] - cells[:, :-1]).abs().amax(dim=(2, 3, 4))
    whole = (cells[:, -1] - cells[:, 0]).abs().amax(dim=(1, 2, 3))
    assert (steps > 0).all()
    assert (steps < whole[:, None]).all()


@pytest.mark.parametrize("encoder", ["onehot", "embedding"])
def test_a_walk_between_classes(encoder):
    G = generator(encoder=encoder)
    made = walk_between(G, "dog", "cat", n=2, steps=3, seed=1)
    assert (made.columns, made.title) == (3, "dog to cat")
    assert made.column_names == ("dog", "50%", "cat")
    z = noise(2, 5, seed=1)
    cells = made.images.reshape(2, 3, 1, 8, 8)
    assert like(cells[:, 0], G.generate("dog", n=2, z=z))
    assert like(cells[:, 2], G.generate("cat", n=2, z=z))
    vectors = G.encoder(torch.tensor([1, 0])).mean(dim=0).expand(2, -1)
    assert like(cells[:, 1], G.backbone(z, vectors).detach())


def test_attributes_and_quantities_in_the_users_form():
    G = generator(Attributes(["hat", "smile"]))
    made = walk_between(G, set(), {"hat", "smile"}, n=1, steps=2)
    assert made.title == "none to hat, smile"
    assert like(made.images, G.generate([set(), {"hat", "smile"}], z=noise(1, 5, 0).expand(2, -1)))
    assert class_grid(G, [{"hat"}, {"smile"}], n=1).row_names == ("hat", "smile")
    G = generator(Quantities(["age", "size"], [(0, 90), (0, 1)]))
    made = walk_between(G, [10, 0.5], [20, 0.5], n=1, steps=3)
    assert made.title == "age 10, size 0.5 to age 20, size 0.5"
    assert made.column_names[1] == "age 15, size 0.5"
    years = walk_between(generator(Quantities(["year"])), -5, 120, n=1, steps=9).column_names
    assert years == ("-5", "10.6", "26.2", "41.9", "57.5", "73.1", "88.8", "104.4", "120")
    years = walk_between(generator(Quantities(["year"])), 1990, 2020, n=1, steps=9).column_names
    assert years[1:3] == ("1993.75", "1997.5")
    z = noise(1, 5, 0)
    assert like(made.images[1:2], G.generate([15, 0.5], z=z))
    assert class_grid(generator(Quantities(1)), [1.5, 2], n=1).row_names == ("1.5", "2")
    with pytest.raises(LabelError, match="say what to draw"):
        class_grid(G)


def test_long_names_are_cut():
    name = "a class whose name has many letters"
    assert class_grid(generator([name, "b"]), n=1).row_names == ("a class whose name ha...", "b")


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_the_seed_draws_the_same_again_and_nothing_else_changes(draw):
    G = generator().train()
    stream = torch.get_rng_state()
    images = [draw(G, n=2, seed=seed).images for seed in (4, 4, 5)]
    assert torch.equal(images[0], images[1])
    assert not torch.equal(images[0], images[2])
    assert not images[0].requires_grad
    assert torch.equal(torch.get_rng_state(), stream)
    assert G.training


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("n", [0, 2.5, "3"])
def test_a_count_is_a_positive_whole_number(draw, n):
    with pytest.raises(ConfigError, match="n must be a positive whole number"):
        draw(generator(), n=n)


@pytest.mark.parametrize("draw", [EVERY["within"], EVERY["between"]])
def test_a_walk_has_two_ends(draw):
    with pytest.raises(ConfigError, match="steps must be a whole number from 2; got 1"):
        draw(generator(), steps=1)
    assert draw(generator(), steps=2).columns == 2


@pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)
def test_a_class_that_was_never_trained_on_warns_where_it_was_asked_for(draw):
    G = generator()
    G.unseen = ("cat",)
    with pytest.warns(UserWarning, match="never trained: no image of 'cat'") as caught:
        draw(G)
    assert [warning.filename for warning in caught] == [__file__]
    G.unseen = ("dog",)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        walk_between(G, "cat", "owl")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda G: class_grid(G, "cow"), "no class is labelled 'cow'"),
        (lambda G: walk_within(G, ["cat", "dog"]), r"one label at each end; got \['cat', 'dog'\]"),
        (lambda G: walk_between(G, "cat", "cow"), "'cow'"),
        (lambda G: walk_between(G, [], "cat"), r"one label at each end; got \[\]"),
    ],
)
def test_unknown_and_several_labels_are_refused(call, words):
    with pytest.raises(LabelError, match=words):
        call(generator())


def test_images_that_are_no_picture_say_so_when_shown():
    G = ConditionalGenerator(2, (2, 8, 8), width=8, latent_dim=5)
    with pytest.raises(ConfigError, match="1, 3 or 4 channels; got 2"):
        class_grid(G, n=1).picture()
