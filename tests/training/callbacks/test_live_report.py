"""The page to watch on: when it is written, what is on it, and that it ends no run."""

import os
import re
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch

from condgan import (
    Adversarial,
    Callback,
    Checkpoint,
    Classes,
    LabelledImages,
    LiveReport,
    Quantities,
)
from condgan.errors import ConfigError
from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.report import Report
from condgan.training.callbacks import live_report
from condgan.training.callbacks.live_report import FRAMES, thinned


def text_of(path):
    """What a reader sees."""
    body = path.read_text(encoding="utf-8").partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def refreshes(path):
    return 'http-equiv="refresh"' in path.read_text(encoding="utf-8")


def always(path, **how):
    """A page that is written after every epoch, however short."""
    live = LiveReport(path, n=2, **how)
    live.SHARE = float("inf")
    return live


class Look(Callback):
    """Keeps what the page says at each event."""

    stage = "save"

    def __init__(self, path):
        self.path, self.seen = path, []

    def _look(self, state):
        self.seen.append((refreshes(self.path), text_of(self.path)))

    on_fit_start = on_epoch_end = on_fit_end = _look


@pytest.fixture
def page(tmp_path):
    return tmp_path / "run" / "report.html"


def test_it_is_there_from_the_start_and_says_when_training_is_over(
    make_trainer, torch_loader, page
):
    look = Look(page)
    live = always(page, title="Tiny <b>", settings={"Data": "noise"})
    make_trainer(torch_loader(8, 4), callbacks=[live, look]).fit(2)
    (start, first), (one, after_one), _, (end, last) = look.seen
    assert (start, one, end) == (True, True, False)
    assert "Training: epoch 0 of 2" in first
    assert "Training: epoch 1 of 2" in after_one
    assert "Finished: epoch 2 of 2" in last
    assert "at first epoch 1 epoch 2" in last
    for said in ("Tiny &lt;b&gt;", "Data noise", "Latent dim 5", "Images 1 x 8 x 8", "d_loss"):
        assert said in last
    assert [path.name for path in page.parent.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("on <purpose>"),
            "Ended by an error: epoch 1 of 3 RuntimeError: on &lt;purpose",
        ),
        (KeyboardInterrupt(), "Interrupted: epoch 1 of 3 It can go on"),
        (SystemExit(143), "Interrupted: epoch 1 of 3 It can go on"),
    ],
)
def test_how_it_ended(make_trainer, torch_loader, page, error, said):
    class Fail(Callback):
        def on_batch_end(self, state):
            if state.epoch == 2:
                raise error

    trainer = make_trainer(torch_loader(8, 4), callbacks=[Fail(), always(page)])
    with pytest.raises(type(error)):
        trainer.fit(3)
    assert said in text_of(page)
    assert not refreshes(page)


def test_what_stopped_it(make_trainer, torch_loader, page):
    def stop(state):
        state.stop("the spread fell")

    make_trainer(torch_loader(8, 4), callbacks=[stop, LiveReport(page)]).fit(3)
    assert "Stopped before its last epoch: epoch 1 of 3 the spread fell" in text_of(page)


def test_what_callbacks_record_is_on_it_also_of_those_that_judge(make_trainer, torch_loader, page):
    class Judge(Callback):
        stage = "judge"

        def on_epoch_end(self, state):
            state.history.record(sharpness=0.25 * state.epoch, remark=f"word {state.epoch}")

    make_trainer(torch_loader(8, 4), callbacks=[LiveReport(page), Judge()]).fit(2)
    assert "sharpness last 0.5" in text_of(page)
    assert "Epoch 2, remark: word 2" in text_of(page)


