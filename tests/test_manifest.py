"""The table beside exported images."""

import pytest

from condgan.manifest import NAME, labels_of_folders

HEADER = "file,label,seed,weights\n"


def test_folders_and_what_they_are_called(tmp_path):
    rows = 'a_b-1/0.png,a:b,0,ff\na_b-1/1.png,a:b,1,ff\nc/2.png,"x,y",2,ff\n'
    (tmp_path / NAME).write_text(HEADER + rows, encoding="utf-8")
    assert labels_of_folders(tmp_path) == {"a_b-1": "a:b", "c": "x,y"}


def test_a_manifest_of_nothing(tmp_path):
    (tmp_path / NAME).write_text(HEADER, encoding="utf-8")
    assert labels_of_folders(tmp_path) == {}


def test_a_torn_row_says_nothing(tmp_path):
    (tmp_path / NAME).write_text(HEADER + "a/0.png,b,0,ff\nc/1.p", encoding="utf-8")
    assert labels_of_folders(tmp_path) == {"a": "b"}


@pytest.mark.parametrize("content", [None, b"", b"file,label\na/0.png,b\n", b"\xff\xfe\x00", b"\n"])
def test_somebody_elses_table_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    assert labels_of_folders(tmp_path) is None


def test_a_folder_of_that_name_is_none(tmp_path):
    (tmp_path / NAME).mkdir()
    assert labels_of_folders(tmp_path) is None
