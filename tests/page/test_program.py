"""Steps for the page: their kinds, their places, and what there are no steps for."""

import base64
import re
from importlib import resources

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from condgan import ConditionalGenerator
from condgan.errors import ConfigError
from condgan.page.drawing import drawing
from condgan.page.program import MAPS, REDUCTIONS, order
from condgan.plugins.registry import known

KINDS = {"map", "move", "reduce", "product", "convolve", "spread"}
SCRIPT = resources.files("condgan.page").joinpath("interpreter.js").read_text("utf-8")


def places_of(step):
    """Which places a `move` takes, one after another."""
    if "table" in step:
        return np.frombuffer(base64.b64decode(step["table"]), "<i4").tolist()
    places = np.array([step["start"]])
    for size, stride in zip(step["sizes"], step["strides"], strict=True):
        places = (places[:, None] + stride * np.arange(size)).reshape(-1)
    return places.tolist()


# Orders


@pytest.mark.parametrize(
    ("places", "sizes", "strides"),
    [
        ([0, 1, 2, 3], [4], [1]),
        ([3, 2, 1, 0], [4], [-1]),
        ([5], [1], [1]),
        ([2, 2, 2], [3], [0]),
        ([0, 2, 4, 1, 3, 5], [2, 3], [1, 2]),
        ([0, 0, 1, 1, 2, 2], [3, 2], [1, 0]),
        ([0, 0, 1, 1, 0, 0, 1, 1, 4, 4, 5, 5, 4, 4, 5, 5], [2, 2, 2, 2], [4, 0, 1, 0]),
    ],
)
def test_an_order_is_nested_loops_where_it_can_be(places, sizes, strides):
    assert order(np.array(places)) == {"sizes": sizes, "strides": strides, "start": places[0]}


@pytest.mark.parametrize("places", [[0, 1, 3], [0, 0, 1, 1, 2], [0, 1, 2, 3, 5, 4], [4, 0, 1]])
def test_or_else_a_table(places):
    assert places_of(order(np.array(places))) == places


def test_loops_and_tables_are_what_torch_does():
    stream = torch.Generator().manual_seed(0)
    x = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6)
    for way in (
        x,
        x.permute(3, 0, 2, 1),
        x[:, ::2, 1:, 2:5],
        x.flip(3)[1],
        x[:, :1].expand(2, 5, 4, 6),
        x.unfold(3, 3, 2),
        x.flatten()[torch.randperm(x.numel(), generator=stream)],
    ):
        assert places_of(order(way.reshape(-1).numpy())) == way.reshape(-1).tolist()


# Steps


def test_a_shape_costs_no_step(program_of):
    x = torch.arange(6.0)
    program, _ = program_of(lambda x: x.view(2, 3)[None].flatten(1).clone().detach(), x)
    assert program["steps"] == []
    assert program["output"] == program["inputs"][0] == 0


def test_a_function_is_one_step_with_its_arguments(program_of):
    x, y = torch.ones(2, 3), torch.ones(3)
    program, _ = program_of(lambda x, y: torch.sub(x, y, alpha=2), x, y)
    repeated, step = program["steps"]
    assert repeated["kind"] == "move"
    assert places_of(repeated) == [0, 1, 2, 0, 1, 2]
    assert (step["kind"], step["name"]) == ("map", "sub")
    assert step["in"] == [program["inputs"][0], repeated["out"]]
    assert step["args"] == [{"in": 0}, {"in": 1}, 2]
    assert program["output"] == step["out"]


def test_rows_are_counted_through_and_a_filling_lies_before_them(program_of):
    x, y = torch.ones(1, 2), torch.ones(1, 3)
    (joined, padded) = program_of(
        lambda x, y: F.pad(torch.cat([y, x], 1), (1, 2), value=7.0), x, y
    )[0]["steps"]
    assert (joined["in"], joined["fill"], places_of(joined)) == ([1, 0], None, [0, 1, 2, 3, 4])
    assert (padded["fill"], places_of(padded)) == (7.0, [0, 1, 2, 3, 4, 5, 0, 0])


def test_constants_lie_one_after_another(program_of):
    weight = torch.arange(6.0).view(2, 3)
    program, _ = program_of(lambda x: x @ weight + torch.tensor([7.0, 8.0, 9.0]), torch.ones(1, 2))
    weights = np.frombuffer(base64.b64decode(program["weights"]), "<f4").tolist()
    assert weights == [0, 3, 1, 4, 2, 5, 7, 8, 9]  # the matrix turned
    assert [program["sizes"][row] for row in program["constants"]] == [6, 3]


def test_a_layer_that_is_used_twice_is_there_once(program_of):
    layer = torch.nn.Linear(3, 3)
    program, _ = program_of(lambda x: layer(layer(x).relu()), torch.ones(1, 3))
    assert [program["sizes"][row] for row in program["constants"]] == [3, 9]


def test_no_number_is_beyond_json(program_of):
    program, _ = program_of(lambda x: x.clamp(min=-float("inf")), torch.ones(2))
    (step,) = [step for step in program["steps"] if step["kind"] == "map"]
    assert step["args"][1] == {"in": 1}


# What the page knows


def test_both_sides_know_the_same_names():
    def keys(of):
        inside = SCRIPT.split(f"const {of} = {{\n")[1].split("\n};\n")[0]
        return set(re.findall(r"^  (\w+)(?=[:,(])", inside, re.MULTILINE))

    assert {f"aten.{name}" for name in keys("MAPS")} == MAPS
    assert keys("KINDS") == KINDS
    assert set(REDUCTIONS.values()) == {"sum", "mean", "max", "min"}


@pytest.mark.parametrize("encoder", ["onehot", "embedding"])
@pytest.mark.parametrize("architecture", sorted(known("architecture")))
def test_every_architecture_is_made_of_known_steps(architecture, encoder):
    G = ConditionalGenerator(
        3, (1, 12, 9), architecture=architecture, encoder=encoder, width=4, seed=0
    ).eval()
    program = drawing(G)["program"]
    assert {step["kind"] for step in program["steps"]} <= KINDS
    made = {*program["inputs"], *program["constants"]}
    for step in program["steps"]:
        assert made.issuperset(step["in"])
        made.add(step["out"])
    assert made == set(range(len(program["sizes"])))
    parameters = sum(p.numel() for p in G.backbone.parameters())
    constants = sum(program["sizes"][row] for row in program["constants"])
    assert parameters <= constants <= 1.2 * parameters


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: torch.linalg.inv(x.view(1, 2, 2)), "aten.linalg_inv_ex"),
        (lambda x: x.cumsum(1), r"aten.cumsum.default, which this generator uses. It knows"),
        (lambda x: x[0, x.argmax(1)], "aten.argmax"),
        (lambda x: x[:, x[0] > 0], "aten.(nonzero|index)"),
        (lambda x: (x > 0).long() * x, "aten._to_copy.default.*to make whole numbers"),
        (lambda x: F.pad(x, (1, 1), value=-float("inf")), "aten.constant_pad_nd.*with -inf"),
        (
            lambda x: F.conv3d(x.view(1, 1, 1, 2, 2), torch.ones(1, 1, 1, 1, 1)),
            "aten.convolution.default.*in 3 dimensions",
        ),
    ],
)
def test_an_unknown_operation_is_named(program_of, function, words):
    with pytest.raises(ConfigError, match=words):
        program_of(function, torch.tensor([[1.0, 2.0, 3.0, 5.0]]))
