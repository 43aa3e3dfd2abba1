"""Label encoders: what they give, which condition they read, and modules of the user's own."""

import itertools
import math
import re

import pytest
import torch
from torch import nn

from condgan import ConditionalDiscriminator, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import (
    ArgumentTypeError,
    ConfigError,
    DataError,
    LabelError,
    UnknownNameError,
)
from condgan.networks.labels import (
    DEFAULT_ENCODERS,
    Continuous,
    Embedding,
    MultiHot,
    OneHot,
    default_encoder,
    make_encoder,
)


def test_one_hot_rows_are_as_wide_as_there_are_classes():
    rows = OneHot(Classes(4))(torch.tensor([2, 0]))
    assert rows.dtype == torch.float32
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0]]
    assert repr(OneHot(Classes(4))) == "OneHot(4)"
    assert OneHot(Classes(4))(torch.empty(0, dtype=torch.int64)).shape == (0, 4)


def test_an_embedding_has_a_learnt_vector_for_each_class():
    encoder = Embedding(Classes(["a", "b", "c"]), size=5)
    vectors = encoder(torch.tensor([2, 0, 2]))
    assert vectors.shape == (3, 5)
    assert torch.equal(vectors[0], vectors[2])
    assert torch.equal(vectors[0], encoder.vectors.weight[2])
    assert vectors.requires_grad
    assert Embedding(Classes(100)).size == 32


def test_attributes_are_joined_as_they_are():
    rows = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    assert torch.equal(MultiHot(Attributes(2))(rows), rows)


def test_quantities_are_mapped_from_their_range():
    encoder = Continuous(Quantities(["angle", "age"], ranges=[(0, 90), (20, 40)]))
    rows = torch.tensor([[0.0, 20.0], [90.0, 40.0], [45.0, 30.0], [180.0, 25.0]])
    assert encoder(rows)[:, :2].tolist() == [[-1, -1], [1, 1], [0, 0], [3, -0.5]]
    assert encoder(rows).shape == (4, 18)
    assert not encoder.state_dict()


def test_bumps_by_hand():
    """Eight places 2/7 apart: at the end of the range 1, at the next exp(-1/2), then exp(-2)."""
    (row,) = Continuous(Quantities(1))(torch.tensor([[-1.0]])).tolist()
    assert row[0] == -1
    assert row[1:4] == pytest.approx([1, math.exp(-0.5), math.exp(-2)])
    (middle,) = Continuous(Quantities(1))(torch.tensor([[0.0]])).tolist()
    assert middle[1:] == pytest.approx(middle[:0:-1])
    assert middle[4] == pytest.approx(math.exp(-1 / 8))


def test_quantities_without_a_range_are_left_alone():
    rows = torch.tensor([[30.0, -2.5]])
    assert torch.equal(Continuous(Quantities(2))(rows)[:, :2], rows)


@pytest.mark.parametrize(
    ("condition", "encoder", "width"),
    [
        (Classes(["a", "b", "c"]), OneHot, 3),
        (Attributes(4), MultiHot, 4),
        (Quantities(2), Continuous, 18),
        (5, OneHot, 5),
        (["a", "b"], OneHot, 2),
    ],
)
def test_each_condition_has_a_usual_encoder(condition, encoder, width):
    _, module, size = make_encoder(condition, default_encoder(condition))
    assert type(module) is encoder
    assert size == module.size == width


def test_a_number_is_read_as_the_encoder_reads_it():
    assert make_encoder(3, "multihot")[0] == Attributes(3)
    assert make_encoder(["hat", "smile"], "multihot")[0] == Attributes(["hat", "smile"])
    assert make_encoder(3, "continuous")[0] == Quantities(3)
    assert make_encoder(3, "embedding")[0] == Classes(3)
    assert DEFAULT_ENCODERS.keys() == {Classes, Attributes, Quantities}


WRONG_PAIRS = [
    (encoder, condition)
    for (encoder, reads), condition in itertools.product(
        {
            "onehot": Classes,
            "embedding": Classes,
            "multihot": Attributes,
            "continuous": Quantities,
        }.items(),
        (Classes(2), Attributes(2), Quantities(2)),
    )
    if type(condition) is not reads
]


