"""`condgan evaluate`, as a user types it."""

import json
import sys
from pathlib import Path

import pytest
import torch

from condgan import Quantities, load_data
from condgan.cli import evaluate as command
from condgan.cli import train
from condgan.metrics import features
from condgan.metrics.features import Features

COUNTS = {"cat": 8, "dog": 8, "owl": 8}

pytestmark = pytest.mark.filterwarnings("ignore:classes .* have no more real images:UserWarning")


@pytest.fixture(autouse=True)
def _short_training(monkeypatch):
    monkeypatch.setattr(features, "usual_epochs", lambda images: 3)


@pytest.fixture
def judged(monkeypatch):
    """The real images and options that a run was judged with."""
    calls = []
    usual = command.evaluate

    def remembered(G, data, **options):
        calls.append({"data": data, **options})
        return usual(G, data, **options)

    monkeypatch.setattr(command, "evaluate", remembered)
    return calls


def strictly_read(path):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_a_run_finds_its_own_folder_from_anywhere(
    tmp_path, monkeypatch, run_quietly, folder_of, judged
):
    folder_of("data/pets", COUNTS, side=16)
    assert run_quietly("train", "data/pets", "--epochs", 2, "--image-size", 8)[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, printed = run_quietly("evaluate", Path("..", "runs", "pets"), "-n", 10,
                                "--metric", "within-class-spread")  # fmt: skip
    assert code == 0
    assert printed.err == ""
    report = strictly_read(tmp_path / "runs" / "pets" / "report.json")
    assert report["name"] == "pets"
    assert [row["label"] for row in report["classes"]] == list(COUNTS)
    assert report["basis"]["drawn"] == 10
    assert [measure["name"] for measure in report["measures"]] == ["within-class-spread"]
    assert "within-class-spread" in printed.out
    assert report["verdicts"]
    for sentence in report["verdicts"]:
        assert sentence in printed.out
    for name in ("report.json", "report.html"):
        assert str(Path("..", "runs", "pets", name)) in printed.out
    assert judged[0]["data"].image_shape == (1, 8, 8)
    assert judged[0]["test"] is None


def test_a_metric_that_there_is_not_is_refused_at_once(run_quietly, saved_generator):
    saved_generator("run", list(COUNTS), data="nowhere")
    code, printed = run_quietly("evaluate", "run", "--metric", "frechett")
    assert code == 2
    assert "no metric is called 'frechett'; did you mean 'frechet'?" in printed.err


def test_the_page_shows_the_losses_of_the_run(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    steps = [{"step": i, "epoch": 1, "G_loss": 1 / i, "odd_loss": i} for i in range(1, 9)]
    (tmp_path / "run" / "history.json").write_text(json.dumps({"epochs": [], "steps": steps}))
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count("<polyline") == 2
    assert "odd_loss" in page


def test_a_run_finds_its_data_by_name(run_quietly, saved_generator, judged):
    saved_generator("run", 10, data="digits")
    code, printed = run_quietly("evaluate", "run", "-n", 5)
    assert code == 0
    assert printed.out.startswith("digits: 5 images drawn of each class")
    assert len(judged[0]["data"]) == 1797


def test_data_and_test_as_named(tmp_path, run_quietly, saved_generator, folder_of, judged):
    saved_generator("run", list(COUNTS), data="gone")
    folder_of("real", COUNTS)
    folder_of("others", dict.fromkeys(COUNTS, 5))
    for arguments in (["run", "real", "--test", "others"], ["run", "--test", "others", "real"]):
        code, printed = run_quietly("evaluate", *arguments, "-n", 6, "--seed", 4)
        assert code == 0
        assert printed.out.startswith("real: 6 images")
    assert judged[0]["data"].counts() == COUNTS
    assert set(judged[0]["test"].counts().values()) == {5}
    report = strictly_read(tmp_path / "run" / "report.json")
    assert report["basis"]["compared"] == [5, 5, 5]
    assert report["basis"]["seed"] == 4
    assert report["gan_train"] is None


def test_the_test_images_are_resized_as_those_of_the_run(
    run_quietly, saved_generator, folder_of, judged
):
    data = folder_of("real", COUNTS, side=16)
    folder_of("others", COUNTS, side=12)
    saved_generator("run", list(COUNTS), data=data.resolve(), image_size=8)
    assert run_quietly("evaluate", "run", "--test", "others", "-n", 6)[0] == 0
    assert judged[0]["data"].image_shape == judged[0]["test"].image_shape == (1, 8, 8)
    code, printed = run_quietly("evaluate", "run", "real", "-n", 6)
    assert code == 2
    assert "(1, 8, 8)" in printed.err
    assert "(1, 16, 16)" in printed.err
    assert run_quietly("evaluate", "run", "real", "--image-size", 8, "-n", 6)[0] == 0


def test_options_are_those_of_what_is_named(run_quietly, saved_generator, folder_of, judged):
    data = folder_of("real", COUNTS, side=16)
    folder_of("others", COUNTS, side=12)
    saved_generator("run", list(COUNTS), data=data.resolve(), image_size=8)
    for arguments in (["--test", "others", "--fit", "stretch"], ["--on-bad", "skip"],
                      ["real", "--test", "others", "--image-size", 8]):  # fmt: skip
        assert run_quietly("evaluate", "run", *arguments, "-n", 6)[0] == 0
    assert [found["data"].image_shape for found in judged] == [(1, 8, 8)] * 3
    code, printed = run_quietly("evaluate", "run", "--test", "others", "--layout", "NHWC")
    assert code == 2
    assert "--layout is not an option of a folder of class folders" in printed.err


def test_a_folder_called_mnist_is_not_mnist(run_quietly, saved_generator, folder_of, judged):
    data = folder_of("mnist", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    assert judged[0]["test"] is None


def test_gan_train(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    code, printed = run_quietly("evaluate", "run", "--gan-train", "-n", 5)
    assert code == 0
    assert "A classifier that learnt from its images alone" in printed.out
    assert len(strictly_read(tmp_path / "run" / "report.json")["gan_train"]) == 2


def test_the_same_seed_gives_the_same_report(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    reports = []
    for seed in (0, 0, 1):
        assert run_quietly("evaluate", "run", "-n", 5, "--seed", seed)[0] == 0
        reports.append(strictly_read(tmp_path / "run" / "report.json")["within"])
    assert reports[0] == reports[1] != reports[2]


def test_a_broken_history_costs_only_the_curves(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    for content in ("", "[]", "{}", '{"steps": []}'):
        (tmp_path / "run" / "history.json").write_text(content)
        assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
        assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (["cat", "dog"], "it has also 'owl'."),
        (["cat", "dog", "owl", "yak", "eel"], "it lacks 'yak', 'eel'."),
        (["cat", "cow", "dog"], "it has also 'owl' and lacks 'cow'."),
    ],
    ids=["foreign", "missing", "both"],
)
def test_data_that_have_other_classes(
    tmp_path, run_quietly, saved_generator, folder_of, drawn, said
):
    saved_generator("run", drawn)
    folder_of("real", COUNTS)
    code, printed = run_quietly("evaluate", "run", "real")
    assert code == 2
    wanted = ", ".join(map(repr, drawn))
    assert printed.err == f"condgan: real must have the classes {wanted}, in any order; {said}\n"
    assert not (tmp_path / "run" / "report.json").exists()


def test_the_same_classes_in_another_order(tmp_path, run_quietly, saved_generator, csv_of, judged):
    saved_generator("run", [7, 3, 5])
    csv_of(tmp_path / "real.csv", 3, 5, 7)
    csv_of(tmp_path / "others.csv", 5, 7, 3)
    assert run_quietly("evaluate", "run", "real.csv", "--test", "others.csv", "-n", 5)[0] == 0
    (found,) = judged
    assert found["data"].classes.labels == (7, 3, 5)
    for label in (3, 5, 7):
        assert torch.equal(found["data"].of(label), load_data("real.csv").of(label))
    report = strictly_read(tmp_path / "run" / "report.json")
    assert [row["label"] for row in report["classes"]] == [7, 3, 5]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], ["nowhere", "does not exist"]),
        (["real"], ["real", "config.json"]),
        (["run"], ["run does not say what it was trained on", "name the data after it"]),
        (["run", "nothing/there"], ["nothing/there"]),
        (["gone"], ["no/longer/there"]),
        (["run", "real", "--test", "nothing/there"], ["nothing/there"]),
        (["run", "real", "--test", "others"], ["test images must have the classes"]),
        (["run", "real", "-n", "1"], ["n must be"]),
        (["run", "real", "--seed", "-1"], ["seed"]),
        (["quantities", "real"], ["draws classes"]),
    ],
)
def test_what_a_user_gets_wrong(
    tmp_path, run_quietly, saved_generator, folder_of, arguments, words
):
    saved_generator("run", list(COUNTS))
    saved_generator("gone", list(COUNTS), data="no/longer/there")
    saved_generator("quantities", Quantities(1))
    folder_of("real", COUNTS)
    folder_of("others", {"cat": 2, "cow": 2})
    code, printed = run_quietly("evaluate", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.rglob("report.*"))


