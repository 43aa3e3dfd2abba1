"""What headers say of the files in a folder."""

import pytest
from PIL import Image

from condgan.data.headers import ORIENTATION, Headers, read_headers


def save(path, size=(6, 4), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size).save(path, **options)
    return path


def test_sizes_modes_and_endings_are_counted(tmp_path):
    save(tmp_path / "cat" / "2.png")
    save(tmp_path / "cat" / "10.PNG")
    save(tmp_path / "dog" / "1.jpg", (8, 8), "L")
    found = read_headers(tmp_path, {})
    assert [file.name for file in found.files] == ["2.png", "10.PNG", "1.jpg"]
    assert list(found.sizes.items()) == [((6, 4), 2), ((8, 8), 1)]
    assert found.modes == {"RGB": 2, "L": 1}
    assert found.endings == {".png": 2, ".jpg": 1}
    assert found.passed_over == ()


def test_what_is_passed_over_is_named_but_not_what_systems_hide(tmp_path):
    save(tmp_path / "cat" / "1.png")
    save(tmp_path / "cat" / "raw" / "a.png")
    (tmp_path / "readme.md").touch()
    (tmp_path / "cat" / ".DS_Store").touch()
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "1.png").touch()
    found = read_headers(str(tmp_path), {})
    assert [path.name for path in found.passed_over] == ["a.png", "readme.md"]


def test_a_damaged_file_has_no_size(tmp_path):
    save(tmp_path / "cat" / "1.png")
    (tmp_path / "cat" / "2.png").write_text("<html>")
    found = read_headers(tmp_path, {})
    assert len(found.files) == 2
    assert found.sizes == {(6, 4): 1}


def test_only_the_header_is_read(tmp_path):
    file = save(tmp_path / "cat" / "1.png", (300, 300))
    file.write_bytes(file.read_bytes()[:60])
    assert read_headers(tmp_path, {}).sizes == {(300, 300): 1}


@pytest.mark.parametrize(("orient", "size"), [(True, (4, 6)), (False, (6, 4))])
def test_sizes_are_as_the_image_is_shown(tmp_path, orient, size):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    save(tmp_path / "cat" / "1.jpg", exif=exif)
    assert read_headers(tmp_path, {"orient": orient}).sizes == {size: 1}


@pytest.mark.parametrize(
    ("source", "options"),
    [("", {}), ("labels.csv", {}), ("", {"labels": "labels.csv"}), ("", {"file_column": "file"})],
)
def test_a_table_says_which_files_and_in_which_order(tmp_path, source, options):
    for name in ("a", "b", "c"):
        save(tmp_path / f"{name}.png")
    (tmp_path / "labels.csv").write_text("file,label\nc.png,cat\na.png,dog\nz.png,dog\n")
    found = read_headers(tmp_path / source, options)
    assert [file.name for file in found.files] == ["c.png", "a.png"]
    assert found.folder == tmp_path


def test_other_sources_have_none(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "pixels.csv").write_text("label,p0\n1,0\n")
    for source in ("digits", "no/where", "", ([1], [2]), None, tmp_path / "empty",
                   tmp_path / "pixels.csv"):  # fmt: skip
        assert read_headers(source, {}) is None


@pytest.mark.parametrize(
    ("sizes", "side"),
    [({(24, 24): 9, (9, 9): 1}, 24), ({(4000, 3000): 2}, 64), ({(5, 7): 3}, 8), ({(30, 45): 1}, 24),
     ({(16, 16): 1, (40, 40): 3}, 40)],
)  # fmt: skip
def test_a_size_that_enlarges_few(tmp_path, sizes, side):
    assert Headers(tmp_path, (), sizes, {}, {}).fitting_size() == side
