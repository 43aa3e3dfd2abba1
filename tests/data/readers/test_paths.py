import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from condgan import errors
from condgan.data.readers.files import Files
from condgan.data.readers.paths import images_in, located, warn_of_unnamed


@pytest.fixture
def folder(tmp_path):
    for name in ("a.png", "b/c.png", "b/scan7.jpg", "b/twin.png", "b/twin.jpg", ".d.png", "e.txt"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "secret.png").touch()
    return tmp_path / "photos"


def test_images_in(folder):
    for clutter in (".git", "__MACOSX"):
        (folder / clutter).mkdir()
        (folder / clutter / "x.png").touch()
    assert list(images_in(folder)) == [
        "a.png",
        "b/c.png",
        "b/scan7.jpg",
        "b/twin.jpg",
        "b/twin.png",
    ]


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("a.png", "a.png"),
        ("./b/../a.png", "a.png"),
        ("b/c.png", "b/c.png"),
        ("b\\c.png", "b/c.png"),
        ("b/scan7", "b/scan7.jpg"),
        (Path("b", "c.png"), "b/c.png"),
        (".d.png", ".d.png"),
    ],
)
def test_where_files_are(folder, path, file):
    found = located(folder, [path], "labels.csv")
    assert list(found.files) == [folder / file]
    assert found.rows == [0]


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("A.PNG", "a.png"),
        ("B/SCAN7.jpg", "b/scan7.jpg"),
        ("B/Scan7", "b/scan7.jpg"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("cafe\u0301", "cafe\u0301.png"),
        ("CAF\u00c9.PNG", "cafe\u0301.png"),
        ("one.PNG", "One.png"),
        ("ONE", "ONE.gif"),
    ],
)
def test_names_in_another_case_or_with_other_accents(folder, path, file):
    for name in ("cafe\u0301.png", "One.png", "ONE.gif"):
        (folder / name).touch()
    found = located(folder, [path], "labels.csv").files[0]
    assert found in (folder / file, folder / path)  # on some systems both are the same file
    assert found.is_file()


def test_a_name_that_two_files_could_have_is_missing(folder):
    for name in ("scan.png", "SCAN.png", "x.tif", "X.png"):
        (folder / name).touch()
    if len(list(folder.glob("[sS]*.png"))) == 1:
        pytest.skip("this system tells no cases apart")
    for path in ("Scan.png", "Scan"):
        with pytest.raises(errors.MissingFileError):
            located(folder, [path], "labels.csv")
    assert list(located(folder, ["x"], "labels.csv").files) == [folder / "x.tif"]


def test_whole_paths_within_the_folder(folder):
    assert list(located(folder, [folder / "b" / "c.png"], "x").files) == [folder / "b" / "c.png"]


@pytest.mark.parametrize(
    "path",
    ["../secret.png", "b/../../secret.png", "/etc/passwd", "..", "C:\\x.png", "..\\secret.png"],
)
def test_no_path_leaves_the_folder(folder, path):
    with pytest.raises(errors.DataError) as caught:
        located(folder, ["a.png", path], "labels.csv", "line {}".format)
    for words in ("labels.csv, line 1", repr(path), "outside", str(folder)):
        assert words in str(caught.value)


@pytest.mark.parametrize("path", ["", "  ", None, 1.5, ["a.png"]])
def test_what_is_no_path(folder, path):
    with pytest.raises(errors.DataError, match="row 0: a path is wanted"):
        located(folder, [path], "labels.csv")


@pytest.mark.parametrize("path", ["x.png", "b/twin", "a" * 5000, "x\0.png"])
def test_missing_files_are_counted_and_named(folder, path):
    with pytest.raises(errors.MissingFileError) as caught:
        located(folder, ["a.png", path, "y.png"], "labels.csv")
    for words in ("2 of the 3 files", "labels.csv", repr(path), "'y.png'", 'on_missing="skip"'):
        assert words in str(caught.value)
    with pytest.warns(UserWarning, match="2 of the 3 files that labels.csv names") as warned:
        found = located(folder, [path, "a.png", "y.png"], "labels.csv", on_missing="skip")
    assert "'y.png'" in str(warned[0].message)
    assert list(found.files) == [folder / "a.png"]
    assert found.rows == [1]


def test_a_folder_further_down_is_pointed_out(folder):
    with pytest.raises(errors.MissingFileError, match=r"There is 'b/c.png'"):
        located(folder, ["c.png"], "labels.csv")


def test_on_missing_has_two_values(folder):
    with pytest.raises(errors.ConfigError, match=r"on_missing.*'ignore'"):
        located(folder, [], "labels.csv", on_missing="ignore")


def test_unnamed_images_are_counted_and_named(folder):
    named = Files(folder, ["a.png", "b/c.png"])
    with pytest.warns(UserWarning, match=r"3 images are left out.*labels.csv.*'b/scan7.jpg'"):
        warn_of_unnamed(folder, named, "labels.csv")
    warn_of_unnamed(folder, Files(folder, list(images_in(folder))), "labels.csv")


PARTS = st.sampled_from(["..", ".", "b", "a.png", "c.png", "scan7", "/", "\\", "secret.png", "~"])


@given(st.lists(PARTS, min_size=1, max_size=6), st.sampled_from(["/", "\\", ""]))
def test_whatever_is_found_lies_in_the_folder(tmp_path_factory, parts, between):
    folder = tmp_path_factory.getbasetemp() / "any"
    (folder / "b").mkdir(parents=True, exist_ok=True)
    for name in ("a.png", "b/c.png", "b/scan7.jpg", "../secret.png"):
        (folder / name).touch()
    try:
        found = located(folder, [between.join(parts)], "x")
    except errors.DataError:
        return
    assert found.files[0].is_file()
    assert Path(os.path.normpath(found.files[0])).is_relative_to(folder)
