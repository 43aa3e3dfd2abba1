"""Terms by numbers worked out by hand, on discriminators whose slopes are known."""

import dataclasses
import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from condgan import Adversarial, ConditionalDiscriminator, ConditionalGenerator
from condgan.errors import ConfigError, DataError
from condgan.objectives import terms
from condgan.objectives.schedules import Ramp
from condgan.objectives.terms import (
    R1,
    R2,
    ClassifyFake,
    ClassifyReal,
    DiscriminateClasses,
    Every,
    GradientPenalty,
    SeemRealClass,
)
from condgan.objectives.turn import Turn
from condgan.verdict import Verdict

PENALTIES = [R1(), R2(), GradientPenalty()]
N1 = (None, None, None)  # one number an image, as an index


def drawn(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def move(judge, real=None, fake=None, real_labels=(0, 1), fake_labels=(2, 3), **more):
    """A turn of two real and two fake images of three pixels."""
    real = drawn(2, 1, 1, 3) if real is None else real
    fake = drawn(2, 1, 1, 3, seed=1) if fake is None else fake
    return Turn(
        judge, real, torch.as_tensor(real_labels), fake, torch.as_tensor(fake_labels), **more
    )


# Slopes -------------------------------------------------------------------------------------

W = torch.tensor([1.0, 2.0, 2.0])  # of length 3


def plane(images, labels):
    return images.flatten(1) @ W


def bowl(images, labels):
    """|x|^2 / 2, whose slope at an image is the image."""
    return images.flatten(1).square().sum(dim=1) / 2


@pytest.mark.parametrize("term", [R1, R2])
@pytest.mark.parametrize(
    ("gamma", "progress", "now"),
    [(1.0, 0.0, 1), (2.0, 0.9, 2), (Ramp(8.0, 0.0), 0.25, 6), (Ramp(8.0, 0.0), 1.0, 0)],
)
def test_a_plane_costs_half_gamma_times_its_slope_squared(term, gamma, progress, now):
    assert term(gamma=gamma)(move(plane, progress=progress)).item() == pytest.approx(now / 2 * 9)


def test_r1_looks_at_real_images_and_r2_at_fake_ones():
    real = torch.tensor([[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]).view(2, 1, 1, 3)
    fake = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]).view(2, 1, 1, 3)
    turn = move(bowl, real, fake)
    assert R1(gamma=2.0)(turn).item() == pytest.approx((25 + 1) / 2)
    assert R2(gamma=2.0)(turn).item() == pytest.approx((4 + 0) / 2)


def test_each_side_is_judged_with_its_own_labels():
    def judge(images, labels):  # slopes of y in three pixels: 3 y^2
        return labels * images.sum(dim=(1, 2, 3))

    turn = move(judge, real_labels=(1, 2), fake_labels=(3, 3))
    assert R1(gamma=2.0)(turn).item() == pytest.approx((3 + 12) / 2)
    assert R2(gamma=2.0)(turn).item() == pytest.approx(27)
    # Mixtures have the labels of the real images: slopes of length 3^0.5 and 12^0.5.
    by_hand = ((math.sqrt(3) - 1) ** 2 + (math.sqrt(12) - 1) ** 2) / 2
    assert GradientPenalty(weight=1.0)(turn).item() == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("term", "slope"),
    [
        (R1(gamma=4.0), 4 * W),  # of gamma/2 |w|^2
        (R2(gamma=4.0), 4 * W),
        (GradientPenalty(weight=10.0), 10 * 2 * (3 - 1) * W / 3),  # of weight (|w| - 1)^2
    ],
)
def test_a_penalty_teaches_the_discriminator_alone(term, slope):
    w = W.clone().requires_grad_(True)
    real, fake = drawn(2, 1, 1, 3), drawn(2, 1, 1, 3, seed=1).requires_grad_(True)
    term(move(lambda images, labels: images.flatten(1) @ w, real, fake)).backward()
    assert torch.allclose(w.grad, slope)
    assert fake.grad is None
    assert not real.requires_grad


@pytest.mark.parametrize("term", PENALTIES, ids=repr)
def test_a_penalty_needs_no_gradient_of_what_is_fixed(term):
    D = ConditionalDiscriminator(4, (1, 1, 3), architecture="mlp", width=4, seed=0)
    D.requires_grad_(False)
    assert term(move(D)).isfinite()
    assert all(p.grad is None for p in D.parameters())


