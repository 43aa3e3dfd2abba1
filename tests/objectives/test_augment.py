"""Augmentation: changes that can be checked pixel by pixel, and through which gradients flow."""

import copy
import dataclasses
import itertools
import math
import pickle
import random

import numpy as np
import pytest
import torch
from torch import nn

from condgan import ConditionalDiscriminator, ConditionalGenerator
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.objectives.augment import Augment, Augmented, cut_out, recoloured, translated
from condgan.verdict import Verdict

EVERYTHING = Augment(translation=0.25, cutout=0.5, colour=0.5, flip=True)


def pictures(n, *shape, seed=0):
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def copies(n, *rows):
    """`n` times one small image of one channel."""
    return torch.tensor(rows, dtype=torch.float32)[None, None].repeat(n, 1, 1, 1)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def distinct(images):
    return {tuple(image.flatten().tolist()) for image in images}


# All changes --------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, torch.tensor(0.0)], ids=["number", "tensor"])
def test_nothing_changes_at_p_0(p):
    images = pictures(8, 3, 8, 8)
    assert torch.equal(EVERYTHING(images, p), images)


def test_nothing_changes_without_a_change():
    images = pictures(8, 3, 8, 8)
    nothing = Augment(translation=0.0)
    assert torch.equal(nothing(images), images)


@pytest.mark.parametrize("p", [0.25, torch.tensor(0.25)], ids=["number", "tensor"])
@pytest.mark.parametrize(
    "augment", [Augment(1.0), Augment(0.0, cutout=1.0), Augment(0.0, colour=1.0)], ids=repr
)
def test_p_is_the_share_of_images_that_are_changed(augment, p):
    images = pictures(2000, 1, 16, 16)
    changed = (augment(images, p) != images).flatten(1).any(dim=1).float().mean().item()
    assert changed == pytest.approx(0.25, abs=0.04)  # four standard deviations


def test_changes_are_chosen_apart_from_each_other():
    """Of two changes at p = 0.5, each happens alone as often as both and neither do."""
    images = copies(2000, *[[0.5] * 8] * 8)
    images[:, :, :, 0] = -0.5  # a flip or a recolouring is seen in the corners
    changed = Augment(0.0, colour=0.1, flip=True)(images, 0.5)
    flipped = changed[:, 0, 0, 7] < changed[:, 0, 0, 0]
    recoloured_ = changed[:, 0, 0, 0].abs() != 0.5
    for flip, colour in itertools.product((False, True), repeat=2):
        share = ((flipped == flip) & (recoloured_ == colour)).float().mean().item()
        # A flip is chosen with p, and then mirrors half the images.
        assert share == pytest.approx(0.5 * (0.25 if flip else 0.75), abs=0.05)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 9), (4, 16, 2), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("n", [1, 6])
def test_shape_and_kind_stay(n, shape):
    images = pictures(n, *shape)
    before = images.clone()
    changed = EVERYTHING(images)
    assert changed.shape == images.shape
    assert changed.dtype == torch.float32
    assert changed.isfinite().all()
    assert torch.equal(images, before)  # the given images are left alone


def test_the_same_seed_gives_the_same_changes():
    images = pictures(6, 3, 8, 8)
    torch.manual_seed(3)
    first = EVERYTHING(images, 0.7)
    torch.manual_seed(3)
    assert torch.equal(EVERYTHING(images, 0.7), first)
    assert not torch.equal(EVERYTHING(images, 0.7), first)


def test_only_torchs_global_stream_is_used():
    images, states = pictures(6, 3, 8, 8), (random.getstate(), np.random.get_state()[1].copy())  # noqa: NPY002
    torch.manual_seed(3)
    first = EVERYTHING(images)
    assert random.getstate() == states[0]
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    random.seed(99)
    torch.manual_seed(3)
    assert torch.equal(EVERYTHING(images), first)
    random.setstate(states[0])


@pytest.mark.parametrize(
    "augment",
    [
        Augment(0.5),
        Augment(0.0, cutout=0.5),
        Augment(0.0, colour=0.5),
        Augment(0.0, flip=True),
        EVERYTHING,
    ],
    ids=repr,
)
def test_each_image_has_changes_of_its_own(augment):
    images = pictures(1, 3, 8, 8).repeat(32, 1, 1, 1)
    assert len(distinct(augment(images))) >= (2 if augment.flip and not augment.colour else 8)


@pytest.mark.parametrize("name", ["translation", "cutout", "colour"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf, True, "0.5"])
def test_strengths_out_of_range_are_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name} must be a number from 0 to 1; got"):
        Augment(**{name: value})


