"""`condgan inspect`, as a user types it."""

import json

import pytest
import torch
from PIL import Image

from condgan import LabelledImages, inspect_data
from condgan.cli import inspect as command
from condgan.data.sheet import COLUMNS


def test_end_to_end(tmp_path, run_quietly, folder_of):
    folder_of("pets", {"cat": 6, "dog": 3})
    code, printed = run_quietly("inspect", "pets")
    assert (code, printed.err) == (0, "")
    assert printed.out.startswith("pets: 9 images of 2 classes\n")
    assert "--balanced" in printed.out
    assert printed.out.splitlines()[-1] == "  condgan train pets"
    with Image.open(tmp_path / "runs" / "pets-inspect" / "sheet.png") as sheet:
        assert sheet.height == 2 + 2 * 58
        assert sheet.width > COLUMNS * 58
    assert run_quietly("inspect", "pets")[0] == 0
    assert (tmp_path / "runs" / "pets-inspect-2" / "sheet.png").is_file()


def test_a_name(run_quietly):
    code, printed = run_quietly("inspect", "digits", "--out", "here")
    assert (code, printed.err) == (0, "")
    assert "1,797 images of 10 classes" in printed.out
    assert "here" in printed.out


def test_sizes_that_differ(tmp_path, run_quietly, folder_of):
    folder_of("pets", {"cat": 3})
    folder_of("pets", {"dog": 2}, side=12)
    code, printed = run_quietly("inspect", "pets")
    assert code == 2
    assert "3 of 8 x 8, 2 of 12 x 12" in printed.out
    assert "--image-size 8" in printed.out
    assert "condgan train" not in printed.out.splitlines()[-1]
    assert printed.err.startswith("condgan: pets cannot be trained on yet")
    assert (tmp_path / "runs" / "pets-inspect" / "sheet.png").is_file()
    code, printed = run_quietly("inspect", "pets", "--image-size", 8)
    assert (code, printed.err) == (0, "")
    assert printed.out.splitlines()[-1] == "  condgan train pets --image-size 8"


def test_oddities_are_told_once(run_quietly, folder_of):
    folder_of("pets", {"cat": 3})
    (folder_of("pets", {"dog": 2}) / "yak").mkdir()
    code, printed = run_quietly("inspect", "pets")
    assert (code, printed.err) == (0, "")
    assert printed.out.count("no image of 1 of 3 classes") == 1


def test_what_is_no_picture_is_said(tmp_path, run_quietly, monkeypatch):
    """Images of two channels, which a data set of somebody's plugin may have."""
    images = torch.rand(4, 2, 8, 8, generator=torch.Generator().manual_seed(0))
    data = LabelledImages(images, torch.arange(4) % 2, 2)
    monkeypatch.setattr(command, "inspect_data", lambda source: inspect_data(data))
    code, printed = run_quietly("inspect", "pairs", "--out", "here")
    assert (code, printed.err) == (0, "")
    assert "contact sheet  none: a picture has 1, 3 or 4 channels" in printed.out
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["hat,smile", "1,1", "0,1", "0,0"], "3 images of 2 attributes"),
        (["age", "1.5", "2.5", "4"], "3 images of 1 quantities"),
    ],
)
def test_attributes_and_quantities_are_trained_by_a_command_too(run_quietly, folder_of, rows, said):
    folder = folder_of("faces", {"x": 3}) / "x"
    lines = [
        f"{name},{row}" for name, row in zip(["file", "0.png", "1.png", "2.png"], rows, strict=True)
    ]
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    code, printed = run_quietly("inspect", "faces/x", "--image-size", "8x4", "--fit", "stretch")
    assert (code, printed.err) == (0, "")
    assert said in printed.out
    assert "shape   1 x 8 x 4" in printed.out
    assert printed.out.splitlines()[-1] == (
        "  condgan train faces/x --image-size 8x4 --fit stretch"
    )


