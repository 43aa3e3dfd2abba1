"""`condgan view`: finds the page of a run, or makes it of what the run left."""

import json
import webbrowser

import pytest

from condgan.cli import main
from condgan.metrics.figures import Basis, Figures, Pair
from condgan.metrics.report import Report

SETTINGS = {
    "data": "/somewhere/pets", "options": {"image_size": 8}, "epochs": 3, "preset": "quick",
    "balanced": False, "encoder": None, "held_out": {"fraction": 0.25, "seed": 0, "images": "f00d"},
}  # fmt: skip

STEPS = [{"step": s, "epoch": 1, "d_loss": 1.0 / s} for s in range(1, 5)]


@pytest.fixture
def opened(monkeypatch):
    """The addresses that a browser was asked for."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda address: addresses.append(address) or True)
    return addresses


@pytest.fixture
def left(tmp_path):
    """Writes what a run left, but for its page."""

    def write(name="run", settings=SETTINGS, epochs=3, pictures=0):
        folder = tmp_path / name
        folder.mkdir()
        if settings is not None:
            (folder / "run.json").write_text(json.dumps(settings))
        if epochs is not None:
            rows = [
                {"epoch": e, "step": e, "images": e, "seconds": 1.0, "spread": None}
                for e in range(1, epochs + 1)
            ]
            tables = {"epochs": rows, "steps": STEPS}
            (folder / "history.json").write_text(json.dumps(tables))
        for epoch in range(1, pictures + 1):
            from PIL import Image

            (folder / "snapshots").mkdir(exist_ok=True)
            Image.new("L", (8, 8)).save(folder / "snapshots" / f"epoch-{epoch:04d}.png")
        return folder

    return write


def text_of(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_page_that_is_there_is_opened_as_it_is(left, run_quietly, opened):
    folder = left()
    (folder / "report.html").write_text("as it is")
    code, printed = run_quietly("view", "run")
    assert (code, printed.err) == (0, "")
    assert printed.out == f"{'run'}/report.html\n"
    assert opened == [(folder / "report.html").resolve().as_uri()]
    assert text_of(folder) == "as it is"


def test_it_need_not_be_opened(left, run_quietly, opened):
    left()
    code, printed = run_quietly("view", "run", "--no-open")
    assert (code, printed.out, printed.err) == (0, "run/report.html\n", "")
    assert not opened


def test_without_a_browser_it_says_where_the_page_is(left, run_quietly, monkeypatch):
    left()
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    code, printed = run_quietly("view", "run")
    assert (code, printed.out) == (0, "run/report.html\n")
    assert "no browser" in printed.err


def test_a_page_is_made_of_what_the_run_left(left, run_quietly, opened):
    folder = left(pictures=2)
    assert run_quietly("view", "run")[0] == 0
    text = text_of(folder)
    for said in (
        "<h1>pets</h1>", "Finished: epoch 3 of 3", "d_loss", "epoch 1</label>", "epoch 2</label>",
        "<dd>--image-size 8</dd>", "<dd>25% of each class</dd>",
    ):  # fmt: skip
        assert said in text
    for silent in ("Balanced", "Encoder", "None", "f00d"):
        assert silent not in text


def test_a_page_does_not_say_whose_home_the_data_are_in(left, run_quietly, monkeypatch, tmp_path):
    home = tmp_path / "ada"
    monkeypatch.setattr("pathlib.Path.home", lambda: home)
    folder = left(settings={**SETTINGS, "data": str(home / "pets")})
    assert run_quietly("view", "run", "--no-open")[0] == 0
    assert "<dd>~/pets</dd>" in text_of(folder)
    assert "ada/" not in text_of(folder)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epochs": 2}, "Interrupted: epoch 2 of 3"),
        ({"epochs": None}, "It left no history: it is training still, or was cut off."),
        ({"settings": None}, "Finished: epoch 3<"),
        ({"settings": {"epochs": "many"}}, "Finished: epoch 3<"),
    ],
)
def test_of_a_run_that_is_not_whole(left, run_quietly, changed, said):
    folder = left(**changed)
    assert run_quietly("view", "run", "--no-open")[0] == 0
    assert said in text_of(folder)
    assert "<h1>" in text_of(folder)


@pytest.mark.parametrize("damaged", ["{", "[]", '{"epochs": 3, "steps": [1]}', "\x00"])
def test_damaged_files_are_left_out(left, run_quietly, damaged):
    folder = left()
    for name in ("run.json", "history.json"):
        (folder / name).write_text(damaged)
    assert run_quietly("view", "run", "--no-open")[0] == 0
    assert "It left no history" in text_of(folder)
    assert "<h1>run</h1>" in text_of(folder)


def test_with_a_report_it_is_the_page_of_that(left, run_quietly):
    folder = left()
    cats = Pair(Figures(accuracy=0.1), Figures(accuracy=0.9))
    basis = Basis("pixels", "none", "f00d", drawn=10, compared=(10,), k=5, seed=0)
    report = Report("pets", basis, cats, cats, {"cat": cats}, ((6,),), 0.9, None, {})
    report.save(folder / "report.json")
    assert run_quietly("view", "run", "--no-open")[0] == 0
    for said in ("Evaluation of a generator", "All figures", "d_loss", "Settings"):
        assert said in text_of(folder)


@pytest.mark.parametrize(
    ("folder", "words"),
    [("nowhere", "nowhere is no folder"), ("empty", "empty holds no run"), ("file", "no folder")],
)
def test_what_a_user_gets_wrong(tmp_path, run_quietly, opened, folder, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    code, printed = run_quietly("view", folder)
    assert (code, printed.out) == (2, "")
    assert words in printed.err
    assert not opened


def test_no_folder_is_a_usage_error(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["view"])
    assert caught.value.code == 2
    assert "usage: condgan view" in capsys.readouterr().err
