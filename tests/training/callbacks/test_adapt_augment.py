"""`AdaptAugment`: the probability follows how sure D is of real images."""

from types import SimpleNamespace

import pytest
import torch

from condgan import AdaptAugment, Adversarial, Article, Augment, Augmented
from condgan.errors import ArgumentTypeError, ConfigError


def pretended(p=0.5, batch_images=10):
    """A state with no more than the callback reads."""
    return SimpleNamespace(
        D=SimpleNamespace(p=torch.tensor(p)),
        device=torch.device("cpu"),
        batch_images=batch_images,
        step=0,
        logs={},
    )


def pretend(callback, state, signs):
    """Takes a step for each sign; gives p after each."""
    seen = []
    for sign in signs:
        state.step += 1
        state.logs = {"real_sign": torch.tensor(sign)}
        callback.on_batch_end(state)
        seen.append(round(state.D.p.item(), 6))
    return seen


def test_p_moves_every_few_steps_by_the_share_of_images_seen():
    adapt = AdaptAugment(target=0.6, images=1000, every=2)
    # 20 images of 1000 between moves: by 0.02, up above 0.6 and down below
    seen = pretend(adapt, pretended(), [1.0, 1.0, 0.0, 0.0, 1.0, 0.3, 0.5, 0.6])
    assert seen == [0.5, 0.52, 0.52, 0.5, 0.5, 0.52, 0.52, 0.5]


def test_at_the_target_p_stays():
    adapt = AdaptAugment(target=0.5, images=100, every=1)
    assert pretend(adapt, pretended(), [0.5, 0.5]) == [0.5, 0.5]


def test_by_default_a_quarter_of_the_fit_may_take_p_all_the_way():
    adapt, state = AdaptAugment(every=1), pretended()
    state.begun_after, state.epochs, state.batches = 2, 4, 20  # 400 images of 10 a batch
    state.images = 10
    assert pretend(adapt, state, [1.0]) == [0.6]  # 10 of 100


def test_p_stays_a_probability():
    sure, unsure = (AdaptAugment(images=100, every=1) for _ in range(2))
    assert pretend(sure, pretended(0.85), [1.0] * 3) == [0.95, 1.0, 1.0]
    assert pretend(unsure, pretended(0.15), [-1.0] * 3) == [0.05, 0.0, 0.0]


def test_short_batches_count_for_less():
    adapt, state = AdaptAugment(images=100, every=2), pretended(0.0)
    pretend(adapt, state, [1.0])
    state.batch_images = 5
    assert pretend(adapt, state, [1.0]) == [0.15]


def test_p_may_go_from_0_to_1_over_the_images_that_were_named():
    adapt, state = AdaptAugment(images=200, every=4), pretended(0.0)
    assert pretend(adapt, state, [1.0] * 20)[-1] == 1.0
    state.D.p.zero_()
    assert pretend(adapt, state, [1.0] * 16)[-1] == 0.8


def test_it_goes_on_from_what_was_saved():
    whole, first = AdaptAugment(images=100, every=3), AdaptAugment(images=100, every=3)
    signs = [1.0, 0.9, -1.0, 0.2, 1.0, 1.0]
    state = pretended()
    expected = pretend(whole, pretended(), signs)
    seen = pretend(first, state, signs[:2])
    saved = first.state_dict()
    assert saved == {"signs": [1.0, pytest.approx(0.9)], "seen": 20}
    second = AdaptAugment(images=100, every=3)
    second.load_state_dict(saved)
    assert seen + pretend(second, state, signs[2:]) == expected


@pytest.fixture
def trainer(networks, make_trainer, torch_loader):
    """Makes a trainer whose D is shown augmented images."""

    def make(adapt, p=0.5, **arguments):
        G, D = networks()
        D = Augmented(D, Augment(translation=0.125), p=p)
        return make_trainer(torch_loader(16, 4), G=G, D=D, callbacks=[adapt], **arguments)

    return make


def test_p_is_recorded_each_epoch(trainer):
    made = trainer(AdaptAugment(target=0.99, images=1600)).fit(3)
    # never that sure: down by 16 of 1600 images each epoch
    assert made.history["augment_p"] == pytest.approx([0.49, 0.48, 0.47])
    assert made.D.p.item() == pytest.approx(0.47)
    up = trainer(AdaptAugment(target=-0.99, images=1600)).fit(3)
    assert up.history["augment_p"] == pytest.approx([0.51, 0.52, 0.53])


def test_a_second_fit_goes_on_and_a_second_trainer_does_not(trainer):
    adapt = AdaptAugment(target=0.99, images=1600, every=5)
    first = trainer(adapt).fit(2).fit(1)  # 12 steps: two are left over
    assert adapt.state_dict()["seen"] == 8
    second = trainer(adapt).fit(3)
    assert second.history["augment_p"] == first.history["augment_p"]


def test_d_must_have_a_p(make_trainer, torch_loader, fingerprint):
    trainer = make_trainer(torch_loader(), callbacks=[AdaptAugment()])
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(
        ArgumentTypeError, match=r"p of Augmented\(D, augment\).*ConditionalDiscriminator"
    ):
        trainer.fit()
    assert fingerprint(trainer.G, trainer.D) == before


def test_the_algorithm_must_say_how_sure_d_is(trainer):
    with pytest.raises(ConfigError, match=r"'real_sign', which Adversarial gives; this run's"):
        trainer(AdaptAugment(), algorithm=Article()).fit()
    trainer(AdaptAugment(), algorithm=Adversarial(n_critic=3)).fit()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"target": 1}, "target is a mean of signs, between -1 and 1; got 1"),
        ({"target": -1.0}, "got -1.0"),
        ({"target": float("nan")}, "got nan"),
        ({"images": 0}, "images must be a positive whole number; got 0"),
        ({"every": 0.5}, "every must be a positive whole number; got 0.5"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ConfigError, match=words):
        AdaptAugment(**arguments)
