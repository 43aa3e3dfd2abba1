"""A new plugin: what it is called, and where it is not written."""

import tomllib

import pytest

from condgan.errors import ConfigError, PluginError
from condgan.plugins import template


def test_all_of_it_is_called_by_its_name(tmp_path):
    folder = template.write("soft-hinge", tmp_path / "new" / "plugin")
    texts = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert sorted(texts) == [
        "README.md",
        "pyproject.toml",
        "src/condgan_soft_hinge/__init__.py",
        "tests/test_plugin.py",
    ]
    places = ("NAME", "MODULE", "CLASS")
    assert not any(place in text for text in texts.values() for place in places)
    assert "class SoftHinge:" in texts["src/condgan_soft_hinge/__init__.py"]
    project = tomllib.loads(texts["pyproject.toml"])["project"]
    assert project["name"] == "condgan-soft-hinge"
    assert project["entry-points"]["condgan"] == {"soft-hinge": "condgan_soft_hinge"}


def test_it_is_written_where_one_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert template.write("condgan-mine").resolve() == tmp_path / "condgan-mine"


@pytest.mark.parametrize(
    "name", ["", "My", "a b", "-a", "a--b", "a-", "../a", "1a", "a_b", "condgan-", "none"]
)
def test_a_name_that_cannot_be_one(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="a plugin is called by small letters"):
        template.write(name)
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_taken(tmp_path):
    with pytest.raises(PluginError, match="'hinge' is there already, from condgan"):
        template.write("hinge", tmp_path / "new")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["a file", "a full folder"])
def test_nothing_is_written_over(tmp_path, what):
    there = tmp_path / "there"
    if what == "a file":
        there.write_text("mine")
    else:
        there.mkdir()
        (there / "mine").write_text("mine")
    with pytest.raises(ConfigError, match="there already; choose another"):
        template.write("gentle", there)
    assert len(list(tmp_path.rglob("*"))) == (1 if what == "a file" else 2)
