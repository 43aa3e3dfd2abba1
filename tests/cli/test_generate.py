"""`condgan generate`, as a user types it."""

import pytest
from PIL import Image

import condgan


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


@pytest.mark.parametrize(
    ("classes", "text", "label"),
    [(3, "2", 2), (["cat", "a:b/c"], "a:b/c", "a:b/c"), ([1.5, 2.5], "2.5", 2.5)],
)
def test_generate_by_the_text_of_a_label(
    tmp_path, run_quietly, classes, text, label, saved_generator
):
    from condgan.images import grid

    G = saved_generator("run", classes)
    code, printed = run_quietly("generate", "run", text, "-n", 4, "--seed", 5)
    assert code == 0
    (path,) = (tmp_path / "run").glob("*.png")
    assert (tmp_path / printed.out.strip()) == path
    grid(G.generate(label, n=4, seed=5), 2).save("expected.png")
    assert path.read_bytes() == (tmp_path / "expected.png").read_bytes()


def test_names_of_files_are_portable_and_differ(tmp_path, run_quietly, saved_generator):
    saved_generator("run", ["a:b/c", "a_b_c", "con", "b"])
    for label in ("a:b/c", "a_b_c", "con"):
        assert run_quietly("generate", "run", label)[0] == 0
    names = [path.name for path in (tmp_path / "run").glob("*.png")]
    assert len(names) == 3
    assert not any(mark in name for name in names for mark in '<>:"/\\|?*')


def test_the_seed_makes_the_same_bytes(tmp_path, run_quietly, saved_generator):
    saved_generator("run", 3)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run_quietly("generate", "run", "1", "--seed", seed, "--out", f"{name}.png")
    first, again, other = ((tmp_path / f"{name}.png").read_bytes() for name in "abc")
    assert first == again
    assert first != other


def test_how_many(tmp_path, run_quietly, saved_generator):
    saved_generator("run", 3)
    for n in (1, 4, 9, 10):
        run_quietly("generate", "run", "0", "-n", n, "--out", f"{n}.png")
    cell = 58
    sides = {
        n: tuple((s - 2) // cell for s in size_of(tmp_path / f"{n}.png")) for n in (1, 4, 9, 10)
    }
    assert sides == {1: (1, 1), 4: (2, 2), 9: (3, 3), 10: (4, 3)}


def test_several_labels_and_all(tmp_path, run_quietly, saved_generator):
    saved_generator("run", ["cat", "dog", "owl"])
    code, _ = run_quietly("generate", "run", "owl", "cat", "-n", 5, "--out", "two.png")
    assert code == 0
    code, printed = run_quietly("generate", "run")
    assert code == 0
    assert (size_of("two.png")[1] - 2) // 58 == 2
    assert (size_of(printed.out.strip())[1] - 2) // 58 == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "owl", "cat", "-n", "2", "--seed", "1"],
        ["run", "-n", "2", "--seed", "1", "owl", "cat"],
        ["run", "owl", "-n", "2", "cat", "--seed", "1"],
        ["-n", "2", "run", "--seed", "1", "owl", "cat"],
        ["-n", "2", "--seed", "1", "--", "run", "owl", "cat"],
    ],
)
def test_options_may_stand_anywhere(tmp_path, run_quietly, arguments, saved_generator):
    saved_generator("run", ["cat", "dog", "owl"])
    run_quietly("generate", "--out", "x.png", "--seed", "1", "-n", "2", "run", "owl", "cat")
    assert run_quietly("generate", "--out", "y.png", *arguments)[0] == 0
    assert (tmp_path / "x.png").read_bytes() == (tmp_path / "y.png").read_bytes()


def test_folders_for_the_picture_are_made(tmp_path, run_quietly, saved_generator):
    saved_generator("run", 3)
    assert run_quietly("generate", "run", "1", "--out", "new/folder/x.png")[0] == 0
    assert (tmp_path / "new" / "folder" / "x.png").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "cow"], ["'cow'", "cat, dog, owl"]),
        (["run", "dgo"], ["did you mean 'dog'?"]),
        (["run", "cat", "-n", "0"], ["-n must be a positive whole number; got 0"]),
        (["nowhere", "cat"], ["nowhere", "does not exist"]),
        (["run", "cat", "--out", "x.nonsense"], ["x.nonsense", ".png"]),
        (["run", "cat", "--out", "x"], [".png"]),
    ],
)
def test_what_cannot_be_drawn(tmp_path, run_quietly, arguments, words, saved_generator):
    saved_generator("run", ["cat", "dog", "owl"])
    code, printed = run_quietly("generate", *arguments)
    assert code == 2
    assert printed.err.startswith("condgan: ")
    for word in words:
        assert word in printed.err
    assert not list(tmp_path.rglob("*.png"))


def test_unknown_numbers_list_the_known(run_quietly, saved_generator):
    saved_generator("run", 3)
    code, printed = run_quietly("generate", "run", "7")
    assert code == 2
    assert "'7'" in printed.err
    assert "Known: 0, 1, 2." in printed.err


def test_a_run_of_quantities_is_refused_with_the_way_out(run_quietly, saved_generator):
    saved_generator("run", condgan.Quantities(1))
    code, printed = run_quietly("generate", "run", "0.5")
    assert code == 2
    assert "from_pretrained(RUN).generate" in printed.err
