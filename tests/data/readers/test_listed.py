import json

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import errors
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.data.readers.listed import is_listed, read_listed, tables_in
from condgan.manifest import COLUMNS, NAME


@pytest.fixture
def photos(tmp_path):
    """Makes a folder of gray images, brighter from one to the next, and a table beside them."""

    def make(names, table=None, called="labels.csv", size=4):
        folder = tmp_path / "photos"
        for k, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((size, size), 100 + k, np.uint8)).save(path)
        folder.mkdir(exist_ok=True)
        if table is not None:
            (folder / called).write_text(table if isinstance(table, str) else json.dumps(table))
        return folder

    return make


def test_a_flat_folder(photos):
    folder = photos(["a.png", "b.png", "c.png"], "image,breed\nc.png,dog\na.png,cat\nb.png,dog\n")
    data = read_listed(folder)
    assert data.classes == Classes(["cat", "dog"])
    assert data.labels.tolist() == [1, 0, 1]
    assert data.images[:, 0, 0, 0].tolist() == [102, 100, 101]
    assert data.name == "photos"


def test_a_nested_folder_as_nvidia_has_it(photos):
    labels = [["00000/a.png", 3], ["00001/b.png", 0], ["00000/c.png", 3]]
    folder = photos([path for path, _ in labels], {"labels": labels}, "dataset.json")
    assert is_listed(folder)
    assert read_listed(folder).counts() == {0: 1, 3: 2}


def test_several_columns_and_some_of_them(photos):
    folder = photos(["1.png", "2.png"], "image_id,Hat,Smile,Who\n1.png,-1,1,Ann\n2,1,1,Bob\n")
    data = read_listed(folder, classes=Attributes(["Smile", "Hat"]))
    assert data.labels.tolist() == [[1, 0], [1, 1]]
    assert read_listed(folder, label_column="Who").counts() == {"Ann": 1, "Bob": 1}
    both = read_listed(folder, label_columns=["Hat", "Smile"])
    assert both.classes == Attributes(["Hat", "Smile"])
    with pytest.raises(errors.ConfigError, match="'Hat', 'Smile', 'Who'"):
        read_listed(folder)


def test_quantities_have_the_range_that_is_there(photos):
    folder = photos(["1.png", "2.png"], "file,angle\n1.png,0.5\n2.png,90\n")
    data = read_listed(folder)
    assert data.classes == Quantities(["angle"], ranges=[(0.5, 90)])
    assert data.labels.tolist() == [[0.5], [90]]


def test_columns_by_other_names(photos):
    folder = photos(["1.png", "2.png"], "photo,size,kind\n1.png,3,a\n2.png,4,b\n")
    labels = folder / "labels.csv"
    data = read_listed(folder, labels=labels, file_column="photo", label_column="kind")
    assert data.counts() == {"a": 1, "b": 1}
    assert read_listed(folder, label_column="kind").counts() == {"a": 1, "b": 1}
    labels.write_text("photo,size,kind\n1,3,a\n2,4,b\n")
    with pytest.raises(errors.ConfigError, match=r"'photo', 'size', 'kind'.*file_column"):
        read_listed(folder, labels=labels)
    with pytest.raises(errors.ConfigError, match="did you mean 'photo'"):
        read_listed(folder, labels=labels, file_column="foto")


def test_a_table_elsewhere_or_among_several(photos, tmp_path, monkeypatch):
    folder = photos(["1.png"], "file,label\n1.png,3\n")
    (folder / "other.csv").write_text("file,label\n1.png,4\n")
    (tmp_path / "third.csv").write_text("file,label\n1.png,5\n")
    monkeypatch.chdir(tmp_path)
    assert read_listed(folder, labels="third.csv").counts() == {5: 1}
    assert read_listed("photos", labels="photos/other.csv").counts() == {4: 1}
    assert read_listed(folder, labels="other.csv").counts() == {4: 1}
    with pytest.raises(errors.ConfigError, match=r"2 tables.*'labels.csv', 'other.csv'.*labels="):
        read_listed(folder)
    with pytest.raises(errors.MissingFileError, match=r"no.csv"):
        read_listed(folder, labels="no.csv")


def test_missing_and_unnamed_images(photos):
    folder = photos(["1.png", "2.png", "3.png"], "file,label\n1.png,a\n2.png,b\n9.png,c\n")
    with pytest.raises(errors.MissingFileError, match=r"1 of the 3 .*'9.png'"):
        read_listed(folder)
    with (
        pytest.warns(UserWarning, match=r"1 of the 3 .*'9\.png'"),
        pytest.warns(UserWarning, match=r"1 images are left out.*'3\.png'"),
    ):
        data = read_listed(folder, on_missing="skip")
    assert data.counts() == {"a": 1, "b": 1}
    (folder / "labels.csv").write_text("file,label\n8.png,a\n9.png,c\n")
    with (
        pytest.warns(UserWarning, match="2 of the 2"),
        pytest.raises(errors.DataError, match="none of the files"),
    ):
        read_listed(folder, on_missing="skip")


