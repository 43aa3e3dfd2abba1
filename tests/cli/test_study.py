"""`condgan study`, as a user types it."""

import json

import pytest

from condgan import preset
from condgan.cli import study as command
from condgan.metrics import study as metrics

UNEVEN = {"cat": 24, "dog": 8}


@pytest.fixture(autouse=True)
def _short_training(monkeypatch):
    monkeypatch.setattr(metrics, "usual_epochs", lambda images: 2)


def test_end_to_end(tmp_path, run_quietly, folder_of):
    folder_of("pets", UNEVEN)
    code, printed = run_quietly("study", "pets", "--epochs", 1, "--seeds", 2)
    assert code == 0
    found = json.loads((tmp_path / "runs" / "pets-study" / "study.json").read_text())
    assert found["labels"] == ["cat", "dog"]
    assert found["trained"] == [18, 6]
    assert found["tested"] == [6, 2]
    assert (found["seeds"], found["per_class"], found["resplit"]) == (2, 18, True)
    assert {"real", "augmented", "re-weighted", "generated", "filtered"} <= set(found["arms"])
    assert found["arms"]["generated"][0]["added"] == [0, 12]
    for sentence in found["verdict"]:
        assert sentence in printed.out
    assert printed.out.splitlines()[0] == "seed 0: training a generator"
    assert printed.out.splitlines()[-1].endswith("study.json")
    assert run_quietly("study", "pets", "--epochs", 1, "--seeds", 1)[0] == 0
    assert (tmp_path / "runs" / "pets-study-2" / "study.json").is_file()


def test_options(tmp_path, run_quietly, folder_of, monkeypatch):
    folder_of("pets", UNEVEN, side=16)
    folder_of("others", {"cat": 3, "dog": 3}, side=12)
    made = []
    usual = command.Trainer

    def remembered(G, D, loader, **options):
        made.append((G.image_shape, loader.balanced, options))
        return usual(G, D, loader, **options)

    monkeypatch.setattr(command, "Trainer", remembered)
    code, printed = run_quietly(
        "study", "pets", "--test", "others", "--image-size", 8, "--per-class", 30, "--seeds", 1,
        "--epochs", 1, "--preset", "article", "--balanced", "--out", "here",
    )  # fmt: skip
    assert code == 0
    assert "One seed gives no interval" in printed.out
    found = json.loads((tmp_path / "here" / "study.json").read_text())
    assert (found["trained"], found["tested"], found["resplit"]) == ([24, 8], [3, 3], False)
    assert found["arms"]["generated"][0]["added"] == [6, 22]
    assert made == [((1, 8, 8), True, {"algorithm": preset("article"), "seed": 0})]


def test_each_seed_trains_another_generator_on_training_images_alone(
    run_quietly, folder_of, monkeypatch
):
    folder_of("pets", UNEVEN)
    trained = []
    usual = command.Trainer

    def remembered(G, D, loader, **options):
        count = sum(len(labels) for _, labels in loader)
        trained.append((count, next(G.parameters()).detach().sum().item()))
        return usual(G, D, loader, **options)

    monkeypatch.setattr(command, "Trainer", remembered)
    assert run_quietly("study", "pets", "--epochs", 1, "--seeds", 2)[0] == 0
    assert [count for count, _ in trained] == [24, 24]  # a quarter of 32 is held out
    assert trained[0][1] != trained[1][1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["even"], ["nothing would be generated"]),
        (["nothing/there"], ["nothing/there"]),
        (["lone"], ["there is no image to test on of class dog"]),
        (["pets", "--seeds", 0], ["seeds must be"]),
        (["pets", "--epochs", 0], ["epochs must be"]),
        (["pets", "--per-class", 5], ["nothing would be generated"]),
        (["pets", "--preset", "quik"], ["did you mean 'quick'?"]),
        (["pets", "--test", "lone", "--out", "full"], ["--overwrite"]),
        (["pets", "--test", "cows"], ["test images must have the classes"]),
    ],
)
def test_what_a_user_gets_wrong(tmp_path, run_quietly, folder_of, arguments, words):
    folder_of("pets", UNEVEN)
    folder_of("even", {"cat": 8, "dog": 8})
    folder_of("lone", {"cat": 8, "dog": 1})
    folder_of("cows", {"cat": 2, "cow": 2})
    folder_of("full", {"notes": 1})
    code, printed = run_quietly("study", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.rglob("study.json"))


def test_json_is_alone_on_stdout(tmp_path, run_quietly, folder_of):
    folder_of("pets", UNEVEN)
    code, printed = run_quietly("study", "pets", "--epochs", 1, "--seeds", 1, "--json")
    assert code == 0
    saved = (tmp_path / "runs" / "pets-study" / "study.json").read_text(encoding="utf-8")
    assert json.loads(printed.out) == json.loads(saved)
    assert "seed 0: training a generator" in printed.err
    assert "study.json" in printed.err
