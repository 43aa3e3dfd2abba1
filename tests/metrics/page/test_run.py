"""The page of a training: whether it runs, what it draws, and how it ended."""

import re
from xml.etree import ElementTree

import pytest

from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.page.page import page
from condgan.metrics.page.record import Frame, RunRecord
from condgan.metrics.page.run import STAGES, run_page
from condgan.metrics.page.training import NOTED, duration
from condgan.metrics.report import Report, Samples

FRAMES = [
    Frame("at first", "data:image/webp;base64,AA"),
    Frame("epoch 4", "data:image/png;base64,BB"),
]

EPOCHS = [
    {"epoch": e, "step": 10 * e, "images": 640 * e, "seconds": 2.0, "d_loss": 1 / e}
    for e in range(1, 5)
]

STEPS = [{"step": s, "epoch": 1, "d_loss": 1.0, "g_loss": s} for s in range(10, 50, 10)]


def record(stage="running", **changed):
    given = {"wanted": 8, "epochs": EPOCHS, "steps": STEPS, "frames": FRAMES, **changed}
    return RunRecord("pets", stage, **given)


def report(samples=()):
    cats = Pair(Figures(accuracy=0.1), Figures(accuracy=0.9))
    basis = Basis("pixels", "none", "f00d", drawn=10, compared=(10,), k=5, seed=0)
    return Report("pets", basis, cats, cats, {"cat": cats}, ((6,),), 0.9, None, dict(samples))


class Tree:
    """A page taken apart; one that is not well-formed cannot be."""

    def __init__(self, text):
        closed = re.sub(r"<(meta|img|input)\b([^>]*)>", r"<\1\2/>", text)
        self.root = ElementTree.fromstring(closed)
        self.text = " ".join(" ".join(self.root.find("body").itertext()).split())

    def all(self, tag, **wanted):
        found = self.root.iter(tag)
        return [e for e in found if wanted.items() <= e.attrib.items()]

    def panels(self):
        return [e.findtext("figcaption/strong") for e in self.all("figure")]

    def tiles(self):
        (tiles,) = self.all("ul", **{"class": "asked"})
        return {li.findtext("strong"): li.findtext("b") for li in tiles}


@pytest.mark.parametrize("stage", STAGES)
def test_only_a_page_of_a_training_that_runs_loads_itself_again(stage):
    refresh = 7 if stage == "running" else None
    tree = Tree(run_page(record(stage, refresh=refresh, written="today", why="said so")))
    again = tree.all("meta", **{"http-equiv": "refresh"})
    assert [meta.get("content") for meta in again] == (["7"] if refresh else [])
    assert ("loads itself again every 7 seconds" in tree.text) == bool(refresh)
    assert f"{STAGES[stage][0]}: epoch 4 of 8" in tree.text
    assert "Written today." in tree.text
    assert "said so" in tree.text
    assert tree.root.findtext("head/title") == f"pets: {STAGES[stage][0].lower()}, epoch 4 of 8"
    assert len(tree.all("h1")) == 1


def test_it_loads_nothing_and_forbids_to():
    text = run_page(record(refresh=5), report(), "Made today.")
    tree = Tree(text)
    assert "//" not in re.sub(r"base64,[^\"]+", "", text)
    assert not [e for tag in ("script", "link", "iframe") for e in tree.all(tag)]
    (policy,) = tree.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy.get("content").startswith("default-src 'none'")
    assert all(image.get("src").startswith("data:image/") for image in tree.all("img"))
    assert not tree.all("a")  # nor does it lead anywhere


def test_how_far_it_is():
    tree = Tree(run_page(record()))
    (bar,) = tree.all("progress")
    assert (bar.get("max"), bar.get("value")) == ("8", "4")
    # Of 640 images in 2 seconds each; four more epochs are to come.
    assert tree.tiles() == {
        "Epochs": "4 of 8", "Took": "8 s", "Images": "2,560", "Speed": "320", "Left": "8 s",
    }  # fmt: skip
    over = Tree(run_page(record("finished", wanted=4)))
    assert not over.all("progress")
    assert "Left" not in over.tiles()


def test_before_the_first_epoch_it_says_so():
    tree = Tree(run_page(RunRecord("pets", "running", wanted=3, no_frames="No picture: why")))
    assert "The first epoch is not over yet." in tree.text
    assert "epoch 0 of 3" in tree.text
    assert "No picture: why" in tree.text
    assert not tree.all("ul", **{"class": "asked"})


