"""A turn judges what is asked of it, when it is asked, and only once."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from condgan import ConditionalDiscriminator
from condgan.errors import ConfigError, DataError
from condgan.objectives.turn import Turn, logits_of
from condgan.verdict import Verdict


class Judge:
    """Gives each image its mean plus its label, in the shape wanted, and keeps what it saw."""

    def __init__(self, *tail):
        self.tail = tail
        self.calls = []

    def __call__(self, images, labels):
        self.calls.append((len(images), labels.tolist()))
        return (images.mean(dim=(1, 2, 3)) + labels).view(-1, *self.tail)


def turn(judge, at_once=False):
    """Two real images, all 0.5, and three fake ones, all -0.5, with labels of their own."""
    return Turn(
        judge,
        torch.full((2, 1, 2, 2), 0.5),
        torch.tensor([1, 2]),
        torch.full((3, 1, 2, 2), -0.5),
        torch.tensor([4, 5, 6]),
        at_once=at_once,
    )


REAL, FAKE = [1.5, 2.5], [3.5, 4.5, 5.5]


def test_nothing_is_judged_before_it_is_asked_for():
    judge = Judge()
    turn(judge)
    turn(judge, at_once=True)
    assert judge.calls == []


def test_only_what_is_asked_for_is_judged_and_once():
    judge = Judge()
    move = turn(judge)
    assert move.fake_logits.tolist() == FAKE
    assert move.fake_logits is move.fake_logits
    assert judge.calls == [(3, [4, 5, 6])]
    assert move.real_logits.tolist() == REAL
    assert move.real_logits is move.real_logits
    assert judge.calls == [(3, [4, 5, 6]), (2, [1, 2])]


def test_at_once_is_a_single_pass_with_the_same_verdicts():
    judge = Judge()
    move = turn(judge, at_once=True)
    assert move.real_logits.tolist() == REAL
    assert move.fake_logits.tolist() == FAKE
    assert judge.calls == [(5, [1, 2, 4, 5, 6])]


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=20)
def test_one_pass_or_two_over_a_network(real, fake, seed):
    D = ConditionalDiscriminator(3, (1, 4, 4), seed=0, width=8)
    stream = torch.Generator().manual_seed(seed)
    shown = [torch.rand(n, 1, 4, 4, generator=stream) * 2 - 1 for n in (real, fake)]
    labels = [torch.randint(3, (n,), generator=stream) for n in (real, fake)]
    one, two = (
        Turn(D, shown[0], labels[0], shown[1], labels[1], at_once=at_once)
        for at_once in (True, False)
    )
    assert torch.allclose(one.real_logits, two.real_logits, atol=1e-6)
    assert torch.allclose(one.fake_logits, two.fake_logits, atol=1e-6)
    one.fake_logits.sum().backward()
    assert any(parameter.grad.abs().sum() > 0 for parameter in D.parameters())


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("tail", [(), (1,), (1, 1, 1)], ids=str)
def test_verdicts_in_columns_are_flattened(tail, at_once):
    move = turn(Judge(*tail), at_once)
    assert move.real_logits.shape == (2,)
    assert move.real_logits.tolist() == REAL
    assert move.fake_logits.tolist() == FAKE


@pytest.mark.parametrize(
    ("shape", "n"),
    [((4, 2), 4), ((2, 2), 4), ((1, 4), 4), ((5,), 4), ((1,), 4), ((), 4), ((), 1), ((4, 0), 4)],
    ids=str,
)
def test_more_or_less_than_a_number_an_image_is_refused(shape, n):
    images, labels = torch.zeros(n, 1, 2, 2), torch.zeros(n, dtype=torch.int64)
    said = f"one logit an image, shape ({n},); this one gave {shape}."
    with pytest.raises(DataError, match=re.escape(said)):
        logits_of(lambda *_: torch.zeros(shape), images, labels)


@pytest.mark.parametrize("at_once", [False, True])
def test_two_numbers_an_image_are_refused_by_a_turn(at_once):
    move = turn(lambda images, labels: torch.zeros(len(images), 2), at_once)
    with pytest.raises(DataError, match=r"one logit an image"):
        _ = move.fake_logits


def test_gradients_flow_through_the_verdicts():
    images = torch.ones(2, 1, 2, 2, requires_grad=True)
    labels = torch.tensor([0, 1])
    Turn(Judge(), images, labels, images.detach(), labels).real_logits.sum().backward()
    assert torch.allclose(images.grad, torch.full((2, 1, 2, 2), 0.25))


# A second answer ----------------------------------------------------------------------------


class Naming(Judge):
    """Names the class as well, surely: the logit of an image's own label is ten."""

    def __call__(self, images, labels):
        logits = super().__call__(images, labels)
        return Verdict(logits, 10.0 * torch.eye(7, dtype=torch.float64)[labels])


@pytest.mark.parametrize("at_once", [False, True])
def test_an_auxiliary_head_answers_for_each_side(at_once):
    judge = Naming()
    move = turn(judge, at_once)
    assert move.real_class_logits.argmax(dim=1).tolist() == [1, 2]
    assert move.fake_class_logits.argmax(dim=1).tolist() == [4, 5, 6]
    assert move.real_logits.tolist() == REAL
    assert move.fake_logits.tolist() == FAKE
    assert move.fake_class_logits.max() == 10
    assert len(judge.calls) == (1 if at_once else 2)  # one pass gives both answers


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_whatever_is_computed_in_a_loss_gets_float32(dtype, at_once):
    def judge(images, labels):
        return Verdict(labels.to(dtype), torch.zeros(len(labels), 4, dtype=dtype))

    move = turn(judge, at_once)
    for verdict in (
        move.real_logits,
        move.fake_logits,
        move.real_class_logits,
        move.fake_class_logits,
        move.logits(move.real_images, move.real_labels),
    ):
        assert verdict.dtype == torch.float32
    assert move.fake_logits.tolist() == [4, 5, 6]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("side", ["real_class_logits", "fake_class_logits"])
def test_a_missing_auxiliary_head_is_named(side, at_once):
    move = turn(Judge(), at_once)
    said = r"needs a discriminator with an auxiliary head: .*auxiliary='ac'\), or 'adc' for ADC-GAN"
    with pytest.raises(ConfigError, match=said):
        getattr(move, side)


def test_other_images_are_judged_with_the_labels_given():
    judge = Naming()
    logits = turn(judge).logits(torch.zeros(2, 1, 2, 2), torch.tensor([3, 0]))
    assert logits.tolist() == [3, 0]
    assert judge.calls == [(2, [3, 0])]


def test_a_turn_is_the_first_unless_said():
    move = turn(Judge())
    assert (move.step, move.progress) == (0, 0.0)
