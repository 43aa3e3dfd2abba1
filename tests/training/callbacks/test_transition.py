"""`Transition`: the condition is turned on bit by bit."""

import pytest
import torch
from torch import nn

from condgan import Augmented, Callback, Ramp, Transition, preset
from condgan.errors import ArgumentTypeError


class Strengths(Callback):
    """Keeps the strength of G, D and the averaged G at every step."""

    def __init__(self):
        self.seen = []

    def on_batch_end(self, state):
        networks = [state.G, state.D, *([] if state.average is None else [state.average.module])]
        self.seen.append([network.condition_strength.item() for network in networks])


@pytest.fixture
def trained(make_trainer, torch_loader):
    """Trains by epochs of four steps; gives the trainer and the strengths."""

    def train(ramp, *epochs, callbacks=(), **arguments):
        strengths = Strengths()
        trainer = make_trainer(
            torch_loader(16, 4), callbacks=[Transition(ramp), strengths, *callbacks], **arguments
        )
        for count in epochs:
            trainer.fit(count)
        return trainer, strengths.seen

    return train


def test_the_strength_of_all_networks_follows_the_ramp(trained):
    trainer, seen = trained(Ramp(0, 1, begin=0.25, end=0.75), 2)
    steps = [0, 0, 0, 0.25, 0.5, 0.75, 1, 1]
    assert seen == [[strength] * 3 for strength in steps]
    assert trainer.history["condition_strength"] == [0.5, 1.0]
    assert trainer.G.condition_strength.item() == 1.0
    assert trainer.D.condition_strength.item() == 1.0


def test_the_default_turns_it_on_between_a_tenth_and_a_half(trained):
    _, seen = trained(None, 5)  # progress 0, 0.05, 0.1, ...
    assert [g for g, *_ in seen[:3]] == [0, 0, 0]
    assert seen[6][0] == pytest.approx(0.5)
    assert all(row == [1.0, 1.0, 1.0] for row in seen[10:])


def test_without_averaged_weights_too(trained):
    _, seen = trained(Ramp(0, 1), 1, algorithm="article")
    assert seen == [[0.0] * 2, [0.25] * 2, [0.5] * 2, [0.75] * 2]


def test_at_the_end_the_last_value_holds_even_for_a_loader_without_length(make_trainer, tiny):
    class Unsized:
        def __iter__(self):
            images, labels = tiny(8)
            return iter(zip(images.split(4), labels.split(4), strict=True))

    strengths = Strengths()
    trainer = make_trainer(Unsized(), callbacks=[Transition(Ramp(0, 1)), strengths]).fit(2)
    assert [g for g, *_ in strengths.seen] == [0, 0, 0.5, 0.75]  # two batches, it turns out
    assert trainer.G.condition_strength.item() == trainer.D.condition_strength.item() == 1.0


def test_without_strength_labels_make_no_difference(trained):
    trainer, _ = trained(Ramp(0, 0), 1)
    z = torch.randn(1, 5).expand(3, 5)
    images = trainer.G(z, torch.arange(3))
    assert torch.allclose(images, images[:1].expand_as(images), atol=1e-6)
    logits = trainer.D(images[:1].expand_as(images), torch.arange(3))
    assert torch.allclose(logits, logits[:1].expand_as(logits), atol=1e-6)


def test_a_fit_that_was_stopped_keeps_its_strength(trained):
    class StopAt(Callback):
        def on_batch_end(self, state):
            if state.step == 3:
                state.stop("enough")

    with pytest.warns(UserWarning, match=r"while the condition was at 0.25 of 1: labels have"):
        trainer, _ = trained(Ramp(0, 1), 2, callbacks=[StopAt()])
    assert trainer.state.step == 3
    assert trainer.G.condition_strength.item() == 0.25  # of the third step of eight
    assert trainer.D.condition_strength.item() == 0.25


def test_a_fit_that_failed_keeps_its_strength(make_trainer, torch_loader):
    class FailAt(Callback):
        def on_batch_end(self, state):
            if state.step == 3:
                raise RuntimeError("on purpose")

    trainer = make_trainer(torch_loader(16, 4), callbacks=[Transition(Ramp(0, 1)), FailAt()])
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer.fit()
    assert trainer.G.condition_strength.item() == 0.5


def test_each_fit_is_a_whole_run_of_the_ramp(trained):
    _, seen = trained(Ramp(0, 1), 1, 1)
    assert [g for g, *_ in seen] == [0, 0.25, 0.5, 0.75] * 2


def test_a_discriminator_inside_another_counts(networks, make_trainer, torch_loader):
    G, D = networks()
    loader = torch_loader(16, 4)
    make_trainer(loader, G=G, D=Augmented(D), callbacks=[Transition(Ramp(0, 0.5))]).fit()
    assert G.condition_strength.item() == D.condition_strength.item() == 0.5


def test_the_strength_reaches_convolutions_and_is_saved(tmp_path):
    from condgan import ConditionalGenerator

    G, D = preset("quick").networks(3, (1, 16, 16), seed=0, width=4)
    G.eval()
    D.eval()
    z = torch.randn(1, 100).expand(3, 100)
    for strength, same in ((1.0, False), (0.0, True)):
        G.condition_strength.fill_(strength)
        D.condition_strength.fill_(strength)
        images = G(z, torch.arange(3))
        assert torch.allclose(images[0], images[1], atol=1e-6) == same
        logits = D(images[:1].expand_as(images), torch.arange(3))
        assert torch.allclose(logits[0], logits[1], atol=1e-6) == same
    G.condition_strength.fill_(0.25)
    G.save_pretrained(tmp_path / "half")
    again = ConditionalGenerator.from_pretrained(tmp_path / "half")
    assert again.condition_strength.item() == 0.25


def test_networks_must_have_a_strength(networks, make_trainer, torch_loader):
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(64, 1)

        def forward(self, images, labels):
            return self.layer(images.flatten(1))

    trainer = make_trainer(torch_loader(), D=Plain(), callbacks=[Transition()])
    with pytest.raises(ArgumentTypeError, match=r"condition_strength.*; D is a Plain"):
        trainer.fit()
    assert trainer.state.step == 0


@pytest.mark.parametrize("ramp", [0.5, "slow", lambda progress: progress])
def test_what_is_no_ramp_is_refused(ramp):
    with pytest.raises(ArgumentTypeError, match="ramp is a Ramp, such as"):
        Transition(ramp)


def test_a_condition_that_was_never_turned_on_is_told(make_trainer, tiny):
    class Unsized:
        def __iter__(self):
            images, labels = tiny(8)
            return iter(zip(images.split(4), labels.split(4), strict=True))

    with pytest.warns(UserWarning, match="while the condition was at 0.00 of 1"):
        make_trainer(Unsized(), callbacks=[Transition()]).fit(1)
