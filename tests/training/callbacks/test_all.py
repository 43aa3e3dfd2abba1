"""What holds for every callback that the library exports."""

import pickle

import pytest
import torch

from condgan import Augmented, Classes, LabelledImages, Ramp
from condgan.plugins.registry import known
from condgan.training import callbacks


def tiny_data():
    stream = torch.Generator().manual_seed(0)
    images = torch.rand(12, 1, 8, 8, generator=stream) * 2 - 1
    return LabelledImages(images, torch.arange(12) % 3, Classes(3))


def look(numbers, step):
    """What a tracker calls; at the top level, so that it can be pickled."""


MAKE = {
    "AdaptAugment": lambda folder: callbacks.AdaptAugment(images=500, every=5),
    "Callback": lambda folder: callbacks.Callback(),
    "Checkpoint": lambda folder: callbacks.Checkpoint(folder, every=2, unit="steps"),
    "CollapseWatch": lambda folder: callbacks.CollapseWatch(
        tiny_data(), spread=0, accuracy=0, action="restore", n=4, cache=False
    ),
    "Evaluate": lambda folder: callbacks.Evaluate(tiny_data(), n=4, cache=False),
    "EarlyStopping": lambda folder: callbacks.EarlyStopping(
        "images", mode="max", restore_best=False
    ),
    "ImageSnapshots": lambda folder: callbacks.ImageSnapshots(folder, unit="steps", n=2),
    "LiveReport": lambda folder: callbacks.LiveReport(folder / "report.html", n=2),
    "LossHistory": lambda folder: callbacks.LossHistory(every=3),
    "Progress": lambda folder: callbacks.Progress(),
    "TensorBoard": lambda folder: callbacks.TensorBoard(folder, n=2),
    "Tracker": lambda folder: callbacks.Tracker(look),
    # A flat ramp: each `fit` is a whole run of it, so only of such a one are two fits as one.
    "Transition": lambda folder: callbacks.Transition(Ramp(0.5, 0.5)),
}

CHANGES_TRAINING = {
    "AdaptAugment": "it moves how much D's images are changed",
    "Transition": "it scales the condition of both networks",
}

every_callback = pytest.mark.parametrize("name", callbacks.__all__)

no_bit = pytest.mark.parametrize("name", sorted(set(callbacks.__all__) - CHANGES_TRAINING.keys()))


@pytest.fixture
def make(make_trainer, networks):
    """Makes a trainer with networks that the named callback can do its work on."""

    def made(name, loader, **arguments):
        G, D = networks()
        if name == "AdaptAugment":
            D = Augmented(D, p=0.5)
        return make_trainer(loader, G=G, D=D, **arguments)

    return made


def test_every_exported_callback_is_here():
    assert MAKE.keys() == set(callbacks.__all__)


@no_bit
@pytest.mark.parametrize("algorithm", ["quick", "article"])
def test_changes_no_bit_of_training(
    make_trainer, library_loader, tmp_path, fingerprint, rows, name, algorithm
):
    def fit(*given):
        loader = library_loader(10, 4, shuffle=True)
        return make_trainer(loader, algorithm=algorithm, callbacks=given).fit(3)

    watched, alone = fit(MAKE[name](tmp_path)), fit()
    assert fingerprint(watched.G, watched.D) == fingerprint(alone.G, alone.D)
    assert [row | own for row, own in zip(rows(watched), rows(alone), strict=True)] == rows(watched)


@pytest.mark.parametrize("name", CHANGES_TRAINING)
def test_those_that_are_meant_to_change_training_do(make, library_loader, fingerprint, name):
    watched, alone = (
        make(name, library_loader(10, 4), callbacks=given).fit(3)
        for given in ([MAKE[name](None)], [])
    )
    assert fingerprint(watched.G) != fingerprint(alone.G)


@every_callback
def test_survives_a_second_fit_and_a_second_trainer(
    make, library_loader, tmp_path, fingerprint, rows, name
):
    callback = MAKE[name](tmp_path)
    first = make(name, library_loader(), callbacks=[callback]).fit(2).fit(1)
    second = make(name, library_loader(), callbacks=[callback]).fit(3)
    assert first.history["epoch"] == second.history["epoch"] == [1, 2, 3]
    assert fingerprint(first.G, first.D) == fingerprint(second.G, second.D)
    assert rows(first) == rows(second)


@every_callback
def test_survives_an_error_of_another(make, library_loader, tmp_path, name):
    failing = [True]

    def fail(state):
        if failing:
            raise RuntimeError("on purpose")

    trainer = make(name, library_loader(), callbacks=[fail, MAKE[name](tmp_path)])
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer.fit()
    failing.clear()
    assert trainer.fit(2).history["epoch"] == [1, 2, 3]


@every_callback
def test_can_be_pickled_before_and_after_a_fit(make, library_loader, tmp_path, name):
    callback = pickle.loads(pickle.dumps(MAKE[name](tmp_path)))
    make(name, library_loader(), callbacks=[callback]).fit(2)
    again = pickle.loads(pickle.dumps(callback))
    assert type(again) is type(callback)
    make(name, library_loader(), callbacks=[again]).fit()


@every_callback
def test_says_what_it_is(name):
    kind = getattr(callbacks, name)
    assert kind.__doc__
    assert issubclass(kind, callbacks.Callback)
    assert kind.stage in ("record", "act", "judge", "save")


def test_registered_names_make_callbacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = {name: factory() for name, factory in known("callback").items()}
    assert made.keys() >= {"loss-history", "image-snapshots", "progress"}
    for callback in made.values():
        assert isinstance(callback, callbacks.Callback)