def test_pictures_are_stepped_through_without_a_script():
    tree = Tree(run_page(record()))
    assert [image.get("src") for image in tree.all("img")] == [f.source for f in FRAMES]
    first, last = tree.all("input", type="radio", name="frame")
    assert "checked" not in first.attrib
    assert "checked" in last.attrib
    assert [label.get("for") for label in tree.all("label")] == [first.get("id"), last.get("id")]
    assert [label.text for label in tree.all("label")] == ["at first", "epoch 4"]
    assert tree.all("img")[1].get("alt").endswith("epoch 4")
    assert len(tree.all("div", **{"class": "film"})) == 1


def test_classes_that_vary_little_are_named_once_something_is_learnt():
    spreads = {"<cat>": 0.39, "dog": 0.4, "owl": 1.2}
    tree = Tree(run_page(record(spreads=spreads)))
    assert "Is a class collapsing? Class <cat>: nearly one image." in tree.text
    assert "Varied" in tree.panels()
    assert len(tree.all("rect", **{"class": "bar named"})) == 1
    well = Tree(run_page(record(spreads={"dog": 0.9}))).text
    assert "No class draws one image again and again." in well
    assert "collapsing" not in Tree(run_page(record(spreads=spreads, epochs=[]))).text


def test_settings_have_no_more_digits_than_they_need():
    told = {"ema half life": 40000.0, "lr": 0.002, "seed": 12345, "data": "a <b>"}
    tree = Tree(run_page(record(settings=told)))
    (rows,) = tree.all("dl")
    found = {div.findtext("dt"): div.findtext("dd") for div in rows}
    assert found == {"Ema half life": "40000", "Lr": "0.002", "Seed": "12345", "Data": "a <b>"}


def test_what_callbacks_recorded_is_told_apart_from_losses_and_counters():
    rows = [{**row, "accuracy": 0.1 * row["epoch"], "odd": float("nan")} for row in EPOCHS]
    rows[2]["collapse"] = 'class <b>&"'
    tree = Tree(run_page(record(epochs=rows)))
    assert tree.panels() == ["accuracy", "d_loss", "g_loss"]
    assert "last 0.4; named as the class asked for" in tree.text
    assert 'Epoch 3, collapse: class <b>&"' in tree.text
    assert not tree.all("b", title="x")


def test_of_many_words_the_last_are_shown():
    rows = [{"epoch": e, "remark": f"word {e}."} for e in range(1, NOTED + 4)]
    text = Tree(run_page(record(epochs=rows))).text
    assert f"The last {NOTED} of {NOTED + 3}" in text
    assert "word 3." not in text
    assert "word 4." in text


def test_text_of_users_is_shown_and_never_obeyed():
    hostile = '<i>$title</i>&"'
    tree = Tree(
        run_page(
            RunRecord(
                hostile, "failed", why=hostile, settings={hostile: hostile},
                frames=[Frame(hostile, FRAMES[0].source)], epochs=[{"epoch": 1, hostile: 0.5}],
            )
        )
    )  # fmt: skip
    assert not tree.all("i")
    assert tree.text.count(hostile) >= 5
    assert tree.all("img")[0].get("alt").endswith(hostile)


def test_the_report_card_is_that_of_the_evaluation():
    tree = Tree(run_page(record("finished"), report(), "Made <today>."))
    assert "Report card Made <today>. Verdict" in tree.text
    for sentence in report().verdicts():
        assert sentence.removeprefix("class cat: ") in tree.text
    assert "Right? 10%" in tree.text


@pytest.mark.parametrize("shown", [False, True])
def test_an_evaluation_shows_the_training_below_it(shown):
    import torch

    images = torch.zeros(2, 1, 8, 8)
    samples = {"cat": Samples(images, images)} if shown else {}
    tree = Tree(page(report(samples), record=record(settings={"preset": "quick"})))
    titles = [e.text for e in tree.all("h2")]
    assert titles[-3:] == ["What it draws, as it learns", "Losses while training", "Settings"]
    assert ("Samples" in titles) == shown == bool(tree.all("a"))
    assert "Preset quick" in tree.text
    assert not tree.all("meta", **{"http-equiv": "refresh"})


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 s"), (59.4, "59 s"), (59.8, "1 min"), (3599, "1.0 h"), (86400, "24.0 h"),
     (172800, "2.0 days"), (float("nan"), "unknown")],
)  # fmt: skip
def test_times_as_people_tell_them(seconds, said):
    assert duration(seconds) == said
