"""`condgan inspect`, as a user types it."""

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


def test_attributes_are_shown_but_not_trained_by_a_command(run_quietly, tmp_path, folder_of):
    folder = folder_of("faces", {"x": 3}) / "x"
    (folder / "labels.csv").write_text("file,hat,smile\n0.png,1,1\n1.png,0,1\n2.png,0,0\n")
    code, printed = run_quietly("inspect", "faces/x")
    assert (code, printed.err) == (0, "")
    assert "3 images of 2 attributes" in printed.out
    assert "condgan train" not in printed.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing/there"], "nothing/there"),
        (["digts"], "did you mean 'digits'?"),
        (["pets", "--image-size", 0], "image_size must be"),
        (["pets", "--out", "pets"], "--overwrite"),
        (["digits", "--image-size", 8], "image_size"),
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