def test_is_a_value():
    assert Augment() == Augment(translation=0.125)
    assert hash(EVERYTHING) == hash(dataclasses.replace(EVERYTHING))
    with pytest.raises(dataclasses.FrozenInstanceError):
        EVERYTHING.flip = False


# Translation --------------------------------------------------------------------------------


def test_translation_moves_whole_pixels_and_repeats_the_border():
    # A third of three pixels: up to one pixel each way, nine moves in all. By hand, to the right
    # and down: the first column and row stand twice.
    images = copies(300, [1, 2, 3], [4, 5, 6], [7, 8, 9])
    moved = distinct(translated(images, 1 / 3))
    assert (1, 1, 2, 1, 1, 2, 4, 4, 5) in moved
    assert (5, 6, 6, 8, 9, 9, 8, 9, 9) in moved
    assert (1, 2, 3, 4, 5, 6, 7, 8, 9) in moved
    assert (2, 3, 3, 5, 6, 6, 8, 9, 9) in moved
    assert len(moved) == 9


def test_translation_is_a_share_of_each_side():
    # Half of two rows is one row, half of six columns three columns: 3 * 7 moves.
    images = copies(2000, range(6), range(10, 16))
    expected = {
        tuple(
            float(images[0, 0, min(max(r + up, 0), 1), min(max(c + left, 0), 5)])
            for r in range(2)
            for c in range(6)
        )
        for up in (-1, 0, 1)
        for left in range(-3, 4)
    }
    assert len(expected) == 21
    assert distinct(translated(images, 0.5)) == expected


def test_every_move_is_as_likely():
    moved = translated(copies(2700, [1, 2, 3], [4, 5, 6], [7, 8, 9]), 1 / 3)
    middles = torch.bincount(moved[:, 0, 1, 1].long(), minlength=10)[1:]
    assert middles.sum() == 2700
    # 300 each; chi-square with 8 degrees of freedom is below 26.1 with probability 0.999.
    assert ((middles - 300).square() / 300).sum() < 26.1


def test_all_channels_move_together():
    image = pictures(1, 1, 8, 8).repeat(16, 3, 1, 1)
    moved = translated(image, 0.25)
    assert torch.equal(moved[:, 0], moved[:, 1])
    assert torch.equal(moved[:, 0], moved[:, 2])


def test_a_move_by_the_whole_image_leaves_its_border():
    moved = translated(copies(200, [1, 2], [3, 4]), 1.0)
    assert {(1, 1, 1, 1), (4, 4, 4, 4), (1, 2, 3, 4)} <= distinct(moved)


# Cutout -------------------------------------------------------------------------------------


def test_cutout_makes_a_grey_hole_of_the_right_size():
    # Half of 4 x 6: holes of 2 x 3, smaller only where they leave the image.
    holes = cut_out(torch.ones(500, 2, 4, 6), 0.5) == 0
    assert torch.equal(holes[:, 0], holes[:, 1])  # in every channel
    sizes = set()
    for hole in holes[:, 0]:
        rows, columns = hole.any(dim=1), hole.any(dim=0)
        assert torch.equal(hole, rows[:, None] & columns)  # a rectangle
        for side in (rows, columns):
            places = side.nonzero().flatten()
            assert len(places) == places[-1] - places[0] + 1  # in one piece
        size = int(rows.sum()), int(columns.sum())
        assert size == (2, 3) or rows[0] or rows[-1] or columns[0] or columns[-1]
        sizes.add(size)
    assert sizes == {(1, 2), (1, 3), (2, 2), (2, 3)}
    assert holes.any(dim=0).all()  # anywhere on the image


def test_what_is_not_cut_out_stays():
    images = pictures(50, 1, 8, 8)
    cut = cut_out(images, 0.25)
    assert torch.equal(cut[cut != 0], images[cut != 0])
    assert ((cut == 0).flatten(1).sum(dim=1) <= 4).all()


# Colour -------------------------------------------------------------------------------------


def test_brightness_is_added_up_to_the_strength():
    changed = recoloured(torch.full((1000, 1, 2, 2), 0.25), 0.5)  # no contrast to change
    added = changed[:, 0, 0, 0] - 0.25
    assert torch.allclose(changed, changed[:, :, :1, :1].expand_as(changed))
    assert -0.5 <= added.min() < -0.45
    assert 0.45 < added.max() <= 0.5


