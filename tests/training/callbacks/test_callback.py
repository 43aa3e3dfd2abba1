"""The six events: their order, their number, and what happens when one fails."""

import pytest
import torch

from condgan import Callback, Classes, LabelledImages, LossHistory
from condgan.errors import ArgumentTypeError, ConfigError, UnknownNameError
from condgan.training.callbacks.callback import EVENTS, CallbackList, as_callback


class Log:
    """Notes every event it is told of; inherits from nothing."""

    def __init__(self, notes, name="", stage="act"):
        self.notes, self.name, self.stage = notes, name, stage

    def __getattr__(self, event):
        if event not in EVENTS:
            raise AttributeError(event)
        return lambda state: self.notes.append(self.name + event)


@pytest.fixture
def fit_with(make_trainer, torch_loader):
    """Trains with callbacks on 6 images in batches of 4 and 2."""

    def fit(*callbacks, epochs=1, **arguments):
        return make_trainer(torch_loader(6, 4), callbacks=callbacks, **arguments).fit(epochs)

    return fit


def test_six_events_in_order(fit_with):
    notes = []
    fit_with(Log(notes), epochs=2)
    batch = ["on_batch_start", "on_batch_end"]
    epoch = ["on_epoch_start", *batch, *batch, "on_epoch_end"]
    assert notes == ["on_fit_start", *epoch, *epoch, "on_fit_end"]
    assert set(notes) == set(EVENTS)


def test_what_each_event_sees(fit_with):
    seen = []

    class Look(Callback):
        def on_fit_start(self, s):
            seen.append(("fit", s.epoch, s.epochs, s.step, s.batches, len(s.history)))

        def on_epoch_start(self, s):
            seen.append(("epoch", s.epoch, s.step, len(s.history)))

        def on_batch_start(self, s):
            seen.append(("batch", s.step, s.batch_images, s.images))

        def on_batch_end(self, s):
            seen.append(("stepped", s.step, s.batch_images, s.images, sorted(s.logs)))

        def on_epoch_end(self, s):
            seen.append(("row", s.history.epochs[-1]["epoch"], "d_loss" in s.history.epochs[-1]))

        def on_fit_end(self, s):
            seen.append(("end", s.epoch, s.exception))

    fit_with(Look())
    logs = ["d_loss", "g_loss"]
    assert seen == [
        ("fit", 0, 1, 0, 2, 0),
        ("epoch", 1, 0, 0),
        ("batch", 0, 4, 0),
        ("stepped", 1, 4, 4, logs),
        ("batch", 1, 2, 4),
        ("stepped", 2, 2, 6, logs),
        ("row", 1, True),
        ("end", 1, None),
    ]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_recorders_first_savers_last_and_otherwise_as_given(order):
    notes = []
    four = [
        Log(notes, "save ", "save"),
        Log(notes, "act 1 "),
        Log(notes, "act 2 "),
        Log(notes, "record ", "record"),
    ]
    CallbackList([four[i] for i in order]).tell("on_epoch_end", None)
    names = [note.removesuffix(" on_epoch_end") for note in notes]
    assert names[0] == "record"
    assert names[-1] == "save"
    assert names[1:3] == [f"act {i}" for i in order if i in (1, 2)]


def test_a_callback_without_a_stage_acts():
    notes = []

    class Bare:
        def on_fit_start(self, state):
            notes.append("bare")

    CallbackList([Log(notes, stage="save"), Bare(), Log(notes, stage="record")]).tell(
        "on_fit_start", None
    )
    assert notes == ["on_fit_start", "bare", "on_fit_start"]


def test_a_stage_that_there_is_not(make_trainer, torch_loader):
    with pytest.raises(ConfigError, match=r"'record', 'act', 'judge', 'save'; got 'last'"):
        make_trainer(torch_loader(), callbacks=[Log([], stage="last")])


def test_a_function_is_called_after_each_epoch(fit_with):
    epochs = []
    fit_with(lambda state: epochs.append((state.epoch, state.step)), epochs=2)
    assert epochs == [(1, 2), (2, 4)]


