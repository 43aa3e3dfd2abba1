"""`condgan doctor`: enough to find a fault by, and nobody's name."""

import importlib.metadata
import json
import warnings
from pathlib import Path

import pytest
import torch

from condgan.cli import doctor
from condgan.cli.doctor import discreet
from condgan.plugins.plugin import Plugin

TOPICS = [
    "condgan", "python", "system", "packages", "extras", "devices", "threads", "blas", "free disk",
    "environment", "plugins",
]  # fmt: skip


def report(run_quietly):
    code, printed = run_quietly("doctor", "--json")
    assert (code, printed.err) == (0, "")
    return json.loads(printed.out)


def test_it_says_what_there_is(run_quietly):
    said = report(run_quietly)
    assert list(said) == TOPICS
    assert said["packages"]["torch"] == importlib.metadata.version("torch")
    assert said["threads"]["torch"] == torch.get_num_threads()
    assert said["devices"][0].startswith("cpu: ")
    assert said["free disk"]["here"].endswith(" GiB")
    assert said["plugins"][0].startswith("condgan")


def test_lines_hold_the_same_as_json(run_quietly):
    said = report(run_quietly)
    code, printed = run_quietly("doctor")
    assert code == 0
    lines = printed.out.splitlines()
    assert [line[:13].strip() for line in lines if line[0] != " "] == TOPICS
    assert max(map(len, lines)) <= doctor.WIDTH
    together = " ".join(printed.out.split())
    for name, version in said["packages"].items():
        assert f"{name}: {version or 'not installed'}" in together
    assert said["system"] in together


def test_extras_are_those_that_the_package_names(run_quietly, monkeypatch):
    wanted = [
        "torch>=2.6",
        "matplotlib>=3.8; extra == 'plot'",
        'no-such-package[more]>=1,<2; python_version > "3" and extra == "parquet"',
        "condgan[plot]; extra == 'test'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: wanted)
    assert report(run_quietly)["extras"] == {
        "plot": {"matplotlib": importlib.metadata.version("matplotlib")},
        "parquet": {"no-such-package": None},
    }
    assert "parquet: no-such-package not installed" in run_quietly("doctor")[1].out


def test_from_a_folder_that_is_not_installed(run_quietly, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    monkeypatch.setattr(importlib.metadata, "version", missing)
    said = report(run_quietly)
    assert (said["condgan"], said["extras"]) == (None, {})


def test_plugins_and_what_ails_them(run_quietly, monkeypatch):
    found = [
        Plugin("condgan", "condgan"),
        Plugin("fine", "one", "1.2"),
        Plugin("bad", "two", "0.1", problems=("ImportError: no gizmo",)),
        Plugin("other", "three", "3", chosen=False),
    ]

    def loaded():
        warnings.warn("the condgan plugin 'two' of bad was left out", stacklevel=1)
        return found

    monkeypatch.setattr(doctor, "found", loaded)
    assert report(run_quietly)["plugins"] == [
        "condgan",
        "fine:one 1.2",
        "bad:two 0.1: ImportError: no gizmo",
        "other:three 3: not chosen",
    ]


def test_plugins_that_must_be_in_order_and_are_not(run_quietly, monkeypatch):
    def refused():
        raise doctor.CondganError("two owners")

    monkeypatch.setattr(doctor, "found", refused)
    assert report(run_quietly)["plugins"] == ["cannot be loaded: two owners"]


def test_only_known_variables_are_told(run_quietly, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("MY_SECRET_TOKEN", "hush-hush")
    assert report(run_quietly)["environment"]["OMP_NUM_THREADS"] == "3"
    assert "hush-hush" not in run_quietly("doctor")[1].out


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("/home/ann", "~"),
        ("/home/ann/cache", "~/cache"),
        ("in '/home/ann', not in /home/ann.", "in '~', not in ~."),
        ("/home/anna/x", "/home/anna/x"),
        ("/home/ann.old/x", "/home/ann.old/x"),
        ("/scratch/ann/x", "/scratch/.../x"),
        ("ann is a word", "ann is a word"),
        ({"/home/ann": ["/home/ann/a", 3, None]}, {"~": ["~/a", 3, None]}),
    ],
)
def test_home_is_a_tilde_and_its_owner_unnamed(monkeypatch, said, told):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/ann"))
    assert discreet(said) == told


def test_a_home_at_the_root_hides_nothing(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert discreet("/usr/bin/python") == "/usr/bin/python"


def test_no_name_is_told(run_quietly, monkeypatch, tmp_path):
    home = tmp_path / "somebody"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setenv("CONDGAN_CACHE", str(home / "cache"))
    for command in (["doctor"], ["doctor", "--json"]):
        out = run_quietly(*command)[1].out
        assert "somebody" not in out
        assert "~/cache" in out