def test_contrast_is_scaled_around_the_mean():
    # One channel, so no saturation: distances from the mean are scaled by 0.5 to 1.5.
    images = copies(1000, [-0.2, 0.2], [0.4, 0.0])
    changed = recoloured(images, 0.5)
    scale = (changed[:, 0, 1, 0] - changed[:, 0, 0, 0]) / 0.6
    assert 0.5 - 1e-5 <= scale.min() < 0.55
    assert 1.45 < scale.max() <= 1.5 + 1e-5
    middle = changed.mean(dim=(1, 2, 3), keepdim=True)
    by_hand = middle + (images - 0.1) * scale[:, None, None, None]
    assert torch.allclose(changed, by_hand, atol=1e-5)


def test_saturation_keeps_grey_grey():
    grey = pictures(20, 1, 4, 4).expand(-1, 3, -1, -1)
    changed = recoloured(grey, 1.0)
    assert torch.allclose(changed[:, 0], changed[:, 1], atol=1e-6)
    assert torch.allclose(changed[:, 0], changed[:, 2], atol=1e-6)


def test_colours_spread_around_grey():
    # Two pixels of one grey, and of opposite colours: brightness aside, saturation and contrast
    # each scale all distances by 0.5 to 1.5, so together by 0.25 to 2.25.
    image = torch.tensor([[0.2, -0.2], [0.0, 0.0], [-0.2, 0.2]])[None, :, None, :]
    changed = recoloured(image.repeat(2000, 1, 1, 1), 0.5)
    scale = (changed[:, 0, 0, 0] - changed[:, 2, 0, 0]) / 0.4
    assert 0.25 - 1e-5 <= scale.min() < 0.35
    assert 2.05 < scale.max() <= 2.25 + 1e-5


# Flips --------------------------------------------------------------------------------------


def test_images_are_mirrored_only_when_asked():
    images = copies(1000, [1, 2, 3], [4, 5, 6])
    mirrored = copies(1, [3, 2, 1], [6, 5, 4])
    plain = Augment(translation=0.0, cutout=0.5, colour=0.0)(images)
    assert not (plain[:, 0, :, 0] == 3).any()
    flipped = (Augment(0.0, flip=True)(images) == mirrored).flatten(1).all(dim=1)
    assert flipped.float().mean().item() == pytest.approx(0.5, abs=0.07)
    assert torch.equal(Augment(0.0, flip=True)(images)[:, :, :, 1], images[:, :, :, 1])
    assert len(distinct(Augment(0.0, flip=True)(images))) == 2


# Gradients ----------------------------------------------------------------------------------


def slopes(change, images):
    images = images.clone().requires_grad_(True)
    changed = change(images)
    changed.sum().backward()
    return images.grad, changed.detach()


def test_gradients_follow_the_pixels_that_are_shown():
    # Moved: each pixel as often as it is shown, so all together as many as there are pixels.
    image = pictures(1, 1, 3, 3)
    slope, moved = slopes(lambda x: translated(x, 1 / 3), image)
    for value, times in zip(image.flatten(), slope.flatten(), strict=True):
        assert times == (moved == value).sum()
    assert slope.sum() == 9
    # Cut out: none where the hole is, one elsewhere.
    slope, cut = slopes(lambda x: cut_out(x, 0.5), torch.ones(8, 1, 4, 4))
    assert torch.equal(slope, cut)
    assert (slope == 0).any()
    # Recoloured: the mean is moved and contrasts are scaled, so the sum of slopes stays.
    slope, _ = slopes(lambda x: recoloured(x, 0.5), pictures(4, 3, 4, 4))
    assert torch.allclose(slope.sum(dim=(1, 2, 3)), torch.tensor(48.0))


def test_gradients_reach_the_generator_through_everything():
    slope, _ = slopes(EVERYTHING, pictures(16, 3, 8, 8))
    assert slope.isfinite().all()
    assert (slope.abs().flatten(1).sum(dim=1) > 0).all()


# The discriminator --------------------------------------------------------------------------


