"""`precision=`: what a step computes in."""

import math

import pytest
import torch
from torch import nn

from condgan import R1, R2, Adversarial, GradientPenalty, Hinge
from condgan.errors import ConfigError
from condgan.training.algorithms.protocol import descend


def watched(make_trainer, loader, **arguments):
    """Trains an epoch, and gives the trainer and what steps and callbacks ran in."""
    seen = {"step": set(), "callback": set()}

    def term(turn):
        seen["step"].add(torch.is_autocast_enabled("cpu"))
        assert turn.real_logits.dtype == turn.fake_logits.dtype == torch.float32
        return turn.fake_logits.sum() * 0

    def look(state):
        seen["callback"].add(torch.is_autocast_enabled("cpu"))

    algorithm = Adversarial(discriminator_terms=(term,), generator_terms=(term,))
    trainer = make_trainer(loader, algorithm=algorithm, callbacks=[look], **arguments).fit(2)
    return trainer, seen


def test_bf16_is_for_steps_alone_and_weights_stay_float32(make_trainer, torch_loader, fingerprint):
    half, seen = watched(make_trainer, torch_loader(), precision="bf16")
    assert seen == {"step": {True}, "callback": {False}}
    assert all(p.dtype == torch.float32 for p in (*half.G.parameters(), *half.D.parameters()))
    assert all(math.isfinite(value) for row in half.history.epochs for value in row.values())
    whole, seen = watched(make_trainer, torch_loader())
    assert seen == {"step": {False}, "callback": {False}}
    assert fingerprint(half.G) != fingerprint(whole.G)
    for name in ("d_loss", "g_loss"):
        assert half.history[name] == pytest.approx(whole.history[name], rel=0.05)
    assert not torch.is_autocast_enabled("cpu")


def test_float32_is_the_default(make_trainer, torch_loader, fingerprint):
    usual, named = make_trainer(torch_loader()), make_trainer(torch_loader(), precision="float32")
    assert usual.precision == named.precision == "float32"
    assert fingerprint(usual.fit().G) == fingerprint(named.fit().G)


@pytest.mark.parametrize("term", [R1(), R2(), GradientPenalty()])
def test_penalties_train_in_bf16(make_trainer, torch_loader, term):
    algorithm = Adversarial(Hinge(), discriminator_terms=(term,))
    trainer = make_trainer(torch_loader(), algorithm=algorithm, precision="bf16").fit()
    assert all(math.isfinite(value) for value in trainer.history["d_loss"])


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("fp32", r"'float32' or 'bf16'; got 'fp32'\.$"),
        ("fp16", "got 'fp16'. fp16 overflows where bf16"),
        ("float16", "fp16 overflows"),
        (None, "got None"),
        (torch.bfloat16, "got torch.bfloat16"),
        (16, "got 16"),
    ],
)
def test_what_is_no_precision(make_trainer, torch_loader, precision, words):
    with pytest.raises(ConfigError, match=words):
        make_trainer(torch_loader(), precision=precision)


def test_what_was_computed_in_float32_is_differentiated_in_float32():
    """As the second derivatives of a penalty are."""
    weight = nn.Parameter(torch.tensor([[1.001, 0.3], [0.7, 1.003]]))
    images = torch.tensor([[1.001, 0.501]])

    def loss():
        with torch.autocast("cpu", enabled=False):
            return (images @ weight).square().sum()

    found = []
    for enabled in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            descend(torch.optim.SGD([weight], lr=0.0), [loss()])
            found.append(weight.grad.clone())
    assert torch.equal(*found)
