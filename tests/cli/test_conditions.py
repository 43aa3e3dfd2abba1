"""What a run draws, as a person types it and as a picture's row is called."""

import pytest
import torch

from condgan import Attributes, Classes, ConditionalGenerator, Quantities
from condgan.cli.conditions import ROWS, TITLE, from_text, shown, typed
from condgan.errors import LabelError

FACES = Attributes(["hat", "smile", "red, dark"])
ANGLE = Quantities(["angle"], [(0, 90)])
BOTH = Quantities(["angle", "size"], [(-90, 90), (-1, 3)])


@pytest.mark.parametrize(
    ("condition", "text", "row"),
    [
        (FACES, "hat", (1, 0, 0)),
        (FACES, "smile,hat", (1, 1, 0)),
        (FACES, "smile, hat", (1, 1, 0)),
        (FACES, "red, dark", (0, 0, 1)),
        (FACES, 'hat,"red, dark"', (1, 0, 1)),
        (FACES, "none", (0, 0, 0)),
        (Attributes(["none", "some"]), "none", (1, 0)),
        (ANGLE, "4.5", (4.5,)),
        (Quantities(1), "-4", (-4,)),
        (ANGLE, "angle=4.5", (4.5,)),
        (BOTH, "30,2", (30, 2)),
        (BOTH, "size=2, angle=-30", (-30, 2)),
        (Quantities(["a=b"]), "a=b=1e3", (1000,)),
    ],
)
def test_what_a_text_asks_for(condition, text, row):
    label = from_text(condition, text)
    assert label == row
    assert from_text(condition, typed(label)) == row
    assert condition.canonical([label]).tolist() == [list(map(float, row))]


def test_a_class_is_asked_for_by_its_text():
    assert from_text(Classes([1, "cat"]), "1") == 1
    assert typed(3) == "3"


@pytest.mark.parametrize(
    ("condition", "text", "words"),
    [
        (FACES, "hat,smyle", ["'smyle'", "did you mean 'smile'?", "written hat,smile", "none"]),
        (FACES, "none,hat", ["'none'"]),
        (ANGLE, "wide", ["'wide'", "'angle'", "such as 1."]),
        (BOTH, "30", ["'angle', 'size'", 'such as "angle=1","size=2"'.replace('"', "")]),
        (BOTH, "angle=30", ["such as angle=1,size=2"]),
        (BOTH, "angle=30,width=2", ["such as angle=1,size=2"]),
    ],
)
def test_what_it_cannot_ask_for(condition, text, words):
    with pytest.raises(LabelError) as caught:
        from_text(condition, text)
    for word in words:
        assert word in str(caught.value)


def test_a_number_beyond_what_was_learnt_from_is_a_guess():
    with pytest.warns(UserWarning, match="size 4 lies beyond -1 to 3"):
        assert from_text(BOTH, "30,4") == (30, 4)


def test_attributes_are_shown_alone_and_as_they_are_in_the_data():
    assert [str(row) for row in shown(Attributes(["hat", "smile"]))] == ["none", "hat", "smile"]
    labels = torch.tensor([[1.0, 1, 0]] * 2 + [[1.0, 0, 1]] * 3 + [[0.0, 1, 0]] * 4)
    assert [str(row) for row in shown(FACES, labels)] == [
        "none", "hat", "smile", '"red, dark"', 'hat,"red, dark"', "hat,smile",
    ]  # fmt: skip
    many = Attributes(40)
    labels = torch.eye(40)[torch.arange(400) % 40]
    rows = shown(many, labels)
    assert len(rows) == len(set(rows)) == ROWS


def test_quantities_are_shown_from_the_least_to_the_greatest():
    assert [str(row) for row in shown(ANGLE)] == ["0", "15", "30", "45", "60", "75", "90"]
    rows = shown(BOTH)
    assert rows[0] == (-90, 1)
    assert (0, -1) in rows
    assert str(rows[-1]) == "angle=0,size=3"
    assert len(rows) == len(set(rows)) == 13  # the middle of both is one
    assert shown(Quantities(1)) == []
    assert shown(Quantities(1), torch.tensor([[3.0], [3.0]])) == [(3,)]
    assert [typed(row) for row in shown(Quantities(1, [(0.001, 0.0022)]))][:2] == [
        "0.001",
        "0.0012",
    ]
    assert [typed(row) for row in shown(Quantities(1, [(1950, 2020)]))][1] == "1961.7"


def test_of_classes_the_first_are_shown():
    assert shown(Classes(30)) == list(range(ROWS))


def test_a_long_title_is_cut_but_what_is_typed_is_not():
    names = [f"attribute-{k}" for k in range(9)]
    row = from_text(Attributes(names), ",".join(names))
    assert len(str(row)) == TITLE
    assert typed(row) == ",".join(names)


@pytest.mark.parametrize("condition", [FACES, ANGLE, BOTH])
def test_what_is_shown_can_be_drawn(condition):
    G = ConditionalGenerator(condition, (1, 8, 8), width=8, latent_dim=4, seed=0)
    rows = shown(condition)
    assert len(G.generate(rows, n=2)) == 2 * len(rows)
    z = torch.ones(1, 4)
    assert torch.equal(G.generate([rows[1]], z=z), G.generate([list(rows[1])], z=z))
