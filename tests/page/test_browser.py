"""The page in a headless Chromium: it draws as the library does, by mouse and keyboard."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from condgan import Architecture, Attributes, ConditionalGenerator, Quantities
from condgan.networks import sampling
from condgan.page import write_page
from condgan.page.drawing import some_labels

DOCS = Path(__file__).parents[2] / "docs"
CLASSES = ["cat", "dog", "a <b>owl</b>"]

DRAWN = """(() => {
  const given = %s;
  return given.asked.map((asked, i) => Array.from(window.condgan.draw(asked, given.z[i])));
})()"""

UNTIL = """new Promise((done) => {
  const look = () => (%s ? done(true) : setTimeout(look, 5));
  look();
})"""

PAINTED = UNTIL % "!waiting.size"


def wait(browser, condition):
    assert browser.evaluate(UNTIL % condition)


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of a generator, and sees afterwards that nothing went wrong in it."""

    def open_page(G, **options):
        browser.look()
        browser.open(write_page(G, tmp_path / "page.html", **options))
        browser.evaluate(PAINTED)
        return browser

    yield open_page
    wrong = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert not [event for event in browser.events if event[0] in wrong]
    asked_for = [
        params["request"]["url"]
        for method, params in browser.events
        if method == "Network.requestWillBeSent"
    ]
    assert {url.partition(":")[0] for url in asked_for} <= {"file", "data", "blob"}
    assert sum(url.startswith("file:") for url in asked_for) == 1
    assert browser.evaluate("performance.getEntriesByType('resource').map((e) => e.name)") == []


GENERATORS = {
    "mlp": (CLASSES, (1, 8, 8), {}),
    "dcgan": (CLASSES, (1, 12, 9), {}),
    "dcgan joined": (CLASSES, (3, 16, 16), {"conditioning": "concat", "encoder": "embedding"}),
    "resnet": (CLASSES, (4, 11, 16), {"encoder": "embedding"}),
    "mlp of attributes": (Attributes(["hat", "scarf"]), (3, 8, 8), {}),
    "resnet of quantities": (Quantities(["angle"], ranges=[(0, 90)]), (1, 8, 8), {}),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_pixels_are_those_of_the_library(opened, lively, name):
    classes, shape, options = GENERATORS[name]
    options = {"architecture": name.split()[0], "latent_dim": 20, **options}
    G = lively(ConditionalGenerator(classes, shape, width=8, seed=0, **options))
    browser = opened(G)
    labels = some_labels(G, 6)
    z = sampling.noise(6, 20, seed=3)
    given = {"asked": labels.tolist(), "z": z.tolist()}
    found = torch.tensor(browser.evaluate(DRAWN % json.dumps(given))).view(6, *shape)
    expected = sampling.draw(G, labels, z=z)
    assert expected.std() > 0.01
    assert (found - expected).abs().max() <= 1 / 255
    assert (found - expected).abs().max() < 1e-4  # far better, in fact


@pytest.fixture
def pets():
    return ConditionalGenerator(CLASSES, (1, 8, 8), width=8, latent_dim=20, seed=0)


def test_a_seed_means_the_same_image_here_and_there(opened, pets):
    browser = opened(pets)
    drawn = browser.evaluate(
        "[...document.querySelectorAll('#grid canvas')].map((c) => [...c.pixels])"
    )
    expected = torch.cat([pets.generate("cat", seed=seed) for seed in range(16)])
    assert (torch.tensor(drawn).view(16, 1, 8, 8) - expected).abs().max() < 1e-4


def test_a_class_is_chosen_and_its_images_are_there_at_once(opened, pets):
    browser = opened(pets)
    assert (
        browser.evaluate("[...document.querySelectorAll('.chips label')].map((l) => l.innerText)")
        == CLASSES
    )
    for index, label in enumerate(CLASSES):
        browser.evaluate(f"document.getElementById('asked-{index}').click()")
        browser.evaluate(PAINTED)
        assert f"16 images of class {label}" in browser.evaluate("find('said').textContent")
        drawn = browser.evaluate("[...document.querySelectorAll('#grid canvas')[5].pixels]")
        expected = pets.generate(label, seed=5).flatten()
        assert (torch.tensor(drawn) - expected).abs().max() < 1e-4
    assert browser.evaluate("find('python').textContent").endswith(
        f"image = G.generate({CLASSES[-1]!r}, seed=0)"
    )


def test_new_images_come_from_a_seed_that_is_told(opened, pets):
    browser = opened(pets)
    browser.evaluate("find('new').click()")
    browser.evaluate(PAINTED)
    seed = int(browser.evaluate("find('seed').value"))
    drawn = browser.evaluate("[...large.pixels]")
    assert (torch.tensor(drawn) - pets.generate("cat", seed=seed).flatten()).abs().max() < 1e-4
    browser.evaluate("find('seed').value = 7; find('seed').dispatchEvent(new Event('change'))")
    browser.evaluate(PAINTED)
    drawn = browser.evaluate("[...large.pixels]")
    assert (torch.tensor(drawn) - pets.generate("cat", seed=7).flatten()).abs().max() < 1e-4


def press(browser, key, code):
    for kind in ("keyDown", "keyUp"):
        browser.command(
            "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
        )


def test_sliders_move_through_the_noise_by_keyboard(opened, pets):
    browser = opened(pets)
    before = torch.tensor(browser.evaluate("[...z]"))
    browser.evaluate("document.getElementById('direction-0').focus()")
    press(browser, "ArrowRight", 39)
    browser.evaluate(PAINTED)
    z = torch.tensor(browser.evaluate("[...z]"))
    direction = torch.tensor(browser.evaluate("[...directions.subarray(0, 20)]"))
    assert torch.allclose(z - before, ((z - before) @ direction) * direction, atol=1e-6)
    assert 0.01 < float((z - before).norm()) <= 0.11
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - pets.generate("cat", z=z[None]).flatten()).abs().max() < 1e-4
    drawn = torch.tensor(
        browser.evaluate("[...document.querySelectorAll('#row canvas')[1].pixels]")
    )
    assert (drawn - pets.generate("dog", z=z[None]).flatten()).abs().max() < 1e-4
    assert "seed 0, changed" in browser.evaluate("large.ariaLabel")
    space = {}
    exec(browser.evaluate("find('python').textContent").split("\n")[1], space)
    exec(browser.evaluate("find('python').textContent").split("\n")[3], space)
    assert torch.allclose(space["z"], z[None], atol=1e-4)
    browser.evaluate("find('back').click()")
    assert torch.allclose(torch.tensor(browser.evaluate("[...z]")), before)


