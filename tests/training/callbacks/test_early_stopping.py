"""Stopping early, by hand-worked values."""

import math

import pytest

from condgan import Adversarial, Callback, EarlyStopping
from condgan.errors import ConfigError


class Script(Callback):
    """Records a value an epoch, and keeps a hash of the weights that it belonged to."""

    stage = "record"

    def __init__(self, values, fingerprint=None):
        self.values, self.fingerprint, self.weights = values, fingerprint, []

    def on_epoch_end(self, state):
        value = self.values[state.epoch - 1]
        if value is not None:
            state.history.record(quality=value)
        if self.fingerprint is not None:
            self.weights.append(self.fingerprint(state.generator))


@pytest.fixture
def fit_with(make_trainer, torch_loader, fingerprint):
    """Trains until told to stop, over scripted values; gives the trainer and the script."""

    def fit(values, stop, **arguments):
        arguments = {"algorithm": Adversarial(generator_lr=1e-2), **arguments}
        script = Script(values, fingerprint)
        trainer = make_trainer(torch_loader(8, 4), callbacks=[stop, script], **arguments)
        return trainer.fit(len(values)), script

    return fit


@pytest.mark.parametrize(
    ("values", "settings", "last", "best_epoch"),
    [
        # best is epoch 2; epochs 3 and 4 are no better
        ([3, 2, 2.5, 2, 1, 1], {"patience": 2}, 4, 2),
        ([3, 2, 2.5, 2, 1, 1], {"patience": 3}, 6, 5),  # epoch 5 comes in time
        ([1, 2, 1.5, 2, 3, 3], {"patience": 2, "mode": "max"}, 4, 2),
        ([1, 2, 3, 4], {"patience": 1}, 2, 1),
        ([4, 3, 2, 1], {"patience": 1}, 4, 4),  # always better: never stops
        # 2.9 and 2.8 gain less than 0.5 on 3; 2.4 gains more
        ([3, 2.9, 2.8, 2.4, 2.3, 2.2, 2.1], {"patience": 3, "min_delta": 0.5}, 7, 4),
        ([3, 2.9, 2.8, 2.4], {"patience": 2, "min_delta": 0.5}, 3, 1),
        # the good value of epoch 1 does not count
        ([0, 5, 4, 6, 6, 6], {"patience": 2, "start_epoch": 2}, 5, 3),
        ([1, math.nan, math.nan, 0.5], {"patience": 2}, 3, 1),  # NaN is no improvement
        ([math.nan, 2, 1, 1, 1], {"patience": 2}, 5, 3),
        ([math.nan, math.nan, 1], {"patience": 2}, 2, 0),
        ([math.inf, 2, 3, 3], {"patience": 2}, 4, 2),
    ],
)
def test_stops_at_the_right_epoch(fit_with, values, settings, last, best_epoch):
    stop = EarlyStopping("quality", **settings)
    trainer, _ = fit_with(values, stop)
    assert trainer.history["epoch"][-1] == last
    assert stop.best_epoch == best_epoch
    assert (trainer.state.stop_reason is not None) == (
        last < len(values) or stop.waited >= stop.patience
    )


def test_says_why(fit_with):
    trainer, _ = fit_with([1, 0.25, 2, 2, 2], EarlyStopping("quality", patience=2))
    reason = trainer.state.stop_reason
    for word in ("quality", "0.25", "epoch 2", "2 looks"):
        assert word in reason


@pytest.mark.parametrize("half_life", [None, 20.0])
@pytest.mark.parametrize(
    ("values", "patience", "best"),
    [([3, 1, 2, 2, 2], 2, 2), ([3, 1, 2], 5, 2), ([1, 2, 3], 1, 1), ([3, 2, 1], 5, 3)],
)
def test_d67_the_best_weights_come_back_also_if_patience_never_ran_out(
    fit_with, fingerprint, values, patience, best, half_life
):
    trainer, script = fit_with(
        values,
        EarlyStopping("quality", patience=patience),
        algorithm=Adversarial(generator_lr=1e-2, ema_half_life=half_life),
    )
    assert len(set(script.weights)) == len(script.weights)
    assert fingerprint(trainer.generator) == script.weights[best - 1]