def test_an_object_with_a_single_event(fit_with):
    class Bare:
        steps = 0

        def on_batch_end(self, state):
            self.steps += 1

    bare = Bare()
    fit_with(bare, epochs=2)
    assert bare.steps == 4


def test_a_registered_name():
    assert isinstance(as_callback("loss-history"), LossHistory)
    with pytest.raises(UnknownNameError, match=r"did you mean 'progress'\?"):
        as_callback("progres")


@pytest.mark.parametrize("kind", [Callback, LossHistory, Log])
def test_a_class_is_no_callback(make_trainer, torch_loader, kind):
    with pytest.raises(ArgumentTypeError, match=rf"write {kind.__name__}\(\) with brackets"):
        make_trainer(torch_loader(), callbacks=[kind])


@pytest.mark.parametrize("thing", [None, 3, object()])
def test_what_is_no_callback(make_trainer, torch_loader, thing):
    with pytest.raises(ArgumentTypeError, match="one of the methods on_fit_start"):
        make_trainer(torch_loader(), callbacks=[thing])


class Fails(Callback):
    """Fails in one event, or in several."""

    def __init__(self, error, *events):
        self.error, self.ended = error, []
        for event in events:
            setattr(self, event, self._fail)

    def _fail(self, state):
        self.ended.append(state.exception)
        raise self.error


class Ends(Callback):
    def __init__(self):
        self.exceptions = []

    def on_fit_end(self, state):
        self.exceptions.append(state.exception)


@pytest.mark.parametrize("event", EVENTS[:-1])
@pytest.mark.parametrize("error", [RuntimeError("on purpose"), KeyboardInterrupt()])
def test_on_fit_end_comes_after_an_error_too(make_trainer, torch_loader, rows, event, error):
    before, failing, after = Ends(), Fails(error, event), Ends()
    trainer = make_trainer(torch_loader(6, 4), callbacks=[before, failing, after])
    with pytest.raises(type(error)) as caught:
        trainer.fit(2)
    assert caught.value is error
    assert caught.traceback[-1].name == "_fail"
    assert before.exceptions == after.exceptions == [error]
    counted = 1 if event == "on_epoch_end" else 0  # by then the epoch is over
    assert trainer.state.epoch == len(trainer.history) == counted

    trainer.callbacks.remove(failing)
    trainer.fit(2)
    assert trainer.state.exception is None
    assert before.exceptions == after.exceptions == [error, None]
    assert trainer.history["epoch"] == list(range(1, counted + 3))


def test_every_on_fit_end_is_called_also_when_one_fails(make_trainer, torch_loader):
    first, second = RuntimeError("first"), RuntimeError("second")
    last = Ends()
    callbacks = [Fails(first, "on_fit_end"), Fails(second, "on_fit_end"), last]
    trainer = make_trainer(torch_loader(), callbacks=callbacks)
    with pytest.raises(RuntimeError, match="first"):
        trainer.fit()
    assert last.exceptions == [None]
    assert trainer.history["epoch"] == [1]


def test_the_error_that_ended_training_is_the_one_that_is_seen(make_trainer, torch_loader):
    """A callback that then fails to tidy up does not hide it, but is noted."""
    error, last = KeyboardInterrupt(), Ends()
    callbacks = [
        Fails(error, "on_batch_end"),
        Fails(OSError("disk full"), "on_fit_end"),
        last,
    ]
    with pytest.raises(KeyboardInterrupt) as caught:
        make_trainer(torch_loader(), callbacks=callbacks).fit()
    assert caught.value is error
    assert caught.traceback[-1].name == "_fail"
    assert "disk full" in caught.value.__notes__[0]
    assert last.exceptions == [error]


def test_d71_an_error_of_the_data_reaches_callbacks_and_the_next_fit_is_fine(
    make_trainer, tiny, fingerprint
):
    class Broken:
        broken = True

        def __iter__(self):
            yield tiny(4)
            if self.broken:
                raise OSError("unreadable item 5")

    loader, ends = Broken(), Ends()
    trainer = make_trainer(loader, callbacks=[ends])
    with pytest.raises(OSError, match="item 5") as caught:
        trainer.fit()
    assert caught.traceback[-1].name == "__iter__"
    assert ends.exceptions == [caught.value]
    loader.broken = False
    trainer.fit(2)
    assert trainer.history["epoch"] == [1, 2]
    assert trainer.state.step == 3


