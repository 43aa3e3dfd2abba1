"""CollapseWatch, told what a probe found, so that its decisions are worked out by hand."""

import math

import pytest
import torch

from condgan import CollapseWatch
from condgan.errors import ConfigError
from condgan.metrics.figures import Figures
from condgan.training.callbacks import collapse_watch

WELL, ILL, WRONG = (0.9, 1.0), (0.9, 0.1), (0.2, 1.0)


@pytest.fixture
def watched(make_trainer, library_loader, monkeypatch):
    """Trains with a watch whose looks find what is given, a row a look: (accuracy, spread)."""

    def run(looks, epochs=None, **arguments):
        found = iter(looks)

        def look(probe, generator, seed):
            return {
                label: Figures(accuracy=accuracy, spread=spread)
                for label, (accuracy, spread) in zip("abc", next(found), strict=True)
            }

        monkeypatch.setattr(collapse_watch, "look", look)
        monkeypatch.setattr(collapse_watch, "Probe", lambda *given: None)
        watch = CollapseWatch(None, patience=arguments.pop("patience", 1), **arguments)
        trainer = make_trainer(library_loader(), callbacks=[watch])
        trainer.watch = watch
        return trainer.fit(epochs or len(looks))

    return run


def test_warns_and_names_the_class(watched):
    with pytest.warns(UserWarning, match=r"epoch 2: class b: 90% right, spread 0.10 of real") as w:
        trainer = watched([[WELL] * 3, [WELL, ILL, WELL]])
    assert len(w) == 1
    assert "class a" not in str(w[0].message)
    first, second = trainer.history.epochs
    assert "collapse" not in first
    assert second["collapse"] == "class b: 90% right, spread 0.10 of real"
    assert trainer.state.epoch == 2


def test_accuracy_counts_as_well(watched):
    with pytest.warns(UserWarning, match="class c: 20% right"):
        watched([[WELL] * 3, [WELL, WELL, WRONG]])


def test_a_class_that_never_was_well_is_still_learning(watched):
    watched([[WELL, ILL, WELL]] * 4)  # a warning would be an error


def test_waits_so_many_looks_in_a_row(watched):
    ill = [WELL, ILL, WELL]
    watched([[WELL] * 3, ill, [WELL] * 3, ill], patience=2)
    trainer = watched([[WELL] * 3, ill, ill, [WELL] * 3], patience=2, action="stop")
    assert trainer.state.epoch == 3


def test_stops_and_says_why(watched):
    trainer = watched([[WELL] * 3, [ILL, WELL, WELL], [WELL] * 3], action="stop")
    assert trainer.state.epoch == 2
    assert trainer.state.stop_reason == "class a: 90% right, spread 0.10 of real: collapsing"


def test_a_spread_that_could_not_be_measured_says_nothing(watched):
    watched([[WELL] * 3, [(0.9, math.nan), WELL, WELL]], action="stop")


def test_looks_every_so_many_epochs(watched):
    trainer = watched([[WELL] * 3, [ILL, WELL, WELL]], epochs=6, every=3, action="stop")
    assert trainer.state.epoch == 6
    assert trainer.state.stop_reason


def test_goes_back_to_the_best_averaged_weights(watched):
    kept = {}

    class Keep:
        def on_epoch_end(self, state):
            kept[state.epoch] = {
                name: value.clone() for name, value in state.generator.state_dict().items()
            }

    better = [(1.0, 1.0)] * 3
    looks = [[WELL] * 3, better, [WELL] * 3, [ILL, WELL, WELL]]
    import condgan

    original = condgan.Trainer.__init__

    def with_keep(self, *given, callbacks, **named):
        original(self, *given, callbacks=[Keep(), *callbacks], **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(condgan.Trainer, "__init__", with_keep)
        with pytest.warns(UserWarning, match="back to the weights of epoch 2"):
            trainer = watched(looks, action="restore")
    for name, value in trainer.G.state_dict().items():
        torch.testing.assert_close(value, kept[2][name], rtol=0, atol=0)
    assert trainer.state.stop_reason is None


def test_goes_back_three_times_and_then_stops(watched):
    looks = [[WELL] * 3]
    for _ in range(4):
        looks += [[ILL, WELL, WELL], [WELL] * 3]
    with pytest.warns(UserWarning, match="back to the weights of epoch 1"):
        trainer = watched(looks, action="restore")
    assert trainer.watch.restored == 3
    assert trainer.state.epoch == 8
    assert "collapsing" in trainer.state.stop_reason


def test_its_memory_can_be_saved(watched):
    trainer = watched([[WELL] * 3, [WELL, ILL, WELL]], patience=2)
    again = CollapseWatch(None, patience=2)
    again.load_state_dict(trainer.watch.state_dict())
    assert again.state_dict() == trainer.watch.state_dict()
    assert again._ill_for["b"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "panic"}, "action must be 'warn', 'stop' or 'restore'; got 'panic'"),
        ({"spread": 1.5}, "spread must lie between 0 and 1; got 1.5"),
        ({"accuracy": -1}, "accuracy must lie between 0 and 1; got -1"),
        ({"every": 0}, "every must be a positive whole number; got 0"),
        ({"patience": 0}, "patience must be a positive whole number; got 0"),
    ],
)
def test_bad_arguments_are_refused(arguments, said):
    with pytest.raises(ConfigError) as caught:
        CollapseWatch(None, **arguments)
    assert said in str(caught.value)
