"""The command line, as a user types it."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import condgan
from condgan import Adversarial, ConditionalGenerator
from condgan.cli import main

FILES = (
    "config.json",
    "weights.pt",
    "history.csv",
    "history.json",
    "losses.png",
    "grid.png",
    "snapshots",
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


@pytest.fixture
def pets(tmp_path):
    """A folder of three classes with four pictures each."""
    draw = np.random.default_rng(0)
    for label in ("cat", "dog", "owl"):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(4):
            pixels = draw.integers(0, 256, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    return tmp_path / "pets"


def csv_of(path, *labels):
    """Writes a CSV with six pictures of 8 x 8 pixels for each label."""
    draw = np.random.default_rng(0)
    lines = ["label," + ",".join(f"pixel{i}" for i in range(64))]
    for label in labels * 6:
        lines.append(f"{label}," + ",".join(map(str, draw.integers(0, 256, 64))))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def saved_generator(folder, classes):
    G = ConditionalGenerator(classes, (1, 8, 8), width=8, latent_dim=4, seed=0)
    G.save_pretrained(folder)
    return G


def printed_command(out):
    """The arguments of the `condgan generate` command that a run ends with."""
    (line,) = [line for line in out.splitlines() if line.startswith("  condgan generate ")]
    assert line == out.splitlines()[-1]
    return shlex.split(line)[1:]


def run_quietly(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, capsys.readouterr()


# Training -----------------------------------------------------------------------------------


def test_train_on_the_digits(tmp_path, capsys):
    code, printed = run_quietly(capsys, "train", "digits", "--epochs", 1, "--batch-size", 512)
    assert code == 0
    run = tmp_path / "runs" / "digits"
    for name in FILES:
        assert (run / name).exists(), name
    assert printed.err == ""
    assert "1,797 images of 10 classes, 1x8x8; 1 epochs on" in printed.out
    command = printed_command(printed.out)
    assert command[:3] == ["generate", "runs/digits", "9"]
    code, printed = run_quietly(capsys, *command)
    assert code == 0
    with Image.open(printed.out.strip()) as picture:
        assert picture.size[0] == picture.size[1]  # sixteen images fill a square


def test_train_on_a_folder(pets, tmp_path, capsys):
    code, printed = run_quietly(
        capsys, "train", "pets", "--epochs", 3, "--batch-size", 4, "--device", "cpu"
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
    code, printed = run_quietly(capsys, *printed_command(printed.out))
    assert code == 0
    assert (tmp_path / printed.out.strip()).is_file()


def test_the_same_seed_gives_the_same_weights(pets, tmp_path, capsys):
    def weights(*options):
        number = len(list((tmp_path / "runs").glob("*"))) + 1
        code, _ = run_quietly(
            capsys, "train", pets, "--epochs", 1, "--out", f"runs/{number}", *options
        )
        assert code == 0
        return torch.load(tmp_path / "runs" / str(number) / "weights.pt", weights_only=True)

    (tmp_path / "runs").mkdir()
    first, again, other = weights(), weights("--seed", 0), weights("--seed", 1)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_run_never_writes_over_another(pets, tmp_path, capsys):
    for _ in range(3):
        code, printed = run_quietly(capsys, "train", "pets", "--epochs", 1)
        assert code == 0
        first = (tmp_path / "runs" / "pets" / "weights.pt").read_bytes()
    assert printed_command(printed.out)[1] == "runs/pets-3"
    assert sorted(p.name for p in (tmp_path / "runs").iterdir()) == ["pets", "pets-2", "pets-3"]
    assert (tmp_path / "runs" / "pets" / "weights.pt").read_bytes() == first


def test_a_folder_with_files_is_refused_unless_one_says_overwrite(pets, tmp_path, capsys):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("precious")
    arguments = ("train", pets, "--epochs", 1, "--out", "mine")
    code, printed = run_quietly(capsys, *arguments)
    assert code == 2
    assert "--overwrite" in printed.err
    assert [p.name for p in mine.iterdir()] == ["notes.txt"]
    code, _ = run_quietly(capsys, *arguments, "--overwrite")
    assert code == 0
    assert (mine / "notes.txt").read_text() == "precious"
    assert (mine / "weights.pt").is_file()


def test_a_file_in_the_place_of_the_folder_is_refused(pets, tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    code, printed = run_quietly(capsys, "train", pets, "--epochs", 1, "--out", "out", "--overwrite")
    assert code == 2
    assert "out is there already" in printed.err


def test_an_empty_folder_is_taken(pets, tmp_path, capsys):
    (tmp_path / "new").mkdir()
    code, _ = run_quietly(capsys, "train", pets, "--epochs", 1, "--out", "new")
    assert code == 0
    assert (tmp_path / "new" / "weights.pt").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "digts"], ["'digts'", "did you mean 'digits'?"]),
        (["train", "no/such/folder"], ["no/such/folder"]),
        (["train", "digits", "--algorithm", "quik"], ["'quik'", "did you mean 'quick'?"]),
        (["train", "digits", "--architecture", "mpl"], ["'mpl'", "did you mean 'mlp'?"]),
        (["train", "digits", "--encoder", "onehott"], ["did you mean 'onehot'?"]),
        (["train", "digits", "--epochs", "0"], ["epochs must be a positive whole number"]),
        (["train", "digits", "--batch-size", "0"], ["batch_size must be a positive"]),
        (["train", "digits", "--device", "gpu"], ["'gpu' is not a device"]),
    ],
)
def test_what_a_user_gets_wrong(tmp_path, capsys, arguments, words):
    code, printed = run_quietly(capsys, *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.glob("runs/*/weights.pt"))


@pytest.mark.parametrize(
    "arguments",
    [[], ["tain"], ["train"], ["train", "digits", "--epochs", "many"], ["train", "digits", "-x"],
     ["train", "digits", "more"], ["generate"], ["generate", "run", "--seeds", "3"]],
)  # fmt: skip
def test_what_argparse_refuses(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: condgan" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["generate", "--help"]])
def test_help(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert "usage: condgan" in capsys.readouterr().out


def test_version():
    command = [sys.executable, "-m", "condgan", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"condgan {condgan.__version__}\n"
    assert done.stderr == ""


# Ctrl-C -------------------------------------------------------------------------------------


def interrupt_at(monkeypatch, step):
    usual = Adversarial.step

    def interrupted(self, state, batch):
        if state.step == step:
            raise KeyboardInterrupt
        return usual(self, state, batch)

    monkeypatch.setattr(Adversarial, "step", interrupted)


def test_an_interrupted_run_is_written(pets, tmp_path, capsys, monkeypatch):
    interrupt_at(monkeypatch, 7)  # in the third epoch
    code, printed = run_quietly(capsys, "train", "pets", "--epochs", 9, "--batch-size", 4)
    assert code == 130
    assert "interrupted" in printed.err
    assert "2 epochs in" in printed.out
    run = tmp_path / "runs" / "pets"
    for name in FILES:
        assert (run / name).exists(), name
    rows = (run / "history.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]
    code, _ = run_quietly(capsys, *printed_command(printed.out))
    assert code == 0


def test_interrupted_before_the_first_step_there_is_nothing_to_keep(
    pets, tmp_path, capsys, monkeypatch
):
    interrupt_at(monkeypatch, 0)
    code, _ = run_quietly(capsys, "train", "pets", "--epochs", 2)
    assert code == 130
    assert not (tmp_path / "runs" / "pets" / "weights.pt").exists()


# Generating ---------------------------------------------------------------------------------


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.parametrize(
    ("classes", "text", "label"),
    [(3, "2", 2), (["cat", "a:b/c"], "a:b/c", "a:b/c"), ([1.5, 2.5], "2.5", 2.5)],
)
def test_generate_by_the_text_of_a_label(tmp_path, capsys, classes, text, label):
    from condgan.images import grid

    G = saved_generator("run", classes)
    code, printed = run_quietly(capsys, "generate", "run", text, "-n", 4, "--seed", 5)
    assert code == 0
    (path,) = (tmp_path / "run").glob("*.png")
    assert (tmp_path / printed.out.strip()) == path
    grid(G.generate(label, n=4, seed=5), 2).save("expected.png")
    assert path.read_bytes() == (tmp_path / "expected.png").read_bytes()


def test_names_of_files_are_portable_and_differ(tmp_path, capsys):
    saved_generator("run", ["a:b/c", "a_b_c", "con", "b"])
    for label in ("a:b/c", "a_b_c", "con"):
        assert run_quietly(capsys, "generate", "run", label)[0] == 0
    names = [path.name for path in (tmp_path / "run").glob("*.png")]
    assert len(names) == 3
    assert not any(mark in name for name in names for mark in '<>:"/\\|?*')


def test_the_seed_makes_the_same_bytes(tmp_path, capsys):
    saved_generator("run", 3)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run_quietly(capsys, "generate", "run", "1", "--seed", seed, "--out", f"{name}.png")
    first, again, other = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_how_many(tmp_path, capsys):
    saved_generator("run", 3)
    for n in (1, 4, 9, 10):
        run_quietly(capsys, "generate", "run", "0", "-n", n, "--out", f"{n}.png")
    cell = 58
    sides = {
        n: tuple((s - 2) // cell for s in size_of(tmp_path / f"{n}.png")) for n in (1, 4, 9, 10)
    }
    assert sides == {1: (1, 1), 4: (2, 2), 9: (3, 3), 10: (4, 3)}


def test_several_labels_and_all(tmp_path, capsys):
    saved_generator("run", ["cat", "dog", "owl"])
    code, _ = run_quietly(capsys, "generate", "run", "owl", "cat", "-n", 5, "--out", "two.png")
    assert code == 0
    code, printed = run_quietly(capsys, "generate", "run")
    assert code == 0
    assert (size_of("two.png")[1] - 2) // 58 == 2
    assert (size_of(printed.out.strip())[1] - 2) // 58 == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "owl", "cat", "-n", "2", "--seed", "1"],
        ["run", "-n", "2", "--seed", "1", "owl", "cat"],
        ["run", "owl", "-n", "2", "cat", "--seed", "1"],
        ["-n", "2", "run", "--seed", "1", "owl", "cat"],
        ["-n", "2", "--seed", "1", "--", "run", "owl", "cat"],
    ],
)
def test_options_may_stand_anywhere(tmp_path, capsys, arguments):
    saved_generator("run", ["cat", "dog", "owl"])
    run_quietly(capsys, "generate", "--out", "x.png", "--seed", "1", "-n", "2", "run", "owl", "cat")
    assert run_quietly(capsys, "generate", "--out", "y.png", *arguments)[0] == 0
    assert (tmp_path / "x.png").read_bytes() == (tmp_path / "y.png").read_bytes()


def test_folders_for_the_picture_are_made(tmp_path, capsys):
    saved_generator("run", 3)
    assert run_quietly(capsys, "generate", "run", "1", "--out", "new/folder/x.png")[0] == 0
    assert (tmp_path / "new" / "folder" / "x.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "cow"], ["'cow'", "cat, dog, owl"]),
        (["run", "dgo"], ["did you mean 'dog'?"]),
        (["run", "cat", "-n", "0"], ["-n must be a positive whole number; got 0"]),
        (["nowhere", "cat"], ["nowhere", "does not exist"]),
        (["run", "cat", "--out", "x.nonsense"], ["x.nonsense", ".png"]),
        (["run", "cat", "--out", "x"], [".png"]),
    ],
)
def test_what_cannot_be_drawn(tmp_path, capsys, arguments, words):
    saved_generator("run", ["cat", "dog", "owl"])
    code, printed = run_quietly(capsys, "generate", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.rglob("*.png"))


def test_unknown_numbers_list_the_known(capsys):
    saved_generator("run", 3)
    code, printed = run_quietly(capsys, "generate", "run", "7")
    assert code == 2
    assert "'7'" in printed.err
    assert "Known: 0, 1, 2." in printed.err


@pytest.mark.parametrize("label", ["-x", "--help", "a:b/c", "two words", "it's"])
def test_the_printed_command_works_whatever_a_class_is_called(tmp_path, capsys, label):
    source = csv_of(tmp_path / "data.csv", "+", label)  # "+" sorts first
    code, printed = run_quietly(capsys, "train", source, "--epochs", 1)
    assert code == 0
    command = printed_command(printed.out)
    assert label in command
    code, printed = run_quietly(capsys, *command)
    assert code == 0
    assert (tmp_path / printed.out.strip()).is_file()


def test_a_run_of_quantities_is_refused_with_the_way_out(capsys):
    saved_generator("run", condgan.Quantities(1))
    code, printed = run_quietly(capsys, "generate", "run", "0.5")
    assert code == 2
    assert "from_pretrained(RUN).generate" in printed.err


@pytest.mark.parametrize(
    ("options", "images", "threads"),
    [([], "digits", 1), ([], "glyphs", 3), (["--threads", "2"], "digits", 2)],
)
def test_threads_are_as_asked_or_one_for_tiny_images(
    tmp_path, monkeypatch, options, images, threads
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("condgan.cli.train.MOST_EPOCHS", 1)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert main(["train", images, *options]) == 0
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
