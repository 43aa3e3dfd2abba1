"""What holds for every callback that the library exports."""

import pickle

import pytest
import torch

from condgan import Classes, LabelledImages
from condgan.plugins.registry import known
from condgan.training import callbacks


def tiny_data():
    stream = torch.Generator().manual_seed(0)
    images = torch.rand(12, 1, 8, 8, generator=stream) * 2 - 1
    return LabelledImages(images, torch.arange(12) % 3, Classes(3))


MAKE = {
    "Callback": lambda folder: callbacks.Callback(),
    "CollapseWatch": lambda folder: callbacks.CollapseWatch(
        tiny_data(), spread=0, accuracy=0, action="restore", n=4, cache=False
    ),
    "Evaluate": lambda folder: callbacks.Evaluate(tiny_data(), n=4, cache=False),
    "EarlyStopping": lambda folder: callbacks.EarlyStopping(
        "images", mode="max", restore_best=False
    ),
    "ImageSnapshots": lambda folder: callbacks.ImageSnapshots(folder, unit="steps", n=2),
    "LossHistory": lambda folder: callbacks.LossHistory(every=3),
    "Progress": lambda folder: callbacks.Progress(),
}

every_callback = pytest.mark.parametrize("name", callbacks.__all__)


def test_every_exported_callback_is_here():
    assert MAKE.keys() == set(callbacks.__all__)


@every_callback
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


@every_callback
def test_survives_a_second_fit_and_a_second_trainer(
    make_trainer, library_loader, tmp_path, fingerprint, rows, name
):
    callback = MAKE[name](tmp_path)
    first = make_trainer(library_loader(), callbacks=[callback]).fit(2).fit(1)
    second = make_trainer(library_loader(), callbacks=[callback]).fit(3)
    assert first.history["epoch"] == second.history["epoch"] == [1, 2, 3]
    assert fingerprint(first.G, first.D) == fingerprint(second.G, second.D)
    assert rows(first) == rows(second)


@every_callback
def test_survives_an_error_of_another(make_trainer, library_loader, tmp_path, name):
    failing = [True]

    def fail(state):
        if failing:
            raise RuntimeError("on purpose")

    trainer = make_trainer(library_loader(), callbacks=[fail, MAKE[name](tmp_path)])
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer.fit()
    failing.clear()
    assert trainer.fit(2).history["epoch"] == [1, 2, 3]


@every_callback
def test_can_be_pickled_before_and_after_a_fit(make_trainer, library_loader, tmp_path, name):
    callback = pickle.loads(pickle.dumps(MAKE[name](tmp_path)))
    make_trainer(library_loader(), callbacks=[callback]).fit(2)
    again = pickle.loads(pickle.dumps(callback))
    assert type(again) is type(callback)
    make_trainer(library_loader(), callbacks=[again]).fit()


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
