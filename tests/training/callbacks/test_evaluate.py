import pytest
import torch

from condgan import Classes, Evaluate, LabelledImages
from condgan.data.digits import digits
from condgan.errors import ConfigError, LabelError
from condgan.training.callbacks.callback import Callback

NAMES = ("accuracy", "worst_accuracy", "spread", "worst_spread", "frechet")


@pytest.fixture
def three():
    """Twelve images of each of the digits 0 to 2."""
    data = digits()
    chosen = torch.cat([(data.labels == k).nonzero()[:12, 0] for k in range(3)])
    return LabelledImages(data.images[chosen], data.labels[chosen], Classes(3))


class Replace(Callback):
    """Stands in for the generator with one whose images are known."""

    def __init__(self, draw):
        self.draw = draw

    def on_epoch_start(self, state):
        state.G.forward = self.draw


def real(data):
    """A forward that draws the real images of each label, in order."""

    def forward(z, labels):
        counts = [0] * 3
        out = []
        for label in labels.tolist():
            out.append(data.of(label)[counts[label]])
            counts[label] += 1
        return torch.stack(out)

    return forward


def test_records_figures_every_so_many_epochs_and_at_the_end(make_trainer, three):
    trainer = make_trainer(three.loader(8), callbacks=[Evaluate(three, every=2, n=6, cache=False)])
    trainer.fit(5)
    looked = [row["epoch"] for row in trainer.history.epochs if "accuracy" in row]
    assert looked == [2, 4, 5]
    for row in trainer.history.epochs[1::2]:
        assert all(isinstance(row[name], float) for name in NAMES)
        assert row["worst_accuracy"] <= row["accuracy"] <= 1
        assert 0 <= row["worst_spread"] <= row["spread"]


def test_a_generator_of_real_images_scores_as_real_ones(make_trainer, three):
    look = Evaluate(three, n=12, cache=False)
    trainer = make_trainer(three.loader(8), callbacks=[look], algorithm="article")
    trainer.fit(1)
    trainer.G.forward = real(three)
    trainer.state.history.begin_epoch(2)
    trainer.state.epoch, trainer.state.epochs = 2, 2
    look.on_epoch_end(trainer.state)
    trainer.state.history.end_epoch(step=0, images=0, seconds=0)
    row = trainer.history.epochs[-1]
    assert row["spread"] == pytest.approx(1, abs=1e-6)
    assert row["frechet"] == pytest.approx(0, abs=1e-6)
    assert row["worst_accuracy"] > 0.9


def test_early_stopping_may_watch_it_whatever_the_order(make_trainer, three):
    from condgan import EarlyStopping

    stop = EarlyStopping("worst_spread", mode="max", patience=2, min_delta=100.0)
    look = Evaluate(three, n=4, cache=False)
    trainer = make_trainer(three.loader(8), callbacks=[stop, look]).fit(9)
    assert trainer.state.epoch == 3
    assert "worst_spread has not improved" in trainer.state.stop_reason


def test_the_classifier_is_made_once(make_trainer, three, monkeypatch):
    from condgan.metrics import features

    trained = []
    train = features.train_classifier
    monkeypatch.setattr(
        features, "train_classifier", lambda *a, **k: trained.append(1) or train(*a, **k)
    )
    trainer = make_trainer(three.loader(8), callbacks=[Evaluate(three, n=4, cache=False)])
    trainer.fit(2).fit(1)
    assert trained == [1]


def test_bad_arguments_are_refused(make_trainer, three):
    with pytest.raises(ConfigError, match="every must be a positive whole number; got 0"):
        Evaluate(three, every=0)
    with pytest.raises(ConfigError, match="n must be a whole number from 2; got 1"):
        Evaluate(three, n=1)


def test_data_without_classes_are_refused_before_training(make_trainer, three, fingerprint):
    from condgan import Attributes

    rows = torch.zeros(len(three), 2)
    attributes = LabelledImages(three.images, rows, Attributes(2))
    trainer = make_trainer(three.loader(8), callbacks=[Evaluate(attributes, cache=False)])
    before = fingerprint(trainer.G, trainer.D)
    with pytest.raises(LabelError, match="needs classes"):
        trainer.fit()
    assert fingerprint(trainer.G, trainer.D) == before