@pytest.mark.parametrize(
    ("weight", "progress", "now"), [(10.0, 0.5, 10), (Ramp(10.0, 0.0), 0.5, 5)]
)
def test_a_slope_of_three_costs_four_times_the_weight(weight, progress, now):
    assert GradientPenalty(weight=weight)(move(plane, progress=progress)).item() == pytest.approx(
        now * (3 - 1) ** 2
    )


def test_a_gradient_penalty_is_the_mean_over_images():
    """A norm over the whole batch, instead of each image's own, is a known mistake."""
    D = ConditionalDiscriminator(4, (1, 1, 3), architecture="mlp", width=8, seed=0)
    real, fake, y = drawn(2, 1, 1, 3), drawn(2, 1, 1, 3, seed=1), torch.tensor([0, 3])
    torch.manual_seed(5)
    together = GradientPenalty()(Turn(D, real, y, fake, y)).item()
    torch.manual_seed(5)
    alone = [
        GradientPenalty()(Turn(D, *(x[i : i + 1] for x in (real, y, fake, y)))).item()
        for i in range(2)
    ]
    assert alone[0] != pytest.approx(alone[1], rel=1e-3)
    assert together == pytest.approx(sum(alone) / 2, rel=1e-5)


def test_the_mixing_share_moves_the_penalty_as_worked_by_hand(monkeypatch):
    # Mixtures: share * real + (1 - share) * fake = 3 and 1; slopes of the bowl are as long.
    monkeypatch.setattr(terms.torch, "rand", lambda *_, **__: torch.tensor([0.75, 0.25])[:, *N1])
    real, fake = (torch.tensor(x).view(2, 1, 1, 1) for x in ([4.0, 4.0], [0.0, 0.0]))
    penalty = GradientPenalty(weight=1.0)(move(bowl, real, fake))
    assert penalty.item() == pytest.approx(((3 - 1) ** 2 + (1 - 1) ** 2) / 2)


def test_each_image_has_one_mixing_share_of_its_own():
    seen = []

    def judge(images, labels):
        seen.append(images.detach())
        return images.sum(dim=(1, 2, 3))

    torch.manual_seed(0)
    y = torch.zeros(200, dtype=torch.int64)
    GradientPenalty()(Turn(judge, torch.ones(200, 2, 3, 4), y, torch.zeros(200, 2, 3, 4), y))
    (mixtures,) = seen
    shares = mixtures[:, 0, 0, 0]
    assert torch.equal(mixtures, shares[:, *N1].expand_as(mixtures))
    assert len(shares.unique()) == 200
    assert 0 <= shares.min() < 0.05 < 0.95 < shares.max() <= 1
    assert shares.mean().item() == pytest.approx(0.5, abs=0.06)


def test_a_slope_of_zero_has_a_finite_gradient():
    w = torch.zeros(3, requires_grad=True)
    penalty = GradientPenalty()(move(lambda images, labels: images.flatten(1) @ w))
    penalty.backward()
    assert penalty.item() == pytest.approx(10, rel=1e-5)
    assert w.grad.isfinite().all()


def test_a_gradient_penalty_refuses_unpaired_images():
    said = r"pair by pair; got \(2, 1, 1, 3\) and \(3, 1, 1, 3\)"
    with pytest.raises(DataError, match=said):
        GradientPenalty()(move(plane, fake=drawn(3, 1, 1, 3), fake_labels=(0, 0, 0)))


@pytest.mark.parametrize("term", PENALTIES, ids=repr)
def test_penalties_are_computed_in_float32_inside_autocast(term):
    network = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
    seen = []

    def judge(images, labels):
        logits = network(images.flatten(1))
        seen.append((images.dtype, logits.dtype))
        return logits

    real, fake = drawn(2, 1, 1, 3), drawn(2, 1, 1, 3, seed=1).bfloat16()
    torch.manual_seed(0)
    plain = term(move(judge, real, fake.float()))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.manual_seed(0)
        mixed = term(move(judge, real, fake))
        assert network(real.flatten(1)).dtype == torch.bfloat16  # so autocast is on around it
    assert seen == [(torch.float32, torch.float32)] * 2
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, plain)