def test_halfway_to_another_class(opened, pets):
    browser = opened(pets)
    browser.evaluate(
        "find('blended').value = 0.5; find('blended').dispatchEvent(new Event('input'))"
    )
    browser.evaluate(PAINTED)
    z = sampling.noise(1, 20, seed=0)
    vectors = torch.tensor([[0.5, 0.5, 0.0]])
    with torch.no_grad():
        expected = pets.eval().backbone(z, vectors).flatten()
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - expected).abs().max() < 1e-4
    assert "50 % towards class dog" in browser.evaluate("large.ariaLabel")


def test_wandering_begins_and_ends(opened, pets):
    browser = opened(pets)
    browser.evaluate("find('wander').click()")
    assert browser.evaluate("find('wander').ariaPressed") == "true"
    wait(browser, "z.some((x, i) => Math.abs(x - noise(0, 20)[i]) > 0.01)")
    browser.evaluate("find('wander').click()")
    browser.evaluate(PAINTED)
    z = torch.tensor(browser.evaluate("[...z]"))
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - pets.generate("cat", z=z[None]).flatten()).abs().max() < 1e-4


def test_pictures_are_saved_pixel_by_pixel(opened, pets, tmp_path):
    browser = opened(pets)
    browser.command("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    browser.evaluate("find('save-small').click()")
    path = tmp_path / "Generator-cat-seed0.png"
    until = time.monotonic() + 30
    while not path.is_file() and time.monotonic() < until:
        time.sleep(0.02)
    with Image.open(path) as saved:
        assert saved.size == (8, 8)
        pixels = torch.from_numpy(np.array(saved.convert("L"))).flatten()
    expected = pets.generate("cat", seed=0).flatten().add(1).mul(127.5)
    assert (pixels - expected).abs().max() <= 0.51


def test_everything_has_a_name_for_those_who_do_not_see_it(opened, pets, tmp_path):
    for index in range(2):
        Image.new("RGB", (20, 20)).save(tmp_path / f"epoch-{index}.png")
    browser = opened(pets, snapshots=tmp_path)
    browser.evaluate("find('numbers').open = true")
    wait(browser, "find('number-19')")
    tree = browser.command("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "radio", "checkbox", "spinbutton", "combobox", "img", "image"}
    named = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"] and node["role"]["value"] in roles
    ]
    assert not [role for role, name in named if not name.strip()]
    assert {role for role, _ in named} >= {"button", "slider", "radio", "combobox", "spinbutton"}
    assert ("slider", "Direction 1") in named
    assert ("slider", "Number 20") in named
    assert ("button", "class cat, seed 3: change it below") in named
    assert browser.evaluate("find('frame').alt").endswith("after epoch 1 of training")


def test_the_film_plays_from_the_start_and_stops_at_the_end(opened, pets, tmp_path):
    for index in range(2):
        Image.new("RGB", (20, 20), color=(90 * index,) * 3).save(tmp_path / f"epoch-{index}.png")
    browser = opened(pets, snapshots=tmp_path)
    shown = "[find('when-said').textContent, find('play').textContent, find('frame').naturalWidth]"
    assert browser.evaluate(shown) == ["epoch 1", "Play", 20]
    browser.evaluate("find('play').click()")
    assert browser.evaluate(shown)[:2] == ["epoch 0", "Pause"]
    wait(browser, "find('play').textContent === 'Play'")
    assert browser.evaluate("find('when-said').textContent") == "epoch 1"


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_has_room_for_it(opened, pets, dark):
    browser = opened(pets)
    browser.look(width=360, height=740, dark=dark, phone=True)
    assert browser.evaluate("document.documentElement.scrollWidth") == 360
    paper = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") is not dark


def test_many_classes_are_a_menu(opened):
    G = ConditionalGenerator(150, (1, 8, 8), width=8, latent_dim=20, seed=0)
    browser = opened(G)
    browser.evaluate("find('asked').value = 149; find('asked').dispatchEvent(new Event('change'))")
    browser.evaluate(PAINTED)
    assert "of class 149" in browser.evaluate("find('said').textContent")


def test_attributes_are_chosen_together(opened):
    G = ConditionalGenerator(Attributes(["hat", "scarf"]), (1, 8, 8), width=8, seed=0)
    browser = opened(G)
    browser.evaluate("find('asked-0').click(); find('asked-1').click()")
    browser.evaluate(PAINTED)
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - G.generate({"hat", "scarf"}, seed=0).flatten()).abs().max() < 1e-4
    assert 'G.generate({"hat", "scarf"}, seed=0)' in browser.evaluate("find('python').textContent")