def test_bad_images_take_their_labels_with_them(photos):
    folder = photos(["1.png", "2.png", "3.png"], "file,label\n1.png,a\n2.png,b\n3.png,a\n")
    (folder / "1.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    with pytest.raises(errors.FileFormatError, match=r"1\.png"):
        read_listed(folder)
    with pytest.warns(UserWarning, match=r"1\.png"):
        data = read_listed(folder, on_bad="skip")
    assert data.labels.tolist() == [1, 0]
    assert data.images[:, 0, 0, 0].tolist() == [101, 102]


def test_images_are_decoded_as_asked(photos):
    folder = photos(["1.png"], "file,label\n1.png,a\n", size=8)
    data = read_listed(folder, image_size=(2, 3), channels=3, name="mine")
    assert data.image_shape == (3, 2, 3)
    assert data.name == "mine"


def test_images_that_are_kept_decoded(photos, tmp_path):
    folder = photos(["1.png", "2.png"], "file,label\n2.png,a\n1.png,b\n")
    plain = read_listed(folder)
    for _ in range(2):
        data = read_listed(folder, cache=str(tmp_path / "kept"))
        assert torch.equal(data.images, plain.images)
        assert data.labels.tolist() == plain.labels.tolist() == [0, 1]
    assert len(list((tmp_path / "kept").iterdir())) == 2
    with pytest.raises(errors.ConfigError, match="workers"):
        read_listed(folder, workers=-1)


def test_empty_labels_are_named_by_line(photos):
    folder = photos(["1.png", "2.png"], "file,label\n1.png,a\n2.png,\n")
    with pytest.raises(errors.LabelError, match="line 3"):
        read_listed(folder)


def test_labels_among_given_classes(photos):
    folder = photos(["1.png", "2.png"], "file,label\n1.png,0\n2.png,1\n")
    assert read_listed(folder, classes=["1", "0"]).labels.tolist() == [1, 0]
    with pytest.warns(UserWarning, match="no image of 1 of 3"):
        assert read_listed(folder, classes=3).labels.tolist() == [0, 1]
    with pytest.raises(errors.LabelError, match="'1'"):
        read_listed(folder, classes=["0"])


@pytest.mark.parametrize(
    ("names", "tables", "listed"),
    [
        (["a.png"], ["labels.csv"], True),
        (["a.png"], [], True),
        (["images/a.png"], ["labels.csv"], True),
        (["train/x/a.png", "train/y/b.png"], ["labels.csv"], True),
        (["cat/a.png", "dog/b.png"], ["labels.csv"], False),
        (["cat/a.png", "dog/b.png"], ["dataset.json"], True),
        (["cat/a.png", "dog/b.png"], [], False),
        (["cat/a.png"], [], False),
        ([], [], False),
    ],
)
def test_which_folders_are_listed(photos, names, tables, listed):
    folder = photos(names)
    for table in tables:
        if table == "dataset.json":
            (folder / table).write_text('{"labels": null}')
        else:
            (folder / table).write_text("file,label\na.png,1\n")
    (folder / "README.md").write_text("Photos, mine\n")
    assert is_listed(folder) is listed
    assert [table.name for table in tables_in(folder)] == tables


def test_what_an_export_leaves_is_read_by_its_folders(photos):
    folder = photos(["cat/0.png"], ",".join(COLUMNS) + "\ncat/0.png,cat,0,ff\n", NAME)
    assert not is_listed(folder)
    assert read_listed(folder, labels=NAME).counts() == {"cat": 1}


def test_images_without_a_table(photos, tmp_path):
    folder = photos(["a.png", "b.png"])
    with pytest.raises(errors.MissingFileError, match=r"2 images but no table"):
        read_listed(folder)
    with pytest.raises(errors.MissingFileError, match="no folder"):
        read_listed(tmp_path / "nowhere")


def test_a_table_in_another_encoding(photos):
    folder = photos(["ä.png", "b.png"])
    table = "Datei;Alter\nä.png;3,5\nb.png;12\n"
    comma = pytest.warns(UserWarning, match=r"'Alter' have decimal commas; '3,5' is read as 3\.5")
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "latin-1"):
        (folder / "labels.csv").write_text(table, encoding=encoding)
        assert is_listed(folder)
        if encoding == "latin-1":
            with pytest.raises(errors.FileFormatError, match="encoding="):
                read_listed(folder)
        told = encoding if encoding == "latin-1" else None
        with comma:
            data = read_listed(folder, encoding=told)
        assert data.classes == Quantities(["Alter"], ranges=[(3.5, 12)])
    (folder / "labels.csv").write_bytes(json.dumps({"ä.png": 1, "b.png": 2}).encode("utf-16"))
    assert read_listed(folder).counts() == {1: 1, 2: 1}