def test_writing_takes_a_hundredth_of_the_time(make_trainer, torch_loader, page, monkeypatch):
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], time=time.time)
    monkeypatch.setattr(live_report, "time", clock)
    written = []

    def write(text, path):
        now[0] += 0.5  # seconds that a page takes
        written.append(now[0])

    monkeypatch.setattr(live_report, "write_page", write)

    def train(state):
        now[0] += 20.0  # seconds that an epoch takes

    make_trainer(torch_loader(8, 4), callbacks=[train, LiveReport(page, n=1)]).fit(8)
    # From 0.5 on, 50 seconds are to pass: after epoch 3, at 60.5. Then from 61 to 111, so after
    # epoch 6, at 121; and at the end whatever the time.
    assert written == [0.5, 61.0, 121.5, 162.0]


def test_it_loads_again_when_there_may_be_something_new(make_trainer, torch_loader, page):
    live = LiveReport(page)
    state = make_trainer(torch_loader()).state
    for seconds, cost, refresh in ((0, 0, 5), (20.2, 0, 21), (3, 0.4, 40), (7200, 0, 60)):
        live._cost = cost
        state.history.epochs = [{"epoch": 1, "seconds": seconds}]
        assert live._refresh(state) == refresh


def test_a_dozen_pictures_are_drawn_however_short_epochs_are(make_trainer, torch_loader, page):
    live = LiveReport(page, n=1)
    live.SHARE = 1e-9  # no page is due before the end
    make_trainer(torch_loader(8, 4), callbacks=[live]).fit(33)
    text = text_of(page)
    assert [epoch for epoch in range(1, 34) if f" epoch {epoch} " in text] == list(range(3, 34, 3))
    assert "at first epoch 3 epoch 6" in text


def test_a_class_that_draws_one_image_again_and_again_is_named(
    make_trainer, networks, library_loader, page, tiny
):
    G, D = networks()
    with torch.no_grad():  # the same gray, whatever the noise
        last = [each for each in G.modules() if isinstance(each, torch.nn.Linear)][-1]
        last.weight.zero_()
    data = LabelledImages(*tiny(16), Classes(3))
    still = Adversarial(generator_lr=0.0)
    live = always(page, data=data)
    make_trainer(data.loader(4), G=G, D=D, algorithm=still, callbacks=[live]).fit(1)
    said = text_of(page)
    assert "Is a class collapsing? Class 0, 1, 2: nearly one image." in said
    assert "0: 0.00 (real 1.00)" in said
    assert 'class="bar named"' in page.read_text(encoding="utf-8")


def test_what_is_varied_is_measured_for_classes_only(make_trainer, tiny, page):
    numbers = Quantities(1, [(0, 1)])
    images, _ = tiny(8)
    data = LabelledImages(images, images[:, 0, 0, :1].clamp(0, 1), numbers)
    live = LiveReport(page, labels=[0.5], data=data)
    make_trainer(data.loader(4), classes=numbers, callbacks=[live]).fit(1)
    assert "collapsing" not in text_of(page)


def test_pictures_are_thinned_evenly_and_keep_the_first_and_the_last():
    frames = []
    for epoch in range(200):
        frames = thinned([*frames, (epoch, "")])
    epochs = [epoch for epoch, _ in frames]
    assert len(epochs) == FRAMES
    assert (epochs[0], epochs[-1]) == (0, 199)
    gaps = [later - sooner for sooner, later in pairwise(epochs)]
    assert max(gaps) <= 40


def test_a_resumed_run_keeps_its_pictures(make_trainer, torch_loader, page, tmp_path):
    class Interrupt(Callback):
        def on_batch_end(self, state):
            if state.step == 5:
                raise KeyboardInterrupt

    def trainer(*more):
        callbacks = [Checkpoint(tmp_path / "ckpt"), always(page), *more]
        return make_trainer(torch_loader(8, 4), callbacks=callbacks)

    with pytest.raises(KeyboardInterrupt):
        trainer(Interrupt()).fit(4)
    assert "at first epoch 1 epoch 2" in text_of(page)
    page.unlink()
    trainer().resume("latest").fit()
    assert "Finished: epoch 4 of 4" in text_of(page)
    assert "at first epoch 1 epoch 2 epoch 3 epoch 4" in text_of(page)