class Seeing(nn.Module):
    """A discriminator that keeps what it is shown."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, images, labels):
        self.seen.append(images)
        return images.mean(dim=(1, 2, 3)) + labels


def test_training_sees_changed_images_and_evaluation_plain_ones():
    D = Augmented(Seeing(), EVERYTHING)
    images, labels = pictures(8, 1, 8, 8), torch.arange(8)
    torch.manual_seed(1)
    D.train()(images, labels)
    torch.manual_seed(1)
    assert torch.equal(D.D.seen[-1], EVERYTHING(images))
    before = torch.get_rng_state()
    logits = D.eval()(images, labels)
    assert torch.equal(D.D.seen[-1], images)
    assert torch.equal(logits, images.mean(dim=(1, 2, 3)) + labels)
    assert torch.equal(torch.get_rng_state(), before)


def test_p_says_how_many_are_changed():
    images, labels = pictures(64, 1, 8, 8), torch.zeros(64, dtype=torch.int64)
    D = Augmented(Seeing(), Augment(1.0), p=0.0)
    D(images, labels)
    assert torch.equal(D.D.seen[-1], images)
    D.p.fill_(0.5)
    D(images, labels)
    changed = (D.D.seen[-1] != images).flatten(1).any(dim=1).sum()
    assert 16 < changed < 48


def test_the_default_is_the_default_augment():
    assert Augmented(Seeing()).augment == Augment()
    assert Augmented(Seeing()).p == 1


def test_any_function_of_images_and_p_augments():
    D = Augmented(Seeing(), lambda images, p: images * 0 + p, p=0.25)
    assert D(torch.ones(2, 1, 2, 2), torch.tensor([0, 1])).tolist() == [0.25, 1.25]


@pytest.mark.parametrize("auxiliary", [None, "ac", "adc"])
def test_attributes_and_verdicts_are_those_of_d(auxiliary):
    D = ConditionalDiscriminator(3, (1, 8, 8), width=4, seed=0, auxiliary=auxiliary)
    wrapped = Augmented(D)
    for name in ("classes", "image_shape", "auxiliary", "judges_each_alone"):
        assert getattr(wrapped, name) == getattr(D, name)
    images, labels = pictures(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    given = wrapped(images, labels)
    assert isinstance(given, Verdict) == (auxiliary is not None)
    wrapped.eval()
    for ours, plain in zip(wrapped(images, labels), D(images, labels), strict=True):
        assert torch.equal(ours, plain)
    assert {id(p) for p in wrapped.parameters()} == {id(p) for p in D.parameters()}


def test_attributes_that_d_lacks_are_not_made_up():
    wrapped = Augmented(Seeing())
    assert not any(hasattr(wrapped, name) for name in ("classes", "image_shape", "auxiliary"))


def test_p_is_saved_with_the_weights():
    first = Augmented(ConditionalDiscriminator(3, (1, 8, 8), width=4, seed=0), p=0.25)
    assert first.state_dict()["p"] == 0.25
    other = Augmented(ConditionalDiscriminator(3, (1, 8, 8), width=4, seed=5), p=1.0)
    other.load_state_dict(first.state_dict())
    assert other.p == 0.25
    images, labels = pictures(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    assert torch.equal(other.eval()(images, labels), first.eval()(images, labels))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda D: pickle.loads(pickle.dumps(D))], ids=["deepcopy", "pickle"]
)
def test_a_copy_stands_alone(copied):
    first = Augmented(
        ConditionalDiscriminator(3, (1, 8, 8), width=4, seed=0), Augment(cutout=0.5), p=0.5
    )
    other = copied(first)
    assert other.augment == first.augment
    assert other.judges_each_alone == first.judges_each_alone
    other.p.fill_(0.75)
    other.D.head.any_label.bias.data.add_(1)
    assert first.p == 0.5
    images, labels = pictures(4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    assert torch.allclose(other.eval()(images, labels), first.eval()(images, labels) + 1)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan, "half", None, True])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(ConfigError, match="p must be a number from 0 to 1; got"):
        Augmented(Seeing(), p=p)


@pytest.mark.parametrize("augment", [0.5, "flip", Augment])
def test_what_is_no_augmentation_is_refused(augment):
    with pytest.raises(ArgumentTypeError, match=r"or a function augment\(images, p\); got"):
        Augmented(Seeing(), augment)


def test_only_a_discriminator_is_augmented():
    for D in (None, lambda images, labels: images, ConditionalGenerator(3, (1, 8, 8), width=4)):
        with pytest.raises(ArgumentTypeError, match="Augmented wraps a discriminator; got a"):
            Augmented(D)


@pytest.mark.parametrize("change", [Augment(translation=0.01), Augment(0.0, cutout=0.01)])
def test_a_change_that_is_asked_for_is_made_however_small_the_image(change):
    images = pictures(16, 1, 8, 8)
    assert not torch.equal(change(images), images)


@pytest.mark.parametrize("flip", ["yes", 1, None])
def test_flip_is_yes_or_no(flip):
    with pytest.raises(ConfigError, match="flip is True or False; got"):
        Augment(flip=flip)
