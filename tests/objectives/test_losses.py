"""Losses by numbers worked out by hand, and against torch's own."""

import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from condgan.errors import DataError
from condgan.objectives.losses import (
    BinaryCrossEntropy,
    Hinge,
    LeastSquares,
    Relativistic,
    Wasserstein,
)
from condgan.objectives.turn import Turn
from condgan.plugins.registry import known

LOSS = BinaryCrossEntropy()
REGISTERED = list(known("loss"))
LABELS = {n: torch.zeros(n, dtype=torch.int64) for n in range(1, 9)}


def as_images(logits):
    return torch.as_tensor(logits, dtype=torch.float64).view(-1, 1, 1, 1)


def turn(real, fake):
    """A turn whose verdicts are the numbers given, by images of a single pixel."""
    shown, drawn = as_images(real), as_images(fake)
    return Turn(
        lambda images, labels: images.flatten(),
        shown,
        LABELS[len(shown)],
        drawn,
        LABELS[len(drawn)],
    )


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def test_an_undecided_discriminator():
    move = turn([0, 0], [0, 0, 0])
    assert LOSS.discriminator(move).item() == pytest.approx(2 * math.log(2))
    assert LOSS.generator(move).item() == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    ("real", "fake", "discriminator", "generator"),
    [
        (2, -2, -2 * math.log(sigmoid(2)), -math.log(sigmoid(-2))),  # right of both
        (-2, 2, -2 * math.log(sigmoid(-2)), -math.log(sigmoid(2))),  # wrong of both
        (2, 2, -math.log(sigmoid(2)) - math.log(1 - sigmoid(2)), -math.log(sigmoid(2))),
        (2, -2, 0.25385600221, 2.12692801104),
        (-2, 2, 4.25385602208, 0.12692801104),
    ],
)
def test_logits_of_two_by_hand(real, fake, discriminator, generator):
    move = turn([real], [fake])
    assert LOSS.discriminator(move).item() == pytest.approx(discriminator, rel=1e-6)
    assert LOSS.generator(move).item() == pytest.approx(generator, rel=1e-6)


def test_each_side_is_averaged_over_its_own_images():
    move = turn([0, 2], [0, 0, 0, 2])
    real = (math.log(2) - math.log(sigmoid(2))) / 2
    fake = (3 * math.log(2) - math.log(1 - sigmoid(2))) / 4
    assert LOSS.real(torch.tensor([0.0, 2.0])).item() == pytest.approx(real)
    assert LOSS.fake(torch.tensor([0.0, 0.0, 0.0, 2.0])).item() == pytest.approx(fake)
    assert LOSS.discriminator(move).item() == pytest.approx(real + fake)


LOGITS = st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=8)


