"""The bar: drawn where somebody looks, silent elsewhere."""

import io
import re
import sys
from types import SimpleNamespace

import pytest

from condgan import Adversarial, Callback, Checkpoint, Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def on_terminal(monkeypatch):
    """Called in a test, since pytest puts its own stderr in place just before that."""

    def put():
        stream = Terminal()
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return put


def test_silent_without_a_terminal(make_trainer, torch_loader, capfd):
    make_trainer(torch_loader(), progress=True).fit(2)
    assert capfd.readouterr() == ("", "")


def test_draws_on_a_terminal(make_trainer, torch_loader, on_terminal, capsys):
    terminal = on_terminal()
    make_trainer(torch_loader(16, 4), progress=True).fit(3)
    drawn = terminal.getvalue()
    assert "epoch 3/3" in drawn
    assert "12/12" in drawn
    assert capsys.readouterr().out == ""


def test_shows_the_losses(make_trainer, torch_loader, on_terminal):
    terminal = on_terminal()
    progress = Progress()
    progress.SECONDS = -1.0
    make_trainer(torch_loader(), callbacks=[progress]).fit()
    assert re.search(r"d_loss -?\d+\.\d{3}, g_loss -?\d+\.\d{3}", terminal.getvalue())


def test_shows_images_a_second_and_at_the_end_those_of_all(
    make_trainer, torch_loader, on_terminal, monkeypatch
):
    seconds = iter(range(100))
    clock = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr("condgan.training.callbacks.progress.time", clock)
    terminal = on_terminal()
    progress = Progress()
    progress.SECONDS = 0
    bars = []

    class Watch(Callback):
        def on_batch_end(self, state):
            bars.append(progress._bar.postfix)

    make_trainer(torch_loader(16, 4), callbacks=[progress, Watch()]).fit()
    # Each look at the clock is a second: one to see whether a second has passed, one to read.
    assert all(bar.endswith(", 2 images/s") for bar in bars)
    assert terminal.getvalue().split("[")[-1].rstrip().endswith(", 2 images/s]")


def test_it_has_no_colour(make_trainer, torch_loader, on_terminal):
    terminal = on_terminal()
    progress = Progress()
    progress.SECONDS = -1.0
    make_trainer(torch_loader(), callbacks=[progress]).fit(2)
    assert "\x1b" not in terminal.getvalue()


def test_counts_the_epochs_of_a_second_fit(make_trainer, torch_loader, on_terminal):
    terminal = on_terminal()
    trainer = make_trainer(torch_loader(16, 4), progress=True).fit(2)
    terminal.truncate(0)
    trainer.fit(3)
    assert "epoch 5/5" in terminal.getvalue()
    assert "12/12" in terminal.getvalue()


def test_counts_the_rest_of_an_epoch_and_the_steps_that_were_left_out(
    make_trainer, torch_loader, on_terminal, tmp_path
):
    class Interrupt(Callback):
        def on_batch_end(self, state):
            if state.step == 5:
                raise KeyboardInterrupt

    def lost(turn):
        return turn.fake_logits.sum() * (float("nan") if turn.step in (6, 7) else 0.0)

    def trainer(*more):
        save = Checkpoint(tmp_path)
        algorithm = Adversarial(discriminator_terms=(lost,))
        arguments = {"algorithm": algorithm, "on_nonfinite": "skip", "progress": True}
        return make_trainer(torch_loader(16, 4), callbacks=[save, *more], **arguments)

    with pytest.raises(KeyboardInterrupt):
        trainer(Interrupt()).fit(3)
    terminal = on_terminal()
    with pytest.warns(UserWarning, match="steps left out"):
        trainer().resume("latest").fit()
    assert "7/7" in terminal.getvalue()


def test_a_loader_without_length_has_a_bar_without_a_total(make_trainer, tiny, on_terminal):
    terminal = on_terminal()

    class Unsized:
        def __iter__(self):
            return iter([tiny(4)] * 3)

    make_trainer(Unsized(), progress=True).fit()
    assert "3step" in terminal.getvalue()


def test_can_be_switched_off(make_trainer, torch_loader, on_terminal):
    terminal = on_terminal()
    make_trainer(torch_loader(), progress=False).fit()
    assert terminal.getvalue() == ""


def test_an_error_closes_the_bar(make_trainer, torch_loader, on_terminal):
    terminal = on_terminal()
    progress = Progress()
    failing = [True]

    def fail(state):
        if failing:
            raise RuntimeError("on purpose")

    trainer = make_trainer(torch_loader(), callbacks=[progress, fail])
    with pytest.raises(RuntimeError, match="on purpose"):
        trainer.fit()
    assert progress._bar is None
    assert terminal.getvalue().endswith("\n")
    failing.clear()
    trainer.fit()
    assert progress._bar is None


class NotebookStream(io.StringIO):
    """Where a notebook's kernel puts what is written: no terminal, and yet somebody looks."""

    __module__ = "ipykernel.iostream"


def test_in_a_notebook_it_draws(make_trainer, torch_loader, monkeypatch):
    stream = NotebookStream()
    monkeypatch.setattr(sys, "stderr", stream)
    make_trainer(torch_loader(), progress=True).fit()
    assert "epoch 1/1" in stream.getvalue()


def closed():
    stream = Terminal()
    stream.close()
    return stream


class Plain:
    """A stream that can only be written to, as some put in the place of stderr."""

    def write(self, text):
        raise AssertionError(f"nobody looks here, but {text!r} was written")

    def flush(self):
        pass


@pytest.mark.parametrize("stream", [None, closed(), Plain()], ids=["none", "closed", "plain"])
def test_streams_that_nobody_looks_at_get_nothing(make_trainer, torch_loader, monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    assert make_trainer(torch_loader(), progress=True).fit().state.epoch == 1
