"""`condgan draw`, as a user types it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import condgan
from condgan import pictures
from condgan.cli.draw import FRAMES


def pixels(path):
    with Image.open(path) as opened:
        return np.asarray(opened).copy()


@pytest.fixture
def G(saved_generator):  # noqa: N802
    return saved_generator("run", ["cat", "dog", "owl"])


@pytest.mark.parametrize(
    ("arguments", "name", "expected"),
    [
        ([], "classes", lambda G: pictures.class_grid(G)),
        (["owl", "cat", "-n", 3, "--seed", 5], "classes",
         lambda G: pictures.class_grid(G, ["owl", "cat"], 3, seed=5)),
        (["--same-noise"], "same-noise", lambda G: pictures.same_noise(G)),
        (["-n", 2, "--same-noise", "--seed", 1, "owl", "dog"], "same-noise",
         lambda G: pictures.same_noise(G, ["owl", "dog"], 2, seed=1)),
        (["--within", "dog", "--steps", 4], "within-dog",
         lambda G: pictures.walk_within(G, "dog", steps=4)),
        (["--walk", "dog", "owl", "-n", 2, "--seed", 3], "walk-dog-owl",
         lambda G: pictures.walk_between(G, "dog", "owl", 2, seed=3)),
    ],
)  # fmt: skip
def test_each_picture_is_that_of_the_one_call(tmp_path, run_quietly, G, arguments, name, expected):
    code, printed = run_quietly("draw", "run", *arguments)
    assert (code, printed.err) == (0, "")
    assert printed.out.split() == [f"run/{name}.png"]
    assert np.array_equal(pixels(f"run/{name}.png"), np.asarray(expected(G).picture()))


def test_a_picture_can_be_smooth_and_lie_elsewhere(run_quietly, G):
    code, printed = run_quietly("draw", "run", "cat", "--smooth", "--out", "new/cats.bmp")
    assert (code, printed.out) == (0, "new/cats.bmp\n")
    expected = pictures.class_grid(G, "cat").picture(smooth=True)
    assert np.array_equal(pixels("new/cats.bmp"), np.asarray(expected))


@pytest.mark.parametrize(
    ("arguments", "name", "frames"),
    [
        (["--walk", "dog", "owl", "-n", 1], "walk-dog-owl", 2 * FRAMES - 2),
        (["--within", "dog", "--steps", 3, "-n", 1], "within-dog", 4),
        (["--same-noise", "--smooth"], "same-noise", 4),
    ],
)
def test_pictures_that_move(run_quietly, G, arguments, name, frames):
    code, printed = run_quietly("draw", "run", *arguments, "--film", "--out", f"{name}.webp")
    assert (code, printed.out) == (0, f"{name}.webp\n")
    with Image.open(f"{name}.webp") as film:
        assert (film.format, film.n_frames) == ("WEBP", frames)


def test_the_film_of_a_training_needs_no_network(tmp_path, run_quietly):
    (tmp_path / "run" / "snapshots").mkdir(parents=True)
    for epoch in (1, 2, 3):
        Image.new("L", (80, 20), 60 * epoch).save(f"run/snapshots/epoch-000{epoch}.png")
    code, printed = run_quietly("draw", "run", "--film")
    assert (code, printed.out) == (0, "run/training.gif\n")
    with Image.open("run/training.gif") as film:
        assert film.n_frames == 3


def test_names_of_files_are_portable(tmp_path, run_quietly, saved_generator):
    saved_generator("run", ["a:b/c", "a_b_c"])
    for label in ("a:b/c", "a_b_c"):
        assert run_quietly("draw", "run", "--within", label, "-n", 1)[0] == 0
    names = [path.name for path in (tmp_path / "run").glob("within-*.png")]
    assert len(names) == 2
    assert not any(mark in name for name in names for mark in '<>:"/\\|?*')


def test_attributes_and_quantities(run_quietly, saved_generator):
    G = saved_generator("run", condgan.Attributes(["hat", "smile"]))
    assert run_quietly("draw", "run", "--walk", "none", "hat,smile")[0] == 0
    expected = pictures.walk_between(G, set(), {"hat", "smile"}).picture()
    (path,) = Path("run").glob("walk*.png")
    assert np.array_equal(pixels(path), np.asarray(expected))
    assert run_quietly("draw", "run", "--out", "some.png")[0] == 0
    saved_generator("ages", condgan.Quantities(["age"]))
    assert run_quietly("draw", "ages", "--within", "-4.5")[0] == 0
    code, printed = run_quietly("draw", "ages")
    assert code == 2
    assert "say what to draw, after RUN: a number for each of" in printed.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "cow"], "no class is labelled 'cow'"),
        (["run", "--walk", "cat", "cow"], "no class is labelled 'cow'"),
        (["nowhere"], "does not exist"),
        (["nowhere", "--film"], "nowhere is no folder"),
        (["run", "--film"], "no snapshot in run"),
        (["run", "--within", "cat", "--same-noise"], "choose one of --within, --walk and"),
        (["run", "--within", "cat", "--walk", "cat", "dog"], "choose one of"),
        (["run", "owl", "--within", "cat"], "a LABEL after RUN goes with a grid"),
        (["run", "owl", "--film"], "a LABEL after RUN goes with a grid"),
        (["run", "--film", "--seed", "1"], "--film alone shows the snapshots"),
        (["run", "--film", "-n", "3"], "--film alone shows"),
        (["run", "--film", "--smooth"], "--film alone shows"),
        (["run", "--steps", "3"], "--steps goes with --within or --walk"),
        (["run", "--walk", "cat", "dog", "--steps", "1"], "steps must be a whole number from 2"),
        (["run", "-n", "0"], "n must be a positive whole number"),
        (["run", "--seed", "-1"], "seed must be a whole number from 0"),
        (["run", "--out", "x.nonsense"], "no ending of a picture"),
        (["run", "--same-noise", "--film", "--out", "x.png"], "ends in .gif or .webp"),
    ],
)
def test_what_cannot_be_drawn(tmp_path, run_quietly, G, arguments, words):
    before = sorted(tmp_path.rglob("*"))
    code, printed = run_quietly("draw", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    assert words in printed.err
    assert sorted(tmp_path.rglob("*")) == before
