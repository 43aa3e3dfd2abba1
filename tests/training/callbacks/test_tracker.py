"""What another tool is handed: every number once, in order, under its step."""

import pytest
from PIL import Image

from condgan import Callback, Checkpoint, LossHistory, Quantities, Tracker
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.training.callbacks.same_noise import ROWS


class Book:
    """A tool that keeps all it is given."""

    def __init__(self):
        self.rows, self.pictures = [], []

    def log(self, numbers, step):
        self.rows.append((step, numbers))

    def log_image(self, name, picture, step):
        self.pictures.append((name, picture, step))

    def steps(self, of):
        return [step for step, row in self.rows if any(n.startswith(f"{of}/") for n in row)]


def trainer_with(make_trainer, loader, *callbacks, **arguments):
    return make_trainer(loader, callbacks=[LossHistory(every=1), *callbacks], **arguments)


def test_every_number_comes_once_in_order_under_its_step(make_trainer, torch_loader):
    book = Book()

    def record(state):
        state.history.record(spread=0.5, remark="no number")

    trainer = trainer_with(make_trainer, torch_loader(8, 4), record, Tracker(book.log)).fit(2)
    assert [step for step, _ in book.rows] == book.steps("step") == [1, 2, 3, 4]
    assert book.steps("epoch") == [2, 4]
    (_, first), (_, second) = book.rows[:2]
    losses = {n: x for n, x in trainer.history.steps[0].items() if n.endswith("_loss")}
    assert first == {f"step/{name}": value for name, value in losses.items()}
    assert set(second) - set(first) == {
        "epoch/seconds", "epoch/spread", *(f"epoch/{name}" for name in losses)
    }  # fmt: skip
    assert second["epoch/spread"] == 0.5
    assert all(type(value) is float for _, numbers in book.rows for value in numbers.values())


def test_pictures_come_every_few_epochs_and_at_the_end(make_trainer, torch_loader):
    book = Book()
    tracker = Tracker(book.log, book.log_image, every=2, n=3, labels=[2, 0])
    make_trainer(torch_loader(8, 4), callbacks=[tracker]).fit(5)
    assert [(name, step) for name, _, step in book.pictures] == [
        ("images", 4), ("images", 8), ("images", 10)
    ]  # fmt: skip
    picture = book.pictures[0][1]
    assert isinstance(picture, Image.Image)
    assert picture.height == 2 + 2 * 58  # two rows of enlarged images


def test_of_many_classes_the_first_are_drawn(make_trainer, torch_loader):
    book = Book()
    tracker = Tracker(book.log, book.log_image, n=1)
    make_trainer(torch_loader(8, 4), classes=30, callbacks=[tracker]).fit(1)
    assert book.pictures[0][1].height == 2 + ROWS * 58


def test_a_resumed_run_goes_on_at_the_right_step(make_trainer, torch_loader, tmp_path):
    class Interrupt(Callback):
        def on_batch_end(self, state):
            if state.step == 6:  # within the second epoch
                raise KeyboardInterrupt

    book = Book()

    def trainer(*more):
        callbacks = [Checkpoint(tmp_path), Tracker(book.log), *more]
        return trainer_with(make_trainer, torch_loader(16, 4), *callbacks)

    with pytest.raises(KeyboardInterrupt):
        trainer(Interrupt()).fit(2)
    assert book.steps("step") == [1, 2, 3, 4]
    trainer().resume("latest").fit()
    assert book.steps("step") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert book.steps("epoch") == [4, 8]


@pytest.mark.parametrize("first", ["tracker", "checkpoint"])
def test_what_an_epoch_handed_on_before_a_crash_does_not_come_again(
    make_trainer, torch_loader, tmp_path, first
):
    class Die(Callback):
        """An end without a chance to save."""

        stage = "save"

        def on_epoch_end(self, state):
            if state.epoch == 2:
                raise RuntimeError("power cut")

    book = Book()

    def trainer(*more):
        callbacks = [Tracker(book.log), Checkpoint(tmp_path)]
        callbacks = callbacks if first == "tracker" else callbacks[::-1]
        return trainer_with(make_trainer, torch_loader(8, 4), *callbacks, *more)

    with pytest.raises(RuntimeError, match="power cut"):
        trainer(Die()).fit(3)
    trainer().resume("latest").fit()
    assert book.steps("step") == [1, 2, 3, 4, 5, 6]
    assert book.steps("epoch") == [2, 4, 6]


def test_after_an_error_the_last_steps_are_handed_on(make_trainer, torch_loader):
    class Fail(Callback):
        def on_batch_end(self, state):
            if state.step == 3:
                raise RuntimeError("on purpose")

    book = Book()
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer_with(make_trainer, torch_loader(16, 4), Tracker(book.log), Fail()).fit(1)
    assert book.steps("step") == [1, 2, 3]


def test_a_new_trainer_begins_anew(make_trainer, torch_loader):
    book = Book()
    tracker = Tracker(book.log)
    for _ in range(2):
        trainer_with(make_trainer, torch_loader(8, 4), tracker).fit(1)
    assert book.steps("step") == [1, 2, 1, 2]


def test_a_tool_that_fails_is_warned_of_and_gets_what_it_missed(make_trainer, torch_loader):
    book, down = Book(), [True]

    def log(numbers, step):
        if down:
            raise ConnectionError("no network")
        book.log(numbers, step)

    def mend(state):
        if state.epoch == 3:
            down.clear()

    tracker = Tracker(log)
    with pytest.warns(UserWarning, match="Tracker: logging failed.*no network") as caught:
        trainer_with(make_trainer, torch_loader(8, 4), mend, tracker).fit(3)
    assert len(caught) == 1
    assert book.steps("step") == [1, 2, 3, 4, 5, 6]
    assert book.steps("epoch") == [2, 4, 6]


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"log": "wandb"}, ArgumentTypeError, "log is a function"),
        ({"log": None}, ArgumentTypeError, "log is a function"),
        ({"log": print, "log_image": 3}, ArgumentTypeError, "log_image is a function"),
        ({"log": print, "every": 0}, ConfigError, "every"),
        ({"log": print, "n": 0}, ConfigError, "n must"),
        ({"log": print, "seed": -1}, ConfigError, "seed"),
    ],
)
def test_what_a_user_gets_wrong(wrong, error, said):
    with pytest.raises(error, match=said):
        Tracker(**wrong)


def test_conditions_without_classes_are_to_be_named(make_trainer, tiny, fingerprint):
    from condgan import LabelledImages

    numbers = Quantities(1, [(0, 1)])
    images, _ = tiny(8)
    data = LabelledImages(images, images[:, 0, 0, :1].clamp(0, 1), numbers)
    book = Book()
    trainer = make_trainer(
        data.loader(4), classes=numbers, callbacks=[Tracker(book.log, book.log_image)]
    )
    before = fingerprint(trainer.G)
    with pytest.raises(ConfigError, match=r"labels=\.\.\."):
        trainer.fit(1)
    assert fingerprint(trainer.G) == before
    assert not book.rows