def test_what_to_do_is_said_in_flags(run_quietly, folder_of):
    folder_of("pets", {"cat": 3})
    folder_of("pets", {"dog": 2}, side=12)
    (folder_of("pets", {"owl": 1}) / "owl" / "1.png").write_bytes(b"no picture")
    code, printed = run_quietly("inspect", "pets")
    assert code == 2
    assert "--image-size 8" in printed.out
    assert "--on-bad skip" in printed.out
    for python in ("image_size=", "on_bad=", "fit=", "in Python"):
        assert python not in printed.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing/there"], "nothing/there"),
        (["digts"], "did you mean 'digits'?"),
        (["pets", "--image-size", 0], "--image-size must be"),
        (["pets", "--out", "pets"], "--overwrite"),
        (["digits", "--image-size", 8], "--image-size is not an option"),
    ],
)
def test_what_a_user_gets_wrong(tmp_path, run_quietly, folder_of, arguments, words):
    folder_of("pets", {"cat": 2})
    code, printed = run_quietly("inspect", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    assert words in printed.err
    assert not list(tmp_path.rglob("sheet.png"))


def test_overwrite(tmp_path, run_quietly, folder_of):
    folder_of("pets", {"cat": 2})
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("precious")
    assert run_quietly("inspect", "pets", "--out", "out", "--overwrite")[0] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"notes.txt", "sheet.png"}


def strictly_read(text):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_is_alone_on_stdout(tmp_path, run_quietly, folder_of):
    folder_of("pets", {"cat": 3, "dog": 2})
    code, printed = run_quietly("inspect", "pets", "--json")
    assert code == 0
    found = strictly_read(printed.out)
    assert (found["name"], found["images"], found["shape"]) == ("pets", 5, [1, 8, 8])
    assert (found["kind"], found["imbalance"]) == ("classes", 1.5)
    assert found["labels"] == [{"label": "cat", "images": 3}, {"label": "dog", "images": 2}]
    assert found["files"] == [{"width": 8, "height": 8, "files": 5}]
    assert found["same_picture"] == {"under_different_labels": [], "under_one_label": []}
    assert (found["nearly_constant"], found["problems"]) == ([], [])
    assert "condgan train pets" in printed.err
    assert (tmp_path / "runs" / "pets-inspect" / "sheet.png").is_file()


def test_json_of_what_cannot_be_trained_on_yet(run_quietly, folder_of):
    folder_of("pets", {"cat": 3})
    twin = folder_of("pets", {"dog": 2}, side=12) / "dog" / "1.png"
    twin.write_bytes((twin.parents[1] / "cat" / "0.png").read_bytes())
    code, printed = run_quietly("inspect", "pets", "--json", "--image-size", 8)
    assert strictly_read(printed.out)["same_picture"]["under_different_labels"] == [
        ["cat/0.png", "dog/1.png"]
    ]
    code, printed = run_quietly("inspect", "pets", "--json")
    assert code == 2
    (problem,) = strictly_read(printed.out)["problems"]
    assert "--image-size 8" in problem
    assert "condgan: pets cannot be trained on yet" in printed.err


def test_json_of_attributes_and_of_quantities(run_quietly, folder_of):
    folder = folder_of("faces", {"x": 3}) / "x"
    (folder / "labels.csv").write_text("file,hat,age\n0.png,1,1.5\n1.png,0,2.5\n2.png,1,4\n")
    _, printed = run_quietly("inspect", "faces/x", "--json", "--attributes", "hat")
    assert strictly_read(printed.out)["labels"] == [{"label": "hat", "images": 2}]
    _, printed = run_quietly("inspect", "faces/x", "--json", "--quantities", "age")
    found = strictly_read(printed.out)
    assert found["labels"] == [{"label": "age", "low": 1.5, "high": 4.0}]
    assert (found["kind"], found["imbalance"]) == ("quantities", None)


def test_an_error_leaves_stdout_empty(run_quietly):
    code, printed = run_quietly("inspect", "nothing/there", "--json")
    assert (code, printed.out) == (2, "")
    assert printed.err.startswith("condgan: ")
