"""The options that say how data are read, over the whole table."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import Attributes, Quantities, load_data
from condgan.cli import evaluate, inspect, study, train
from condgan.cli.data_options import (
    OPTIONS,
    anywhere,
    arguments,
    as_flags,
    asked,
    flag_of,
    joined,
    names,
    size,
)
from condgan.cli.flags import Parser

SAMPLES = {
    "image_size": [48, 64],
    "fit": "pad",
    "channels": 3,
    "background": "light blue",
    "max_pixels": 100,
    "value_range": [-1.0, 4095.0],
    "image_shape": [3, 32, 32],
    "layout": "NHWC",
    "transpose": True,
    "labels": "y_test",
    "images": "x_test",
    "file_column": "path",
    "image_column": "scan",
    "label_column": "-1",
    "label_columns": ["hat", "red, dark"],
    "encoding": "cp1252",
    "root": "no/where",
    "split": "test",
    "classes": ["dog", "cat"],
    "attributes": ["hat", "smile"],
    "quantities": ["age"],
    "unlabelled": ["-1", "NA"],
    "on_unlabelled": "skip",
    "on_missing": "skip",
    "on_bad": "skip",
    "cache": True,
    "workers": 0,
}
"""A value of each option, as a run keeps it."""

COMMANDS = {
    "inspect": (inspect, ["data"]),
    "train": (train, ["data"]),
    "evaluate": (evaluate, ["run", "data"]),
    "study": (study, ["data"]),
}


def parsed(command, words):
    parser = Parser()
    module, needed = COMMANDS[command]
    module.add(parser.add_subparsers())
    return parser.parse_args([command, *needed, *words])


def test_the_samples_are_of_the_whole_table():
    assert SAMPLES.keys() == OPTIONS.keys()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", OPTIONS)
def test_what_is_written_as_flags_is_read_again(option, command):
    words = as_flags({option: SAMPLES[option]})
    assert words[0].split("=")[0] == flag_of(option)
    assert asked(parsed(command, words)) == {option: SAMPLES[option]}
    assert json.loads(json.dumps(SAMPLES[option])) == SAMPLES[option]


@pytest.mark.parametrize(
    ("word", "value"),
    [("n=500", 500), ("path=pets.csv", "pets.csv"), ("label=sex", "sex"), ('label="7"', "7"),
     ('label=["age", "sex"]', ["age", "sex"]), ("text=a=b", "a=b"), ("text=", "")],
)  # fmt: skip
def test_what_only_one_data_set_takes_is_an_option_by_name(word, value):
    option = word.split("=")[0]
    given = asked(parsed("train", ["--option", word, "--split", "test"]))
    assert given == {"split": "test", option: value}
    assert asked(parsed("inspect", as_flags(given))) == given


def test_a_path_among_them_is_found_from_anywhere_and_a_word_is_none(tmp_path):
    for name in ("pets.csv", "sex"):
        (tmp_path / name).write_text("")
    given = asked(parsed("train", ["--option", "path=pets.csv", "--option", "label=sex"]))
    assert given == {"path": str(tmp_path / "pets.csv"), "label": "sex"}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_given_is_not_passed_on(command):
    assert asked(parsed(command, [])) == {}


def test_lists_are_repeated_or_have_commas():
    words = ["--label-columns", "hat, smile", "--label-columns", '"red, dark"']
    assert asked(parsed("train", words)) == {"label_columns": ["hat", "smile", "red, dark"]}
    for items in (["a"], ["a, b", "c"], ['say "x"', ""]):
        assert names(joined(items)) == items
    assert names("") == []


@pytest.mark.parametrize(
    "words",
    [
        ["--image-size", "48xwide"],
        ["--fit", "squeeze"],
        ["--channels", "2"],
        ["--value-range", "0"],
        ["--on-bad", "ignore"],
        ["--classes", "a,b", "--attributes", "a,b"],
        ["--attributes", "a", "--quantities", "a"],
        ["--option", "n"],
    ],
)
def test_what_argparse_refuses(capsys, words):
    with pytest.raises(SystemExit):
        parsed("train", words)
    assert words[-2] in capsys.readouterr().err.splitlines()[-1]


def test_a_size_is_a_side_or_height_by_width():
    assert (size("32"), size("48x64")) == (32, [48, 64])


@pytest.mark.parametrize(
    ("options", "taken"),
    [
        ({"image_size": [48, 64]}, {"image_size": (48, 64)}),
        ({"classes": ["dog", "cat"]}, {"classes": ["dog", "cat"]}),
        ({"classes": ["7", "3"]}, {"classes": [7, 3]}),
        ({"classes": ["07", "3"]}, {"classes": ["07", "3"]}),
        ({"classes": ["10"]}, {"classes": 10}),
        ({"attributes": ["5"]}, {"classes": Attributes(5)}),
        ({"attributes": ["hat", "7"]}, {"classes": Attributes(["hat", "7"])}),
        ({"quantities": ["age"]}, {"classes": Quantities(["age"])}),
        ({"label_column": "last"}, {"label_column": "last"}),
        ({"label_column": "64"}, {"label_column": 64}),
        ({"cache": True, "workers": 2}, {"cache": True, "workers": 2}),
    ],
    ids=str,
)
def test_as_load_data_takes_them(options, taken):
    assert arguments("pets", options) == ("pets", taken)


def test_paths_are_found_again_from_anywhere(tmp_path):
    (tmp_path / "faces.csv").write_text("")
    words = ["--labels", "faces.csv", "--root", "."]
    given = asked(parsed("train", words))
    assert given == {"labels": str(tmp_path / "faces.csv"), "root": str(tmp_path)}
    assert (anywhere("digits"), anywhere("")) == ("digits", "")


def test_labels_of_a_file_of_images_make_a_pair(tmp_path):
    np.save("scans.npy", np.arange(256, dtype=np.uint8).reshape(4, 8, 8))
    np.save("ages.npy", np.array([1, 2, 1, 2]))
    source, taken = arguments("scans.npy", {"labels": "ages.npy"})
    assert (source, taken) == (("scans.npy", "ages.npy"), {})
    assert load_data(source).counts() == {1: 2, 2: 2}
    np.savez("both.npz", x=np.zeros((2, 8, 8), np.uint8), y=[0, 1], z=[1, 1])
    assert arguments("both.npz", {"labels": "z"}) == ("both.npz", {"labels": "z"})


# What they do, on a command line


@pytest.fixture
def photos():
    """A folder of images of two shapes, with a table of labels that must be named."""
    Path("photos").mkdir()
    for k in range(6):
        Image.new("RGB", (8 + 8 * (k % 2), 8), (50 * k, 0, 0)).save(f"photos/{k}.png")
    lines = [f"{k}.png,{'cat' if k < 3 else 'dog'},{k % 2},{k // 3}" for k in range(6)]
    Path("faces.csv").write_text("\n".join(["scan,pet,hat,smile", *lines]) + "\n")
    return "photos"


def test_a_command_that_inspect_prints_trains_and_its_run_finds_the_data(
    photos, tmp_path, run_quietly, monkeypatch
):
    how = shlex.split(
        "--labels faces.csv --file-column scan --label-column pet "
        "--image-size 8x12 --fit pad --background black --channels 1"
    )
    code, printed = run_quietly("inspect", photos, *how)
    assert (code, printed.err) == (0, "")
    command = printed.out.splitlines()[-1].split()[1:]
    code, printed = run_quietly(*command, "--epochs", 1, "--out", "run")
    assert (code, printed.err) == (0, "")
    assert "6 images of 2 classes, 1x8x12" in printed.out
    settings = json.loads((tmp_path / "run" / "run.json").read_text())
    assert settings["options"] == {
        "image_size": [8, 12], "fit": "pad", "channels": 1, "background": "black",
        "labels": str(tmp_path / "faces.csv"), "file_column": "scan", "label_column": "pet",
    }  # fmt: skip
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = []
    monkeypatch.setattr(evaluate, "evaluate", lambda G, data, **more: found.append(data) or Shown())
    monkeypatch.setattr(evaluate, "page", lambda report, record: "")
    assert run_quietly("evaluate", tmp_path / "run")[0] == 0
    data = load_data(tmp_path / photos, labels=tmp_path / "faces.csv", file_column="scan",
                     label_column="pet", image_size=(8, 12), fit="pad", background="black",
                     channels=1)  # fmt: skip
    assert torch.equal(found[0].images, data.images)


class Shown:
    """What `evaluate` gives, of which only the writing matters here."""

    def save(self, path):
        return path


@pytest.mark.parametrize("command", ["inspect", "train", "study"])
@pytest.mark.parametrize(
    ("source", "words", "said"),
    [
        ("digits", ["--fit", "pad"], "--fit is not an option of"),
        ("two.csv", ["--image-size", 8], "--image-size is not an option of a CSV file"),
        ("two.csv", ["--labels", "x"], "--labels is not an option of a CSV file"),
        ("two.csv", ["--image-shape", 1, 2, 3], "--image-shape 1 2 3 does not fit"),
        ("pets", [], "make them one size: --image-size 28, or --image-size HxW"),
        ("pets", ["--image-size", 0], "--image-size must be a whole number"),
        ("pets", ["--image-size", 8, "--background", "blu"], "--background must be a colour"),
        ("two.csv", ["--label-column", "pet"], "there is no column 'pet'"),
    ],
)
def test_errors_are_said_in_flags(run_quietly, folder_of, csv_of, tmp_path, command, source, words,
                                  said):  # fmt: skip
    csv_of(tmp_path / "two.csv", 1, 2)
    folder_of("pets", {"cat": 2})
    folder_of("pets", {"dog": 2}, side=12)
    if command == "inspect" and not words:
        return  # which goes on, and is tested with the command
    code, printed = run_quietly(command, source, *words)
    assert code == 2
    assert said in printed.err
    assert not (tmp_path / "runs").exists()


def test_cells_that_mean_no_label_are_left_out(photos, run_quietly):
    text = Path("faces.csv").read_text().replace("cat", "Käfer").replace("5.png,dog", "5.png,NA")
    Path("faces.csv").write_bytes(text.encode("cp1252"))
    how = shlex.split(
        "--labels faces.csv --file-column scan --label-column pet --image-size 8 "
        "--encoding cp1252 --unlabelled NA,? --value-range 0 250"
    )
    code, printed = run_quietly("inspect", photos, *how)
    assert code == 2
    assert "--on-unlabelled skip" in printed.out + printed.err
    code, printed = run_quietly("inspect", photos, *how, "--on-unlabelled", "skip")
    assert (code, printed.err) == (0, "")
    assert "5 images of 2 classes" in printed.out
    assert "Käfer  3" in printed.out
