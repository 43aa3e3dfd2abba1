"""Where a run goes, and commands as a person types them."""

import os
import shlex
from pathlib import Path

import pytest

from condgan.cli.folders import as_typed, run_folder, run_to_resume, settings_in, write_settings
from condgan.errors import ConfigError


def test_the_first_free_name(tmp_path):
    assert run_folder(None, "pets", False) == Path("runs/pets")
    (tmp_path / "runs" / "pets").mkdir(parents=True)
    assert run_folder(None, "pets", False) == Path("runs/pets-2")
    (tmp_path / "runs" / "pets-2").write_text("a file is in the way too")
    assert run_folder(None, "pets", True) == Path("runs/pets-3")


def test_a_name_with_marks_stays_within_runs():
    for name in ("../../etc", "a:b/c", "", "..", "CON"):
        assert run_folder(None, name, False).parent == Path("runs")


def test_a_name_with_a_dot_is_numbered_whole(tmp_path):
    (tmp_path / "runs" / "v1.5").mkdir(parents=True)
    assert run_folder(None, "v1.5", False) == Path("runs/v1.5-2")


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_and_an_empty_folder_are_taken(tmp_path, overwrite):
    assert run_folder(Path("new/one"), "pets", overwrite) == Path("new/one")
    (tmp_path / "empty").mkdir()
    assert run_folder(Path("empty"), "pets", overwrite) == Path("empty")


def test_somebodys_files_are_not(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("precious")
    with pytest.raises(ConfigError, match="--overwrite"):
        run_folder(Path("full"), "pets", False)
    assert run_folder(Path("full"), "pets", True) == Path("full")
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ConfigError, match="there already"):
        run_folder(Path("file"), "pets", True)


def test_a_command_as_typed():
    command = ["runs/my pets", "it's", '"quoted"', "-n", "16", ""]
    typed = as_typed(command)
    if os.name != "nt":
        assert shlex.split(typed) == command
    assert as_typed(["runs/pets", "cat"]) == "runs/pets cat"


def test_the_last_run_of_some_data_is_resumed(tmp_path):
    assert run_to_resume(None, "digits") is None
    for name, data in (("digits", "digits"), ("digits-2", "digits"), ("digits-10", "digits"),
                       ("digits-11", "/my/digits")):  # fmt: skip
        write_settings(Path("runs", name), {"data": data, "options": {}})
    Path("runs/digits-12").mkdir()
    Path("runs/digits-12/run.json").write_text("[somebody else's]")
    assert run_to_resume(None, "digits") == Path("runs/digits-10")
    assert run_to_resume(None, "/my/digits") == Path("runs/digits-11")
    assert run_to_resume(None, "mnist") is None
    assert run_to_resume(Path("runs/digits"), "mnist") == Path("runs/digits")
    assert run_to_resume(Path("elsewhere"), "digits") is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_settings_that_cannot_be_written_leave_the_old_ones(tmp_path):
    write_settings(tmp_path, {"data": "digits"})
    (tmp_path / ".run.json.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        write_settings(tmp_path, {"data": "mnist"})
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert settings_in(tmp_path) == {"data": "digits"}