# Classes ------------------------------------------------------------------------------------


def naming(real, fake):
    """A turn whose class logits are those given; images count the rows, fakes from below zero."""
    real, fake = torch.tensor(real), torch.tensor(fake)

    def judge(images, labels):
        logits = real if images.flatten()[0] == 1 else fake
        return Verdict(images.flatten(), logits)

    def make(real_labels, fake_labels):
        y, z = torch.tensor(real_labels), torch.tensor(fake_labels)
        shown, drawn = torch.ones(len(y), 1, 1, 1), -torch.ones(len(z), 1, 1, 1)
        return Turn(judge, shown, y, drawn, z)

    return make


def test_classification_by_hand():
    # Odds 3 : 1 : 1 and 1 : 1 : 2 of three classes.
    real = [[math.log(3), 0.0, 0.0], [0.0, 0.0, math.log(2)]]
    fake = [[0.0, 0.0, 0.0]]
    turn = naming(real, fake)([0, 1], [2])
    by_hand = (-math.log(3 / 5) - math.log(1 / 4)) / 2
    assert ClassifyReal()(turn).item() == pytest.approx(by_hand)
    assert ClassifyReal(weight=3.0)(turn).item() == pytest.approx(3 * by_hand)
    assert ClassifyFake()(turn).item() == pytest.approx(math.log(3))
    assert ClassifyFake(weight=0.5)(turn).item() == pytest.approx(math.log(3) / 2)


def test_classification_agrees_with_torch():
    real, fake = drawn(5, 4), drawn(3, 4, seed=1)
    y, z = [0, 3, 1, 1, 2], [3, 3, 0]
    turn = naming(real.tolist(), fake.tolist())(y, z)
    assert ClassifyReal()(turn).item() == pytest.approx(
        cross_entropy(real, torch.tensor(y)).item(), rel=1e-6
    )
    assert ClassifyFake()(turn).item() == pytest.approx(
        cross_entropy(fake, torch.tensor(z)).item(), rel=1e-6
    )


def test_each_attribute_is_a_question_of_its_own():
    # Odds of "yes" 3 and 1, of which the first is and the second is not.
    turn = naming([[math.log(3), 0.0]], [[0.0, 0.0]])([[1.0, 0.0]], [[1.0, 1.0]])
    assert ClassifyReal()(turn).item() == pytest.approx((-math.log(3 / 4) + math.log(2)) / 2)
    assert ClassifyFake()(turn).item() == pytest.approx(math.log(2))
    real, y = drawn(4, 3), (drawn(4, 3, seed=1) > 0).float()
    turn = naming(real.tolist(), [[0.0] * 3])(y.tolist(), [[0.0] * 3])
    assert ClassifyReal()(turn).item() == pytest.approx(
        binary_cross_entropy_with_logits(real, y).item(), rel=1e-6
    )


def test_discriminating_classes_by_hand():
    # Of real-0, real-1, fake-0, fake-1: odds 2 : 1 : 1 : 1, truly real-0, and 1 : 1 : 1 : 3, truly
    # fake-1.
    turn = naming([[math.log(2), 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, math.log(3)]])([0], [1])
    by_hand = -math.log(2 / 5) - math.log(3 / 6)
    assert DiscriminateClasses()(turn).item() == pytest.approx(by_hand)
    assert DiscriminateClasses(weight=2.0)(turn).item() == pytest.approx(2 * by_hand)


def test_seeming_of_a_real_class_by_hand():
    fake = [[5.0, 1.0, 2.0, 9.0], [5.0, 1.0, 2.0, 9.0]]
    turn = naming([[0.0] * 4], fake)([0], [0, 1])
    # Class 0: fake-0 less real-0 is 2 - 5; class 1: 9 - 1.
    assert SeemRealClass()(turn).item() == pytest.approx((-3 + 8) / 2)
    assert SeemRealClass(weight=4.0)(turn).item() == pytest.approx(10)


def test_seeming_real_is_a_difference_of_log_probabilities():
    fake, z = drawn(6, 8), [0, 1, 2, 3, 3, 0]
    turn = naming([[0.0] * 8], fake.tolist())([0], z)
    chances = fake.log_softmax(dim=1)
    by_hand = sum(chances[i, k + 4] - chances[i, k] for i, k in enumerate(z)) / 6
    assert SeemRealClass()(turn).item() == pytest.approx(by_hand.item(), rel=1e-5)


