"""`condgan plugins`: the list, the checks, and a new plugin."""

import json

import pytest

from condgan.cli import plugins
from condgan.plugins.plugin import Plugin
from condgan.testing.plugins import Checked


@pytest.fixture
def with_plugins(monkeypatch):
    """Pretends that these are installed beside the library."""

    def pretend(*more):
        own = Plugin("condgan", "condgan", "0.9", adds={"loss": ("wasserstein", "hinge")})
        monkeypatch.setattr(plugins, "found", lambda: [own, *more])

    return pretend


def test_the_list_says_what_there_is_and_what_is_wrong(run_quietly, with_plugins):
    with_plugins(
        Plugin("condgan-a", "a", "2.0", {"loss": ("a", "b"), "metric": ("c",)}),
        Plugin("condgan-b", "b", "1.0", problems=("ImportError: no x", "it " * 50)),
        Plugin("condgan-c", "c", "1.0", chosen=False),
        Plugin(None, "mine", adds={"callback": ("d",)}),
    )
    code, printed = run_quietly("plugins")
    assert code == 0
    assert max(map(len, printed.out.splitlines())) <= 92
    assert printed.out.split("condgan-b 1.0")[0] == (
        "condgan 0.9\n"
        "  loss           hinge, wasserstein\n"
        "condgan-a 2.0\n"
        "  loss           a, b\n"
        "  metric         c\n"
    )
    rest = printed.out.split("condgan-b 1.0\n")[1].splitlines()
    assert rest[0] == "  problem        ImportError: no x"
    assert rest[1].startswith("  problem        it it")
    assert rest[2].startswith("                 it it")
    assert rest[-4:] == [
        "condgan-c 1.0",
        "  left out       CONDGAN_PLUGINS does not name it",
        "mine (added by hand)",
        "  callback       d",
    ]


def test_the_list_as_json(run_quietly, with_plugins):
    with_plugins(Plugin("condgan-b", "b", "1.0", problems=("no x",)))
    code, printed = run_quietly("plugins", "--json")
    assert code == 0
    own, other = json.loads(printed.out)
    assert own["version"] == "0.9"
    assert own["adds"] == {"loss": ["wasserstein", "hinge"]}
    assert other == {
        "distribution": "condgan-b",
        "entry_point": "b",
        "version": "1.0",
        "adds": {},
        "problems": ["no x"],
        "chosen": True,
    }


@pytest.mark.parametrize(
    ("found", "code"),
    [([Checked("loss", "a"), Checked("data set", "b", skipped="not here")], 0),
     ([Checked("loss", "a"), Checked("metric", "c", fault="wrong")], 2)],
)  # fmt: skip
def test_a_check_tells_of_each_thing(run_quietly, with_plugins, monkeypatch, found, code):
    with_plugins()
    monkeypatch.setattr(plugins, "checks", lambda distribution: iter(found))
    got, printed = run_quietly("plugins", "--check", "condgan-a")
    assert got == code
    assert [line.split() for line in printed.out.splitlines()] == (
        [["loss", "a", "ok"], ["data", "set", "b", "not", "checked:", "not", "here"]]
        if code == 0
        else [["loss", "a", "ok"], ["metric", "c", "FAULT:", "wrong"]]
    )
    assert printed.err == (
        "" if code == 0 else "condgan: 1 of the 2 things that condgan-a adds have faults.\n"
    )


def test_a_check_of_what_is_not_installed(run_quietly):
    code, printed = run_quietly("plugins", "--check", "condgna")
    assert code == 2
    assert "no plugin is installed that is called 'condgna'; did you mean 'condgan'?" in printed.err


def test_a_new_plugin(tmp_path, run_quietly):
    code, printed = run_quietly("plugins", "--new", "gentle")
    assert code == 0
    assert printed.out == (
        "condgan-gentle holds a plugin with one loss. Install it, and run its tests:\n"
        "  pip install -e condgan-gentle && pip install pytest && pytest condgan-gentle\n"
    )
    assert (tmp_path / "condgan-gentle" / "src" / "condgan_gentle" / "__init__.py").is_file()
    code, printed = run_quietly("plugins", "--new", "gentle", "here/there")
    assert code == 0
    assert (tmp_path / "here" / "there" / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["gentle", "there", "more"], "--new takes a name and a folder; got more as well"),
     (["gentle", "there"], "there is there already"),
     (["Gentle"], "a plugin is called by small letters")],
)  # fmt: skip
def test_a_new_plugin_that_cannot_be(tmp_path, run_quietly, arguments, words):
    (tmp_path / "there").write_text("mine")
    code, printed = run_quietly("plugins", "--new", *arguments)
    assert code == 2
    assert words in printed.err