def test_quantities_are_written_in_no_more_digits_than_they_have(opened):
    learnt = torch.tensor([0.1, 88.9]).tolist()  # single precision: 0.10000000149...
    G = ConditionalGenerator(Quantities(["angle"], [learnt]), (1, 8, 8), width=8, seed=0)
    browser = opened(G)
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - G.generate(44.5, seed=0).flatten()).abs().max() < 1e-4
    python = "find('python').textContent"
    assert browser.evaluate(python).endswith("image = G.generate(44.5, seed=0)")
    browser.evaluate("document.querySelector('#row button').click()")
    browser.evaluate(PAINTED)
    assert browser.evaluate(python).endswith("image = G.generate(0.1, seed=0)")
    assert "1 quantity" in browser.evaluate("document.body.innerText")


def test_the_page_in_the_documentation_draws(browser):
    path = DOCS / "_static" / "digits.html"
    assert '<a href="_static/digits.html">' in (DOCS / "page.md").read_text("utf-8")
    assert path.stat().st_size < 2e6
    browser.look()
    browser.open(path)
    browser.evaluate(PAINTED)
    drawn = torch.tensor(browser.evaluate("cells.map(({ canvas }) => [...canvas.pixels])"))
    assert drawn.shape == (16, 64)
    assert drawn.std(0).max() > 0.1
    assert len(browser.evaluate("data.film")) > 1
    assert browser.evaluate("find('card').innerText.includes('99.8%')")


def test_an_architecture_of_ones_own(opened):
    class Pairs(torch.nn.Module):
        def __init__(self, latent_dim, condition_size, image_shape):
            super().__init__()
            self.inner = torch.nn.MultiheadAttention(4, 2, batch_first=True)
            self.outer = torch.nn.Linear(latent_dim + condition_size, 64)

        def forward(self, z, condition):
            x = self.outer(torch.cat([z, condition], 1)).view(-1, 16, 4)
            x = x + self.inner(x, x, x, need_weights=False)[0]
            return torch.tanh(x.reshape(-1, 1, 8, 8))

    G = ConditionalGenerator(3, (1, 8, 8), architecture=Architecture(Pairs, None), seed=0)
    browser = opened(G)
    drawn = torch.tensor(browser.evaluate("[...large.pixels]"))
    assert (drawn - G.generate(0, seed=0).flatten()).abs().max() < 1e-4
