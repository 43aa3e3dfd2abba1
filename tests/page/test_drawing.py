"""A generator as plain values: what can be asked for, and what a page cannot draw."""

import base64
import json

import numpy as np
import pytest
import torch
from torch import nn

from condgan import Architecture, Attributes, ConditionalGenerator, Quantities
from condgan.errors import ConfigError
from condgan.page.drawing import drawing, plain_copy, some_labels


def generator(classes=3, backbone=None, **options):
    if backbone is not None:
        options["architecture"] = Architecture(lambda *_: backbone, None)
    else:
        options["width"] = 8
    return ConditionalGenerator(classes, (1, 2, 2), latent_dim=4, seed=0, **options)


class Backbone(nn.Module):
    """Four numbers of noise as four pixels, after a function of them."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, z, condition):
        return torch.tanh(self.function(z)).view(-1, 1, 2, 2)


def asked(G):
    return drawing(plain_copy(G))["asked"]


def test_classes_have_names_for_people_and_for_python():
    found = asked(generator(["cat", "7", 7, 2.5]))
    assert found["names"] == ["cat", "7", "7", "2.5"]
    assert found["written"] == ["'cat'", "'7'", "7", "2.5"]
    assert found["vectors"] is None


def test_the_encoder_is_a_table():
    G = generator(3, encoder="embedding")
    vectors = np.frombuffer(base64.b64decode(asked(G)["vectors"]), "<f4").reshape(3, -1)
    assert np.array_equal(vectors, G.encoder.vectors.weight.detach().numpy())


def test_a_weak_condition_is_as_weak_in_the_table():
    G = generator(3)
    G.condition_strength.fill_(0.5)
    vectors = np.frombuffer(base64.b64decode(asked(G)["vectors"]), "<f4").reshape(3, 3)
    assert np.array_equal(vectors, np.eye(3, dtype=np.float32) / 2)


def test_attributes_and_quantities_are_rows_of_numbers():
    assert asked(generator(Attributes(["hat", "scarf"]))) == {
        "kind": "attributes",
        "names": ["hat", "scarf"],
        "ranges": None,
    }
    G = generator(Quantities(["angle"], ranges=[(0, 90)]))
    assert asked(G) == {"kind": "quantities", "names": ["angle"], "ranges": [[0.0, 90.0]]}
    assert some_labels(G, 3).tolist() == [[0.0], [90.0], [90.0]]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda z: z + 0.1 * torch.randn(z.shape), "draws noise of its own"),
        (
            lambda z: z * (1 if z.sum() > 0 else -1),
            "_local_scalar_dense.* to look at a number, and choose by it",
        ),
        (lambda z: z - z.mean(0), "draws an image differently beside others"),
        (lambda z: z.cumsum(1), "aten.cumsum"),
    ],
)
def test_what_a_page_cannot_draw_is_refused(function, words):
    G = generator(backbone=Backbone(function))
    with pytest.raises(ConfigError, match=words):
        drawing(plain_copy(G))


def test_a_generator_that_overrides_how_it_draws_is_refused():
    class Brighter(ConditionalGenerator):
        def forward(self, z, labels):
            return (super().forward(z, labels) + 1).clamp(max=1)

    G = Brighter(3, (1, 2, 2), latent_dim=4, seed=0)
    with pytest.raises(ConfigError, match="a page cannot draw with this generator"):
        drawing(plain_copy(G))


def test_the_generator_is_left_as_it_is(fingerprint):
    G = generator().double()
    before = fingerprint(G)
    state = torch.get_rng_state()
    found = drawing(plain_copy(G))
    assert fingerprint(G) == before
    assert G.training
    assert next(G.parameters()).dtype == torch.float64
    assert torch.equal(torch.get_rng_state(), state)
    json.dumps(found, allow_nan=False)