def test_what_cannot_be_drawn_costs_the_pictures_alone(make_trainer, library_loader, page, tiny):
    numbers = Quantities(1, [(0, 1)])
    images, _ = tiny(8)
    data = LabelledImages(images, images[:, 0, 0, :1].clamp(0, 1), numbers)
    trainer = make_trainer(data.loader(4), classes=numbers, callbacks=[LiveReport(page)])
    trainer.fit(1)
    assert "No picture: say which conditions to draw" in text_of(page)
    make_trainer(data.loader(4), classes=numbers, callbacks=[LiveReport(page, labels=[0.5])]).fit(1)
    assert "at first epoch 1" in text_of(page)


def test_what_ails_it_is_a_warning_once_and_training_goes_on(
    make_trainer, torch_loader, tmp_path, fingerprint
):
    (tmp_path / "file").write_text("in the way")
    live = always(tmp_path / "file" / "report.html")
    with pytest.warns(UserWarning, match=r"LiveReport: writing .* failed, and training") as caught:
        watched = make_trainer(torch_loader(8, 4), callbacks=[live]).fit(3)
    assert len(caught) == 1
    alone = make_trainer(torch_loader(8, 4)).fit(3)
    assert fingerprint(watched.G, watched.D) == fingerprint(alone.G, alone.D)
    with pytest.warns(UserWarning, match="LiveReport"):
        watched.fit(1)  # told anew in another fit


def test_a_generator_that_cannot_draw_any_more_still_has_its_page(
    make_trainer, torch_loader, page, monkeypatch
):
    def fail(*arguments, **options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("condgan.networks.sampling.draw", fail)
    with pytest.warns(UserWarning, match="LiveReport: drawing failed"):
        make_trainer(torch_loader(8, 4), callbacks=[LiveReport(page)]).fit(1)
    assert "Finished: epoch 1 of 1" in text_of(page)


def saved_report(folder):
    cats = Pair(Figures(accuracy=0.1), Figures(accuracy=0.9))
    basis = Basis("pixels", "none", "f00d", drawn=10, compared=(10,), k=5, seed=0)
    made = Report("pets", basis, cats, cats, {"cat": cats}, ((6,),), 0.9, None, {})
    return made.save(folder / "report.json")


def test_the_report_beside_it_is_its_card_with_its_age(make_trainer, torch_loader, page):
    old = saved_report(page.parent)
    os.utime(old, (1e9, 1e9))
    look = Look(page)

    def evaluate(state):
        saved_report(page.parent)

    make_trainer(torch_loader(8, 4), callbacks=[LiveReport(page), look, evaluate]).fit(1)
    assert re.search(r"Report card Made 2001-09-0\d .*, before this training: of", look.seen[0][1])
    assert "Report card Made" in text_of(page)
    assert "before this training" not in text_of(page)


def test_a_damaged_report_costs_the_card_alone(make_trainer, torch_loader, page):
    page.parent.mkdir()
    page.with_name("report.json").write_text("{")
    with pytest.warns(UserWarning, match=r"LiveReport: reading report.json failed"):
        make_trainer(torch_loader(8, 4), callbacks=[LiveReport(page)]).fit(1)
    assert "Finished" in text_of(page)
    assert "Report card" not in text_of(page)


def test_generators_that_draw_from_the_stream_do_not_change_the_run(
    make_trainer, networks, torch_loader, page, fingerprint
):
    """Pages come by the clock: one that took of the stream would make a run unrepeatable."""

    def fit(*callbacks):
        G, D = networks()
        hook = G.register_forward_hook(lambda module, given, out: out + 0.1 * torch.randn(()))
        trainer = make_trainer(torch_loader(8, 4), G=G, D=D, callbacks=callbacks).fit(2)
        hook.remove()
        return trainer

    watched, alone = fit(always(page)), fit()
    assert fingerprint(watched.G, watched.D) == fingerprint(alone.G, alone.D)


@pytest.mark.parametrize("wrong", [{"n": 0}, {"seed": -1}, {"n": "3"}])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        LiveReport(**wrong)