@pytest.mark.parametrize(
    ("event", "steps", "epochs"),
    [
        ("on_fit_start", 0, 0),
        ("on_epoch_start", 1, 1),
        ("on_batch_start", 1, 1),
        ("on_batch_end", 1, 1),
        ("on_epoch_end", 2, 1),
    ],
)
def test_stop_ends_training_after_the_current_step(fit_with, event, steps, epochs):
    class Stop(Callback):
        pass

    stop, ends = Stop(), Ends()
    setattr(stop, event, lambda state: state.stop("enough"))
    trainer = fit_with(stop, ends, epochs=5)
    assert trainer.state.stop_reason == "enough"
    assert (trainer.state.step, trainer.state.epoch) == (steps, epochs)
    assert len(trainer.history) == epochs
    assert ends.exceptions == [None]

    trainer.callbacks.remove(stop)
    trainer.fit(2)
    assert trainer.state.stop_reason is None
    assert trainer.state.epoch == epochs + 2


def test_what_is_recorded_is_seen_by_later_callbacks_and_kept(fit_with):
    seen = []

    class Record(Callback):
        stage = "record"

        def on_batch_end(self, state):
            state.history.record(last_step=state.step)

        def on_epoch_end(self, state):
            state.history.record(quality=torch.tensor(state.epoch / 2))

    trainer = fit_with(lambda s: seen.append(s.history.epochs[-1]["quality"]), Record(), epochs=2)
    assert seen == [0.5, 1.0]
    assert trainer.history["quality"] == [0.5, 1.0]
    assert trainer.history["last_step"] == [2, 4]


def test_reserved_names_are_refused(make_trainer, torch_loader):
    trainer = make_trainer(torch_loader(), callbacks=[lambda s: s.history.record(step=3)])
    with pytest.raises(ConfigError, match="'step' is recorded by the Trainer"):
        trainer.fit()
    assert trainer.history["step"] == [4]


@pytest.mark.parametrize("first", [True, False])
def test_d70_editing_the_logs_does_not_edit_the_history(fit_with, rows, first):
    class Edit(Callback):
        def on_batch_end(self, state):
            state.logs["g_loss"] = torch.tensor(99.0)
            state.logs["mine"] = torch.tensor(1.0)

    edit, recorder = Edit(), LossHistory(every=1)
    edited = fit_with(*([edit, recorder] if first else [recorder, edit]))
    plain = fit_with(LossHistory(every=1))
    assert rows(edited) == rows(plain)
    assert edited.history.steps == plain.history.steps


def test_a_callback_may_draw_and_modes_stay(fit_with, fingerprint):
    drawn, modes = [], []

    class Draw(Callback):
        def on_batch_end(self, state):
            drawn.append(state.generator.generate(1, n=2, seed=0))
            modes.append(state.G.training)

    with_draws = fit_with(Draw(), algorithm="article")
    assert [images.shape for images in drawn] == [(2, 1, 8, 8)] * 2
    assert not any(images.requires_grad for images in drawn)
    assert modes == [True, True]
    assert fingerprint(with_draws.G) == fingerprint(fit_with(algorithm="article").G)


def test_inherited_empty_events_are_not_called_each_step():
    listeners = CallbackList([Callback(), LossHistory(), Log([])])._listeners
    assert len(listeners["on_batch_start"]) == 1
    assert len(listeners["on_batch_end"]) == 2
    assert len(listeners["on_epoch_end"]) == 3


def test_a_trainer_of_labelled_images_tells_the_same(make_trainer, tiny):
    notes = []
    images, labels = tiny(6)
    loader = LabelledImages(images, labels, Classes(3)).loader(4)
    make_trainer(loader, callbacks=[Log(notes)]).fit()
    assert notes.count("on_batch_end") == 2
