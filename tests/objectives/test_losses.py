"""Losses by numbers worked out by hand, and against torch's own."""

import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits

from condgan.objectives.losses import BinaryCrossEntropy
from condgan.objectives.turn import Turn

LOSS = BinaryCrossEntropy()
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


def test_the_generators_turn_judges_no_real_image():
    move = turn([0], [0])
    LOSS.generator(move)
    assert "real_logits" not in vars(move)
    assert "fake_logits" in vars(move)


def test_a_loss_is_a_value():
    assert BinaryCrossEntropy() == LOSS
    assert hash(LOSS) == hash(BinaryCrossEntropy())
    assert repr(LOSS) == "BinaryCrossEntropy()"
    with pytest.raises(dataclasses.FrozenInstanceError):
        LOSS.weight = 2
