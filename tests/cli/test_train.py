"""`condgan train`, as a user types it."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from condgan import Adversarial, Attributes, TensorBoard, Wasserstein, load_data, preset
from condgan.cli import main
from condgan.cli import train as command
from condgan.metrics.features import fingerprint

FILES = (
    "config.json",
    "weights.pt",
    "history.csv",
    "history.json",
    "losses.png",
    "grid.png",
    "snapshots",
    "report.html",
)


def test_train_on_the_digits(tmp_path, run_quietly, printed_command):
    code, printed = run_quietly("train", "digits", "--epochs", 1, "--batch-size", 512)
    assert code == 0
    run = tmp_path / "runs" / "digits"
    for name in FILES:
        assert (run / name).exists(), name
    assert printed.err == ""
    assert "1,797 images of 10 classes, 1x8x8; 1 epochs of mlp with quick on" in printed.out
    command = printed_command(printed.out)
    assert command[:3] == ["generate", "runs/digits", "9"]
    code, printed = run_quietly(*command)
    assert code == 0
    with Image.open(printed.out.strip()) as picture:
        assert picture.size[0] == picture.size[1]  # sixteen images fill a square


def test_train_on_a_folder(pets, tmp_path, run_quietly, printed_command):
    code, printed = run_quietly(
        "train", "pets", "--epochs", 3, "--batch-size", 4, "--device", "cpu"
    )
    assert code == 0
    run = tmp_path / "runs" / "pets"
    for name in FILES:
        assert (run / name).exists(), name
        assert str(run.relative_to(tmp_path) / name) in printed.out
    assert sorted(p.name for p in (run / "snapshots").iterdir()) == [
        "epoch-0001.png",
        "epoch-0002.png",
        "epoch-0003.png",
        "film.gif",
    ]
    header, *rows = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    assert header.split(",")[:3] == ["epoch", "step", "images"]
    assert [row.split(",")[:3] for row in rows] == [
        ["1", "3", "12"],
        ["2", "6", "24"],
        ["3", "9", "36"],
    ]
    assert len(json.loads((run / "history.json").read_text())["epochs"]) == 3
    assert json.loads((run / "config.json").read_text())["classes"]["labels"] == [
        "cat",
        "dog",
        "owl",
    ]
    code, printed = run_quietly(*printed_command(printed.out))
    assert code == 0
    assert (tmp_path / printed.out.strip()).is_file()


def test_the_same_seed_gives_the_same_weights(pets, tmp_path, run_quietly):
    def weights(*options):
        number = len(list((tmp_path / "runs").glob("*"))) + 1
        code, _ = run_quietly("train", pets, "--epochs", 1, "--out", f"runs/{number}", *options)
        assert code == 0
        return torch.load(tmp_path / "runs" / str(number) / "weights.pt", weights_only=True)

    (tmp_path / "runs").mkdir()
    first, again, other = weights(), weights("--seed", 0), weights("--seed", 1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_run_never_writes_over_another(pets, tmp_path, run_quietly, printed_command):
    for _ in range(3):
        code, printed = run_quietly("train", "pets", "--epochs", 1)
        assert code == 0
        first = (tmp_path / "runs" / "pets" / "weights.pt").read_bytes()
    assert printed_command(printed.out)[1] == "runs/pets-3"
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["pets", "pets-2", "pets-3"]
    assert (tmp_path / "runs" / "pets" / "weights.pt").read_bytes() == first


def test_a_folder_with_files_is_refused_unless_one_says_overwrite(pets, tmp_path, run_quietly):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("precious")
    arguments = ("train", pets, "--epochs", 1, "--out", "mine")
    code, printed = run_quietly(*arguments)
    assert code == 2
    assert "--overwrite" in printed.err
    assert [p.name for p in mine.iterdir()] == ["notes.txt"]
    code, _ = run_quietly(*arguments, "--overwrite")
    assert code == 0
    assert (mine / "notes.txt").read_text() == "precious"
    assert (mine / "weights.pt").is_file()


def test_a_file_in_the_place_of_the_folder_is_refused(pets, tmp_path, run_quietly):
    (tmp_path / "out").write_text("a file")
    code, printed = run_quietly("train", pets, "--epochs", 1, "--out", "out", "--overwrite")
    assert code == 2
    assert "out is there already" in printed.err


def test_an_empty_folder_is_taken(pets, tmp_path, run_quietly):
    (tmp_path / "new").mkdir()
    code, _ = run_quietly("train", pets, "--epochs", 1, "--out", "new")
    assert code == 0
    assert (tmp_path / "new" / "weights.pt").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "digts"], ["'digts'", "did you mean 'digits'?"]),
        (["train", "no/such/folder"], ["no/such/folder"]),
        (["train", "digits", "--preset", "quik"], ["'quik'", "did you mean 'quick'?"]),
        (["train", "digits", "--preset", "sgnan"], ["'sgnan'", "did you mean 'sngan'?"]),
        (["train", "digits", "--architecture", "mpl"], ["'mpl'", "did you mean 'mlp'?"]),
        (["train", "digits", "--encoder", "onehott"], ["did you mean 'onehot'?"]),
        (["train", "digits", "--held-out", "0"], ["fraction must lie between 0 and 1; got 0"]),
        (["train", "digits", "--held-out", "1"], ["fraction must lie between 0 and 1"]),
        (["train", "digits", "--held-out", "-0.2"], ["fraction must lie between 0 and 1"]),
        (["train", "digits", "--held-out", "nan"], ["fraction must lie between 0 and 1"]),
        (["train", "digits", "--held-out", "0.001"], ["too few"]),
        (["train", "digits", "--held-out", "0.2", "--seed", "-1"], ["seed must be"]),
        (["train", "digits", "--epochs", "0"], ["epochs must be a positive whole number"]),
        (["train", "digits", "--batch-size", "0"], ["batch_size must be a positive"]),
        (["train", "digits", "--device", "gpu"], ["'gpu' is not a device"]),
    ],
)
def test_what_a_user_gets_wrong(tmp_path, run_quietly, arguments, words):
    code, printed = run_quietly(*arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.glob("runs/*/weights.pt"))


def interrupt_at(monkeypatch, step):
    usual = Adversarial.step

    def interrupted(self, state, batch):
        if state.step == step:
            raise KeyboardInterrupt
        return usual(self, state, batch)

    monkeypatch.setattr(Adversarial, "step", interrupted)


def test_an_interrupted_run_is_written(pets, tmp_path, run_quietly, monkeypatch, printed_command):
    interrupt_at(monkeypatch, 7)  # in the third epoch
    code, printed = run_quietly("train", "pets", "--epochs", 9, "--batch-size", 4)
    assert code == 130
    assert "interrupted" in printed.err
    assert "2 epochs in" in printed.out
    run = tmp_path / "runs" / "pets"
    for name in FILES:
        assert (run / name).exists(), name
    rows = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]
    code, _ = run_quietly(*printed_command(printed.out))
    assert code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_what_ended_a_run_is_told_also_where_its_results_find_no_room(
    pets, tmp_path, run_quietly, monkeypatch
):
    interrupt_at(monkeypatch, 2)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "weights.pt.part").symlink_to("/dev/full")
    code, printed = run_quietly("train", pets, "--batch-size", 4, "--out", "run", "--overwrite")
    assert code == 130
    assert "condgan: interrupted" in printed.err
    assert "the generator cannot be saved to run: [Errno 28] No space left" in printed.err


def test_interrupted_before_the_first_step_there_is_nothing_to_keep(
    pets, tmp_path, run_quietly, monkeypatch
):
    interrupt_at(monkeypatch, 0)
    code, _ = run_quietly("train", "pets", "--epochs", 2)
    assert code == 130
    assert not (tmp_path / "runs" / "pets" / "weights.pt").exists()


@pytest.mark.parametrize("label", ["-x", "--help", "a:b/c", "two words", "it's"])
def test_the_printed_command_works_whatever_a_class_is_called(
    tmp_path, run_quietly, label, csv_of, printed_command
):
    source = csv_of(tmp_path / "data.csv", "+", label)  # "+" sorts first
    code, printed = run_quietly("train", source, "--epochs", 1)
    assert code == 0
    command = printed_command(printed.out)
    assert label in command
    code, printed = run_quietly(*command)
    assert code == 0
    assert (tmp_path / printed.out.strip()).is_file()


@pytest.mark.parametrize(
    ("options", "images", "threads"),
    [([], "digits", 1), ([], "glyphs", 3), (["--threads", "2"], "digits", 2)],
)
def test_threads_are_as_asked_or_one_for_tiny_images(
    tmp_path, monkeypatch, options, images, threads
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("condgan.Preset.epochs", lambda recipe, size: 1)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert main(["train", images, "--architecture", "mlp", *options]) == 0
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_a_preset_makes_networks_and_steps_and_is_kept_in_the_run(tmp_path, run_quietly):
    code, printed = run_quietly(
        "train", "digits", "--preset", "ac-gan", "--epochs", 1, "--batch-size", 256
    )
    assert code == 0
    assert "1 epochs of mlp with ac-gan on" in printed.out
    settings = json.loads((tmp_path / "runs" / "digits" / "run.json").read_text())
    assert settings["preset"] == "ac-gan"
    assert (settings["epochs"], settings["batch_size"], settings["seed"]) == (1, 256, 0)
    assert "algorithm" not in settings


@pytest.fixture
def trainers(monkeypatch):
    """Every trainer that the command makes."""
    made = []
    usual = command.Trainer

    def remembered(*networks_and_loader, **options):
        made.append(usual(*networks_and_loader, **options))
        return made[-1]

    monkeypatch.setattr(command, "Trainer", remembered)
    return made


def test_what_is_left_out_is_the_presets_choice(run_quietly, folder_of, trainers):
    folder_of("pets", {"cat": 3, "dog": 3})
    assert run_quietly("train", "pets", "--epochs", 1, "--preset", "ac-gan")[0] == 0
    assert run_quietly("train", "pets", "--epochs", 1, "--precision", "bf16", "--balanced",
                       "--on-nonfinite", "skip")[0] == 0  # fmt: skip
    acgan, other = trainers
    assert (acgan.D.auxiliary, acgan.D.conditioning) == ("ac", "none")
    assert acgan.algorithm == preset("ac-gan").algorithm
    assert acgan.intake.loader.batch_size == 64
    assert (acgan.precision, acgan.intake.loader.balanced) == ("float32", False)
    assert (other.precision, other.intake.loader.balanced) == ("bf16", True)
    assert (acgan.guard.skips, other.guard.skips) == (False, True)
    assert other.D.auxiliary is None


def test_how_long_a_run_is_by_default_is_the_presets_choice(run_quietly, folder_of, monkeypatch):
    monkeypatch.setattr("condgan.Preset.epochs", lambda recipe, size: 3)
    folder_of("pets", {"cat": 3, "dog": 3})
    code, printed = run_quietly("train", "pets")
    assert code == 0
    assert "3 epochs of mlp" in printed.out


@pytest.mark.parametrize(("options", "made"), [([], "dcgan"), (["resnet"], "resnet")])
def test_images_of_16_pixels_get_convolutions(run_quietly, folder_of, trainers, options, made):
    folder_of("pets", {"cat": 3, "dog": 3}, side=16)
    asked = [part for name in options for part in ("--architecture", name)]
    code, printed = run_quietly("train", "pets", "--epochs", 1, *asked)
    assert code == 0
    assert f"1x16x16; 1 epochs of {made} with quick" in printed.out
    (trainer,) = trainers
    assert trainer.G.settings["architecture"] == trainer.D.settings["architecture"] == made


def test_an_architecture_asked_for_goes_before_that_of_the_preset(run_quietly, folder_of, trainers):
    folder_of("pets", {"cat": 3, "dog": 3}, side=16)
    arguments = ("train", "pets", "--epochs", 1, "--preset", "article")
    assert run_quietly(*arguments)[0] == 0
    assert run_quietly(*arguments, "--architecture", "dcgan")[0] == 0
    assert [t.G.settings["architecture"] for t in trainers] == ["mlp", "dcgan"]


def test_a_loss_and_callbacks_by_name(run_quietly, folder_of, trainers):
    folder_of("pets", {"cat": 3, "dog": 3})
    named = ["--loss", "wasserstein", "--callback", "tensorboard"]
    assert run_quietly("train", "pets", "--epochs", 1, *named)[0] == 0
    (trainer,) = trainers
    assert trainer.algorithm == dataclasses.replace(preset("quick").algorithm, loss=Wasserstein())
    assert any(isinstance(callback, TensorBoard) for callback in trainer.callbacks)
    code, printed = run_quietly("train", "pets", "--resume", "--loss", "hinge")
    assert code == 2
    assert "was begun with loss 'wasserstein', not 'hinge'" in printed.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--loss", "wasserstien"], "no loss is called 'wasserstien'; did you mean 'wasserstein'?"),
        (["--callback", "progres"], "no callback is called 'progres'; did you mean 'progress'?"),
        (["--preset", "article", "--loss", "hinge"], "--preset article has a loss of its own"),
    ],
    ids=["loss", "callback", "article"],
)
def test_names_that_cannot_be_are_refused(run_quietly, folder_of, words, said):
    folder_of("pets", {"cat": 3, "dog": 3})
    code, printed = run_quietly("train", "pets", "--epochs", 1, *words)
    assert code == 2
    assert said in printed.err


def test_another_precision_is_refused(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["train", "digits", "--precision", "fp16"])
    assert caught.value.code == 2
    assert "bf16" in capsys.readouterr().err


def test_a_part_is_held_out_and_never_seen(tmp_path, run_quietly, folder_of, trainers):
    folder_of("pets", {"cat": 8, "dog": 4})
    code, printed = run_quietly("train", "pets", "--epochs", 1, "--held-out", 0.25, "--seed", 3)
    assert code == 0
    assert "pets: 9 images of 2 classes (3 held out), 1x8x8; 1 epochs" in printed.out
    data = load_data("pets")
    (trainer,) = trainers
    assert torch.equal(trainer.intake.loader.images, data.split(0.25, 3)[0].images)
    settings = json.loads((tmp_path / "runs" / "pets" / "run.json").read_text())
    held_out = settings["held_out"]
    assert held_out == {"fraction": 0.25, "seed": 3, "images": fingerprint(data)}


def test_nothing_is_held_out_unless_asked(tmp_path, run_quietly, pets, trainers):
    code, printed = run_quietly("train", pets, "--epochs", 1)
    assert code == 0
    assert "held out" not in printed.out
    assert len(trainers[0].intake.loader.images) == 12
    assert json.loads((tmp_path / "runs" / "pets" / "run.json").read_text())["held_out"] is None


def test_a_part_that_cannot_be_held_out_is_refused_before_anything_is_written(
    pets, tmp_path, run_quietly
):
    code, _ = run_quietly("train", pets, "--held-out", 1.5, "--out", "mine")
    assert code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]


def history_of(run):
    rows = (run / "history.csv").read_text(encoding="utf-8").splitlines()[1:]
    return [row.split(",")[:3] for row in rows]


def weights_of(run):
    return torch.load(run / "weights.pt", weights_only=True)


def test_a_stopped_run_resumes_and_equals_one_that_was_not(
    pets, tmp_path, run_quietly, monkeypatch
):
    command = ("train", "pets", "--epochs", 5, "--batch-size", 4)
    run_quietly(*command, "--out", "straight")
    with monkeypatch.context() as patched:
        interrupt_at(patched, 7)  # within the third epoch, without warning: a crash
        code, _ = run_quietly(*command)
        assert code == 130
    code, printed = run_quietly(*command, "--resume")
    assert code == 0
    assert "resuming at step 6" in printed.out
    run = tmp_path / "runs" / "pets"
    assert history_of(run) == history_of(tmp_path / "straight")
    straight, resumed = weights_of(tmp_path / "straight"), weights_of(run)
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    code, printed = run_quietly(*command, "--resume")  # there is nothing left to do
    assert code == 0
    assert history_of(run) == history_of(tmp_path / "straight")
    code, printed = run_quietly(*command[:3], 6, *command[4:], "--resume", "--out", run)
    assert [row[0] for row in history_of(run)] == ["1", "2", "3", "4", "5", "6"]


def test_with_nothing_to_resume_from_training_starts_anew(pets, tmp_path, run_quietly, monkeypatch):
    code, _ = run_quietly("train", "pets", "--epochs", 1, "--resume")
    assert code == 0
    assert history_of(tmp_path / "runs" / "pets") == [["1", "1", "12"]]
    with monkeypatch.context() as patched:
        interrupt_at(patched, 0)
        run_quietly("train", "pets", "--epochs", 1, "--out", "new")
    code, printed = run_quietly("train", "pets", "--epochs", 1, "--out", "new", "--resume")
    assert code == 0
    assert "nothing in new to resume from yet: training starts anew" in printed.out


@pytest.mark.parametrize(
    ("option", "name"),
    [
        (["--seed", 1], "seed 0, not 1"),
        (["--batch-size", 4], "batch_size 32, not 4"),
        (["--balanced"], "balanced False, not True"),
        (["--held-out", 0.25], "held_out None, not"),
        (["--preset", "sngan"], "preset 'quick', not 'sngan'"),
    ],
)
def test_a_run_resumes_with_the_options_it_was_begun_with(
    pets, tmp_path, run_quietly, option, name
):
    run_quietly("train", "pets", "--epochs", 1)
    before = weights_of(tmp_path / "runs" / "pets")
    code, printed = run_quietly("train", "pets", "--epochs", 2, "--resume", *option)
    assert code == 2
    assert f"was begun with {name}" in printed.err
    after = weights_of(tmp_path / "runs" / "pets")
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_resume_does_not_write_into_somebodys_files(pets, tmp_path, run_quietly):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("mine")
    code, printed = run_quietly("train", "pets", "--epochs", 1, "--out", "mine", "--resume")
    assert code == 2
    assert "mine is there already" in printed.err
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["config.json"]


@pytest.fixture
def ages(tmp_path):
    """A folder of images, and a table of two attributes and two quantities of each."""
    (tmp_path / "people").mkdir()
    for k in range(6):
        Image.new("L", (8, 8), 40 * k).save(tmp_path / "people" / f"{k}.png")
    rows = [f"{k}.png,{k % 2},{k // 3},{20.5 + k},{k}" for k in range(6)]
    lines = "\n".join(["file,hat,smile,age,weight", *rows])
    (tmp_path / "people" / "labels.csv").write_text(lines)
    return "people"


@pytest.mark.parametrize(
    ("options", "said", "rows", "asked"),
    [
        (["--label-columns", "hat,smile"], "6 images of 2 attributes",
         ["none", "hat", "smile", "hat,smile"], "hat,smile"),
        (["--label-column", "age"], "6 images of 1 quantity",
         ["20.5", "21.33", "22.17", "23", "23.83", "24.67", "25.5"], "25.5"),
        (["--quantities", "age,weight"], "6 images of 2 quantities",
         ["age=20.5,weight=2.5", "age=23,weight=0"], "age=23,weight=5"),
    ],
)  # fmt: skip
def test_attributes_and_quantities_train_resume_and_draw(
    ages, tmp_path, run_quietly, monkeypatch, printed_command, options, said, rows, asked
):
    titles = []
    usual = command.grid

    def remembered(images, columns, names):
        titles.append(names)
        return usual(images, columns, names)

    monkeypatch.setattr(command, "grid", remembered)
    code, printed = run_quietly("train", ages, *options, "--epochs", 2, "--held-out", 0.2)
    assert (code, printed.err) == (0, "")
    assert said.replace("6", "5") in printed.out
    assert set(rows) <= set(titles[0])
    assert len(list((tmp_path / "runs" / "people" / "snapshots").glob("*.png"))) == 2
    assert printed_command(printed.out)[:3] == ["generate", "runs/people", asked]
    assert run_quietly(*printed_command(printed.out))[0] == 0
    code, printed = run_quietly("train", ages, "--epochs", 3, "--held-out", 0.2, "--resume")
    assert (code, printed.err) == (0, "")  # the run knows which columns
    assert "resuming at step 2" in printed.out
    assert titles[1] == titles[0]


def test_balanced_is_for_classes(ages, tmp_path, run_quietly):
    code, printed = run_quietly("train", ages, "--label-columns", "hat,smile", "--balanced")
    assert code == 2
    assert "balanced batches need classes" in printed.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["evaluate", "study"])
def test_what_goes_class_by_class_is_refused(ages, run_quietly, saved_generator, command):
    saved_generator("run", Attributes(["hat", "smile"]))
    arguments = ["run"] if command == "evaluate" else [ages, "--label-columns", "hat,smile"]
    code, printed = run_quietly(command, *arguments)
    assert code == 2
    assert "Attributes(['hat', 'smile'])" in printed.err
    assert "condgan generate RUN hat" in printed.err
    assert "--label-column" in printed.err


def test_a_folder_that_cannot_be_read_is_one_to_inspect(run_quietly, folder_of):
    folder_of("my pets", {"cat": 2})
    folder_of("my pets", {"dog": 2}, side=12)
    code, printed = run_quietly("train", "my pets", "--fit", "pad")
    assert code == 2
    said, more = printed.err.splitlines()
    assert "--image-size 28" in said
    assert more.endswith("condgan inspect 'my pets' --fit pad")
    assert "condgan inspect" not in run_quietly("train", "no/such/folder")[1].err


def test_a_run_resumes_with_the_data_options_that_it_was_begun_with(
    tmp_path, run_quietly, folder_of
):
    folder_of("pets", {"cat": 3, "dog": 3}, side=16)
    options = ("--image-size", 8, "--fit", "stretch")
    assert run_quietly("train", "pets", "--epochs", 1, *options)[0] == 0
    code, printed = run_quietly("train", "pets", "--epochs", 2, "--resume", "--workers", 0)
    assert code == 0
    assert "1x8x8; 2 epochs" in printed.out
    code, printed = run_quietly("train", "pets", "--resume", "--image-size", 4, "--epochs", 2)
    assert code == 2
    assert "was begun with --image-size 8, not 4" in printed.err
    settings = json.loads((tmp_path / "runs" / "pets" / "run.json").read_text())
    assert settings["options"] == {"image_size": 8, "fit": "stretch", "workers": 0}


def test_older_runs_resume(pets, tmp_path, run_quietly):
    assert run_quietly("train", "pets", "--epochs", 1, "--image-size", 8)[0] == 0
    path = tmp_path / "runs" / "pets" / "run.json"
    settings = json.loads(path.read_text())
    settings["image_size"] = settings.pop("options")["image_size"]
    path.write_text(json.dumps(settings))
    code, printed = run_quietly("train", "pets", "--epochs", 2, "--resume")
    assert code == 0
    assert "resuming at step 1" in printed.out
    assert json.loads(path.read_text())["options"] == {"image_size": 8}


def test_data_of_the_same_name_are_another_run(pets, tmp_path, run_quietly, folder_of):
    folder_of("other/pets", {"cat": 3, "dog": 3})
    for data in (pets, "other/pets", pets):
        assert run_quietly("train", data, "--epochs", 1, "--resume")[0] == 0
    assert sorted(run.name for run in (tmp_path / "runs").iterdir()) == ["pets", "pets-2"]


def test_resume_takes_the_last_run_of_that_name(pets, tmp_path, run_quietly):
    for _ in range(2):
        run_quietly("train", "pets", "--epochs", 1)
    run_quietly("train", "pets", "--epochs", 2, "--resume")
    runs = tmp_path / "runs"
    assert sorted(run.name for run in runs.iterdir()) == ["pets", "pets-2"]
    assert len(history_of(runs / "pets-2")) == 2
    assert len(history_of(runs / "pets")) == 1


# The page to watch it on


def test_the_page_says_what_the_run_was_asked_for_and_that_it_is_over(pets, tmp_path, run_quietly):
    code, printed = run_quietly("train", pets, "--epochs", 2, "--fit", "pad", "--image-size", 8)
    assert code == 0
    assert printed.out.splitlines()[1] == "watch it with: condgan view runs/pets"
    text = (tmp_path / "runs" / "pets" / "report.html").read_text(encoding="utf-8")
    for said in (
        "<h1>pets</h1>",
        "Finished: epoch 2 of 2",
        "<dd>quick</dd>",
        "--fit pad",
        "<dd>mlp</dd>",
    ):
        assert said in text
    assert 'http-equiv="refresh"' not in text
    _, printed = run_quietly("view", "runs/pets", "--no-open")
    assert printed.out.split() == ["runs/pets/report.html"]


def test_no_page_if_none_is_wanted(pets, tmp_path, run_quietly):
    code, printed = run_quietly("train", pets, "--epochs", 1, "--no-live")
    assert code == 0
    assert "condgan view" not in printed.out
    assert "report.html" not in printed.out
    assert not (tmp_path / "runs" / "pets" / "report.html").exists()


def test_the_page_of_an_interrupted_run_says_so(pets, tmp_path, run_quietly, monkeypatch):
    interrupt_at(monkeypatch, 7)
    assert run_quietly("train", "pets", "--epochs", 9, "--batch-size", 4)[0] == 130
    text = (tmp_path / "runs" / "pets" / "report.html").read_text(encoding="utf-8")
    assert "Interrupted: epoch 2 of 9" in text