@pytest.mark.parametrize(("encoder", "condition"), WRONG_PAIRS)
def test_an_encoder_of_another_condition_is_refused_and_the_right_one_named(encoder, condition):
    right = DEFAULT_ENCODERS[type(condition)]
    said = f"encoder {encoder!r} reads "
    with pytest.raises(ConfigError, match=f"{said}.* For these use encoder={right!r}"):
        make_encoder(condition, encoder)


def test_what_is_no_encoder_is_refused():
    with pytest.raises(UnknownNameError, match="no label encoder is called 'one-hot'; did you"):
        make_encoder(3, "one-hot")
    with pytest.raises(ArgumentTypeError, match=r"got type. A class must be called first"):
        make_encoder(3, OneHot)
    with pytest.raises(LabelError, match="at least one class"):
        make_encoder(0, "onehot")


# Modules of the user's own


class Mine(nn.Module):
    """Two embeddings side by side, with dropout, which only training mode shows."""

    def __init__(self, classes=3, size=4):
        super().__init__()
        self.first = nn.Embedding(classes, size)
        self.second = nn.Embedding(classes, size)
        self.dropout = nn.Dropout(0.5)

    def forward(self, labels):
        return self.dropout(torch.cat([self.first(labels), self.second(labels)], dim=1))


class Answers(nn.Module):
    """Gives the same whatever it is asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, labels):
        return self.answer


def test_a_modules_width_is_found_by_asking_it():
    mine = Mine()
    mine.first.eval()
    stream = torch.get_rng_state()
    condition, module, width = make_encoder(["a", "b", "c"], mine)
    assert (condition, width) == (Classes(["a", "b", "c"]), 8)
    assert module is mine
    assert mine.training
    assert mine.dropout.training
    assert not mine.first.training
    assert torch.equal(torch.get_rng_state(), stream)


def test_a_module_can_read_attributes():
    condition, _, width = make_encoder(Attributes(3), nn.Linear(3, 6))
    assert (condition, width) == (Attributes(3), 6)


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (torch.zeros(2), "torch.float32 (2,)"),
        (torch.zeros(1, 4), "torch.float32 (1, 4)"),
        (torch.zeros(2, 4, 1), "torch.float32 (2, 4, 1)"),
        (torch.zeros(2, 4, dtype=torch.int64), "torch.int64 (2, 4)"),
    ],
)
def test_a_module_that_gives_no_rows_is_refused(answer, came):
    said = f"of shape (2,) into float rows (2, size); Answers gave {came}"
    with pytest.raises(DataError, match=re.escape(said)):
        make_encoder(3, Answers(answer))


def test_its_parameters_are_the_networks():
    for make in (ConditionalGenerator, ConditionalDiscriminator):
        mine = Mine()
        network = make(["a", "b", "c"], (1, 4, 4), encoder=mine)
        assert network.encoder is mine
        assert network.condition_size == 8
        ids = {id(parameter) for parameter in network.parameters()}
        assert {id(parameter) for parameter in mine.parameters()} <= ids
        assert network.config()["encoder"] is None


def test_it_is_saved_and_loaded_into_the_module_that_is_given(tmp_path):
    G = ConditionalGenerator(["a", "b", "c"], (1, 4, 4), encoder=Mine(), seed=0)
    G.save_pretrained(tmp_path)
    fresh = Mine()
    assert not torch.equal(fresh.first.weight, G.encoder.first.weight)
    again = ConditionalGenerator.from_pretrained(tmp_path, encoder=fresh)
    assert again.encoder is fresh
    assert torch.equal(fresh.first.weight, G.encoder.first.weight)
    assert torch.equal(again.generate("b", n=3, seed=1), G.generate("b", n=3, seed=1))


def test_without_the_module_it_is_not_loaded(tmp_path):
    ConditionalGenerator(3, (1, 4, 4), encoder=Mine()).save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"made with an encoder of your own.*encoder=\.\.\."):
        ConditionalGenerator.from_pretrained(tmp_path)


def test_an_encoder_too_small_for_the_classes_is_refused():
    with pytest.raises(DataError, match=r"Embedding cannot encode Classes\(5\).*IndexError"):
        make_encoder(5, nn.Embedding(2, 3))
