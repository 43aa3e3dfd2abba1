"""The one place for everything that changes."""

import torch

from condgan import Adversarial, Article, Attributes, Callback, Classes, LabelledImages


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


def test_progress_by_hand(make_trainer, torch_loader):
    state = make_trainer(torch_loader()).state
    assert state.progress == 0.0  # before any fit
    state.epochs, state.batches = 4, 10
    for epoch, steps, expected in [
        (1, 0, 0.0),
        (1, 5, 0.125),  # half of the first of four
        (1, 10, 0.25),
        (2, 0, 0.25),
        (4, 5, 0.875),
        (4, 10, 1.0),
        (4, 13, 1.0),  # a loader that gave more than it said
    ]:
        state.epoch, state.epoch_steps = epoch, steps
        assert state.progress == expected
    state.begun_after, state.epochs = 4, 6  # two more epochs
    assert state.progress == 0.0
    for epoch, steps, expected in [(5, 0, 0.0), (5, 5, 0.25), (6, 0, 0.5), (6, 10, 1.0)]:
        state.epoch, state.epoch_steps = epoch, steps
        assert state.progress == expected


def test_progress_without_a_length_goes_by_epochs(make_trainer, torch_loader):
    state = make_trainer(torch_loader()).state
    state.epochs, state.batches = 4, None
    for epoch, steps, expected in [(1, 0, 0.0), (1, 7, 0.0), (2, 0, 0.25), (4, 9, 0.75)]:
        state.epoch, state.epoch_steps = epoch, steps
        assert state.progress == expected


class Seen(Callback):
    """Keeps how far training is at every step."""

    def __init__(self):
        self.starts, self.ends, self.epochs, self.fits = [], [], [], []

    def on_fit_start(self, state):
        self.fits.append(state.progress)

    def on_batch_start(self, state):
        self.starts.append(state.progress)

    def on_batch_end(self, state):
        self.ends.append(state.progress)

    def on_epoch_end(self, state):
        self.epochs.append(state.progress)

    def on_fit_end(self, state):
        self.fits.append(state.progress)


def test_progress_over_two_fits(make_trainer, torch_loader):
    seen = Seen()
    trainer = make_trainer(torch_loader(8, 4), callbacks=[seen]).fit(2).fit(1)
    assert seen.starts == [0.0, 0.25, 0.5, 0.75, 0.0, 0.5]
    assert seen.ends == [0.25, 0.5, 0.75, 1.0, 0.5, 1.0]
    assert seen.epochs == [0.5, 1.0, 1.0]
    assert seen.fits == [0.0, 1.0, 0.0, 1.0]
    assert (trainer.state.begun_after, trainer.state.epoch_steps) == (2, 2)


AS_IN_DATA = Adversarial(fake_labels="data")


def test_label_counts_are_of_the_real_images_seen(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(10, 4), algorithm=AS_IN_DATA)
    assert trainer.state.label_counts is None
    trainer.fit(2).fit(1)
    assert trainer.state.label_counts.tolist() == [12, 9, 9]  # three times 4, 3 and 3


def test_label_counts_are_in_the_networks_order(make_trainer, tiny):
    images, _ = tiny(4)
    data = LabelledImages(images, torch.tensor([0, 0, 0, 1]), Classes(["a", "b"]))
    trainer = make_trainer(data.loader(2), classes=["b", "a"], algorithm=AS_IN_DATA).fit()
    assert trainer.state.label_counts.tolist() == [1, 3]


def test_nothing_is_counted_that_nobody_asks_for(make_trainer, torch_loader):
    assert make_trainer(torch_loader(10, 4)).fit().state.label_counts is None


def test_without_classes_nothing_is_counted(make_trainer, tiny):
    images, _ = tiny(4)
    data = LabelledImages(images, torch.eye(4), Attributes(4))
    trainer = make_trainer(data.loader(2), classes=Attributes(4), algorithm=AS_IN_DATA).fit()
    assert trainer.state.label_counts is None
