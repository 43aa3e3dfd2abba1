"""A page that is being read while it is written."""

from pathlib import Path

import pytest

from condgan.metrics.page.writing import write_page


def test_folders_are_made_and_an_earlier_page_is_replaced(tmp_path):
    path = tmp_path / "a" / "b" / "page.html"
    assert write_page("one", path) == path
    write_page("zw\u00f6lf", path)
    assert path.read_text(encoding="utf-8") == "zw\u00f6lf"
    assert list(path.parent.iterdir()) == [path]


def test_the_place_is_never_written_to_itself(tmp_path, monkeypatch):
    path = write_page("whole", tmp_path / "page.html")

    def refuse(self, target):
        assert self.read_text() == "new"  # all of it, before anybody can see it
        raise PermissionError("no")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        write_page("new", path)
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]
