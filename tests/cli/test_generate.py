"""`condgan generate`, as a user types it."""

import pytest
from PIL import Image

from condgan import Attributes, Quantities


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


@pytest.mark.parametrize(
    ("condition", "texts", "labels"),
    [
        (Attributes(["hat", "smile"]), ["smile,hat"], [{"hat", "smile"}]),
        (Attributes(["hat", "smile"]), ["none", "hat"], [set(), {"hat"}]),
        (Quantities(1), ["4.5"], [4.5]),
        (Quantities(1), ["-4.5", "2"], [-4.5, 2]),
        (Quantities(["angle", "size"]), ["size=2,angle=30"], [[30, 2]]),
    ],
)
def test_attributes_and_quantities(
    tmp_path, run_quietly, saved_generator, condition, texts, labels
):
    from condgan.images import grid

    G = saved_generator("run", condition)
    for words in ([*texts, "-n", 4], ["-n", 4, *texts]):
        code, printed = run_quietly("generate", "run", *words, "--seed", 5)
        assert (code, printed.err) == (0, "")
        names = [] if len(texts) == 1 else [t.replace("smile,hat", "hat,smile") for t in texts]
        images = G.generate(labels, n=4, seed=5)
        grid(images, 2 if len(texts) == 1 else 4, names).save("expected.png")
        drawn = tmp_path / printed.out.strip()
        assert drawn.read_bytes() == (tmp_path / "expected.png").read_bytes()


@pytest.mark.parametrize(
    ("condition", "rows"),
    [(Attributes(["hat", "smile"]), 3), (Quantities(["age"], [(0, 80)]), 7)],
)
def test_some_of_each_where_nothing_is_named(run_quietly, saved_generator, condition, rows):
    saved_generator("run", condition)
    code, printed = run_quietly("generate", "run", "-n", 2)
    assert code == 0
    assert (size_of(printed.out.strip())[1] - 2) // 58 == rows


@pytest.mark.parametrize(
    ("condition", "texts", "words"),
    [
        (Attributes(["hat", "smile"]), ["hat,smyle"], "did you mean 'smile'?"),
        (Quantities(["age"]), ["old"], "a number for each of 'age', such as 1."),
        (Quantities(["age"]), [], "say what to draw"),
        (Quantities(["age"]), ["inf"], "conditions must be finite"),
    ],
)
def test_what_is_no_attribute_or_quantity(run_quietly, saved_generator, condition, texts, words):
    saved_generator("run", condition)
    code, printed = run_quietly("generate", "run", *texts)
    assert code == 2
    assert words in printed.err
