import pytest

from condgan import errors
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.table import FILE_NAMES, LABEL_NAMES, Table, row_numbers


def table(**columns):
    return Table("the table", {name: cells.split() for name, cells in columns.items()})


@pytest.mark.parametrize("name", ["file", "File_Name", "image-id", "IMAGE", "filepaths", "id"])
def test_columns_of_files_are_known_however_they_are_spelt(name):
    assert Table("", {"x": [], name: []}).named(FILE_NAMES) == name


def test_the_first_name_that_is_there_counts():
    assert table(id="1", path="a", image="b").named(FILE_NAMES) == "path"
    assert table(category="1", Class="a").named(LABEL_NAMES) == "Class"
    assert table(x="1").named(LABEL_NAMES) is None


@pytest.mark.parametrize(
    ("columns", "options", "found"),
    [
        ({"file": "a", "label": "x", "split": "train"}, (None, None, None), ["label"]),
        ({"file": "a", "breed": "x"}, (None, None, None), ["breed"]),
        ({"file": "a", "hat": "1", "smile": "0"}, (None, None, None), ["hat", "smile"]),
        ({"file": "a", "hat": "1", "who": "Ann"}, ("who", None, None), ["who"]),
        ({"file": "a", "hat": "1", "who": "Ann"}, (None, ["hat"], None), ["hat"]),
        (
            {"file": "a", "label": "1", "hat": "1", "smile": "0"},
            (None, None, Attributes(["smile"])),
            ["smile"],
        ),
        (
            {"file": "a", "x": "1", "y": "0", "z": "7"},
            (None, None, Quantities(["y", "x"])),
            ["y", "x"],
        ),
        ({"file": "a", "label": "1"}, (None, None, Attributes(["smile"])), ["label"]),
    ],
)
def test_label_columns(columns, options, found):
    assert list(table(**columns).label_columns(*options, taken=["file"])) == found


@pytest.mark.parametrize(
    ("columns", "options", "words"),
    [
        ({"file": "a", "hat": "1", "who": "Ann"}, (None, None), ["'hat', 'who'", "label_column="]),
        ({"file": "a"}, (None, None), ["no other one"]),
        ({"file": "a", "label": "x"}, ("lable", None), ["did you mean 'label'", "'file', 'label'"]),
        ({"file": "a", "label": "x"}, (None, ["lable"]), ["label_columns='lable'"]),
        ({"file": "a", "label": "x"}, ("label", ["label"]), ["not both"]),
        ({"file": "a", "label": "x"}, (None, "label"), ["list of names", "'label'"]),
        ({"file": "a", "label": "x"}, (None, []), ["list of names"]),
    ],
)
def test_what_is_not_clear_is_asked(columns, options, words):
    with pytest.raises(errors.ConfigError) as caught:
        table(**columns).label_columns(*options, None, ["file"])
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("columns", "numbering"),
    [
        (["", "label", "p0"], [0]),
        (["label", "Unnamed: 0", "p0", "p1", "p2"], [1]),
        (["label", "p0", "p1", "p2", "p3", "p4", "index"], [6]),
        (["id", "label", "No"], [0, 2]),
        (["label", "p0", "p1", "p2", "id", "p3"], []),
        (["label", "0", "1"], []),
        ([], []),
    ],
)
def test_columns_that_number_the_rows(columns, numbering):
    assert row_numbers(columns) == numbering


def test_a_column_of_files_is_known_by_what_is_in_it():
    assert table(photo="a.png", kind="x").file_column(None) == "photo"
    with pytest.raises(errors.ConfigError, match=r"it has 'a', 'b'.*file_column="):
        table(a="1.png", b="2.png").file_column(None)
    with pytest.raises(errors.ConfigError, match="did you mean 'photo'"):
        table(photo="a.png").file_column("foto")


def test_a_column_that_tells_splits_apart_is_pointed_out():
    def made(part):
        return Table("the table", {"file": ["1", "2"], "label": ["a", "b"], "part": part})

    both = made(["train", "Test"])
    with pytest.warns(UserWarning, match=r"'part' tells 'train', 'Test' apart, but all rows"):
        both.label_columns(None, None, None, ["file"])
    for part in (["train", "train"], ["train", "cat"], ["train", None], [0, 1]):
        made(part).label_columns(None, None, None, ["file"])
    assert list(both.label_columns("part", None, None, ["file"])) == ["part"]
