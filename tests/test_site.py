"""The site builds without a warning, its notebooks run, and its pages need no other server.

Only where the extra `docs` is installed; `.ci/run` does so.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from condgan.cli import COMMANDS

pytest.importorskip("sphinx", reason='the site needs pip install "condgan[docs]"')
pytest.importorskip("myst_nb", reason='the site needs pip install "condgan[docs]"')

DOCS = Path(__file__).parents[1] / "docs"
STRICTLY = ["-q", "-E", "-W", "--keep-going", "-j", "2"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages, built anew."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *STRICTLY, str(DOCS), str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def read(page):
    return page.read_text(encoding="utf-8")


def test_every_page_is_built(site):
    for page in DOCS.rglob("*.md"):
        if "_build" not in page.parts:
            assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file()


def test_no_page_asks_another_server_for_anything(site):
    loads = re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"(?:https?:)?//[^>]+>"
    )
    for page in site.rglob("*.html"):
        assert loads.findall(read(page)) == [], page


def test_formulas_are_drawn_by_the_browser(site):
    page = read(site / "research.html")
    assert page.count("<math") > 30
    assert "<merror" not in page


def test_korean_pages_say_that_they_are(site):
    assert '<html class="no-js" lang="ko"' in read(site / "ko" / "index.html")
    assert '<html class="no-js" lang="en"' in read(site / "index.html")


def test_notebooks_are_shown_with_what_came_of_them(site):
    for notebook in (DOCS.parent / "examples").glob("*.ipynb"):
        page = read(site / "notebooks" / f"{notebook.stem}.html")
        pictures = page.count('class="cell_output')
        assert pictures >= 3, notebook.stem
        assert "Traceback" not in page
    assert "on this page: the bundled set" in read(site / "notebooks" / "article.html")


def test_public_names_are_linked_from_docstrings(site):
    page = read(site / "api" / "training.html")
    assert 'href="networks.html#condgan.ConditionalGenerator"' in page


def test_what_torch_says_of_itself_is_left_out(site):
    assert "extra_repr" not in read(site / "api" / "networks.html")


def test_every_command_shows_its_help(site):
    page = re.sub(r"<[^>]+>", "", read(site / "api" / "commands.html"))
    for command in COMMANDS:
        assert f"usage: condgan {command.__name__.rpartition('.')[2]} [-h]" in page
    assert "--held-out FRACTION" in page


def test_the_search_finds_classes(site):
    index = re.search(r"\{.*\}", read(site / "searchindex.js"), re.DOTALL)[0]
    assert "ConditionalGenerator" in str(json.loads(index)["objects"])
