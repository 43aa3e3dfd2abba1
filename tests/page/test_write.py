"""The file: whole, safe to open, and with what was given in it."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
import torch
from PIL import Image

import condgan.page
from condgan import ConditionalGenerator
from condgan.errors import ConfigError
from condgan.page import write_page

HOSTILE = "</script><b>&\"'$name"
VOID = {"meta", "img", "br", "link", "input"}


class Parsed(HTMLParser):
    """A page taken apart, and what is unbalanced in it."""

    def __init__(self, text):
        super().__init__()
        self.open, self.faults, self.tags, self.texts = [], [], [], {}
        self.feed(text)
        self.close()
        self.faults += self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append((tag, self.getpos()))

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def written(tmp_path):
    """Writes a page of a small generator, and takes it apart."""

    def write(classes=3, shape=(1, 8, 8), **options):
        G = ConditionalGenerator(classes, shape, width=8, latent_dim=4, seed=0)
        text = write_page(G, tmp_path / "new" / "page.html", **options).read_text("utf-8")
        return text, Parsed(text)

    return write


def data_of(page):
    kinds = [a.get("type") for a in page.all("script")]
    return json.loads(page.texts["script"][kinds.index("application/json")])


def test_a_page_is_whole_and_loads_nothing(written):
    text, page = written()
    assert page.faults == []
    assert "://" not in re.sub(r"base64,[^\"]+", "", text)
    assert "url(" not in text
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]
    assert [a["href"].partition(",")[0] for a in page.all("link")] == ["data:image/png;base64"]
    assert not [a for a in page.all("script") + page.all("img") if "://" in a.get("src", "")]


def test_only_its_own_script_may_run(written):
    _, page = written()
    (policy,) = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    script = page.texts["script"][-1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy


def test_a_page_has_a_language_a_title_and_one_main_heading(written):
    text, page = written(title="pets & co")
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert text.count("pets &amp; co") == 2
    assert data_of(page)["title"] == "pets & co"


def test_the_text_of_users_is_shown_and_never_obeyed(written):
    text, page = written([HOSTILE, "dog"], title=HOSTILE)
    assert page.faults == []
    assert HOSTILE not in text
    assert len(page.all("script")) == 2
    assert not page.all("b")
    assert data_of(page)["asked"]["names"] == [HOSTILE, "dog"]
    assert page.texts["h1"] == [HOSTILE]


def test_what_is_not_given_has_no_section(written, tmp_path):
    _, page = written(snapshots=tmp_path / "nowhere")
    assert data_of(page)["film"] == []
    assert not [a for a in page.all("section") if a["id"] in ("film", "card")]
    for index in range(2):
        Image.new("RGB", (20, 20)).save(tmp_path / f"epoch-{index}.png")
    _, page = written(snapshots=tmp_path)
    assert [frame["when"] for frame in data_of(page)["film"]] == ["epoch 0", "epoch 1"]
    assert [a["id"] for a in page.all("section")] == ["draw", "change", "across", "film", "about"]


def test_the_weights_are_those_of_the_generator(written):
    text, page = written()
    G = ConditionalGenerator(3, (1, 8, 8), width=8, latent_dim=4, seed=0)
    program = data_of(page)["program"]
    assert len(base64.b64decode(program["weights"])) == 4 * sum(
        program["sizes"][row] for row in program["constants"]
    )
    assert f"<dd>{sum(p.numel() for p in G.parameters()):,}</dd>" in text


def test_classes_that_were_never_seen_are_told(tmp_path):
    G = ConditionalGenerator(["cat", "dog"], (1, 8, 8), width=8, latent_dim=4, seed=0)
    G.unseen = ("dog",)
    text = write_page(G, tmp_path / "page.html").read_text("utf-8")
    assert "never learnt from an image of &#x27;dog&#x27;" in text


def test_images_that_are_no_pictures_are_refused_before_anything_is_written(tmp_path):
    G = ConditionalGenerator(2, (2, 8, 8), width=8, latent_dim=4, seed=0)
    with pytest.raises(ConfigError, match="1, 3 or 4 channels"):
        write_page(G, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_the_random_streams_stay(written):
    state = torch.get_rng_state()
    written()
    assert torch.equal(torch.get_rng_state(), state)


def test_the_room_shows_one_name():
    assert condgan.page.__all__ == ["write_page"]
