"""Every Python block of the README and the docs runs, and so does every docstring's example."""

import contextlib
import doctest
import importlib
import pkgutil
import re
import shlex
import warnings
from pathlib import Path

import pytest

import condgan
from condgan.cli import COMMANDS, main
from condgan.cli.flags import Parser

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
ENGLISH = [
    *sorted(ROOT.glob("*.md")),
    *sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts),
]
KOREAN = [page for page in ENGLISH if page.is_relative_to(DOCS / "ko") or ".ko." in page.name]
PAGES = [page for page in ENGLISH if page not in KOREAN]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")

AS_TYPED = DOCS / "practice.md"
"""The page whose commands are run as well, but for the study, which takes minutes."""

SHORTER = {
    ROOT / "README.md": {"fit(epochs=150)": "fit(epochs=15)"},
    DOCS / "quick-start.md": {
        "fit(epochs=150)": "fit(epochs=2)",
        "fit(epochs=60)": "fit(epochs=2)",
    },
}
"""What is run in place of a page's own lengths."""


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def name(page):
    return str(page.relative_to(ROOT))


def type_in(command):
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # they are notes to who types, and no errors
        assert main(shlex.split(command)[1:]) == 0


@pytest.fixture
def _quick_classifiers(monkeypatch):
    """What classifiers learn is told in their own tests; here it need not be much."""
    monkeypatch.setattr("condgan.metrics.features.usual_epochs", lambda images: 2)


@pytest.fixture
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    yield tmp_path
    import matplotlib.pyplot as plt

    plt.close("all")


def shorter(page):
    """The blocks of a page, with fewer epochs where `SHORTER` says so."""
    lengths = SHORTER.get(page, {})
    for language, block in blocks(page):
        for long, short in lengths.items():
            block = block.replace(long, short)
        yield language, block


@pytest.mark.usefixtures("_quick_classifiers")
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_blocks_run(page, in_a_folder_of_its_own):
    space = {}
    for language, block in shorter(page):
        if language == "python":
            exec(compile(block, page.name, "exec"), space)
        elif language == "sh" and page == AS_TYPED:
            for command in filter(typed, block.splitlines()):
                if not command.startswith("condgan study"):
                    type_in(command)
    if page.parent == DOCS / "learn":  # its figures are made by the code beside them
        shown = re.findall(r"\(\.\./images/learn/(.+?)\)", page.read_text(encoding="utf-8"))
        assert {path.name for path in in_a_folder_of_its_own.glob("*.png")} == set(shown)


def test_lengths_that_are_shortened_are_those_of_the_page():
    for page, lengths in SHORTER.items():
        for long in lengths:
            assert long in page.read_text(encoding="utf-8"), f"{name(page)} has no {long}"


def typed(line):
    return line.startswith("condgan ")


@pytest.mark.parametrize("page", [*PAGES, *KOREAN], ids=name)
def test_commands_are_spelt_right(page, capsys):
    parser = Parser(prog="condgan")
    commands = parser.add_subparsers()
    for command in COMMANDS:
        command.add(commands)
    lines = [line.split("  #")[0] for _, block in blocks(page) for line in block.splitlines()]
    for line in lines:
        for part in filter(typed, line.split(" && ")):
            with contextlib.suppress(SystemExit):  # of --help, and of what is not understood
                _, rest = parser.parse_known_args(shlex.split(part)[1:])
                assert not [word for word in rest if word.startswith("-")], part
            assert "error:" not in capsys.readouterr().err, part


@pytest.mark.parametrize("page", [*PAGES, *KOREAN], ids=name)
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", KOREAN, ids=name)
def test_korean_pages_have_the_code_of_their_english_twins(page):
    """So the code of the Korean pages runs, too."""
    twin = ROOT / name(page).replace("ko/", "", 1).replace(".ko.", ".")
    if page != DOCS / "ko" / "index.md":  # a front page of its own
        assert blocks(page) == blocks(twin)


def test_every_figure_of_the_lesson_is_shown():
    shown = {
        target
        for page in (DOCS / "learn").glob("*.md")
        for target in LINK.findall(page.read_text(encoding="utf-8"))
    }
    for picture in (DOCS / "images" / "learn").iterdir():
        assert f"../images/learn/{picture.name}" in shown


def test_every_public_name_has_its_place_in_the_api_pages():
    told = [
        found
        for page in (DOCS / "api").glob("*.md")
        for _, block in blocks_of_rst(page)
        for found in names_told(block)
    ]
    for public in condgan.__all__:
        assert told.count(f"condgan.{public}") == 1, f"{public}: put it on a page of docs/api"
    for found in told:
        module, _, last = found.rpartition(".")
        assert hasattr(importlib.import_module(module), last), found


def blocks_of_rst(page):
    return re.findall(r"^```\{(eval-rst)\}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)


def names_told(block):
    """The full names of what a block of directives documents."""
    module = ""
    for directive, argument in re.findall(r"^\.\. (\w+):: (\S+)", block, re.MULTILINE):
        if directive == "currentmodule":
            module = f"{argument}."
        elif directive in ("autoclass", "autofunction", "autodata"):
            yield argument if argument.startswith("condgan.") else module + argument


def test_the_citation_is_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == condgan.__version__


MODULES = [
    module.name
    for module in pkgutil.walk_packages(condgan.__path__, "condgan.")
    if not module.name.endswith("__main__")
]


@pytest.mark.usefixtures("_quick_classifiers")
@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