def test_what_was_exported_can_be_evaluated_with(run_quietly, saved_generator):
    saved_generator("run", ["CON", "a:b/c"])
    assert run_quietly("export", "run", "made", "--per-class", 8)[0] == 0
    code, printed = run_quietly("evaluate", "run", "made", "-n", 5)
    assert code == 0
    assert "a:b/c" in printed.out


# What the run held out


@pytest.fixture
def held_out_run(run_quietly, folder_of):
    """A run on `real`, of which it held a quarter out."""
    folder_of("real", COUNTS)
    arguments = ("--epochs", 1, "--held-out", 0.25, "--seed", 2, "--out", "run")
    assert run_quietly("train", "real", *arguments)[0] == 0


@pytest.mark.usefixtures("held_out_run")
def test_a_run_is_judged_with_what_it_held_out(tmp_path, run_quietly, judged):
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    (found,) = judged
    trained, held_out = load_data("real").split(0.25, 2)
    assert torch.equal(found["data"].images, trained.images)
    assert torch.equal(found["test"].images, held_out.images)
    assert strictly_read(tmp_path / "run" / "report.json")["basis"]["compared"] == [2, 2, 2]


@pytest.mark.usefixtures("held_out_run")
def test_images_that_are_named_go_before_those_held_out(run_quietly, folder_of, judged):
    folder_of("others", dict.fromkeys(COUNTS, 5))
    assert run_quietly("evaluate", "run", "--test", "others", "-n", 5)[0] == 0
    assert run_quietly("evaluate", "run", "real", "-n", 5)[0] == 0
    by_test, by_data = judged
    assert len(by_test["data"]) == 18  # what it was trained on, no more
    assert len(by_test["test"]) == 15
    assert len(by_data["data"]) == 24
    assert by_data["test"] is None