@given(LOGITS, LOGITS)
@settings(max_examples=50)
def test_it_agrees_with_torch(real, fake):
    move = turn(real, fake)
    x, y = move.real_logits, move.fake_logits
    judged_real = binary_cross_entropy_with_logits(x, torch.ones_like(x))
    judged_fake = binary_cross_entropy_with_logits(y, torch.zeros_like(y))
    assert LOSS.discriminator(move).item() == pytest.approx(
        (judged_real + judged_fake).item(), rel=1e-6, abs=1e-8
    )
    fooled = binary_cross_entropy_with_logits(y, torch.ones_like(y))
    assert LOSS.generator(move).item() == pytest.approx(fooled.item(), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("logit", [-1e4, -1e30, 1e4, 1e30])
def test_extreme_logits_stay_finite_with_a_gradient(logit):
    for side, cost in ((LOSS.real, max(0, -logit)), (LOSS.fake, max(0, logit))):
        x = torch.tensor([logit], requires_grad=True)
        loss = side(x)
        loss.backward()
        assert loss.item() == pytest.approx(cost)
        assert torch.isfinite(x.grad).all()
        assert abs(x.grad.item()) == pytest.approx(1.0 if cost else 0.0)


def test_the_generator_learns_most_where_it_is_caught():
    """The non-saturating form: its slope at a logit x is s(x) - 1."""
    x = torch.tensor([-3.0, 0.0, 3.0], requires_grad=True)
    (3 * LOSS.real(x)).backward()
    assert x.grad.tolist() == pytest.approx([sigmoid(v) - 1 for v in (-3, 0, 3)], rel=1e-5)


# Every registered loss ----------------------------------------------------------------------


def registered(name):
    return known("loss")[name]()


LOG2 = math.log(2)
BY_HAND = [
    # (1 - 1)^2 and (3 - 1)^2 have the mean 2, and 0^2 and (-2)^2 as well: (2 + 2) / 2.
    # G: (0 - 1)^2 and (-2 - 1)^2 have the mean 5: 5 / 2.
    (LeastSquares(), [1, 3], [0, -2], 2.0, 2.5),
    (LeastSquares(), [1], [0], 0.0, 0.5),
    # relu(1 - 0.5) = 0.5 and relu(1 - 3) = 0: 0.25; relu(1 + 0) = 1 and relu(1 - 2) = 0: 0.5.
    (Hinge(), [0.5, 3], [0, -2], 0.75, 1.0),
    (Hinge(), [-1], [1, 1, 4], 2 + 3, -2.0),
    (Hinge(), [1], [-1], 0.0, 1.0),
    # Means: fake -1, real 2.
    (Wasserstein(), [1, 3], [0, -2], -3.0, 1.0),
    (Wasserstein(), [1], [4, 5, 6], 4.0, -5.0),
    # Both pairs are apart by 2 ln 2 = ln 4: softplus(-ln 4) = ln(5/4), softplus(ln 4) = ln 5.
    (Relativistic(), [2 * LOG2, 0], [0, -2 * LOG2], math.log(5 / 4), math.log(5)),
    # Differences 0 and ln 3: (ln 2 + ln(4/3)) / 2 and (ln 2 + ln 4) / 2.
    (
        Relativistic(),
        [7, math.log(3)],
        [7, 0],
        (LOG2 + math.log(4 / 3)) / 2,
        (LOG2 + math.log(4)) / 2,
    ),
]


@pytest.mark.parametrize(("loss", "real", "fake", "discriminator", "generator"), BY_HAND)
def test_both_players_by_hand(loss, real, fake, discriminator, generator):
    move = turn(real, fake)
    assert loss.discriminator(move).item() == pytest.approx(discriminator, rel=1e-6, abs=1e-7)
    assert loss.generator(move).item() == pytest.approx(generator, rel=1e-6, abs=1e-7)


def test_every_registered_loss_is_worked_by_hand_here():
    worked = {type(case[0]) for case in BY_HAND} | {BinaryCrossEntropy}
    ours = {type(registered(name)) for name in REGISTERED}
    assert {loss for loss in ours if loss.__module__.startswith("condgan.")} == worked


class Shaped:
    """A judge whose verdicts, of images of one pixel, have a shape of their own."""

    def __init__(self, *tail):
        self.tail = tail

    def __call__(self, images, labels):
        return images.reshape(-1, *self.tail)


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("tail", [(1,), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("name", REGISTERED)
def test_the_shape_of_the_logits_does_not_matter(name, tail, at_once):
    loss = registered(name)
    real, fake = as_images([0.3, -1.2, 2.0, 0.1]), as_images([-0.4, 0.8, 1.7, -3.0])
    flat, shaped = (
        Turn(Shaped(*shape), real, LABELS[4], fake, LABELS[4], at_once) for shape in ((), tail)
    )
    for player in ("discriminator", "generator"):
        value = getattr(loss, player)(shaped)
        assert value.shape == ()
        assert value.dtype == torch.float32
        assert torch.equal(value, getattr(loss, player)(flat))


def slopes(name, player, real, fake):
    """How the loss of a player changes with each real and each fake logit."""
    shown, drawn = (as_images(x).float().requires_grad_(True) for x in (real, fake))
    move = Turn(Shaped(), shown, LABELS[len(real)], drawn, LABELS[len(fake)])
    getattr(registered(name), player)(move).backward()
    return [None if x.grad is None else x.grad.flatten() for x in (shown, drawn)]


@pytest.mark.parametrize("name", REGISTERED)
def test_d_wants_real_logits_up_and_fake_ones_down(name):
    on_real, on_fake = slopes(name, "discriminator", [0.1, 0.5, 0.9], [0.9, 0.4, 0.2])
    assert (on_real < 0).all()
    assert (on_fake > 0).all()


@pytest.mark.parametrize("name", REGISTERED)
def test_g_wants_fake_logits_up(name):
    _, on_fake = slopes(name, "generator", [0.1, 0.5, 0.9], [0.9, 0.4, -5.0])
    assert (on_fake < 0).all()


def test_slopes_by_hand():
    # Hinge: beyond the margin nothing pulls; within it each image pulls with 1 / N.
    on_real, on_fake = slopes("hinge", "discriminator", [0.5, 2], [-2, 0.5, 0, 1])
    assert on_real.tolist() == [-0.5, 0]
    assert on_fake.tolist() == [0, 0.25, 0.25, 0.25]
    # Least squares: (x - 1) / N for real, x / N for fake; beyond its target it pulls back.
    on_real, on_fake = slopes("least-squares", "discriminator", [3, 0], [-2, 1])
    assert on_real.tolist() == [1, -0.5]
    assert on_fake.tolist() == [-1, 0.5]
    # Relativistic, G: -s(real - fake) / N; of a pair apart by ln 3, s = 3/4.
    _, on_fake = slopes("relativistic", "generator", [math.log(3)], [0])
    assert on_fake.tolist() == pytest.approx([-0.75])


@pytest.mark.parametrize("name", REGISTERED)
@pytest.mark.parametrize("size", [1e4, 1e15])
def test_far_verdicts_stay_finite(name, size):
    for player in ("discriminator", "generator"):
        for real, fake in (([size], [-size]), ([-size], [size])):
            loss = getattr(registered(name), player)(turn(real, fake))
            assert torch.isfinite(loss)
            assert all(s is None or s.isfinite().all() for s in slopes(name, player, real, fake))


@pytest.mark.parametrize("name", REGISTERED)
def test_the_generators_turn_judges_real_images_only_to_compare_them(name):
    """A relativistic loss compares each fake image with a real one; no other pays for that."""
    judged = []

    def judge(images, labels):
        judged.append(images.flatten().tolist())
        return images.flatten()

    move = Turn(judge, as_images([5, 6]), LABELS[2], as_images([7, 8]), LABELS[2])
    registered(name).generator(move)
    assert judged == ([[5, 6], [7, 8]] if name == "relativistic" else [[7, 8]])


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize(("real", "fake"), [([0, 0], [0]), ([0], [0, 0, 0])])
def test_a_relativistic_loss_refuses_unpaired_images(player, real, fake):
    said = f"pairs real and fake images; got {len(real)} and {len(fake)}"
    with pytest.raises(DataError, match=said):
        getattr(Relativistic(), player)(turn(real, fake))


@pytest.mark.parametrize("name", REGISTERED)
def test_a_loss_is_a_value(name):
    loss = registered(name)
    assert loss == registered(name)
    assert hash(loss) == hash(registered(name))
    assert repr(loss) == f"{type(loss).__name__}()"
    with pytest.raises(dataclasses.FrozenInstanceError):
        loss.weight = 2