def test_decimal_commas_beside_marks(photos):
    folder = photos(["a.png", "b.png", "c.png"], "file;age\na.png;3,5\nb.png;NA\nc.png;12\n")
    with pytest.warns(UserWarning, match="decimal commas"), pytest.warns(match="1 of 3"):
        data = read_listed(folder, unlabelled="NA", on_unlabelled="skip")
    assert data.classes == Quantities(["age"], ranges=[(3.5, 12)])


def test_commas_within_cells_of_text_stay(photos):
    folder = photos(["a.png", "b.png"], "file;label\na.png;1,2-xylol\nb.png;3,5\n")
    assert read_listed(folder).counts() == {"1,2-xylol": 1, "3,5": 1}
    (folder / "labels.csv").write_text('file,label\na.png,"3,5"\nb.png,"2,5"\n')
    with pytest.warns(UserWarning, match="text that reads as numbers"):
        assert read_listed(folder).counts() == {"2,5": 1, "3,5": 1}


def test_images_without_a_label_are_named_by_file_and_line(photos):
    names = [f"{k}.png" for k in range(4)]
    folder = photos(names, "file,label\n0.png,a\n1.png,\n2.png,NA\n3.png,b\n")
    with pytest.raises(errors.LabelError, match=r"1 of 4 images .*: '1\.png' \(line 3\)\."):
        read_listed(folder)
    with pytest.warns(UserWarning, match=r"2 of 4 .*: '1\.png' \(line 3\), '2\.png' \(line 4\)"):
        data = read_listed(folder, on_unlabelled="skip", unlabelled="NA")
    assert data.counts() == {"a": 1, "b": 1}
    assert data.images[:, 0, 0, 0].tolist() == [100, 103]
    (folder / "labels.csv").write_text(
        "file,hat,smile\n0.png,1,0\n1.png,,1\n2.png,1,?\n3.png,0,0\n"
    )
    with pytest.warns(UserWarning, match="2 of 4"):
        data = read_listed(
            folder, label_columns=["hat", "smile"], on_unlabelled="skip", unlabelled=["?"]
        )
    assert data.labels.tolist() == [[1, 0], [0, 0]]


def test_numbers_are_numbers_without_those_that_are_marks(photos):
    folder = photos(["a.png", "b.png", "c.png"], "file,label\na.png,3\nb.png,7\nc.png,unknown\n")
    with pytest.warns(UserWarning, match="'unknown'.*is a class like any other"):
        assert read_listed(folder).counts() == {"3": 1, "7": 1, "unknown": 1}
    with pytest.warns(UserWarning, match="1 of 3"):
        data = read_listed(folder, unlabelled="unknown", on_unlabelled="skip")
    assert data.counts() == {3: 1, 7: 1}
    (folder / "labels.csv").write_text("file,label\na.png,0\nb.png,1\nc.png,-1\n")
    with pytest.raises(errors.LabelError, match="unlabelled=-1"):
        read_listed(folder)


def test_rows_that_come_again(photos):
    folder = photos(["a.png", "b.png"], "file,label\na.png,x\n./a.png,x\nA.PNG,x\nb.png,y\n")
    with pytest.warns(UserWarning, match="2 rows name a file again"):
        assert read_listed(folder).counts() == {"x": 1, "y": 1}
    (folder / "labels.csv").write_text("file,label\na.png,x\na.png,y\nb.png,y\n")
    with pytest.raises(errors.LabelError, match=r"'a\.png' \(line 2 and line 3\)"):
        read_listed(folder)
    with pytest.warns(UserWarning, match="1 of 2 images come twice"):
        assert read_listed(folder, on_unlabelled="skip").counts() == {"y": 1}


def test_a_table_with_columns_of_other_names_is_not_passed_over(photos):
    folder = photos(["images/a.png", "images/b.png"], "bild;klasse\nimages/a;x\nimages/b;y\n")
    (folder / "notes.md").write_text("Images of mine\nthat I took\n")
    assert is_listed(folder)
    with pytest.raises(errors.ConfigError) as caught:
        read_listed(folder)
    for words in ("labels.csv has the columns 'bild', 'klasse'", "file_column=", "label_column="):
        assert words in str(caught.value)
    assert read_listed(folder, file_column="bild").counts() == {"x": 1, "y": 1}


def test_a_table_that_cannot_be_read_as_such_is_named(photos):
    folder = photos(["a.png"], "file,label\n", called="Labels.csv")
    (folder / "notes.md").write_text("x")
    with pytest.raises(errors.MissingFileError, match=r"Not read as such a table: 'Labels\.csv'\."):
        read_listed(folder)