def test_seeming_real_pulls_from_the_fake_half_to_the_real_one():
    logits = torch.zeros(1, 6, requires_grad=True)
    y = torch.tensor([1])
    images = torch.zeros(1, 1, 1, 1)
    SeemRealClass()(
        Turn(lambda x, _: Verdict(x.flatten(), logits), images, y, images, y)
    ).backward()
    assert logits.grad.tolist() == [[0, -1, 0, 0, 1, 0]]


NAMING = [ClassifyReal(), ClassifyFake(), DiscriminateClasses(), SeemRealClass()]


@pytest.mark.parametrize("term", NAMING, ids=repr)
def test_a_term_says_which_head_it_misses(term):
    with pytest.raises(ConfigError, match=r"discriminator with an auxiliary head: .*'ac'"):
        term(move(plane))


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("has", [None, "ac", "adc"])
@pytest.mark.parametrize("term", NAMING, ids=repr)
def test_the_wrong_head_is_refused_before_training(term, has, lazy):
    G = ConditionalGenerator(3, (1, 8, 8), width=4, seed=0)
    D = ConditionalDiscriminator(3, (1, 8, 8), width=4, seed=1, auxiliary=has)
    player = getattr(term, "player", "generator")
    algorithm = Adversarial(**{f"{player}_terms": (Every(4, term) if lazy else term,)})
    if has == term.auxiliary:
        assert algorithm.optimizers(G, D).keys() == {"G", "D"}
    else:
        said = f"needs a discriminator with auxiliary='{term.auxiliary}'; this one has {has!r}"
        with pytest.raises(ConfigError, match=said):
            algorithm.optimizers(G, D)


# Now and then -------------------------------------------------------------------------------


def test_a_lazy_term_counts_every_nth_step_and_n_times_as_much():
    term = Every(3, R1(gamma=2.0))  # 9 a time
    values = [term(move(plane, step=step)).item() for step in range(7)]
    assert values == pytest.approx([27, 0, 0, 27, 0, 0, 27])
    assert Every(1, R1(gamma=2.0))(move(plane, step=5)).item() == pytest.approx(9)


def test_a_lazy_term_judges_nothing_in_between():
    def judge(images, labels):
        raise AssertionError("judged")

    left_out = Every(2, R1())(move(judge, step=1))
    assert left_out.shape == ()
    assert left_out.item() == 0


def test_a_lazy_term_of_a_lazy_term_counts_when_both_do():
    term = Every(2, Every(3, lambda turn: torch.ones(())))
    assert [term(move(plane, step=step)).item() for step in range(7)] == [6, 0, 0, 0, 0, 0, 6]


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf, "much", None, True])
@pytest.mark.parametrize("made", [R1, R2, GradientPenalty, ClassifyReal, DiscriminateClasses])
def test_a_weight_is_a_number_from_0_or_a_ramp(made, weight):
    with pytest.raises(ConfigError, match=r"(gamma|weight) must be a number from 0; got"):
        made(weight)
    assert made(Ramp(0, 2)) == made(Ramp(0, 2))


@pytest.mark.parametrize("term", [None, "r1", 3.0])
def test_a_lazy_term_has_a_term(term):
    with pytest.raises(ConfigError, match=r"Every counts a term, such as R1\(\); got"):
        Every(2, term)


@pytest.mark.parametrize("n", [0, -1, 2.5, True, "4", None])
def test_a_lazy_term_wants_a_positive_whole_number(n):
    with pytest.raises(ConfigError, match="n must be a positive whole number; got"):
        Every(n, R1())


@pytest.mark.parametrize("term", [*PENALTIES, *NAMING, Every(2, R1(Ramp()))], ids=repr)
def test_a_term_is_a_value(term):
    again = dataclasses.replace(term)
    assert again == term
    assert hash(again) == hash(term)
    first = dataclasses.fields(term)[0].name
    assert dataclasses.replace(term, **{first: 7}) != term
    with pytest.raises(dataclasses.FrozenInstanceError):
        term.gamma = 2.0
