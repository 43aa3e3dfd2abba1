"""Losses: means over an epoch's images, and a row every few steps."""

import pytest
import torch

from condgan import Callback, LossHistory
from condgan.errors import ConfigError


@pytest.mark.parametrize("every", [0, -3, 2.5, "10", None])
def test_every_is_a_positive_whole_number(every):
    with pytest.raises(ConfigError, match="positive whole number; got"):
        LossHistory(every=every)


@pytest.mark.parametrize(
    ("every", "steps"), [(1, [1, 2, 3, 4, 5, 6]), (2, [1, 2, 4, 6]), (4, [1, 4]), (10, [1])]
)
def test_rows_of_steps(make_trainer, torch_loader, every, steps):
    trainer = make_trainer(torch_loader(12, 4), callbacks=[LossHistory(every=every)]).fit(2)
    assert [row["step"] for row in trainer.history.steps] == steps
    assert [row["epoch"] for row in trainer.history.steps] == [1 + (s > 3) for s in steps]


def test_the_values_are_those_of_the_steps(make_trainer, torch_loader):
    seen = []

    class Look(Callback):
        def on_batch_end(self, state):
            seen.append({name: value.item() for name, value in state.logs.items()})

    trainer = make_trainer(torch_loader(10, 4), callbacks=[Look(), LossHistory(every=1)]).fit(2)
    kept = [{k: row[k] for k in ("d_loss", "g_loss")} for row in trainer.history.steps]
    assert kept == seen
    for name in ("d_loss", "g_loss"):
        weighted = [n * row[name] for n, row in zip([4, 4, 2] * 2, seen, strict=True)]
        assert trainer.history[name] == pytest.approx(
            [sum(weighted[:3]) / 10, sum(weighted[3:]) / 10]
        )


def test_reading_in_many_parts_changes_nothing(make_trainer, torch_loader, rows):
    class Often(LossHistory):
        FLUSH = 2

    seldom, often = (
        make_trainer(torch_loader(18, 4), callbacks=[kind(every=1)]).fit(2)
        for kind in (LossHistory, Often)
    )
    assert rows(seldom) == rows(often)
    assert seldom.history.steps == often.history.steps


def test_a_value_that_only_some_steps_report(make_trainer, torch_loader):
    class Sometimes:
        def optimizers(self, G, D):
            return {}

        def step(self, state, batch):
            even = state.step % 2 == 0
            return {"loss": torch.tensor(1.0), **({"penalty": torch.tensor(6.0)} if even else {})}

    trainer = make_trainer(
        torch_loader(10, 4), algorithm=Sometimes(), callbacks=[LossHistory(every=1)]
    ).fit()
    assert trainer.history["penalty"] == [6.0]  # the mean over the images that had one
    assert ["penalty" in row for row in trainer.history.steps] == [True, False, True]


def test_an_interrupted_epoch_leaves_its_steps_and_no_mean(make_trainer, torch_loader):
    class Interrupt(Callback):
        def on_batch_end(self, state):
            if state.step == 6:
                raise KeyboardInterrupt

    trainer = make_trainer(
        torch_loader(16, 4), callbacks=[LossHistory(every=1), interrupt := Interrupt()]
    )
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(3)
    assert trainer.history["epoch"] == [1]
    assert [row["step"] for row in trainer.history.steps] == [1, 2, 3, 4, 5, 6]
    trainer.callbacks.remove(interrupt)
    trainer.fit()
    assert trainer.history["epoch"] == [1, 2]
    (_, second) = trainer.history["d_loss"]
    own = [row["d_loss"] for row in trainer.history.steps if row["step"] > 6]
    assert second == pytest.approx(sum(own) / 4)