def test_the_last_weights_stay_if_the_best_are_not_wanted(fit_with, fingerprint):
    trainer, script = fit_with([3, 1, 2], EarlyStopping("quality", restore_best=False))
    assert fingerprint(trainer.generator) == script.weights[-1]


def test_the_best_weights_come_back_after_an_interrupt_too(make_trainer, torch_loader, fingerprint):
    script = Script([3, 1, 2, 2], fingerprint)

    def interrupt(state):
        if state.epoch == 3:
            raise KeyboardInterrupt

    trainer = make_trainer(
        torch_loader(8, 4), callbacks=[EarlyStopping("quality"), script, interrupt]
    )
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(4)
    assert fingerprint(trainer.generator) == script.weights[1]


def test_d68_an_unknown_name_lists_the_known_after_the_first_epoch(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(), callbacks=[EarlyStopping("val_loss")])
    with pytest.raises(ConfigError, match=r"'val_loss'.*epoch, step, .*d_loss, g_loss.*start_ep"):
        trainer.fit(5)
    assert trainer.history["epoch"] == [1]


def test_a_name_that_comes_later_may_be_waited_for(fit_with):
    stop = EarlyStopping("quality", start_epoch=3, patience=1)
    trainer, _ = fit_with([None, None, 1, 2, 3], stop)
    assert trainer.history["epoch"][-1] == 4


def test_epochs_that_lack_the_value_are_passed_over(fit_with):
    stop = EarlyStopping("quality", patience=2)
    trainer, _ = fit_with([1, None, 2, None, 2, 0], stop)
    assert trainer.history["epoch"][-1] == 5


def test_d69_watching_a_loss_warns_once_and_says_why(make_trainer, torch_loader):
    stop = EarlyStopping("g_loss", patience=50)
    with pytest.warns(UserWarning, match="adversarial loss: it says who is") as caught:
        make_trainer(torch_loader(), callbacks=[stop]).fit(3)
    assert len(caught) == 1
    assert "'g_loss'" in str(caught[0].message)


@pytest.mark.parametrize("restore_best", [True, False])
def test_d66_in_a_second_trainer_it_is_as_new(fit_with, fingerprint, restore_best):
    first, second = [0, 1, 1, 1, 1], [9, 8, 8, 8, 8, 8]
    settings = {"patience": 2, "restore_best": restore_best}
    reused = EarlyStopping("quality", **settings)
    fit_with(first, reused)
    again, _ = fit_with(second, reused)
    fresh, _ = fit_with(second, EarlyStopping("quality", **settings))
    assert again.history["epoch"] == fresh.history["epoch"] == [1, 2, 3, 4]
    assert again.state.stop_reason == fresh.state.stop_reason
    assert fingerprint(again.generator) == fingerprint(fresh.generator)


def test_a_second_fit_of_one_trainer_remembers_the_best_and_waits_anew(fit_with):
    stop = EarlyStopping("quality", patience=2)
    trainer, script = fit_with([1, 2, 2, 5, 5, 5, 5], stop)
    assert trainer.state.epoch == 3
    trainer.fit(4)
    assert trainer.state.epoch == 5  # two more epochs that are no better than the first
    assert stop.best == 1
    assert len(script.weights) == 5


def test_its_memory_can_be_written_down_and_read(fit_with):
    stop = EarlyStopping("quality", patience=3)
    fit_with([2, 1, 3], stop)
    saved = stop.state_dict()
    other = EarlyStopping("quality", patience=3)
    other.load_state_dict(saved)
    assert (other.best, other.best_epoch, other.waited) == (1, 2, 1)
    assert other.state_dict().keys() == saved.keys()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mode": "auto"}, "'min' or 'max'; got 'auto'"),
        ({"patience": -1}, "patience must be a whole number from 0; got -1"),
        ({"min_delta": -0.5}, "must not be negative"),
    ],
)
def test_bad_settings(arguments, words):
    with pytest.raises(ConfigError, match=words):
        EarlyStopping("quality", **arguments)


def test_judges_after_everybody_has_recorded(make_trainer, library_loader):
    stop = EarlyStopping("quality", mode="max", patience=1, start_epoch=2)

    def measure(state):
        state.history.record(quality=1.0)

    trainer = make_trainer(library_loader(), callbacks=[stop, measure]).fit(8)
    assert trainer.state.epoch == 3