def test_the_test_set_of_a_name_gives_way_to_what_was_held_out(
    run_quietly, folder_of, monkeypatch, judged
):
    folder_of("real", COUNTS)
    data = load_data("real")
    for module in (train, command):
        monkeypatch.setattr(module, "read", lambda source, **options: data)
    arguments = ("--epochs", 1, "--held-out", 0.5, "--out", "run")
    assert run_quietly("train", "mnist", *arguments)[0] == 0
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    assert torch.equal(judged[0]["test"].images, data.split(0.5)[1].images)


@pytest.mark.usefixtures("held_out_run")
def test_data_that_have_changed_since(tmp_path, run_quietly):
    (tmp_path / "real" / "cat" / "0.png").unlink()
    code, printed = run_quietly("evaluate", "run", "-n", 5)
    assert code == 2
    assert "real has changed since the run held 25% of it out" in printed.err
    assert "condgan evaluate RUN DATA --test IMAGES" in printed.err
    assert not (tmp_path / "run" / "report.json").exists()
    assert run_quietly("evaluate", "run", "real", "-n", 5)[0] == 0


# Where to, and by what


def test_the_report_goes_where_one_says(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    steps = [{"step": i, "epoch": 1, "G_loss": 1 / i} for i in range(1, 9)]
    (tmp_path / "run" / "history.json").write_text(json.dumps({"epochs": [], "steps": steps}))
    code, printed = run_quietly("evaluate", "run", "-n", 5, "--out", "here/there")
    assert code == 0
    for name in ("report.json", "report.html"):
        assert (tmp_path / "here" / "there" / name).is_file()
        assert str(Path("here", "there", name)) in printed.out
        assert not (tmp_path / "run" / name).exists()
    page = (tmp_path / "here" / "there" / "report.html").read_text(encoding="utf-8")
    assert "G_loss" in page  # still those of the run


def test_a_file_in_the_place_of_the_folder_for_the_report(
    tmp_path, run_quietly, saved_generator, folder_of
):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    (tmp_path / "file").write_text("in the way")
    code, printed = run_quietly("evaluate", "run", "-n", 5, "--out", "file")
    assert code == 1
    assert printed.err.startswith("condgan: ")


def test_the_features_asked_for_are_compared_by(
    tmp_path, run_quietly, saved_generator, folder_of, monkeypatch, judged
):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    pixels = Features("pixels", "none", lambda images: images.flatten(1))
    monkeypatch.setattr(command, "inception_features", lambda: pixels)
    for name in ("inception", "classifier"):
        assert run_quietly("evaluate", "run", "-n", 5, "--features", name)[0] == 0
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    assert [found["features"] for found in judged] == [pixels, None, None]


def test_features_that_need_an_extra(tmp_path, run_quietly, saved_generator, monkeypatch):
    saved_generator("run", list(COUNTS), data="no/longer/there")
    monkeypatch.setitem(sys.modules, "torchmetrics.image.fid", None)
    code, printed = run_quietly("evaluate", "run", "--features", "inception")
    assert code == 2
    assert 'pip install "condgan[metrics]"' in printed.err
    assert not (tmp_path / "run" / "report.json").exists()


# For programs, and the page


def test_json_is_alone_on_stdout(tmp_path, run_quietly, saved_generator, folder_of):
    data = folder_of("real", COUNTS)
    saved_generator("run", list(COUNTS), data=data.resolve())
    code, printed = run_quietly("evaluate", "run", "-n", 5, "--json")
    assert code == 0
    assert json.loads(printed.out) == strictly_read(tmp_path / "run" / "report.json")
    assert str(Path("run", "report.json")) in printed.err
    assert "images drawn of each class" not in printed.err


def test_the_page_keeps_what_training_left(tmp_path, run_quietly, folder_of):
    folder_of("real", COUNTS)
    assert run_quietly("train", "real", "--epochs", 3, "--out", "run")[0] == 0
    page = tmp_path / "run" / "report.html"
    assert "Finished: epoch 3 of 3" in page.read_text(encoding="utf-8")
    assert run_quietly("evaluate", "run", "-n", 5)[0] == 0
    text = page.read_text(encoding="utf-8")
    for said in ("Evaluation of a generator", "Samples", "epoch 3</label>", "d_loss", "Settings"):
        assert said in text
