"""The one place for everything that changes."""

import torch

from condgan import Adversarial, Article


def test_the_generator_to_draw_with_is_the_averaged_one_if_there_is_one(make_trainer, torch_loader):
    averaged = make_trainer(torch_loader(), algorithm=Adversarial()).state
    assert averaged.generator is averaged.average.module
    assert averaged.generator is not averaged.G
    raw = make_trainer(torch_loader(), algorithm=Article()).state
    assert raw.generator is raw.G


def test_stop_keeps_the_reason(make_trainer, torch_loader):
    state = make_trainer(torch_loader()).state
    assert state.stop_reason is None
    state.stop("enough")
    assert state.stop_reason == "enough"


def test_what_a_state_starts_from(make_trainer, torch_loader):
    state = make_trainer(torch_loader(), seed=3).state
    assert (state.epoch, state.step, state.images, state.seed) == (0, 0, 0, 3)
    assert state.device == torch.device("cpu")
    assert state.optimizers.keys() == {"G", "D"}
    assert len(state.history) == 0
    assert state.exception is None


def test_counters_count_batches_once(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(32, batch_size=4)).fit()
    assert (trainer.state.step, trainer.state.images, trainer.state.epoch) == (8, 32, 1)
    assert trainer.state.batches == 8
    trainer.fit(2)
    assert (trainer.state.step, trainer.state.images, trainer.state.epoch) == (24, 96, 3)
    assert trainer.state.epochs == 3


def test_logs_are_scalars_without_a_graph(make_trainer, torch_loader):
    state = make_trainer(torch_loader()).fit().state
    assert state.logs.keys() == {"d_loss", "g_loss"}
    assert all(value.ndim == 0 and not value.requires_grad for value in state.logs.values())
