"""Training on compiled networks; without inductor, whose compiling takes a minute."""

from functools import partialmethod

import pytest
import torch
from torch import nn

import condgan
from condgan.errors import ConfigError

SHAPE = (1, 8, 8)

# Torch's own tracing looks at gradients of what is no leaf.
pytestmark = pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor")


def data():
    random = torch.Generator().manual_seed(5)
    return [(torch.rand(4, *SHAPE, generator=random) * 2 - 1, torch.tensor([0, 1, 2, 0]))]


def trainer(**settings):
    G, D = condgan.preset("quick").networks(3, SHAPE, seed=0, width=8)
    return condgan.Trainer(G, D, data(), seed=0, progress=False, device="cpu", **settings)


def backend(monkeypatch, compiler):
    torch.compiler.reset()
    monkeypatch.setattr(nn.Module, "compile", partialmethod(nn.Module.compile, backend=compiler))


def test_compiled_networks_learn_the_same_and_stay_what_they_are(monkeypatch, fingerprint):
    graphs = []

    def eager(graph, inputs):
        graphs.append(graph)
        return graph.forward

    backend(monkeypatch, eager)

    def draw(state):
        """Without an average G itself draws: in another mode, so it would be compiled anew."""
        before = len(graphs)
        state.generator.generate(n=9)
        assert len(graphs) == before

    settings = {"callbacks": [draw], "algorithm": condgan.Adversarial(ema_half_life=None)}
    plain, one = trainer(**settings).fit(2), trainer(compile=True, **settings).fit(2)
    assert graphs
    assert fingerprint(one.G, one.D) == fingerprint(plain.G, plain.D)
    assert type(one.G) is type(plain.G)
    calls = len(graphs)
    one.G(torch.zeros(7, one.G.latent_dim), torch.zeros(7, dtype=torch.int64))
    assert len(graphs) == calls  # a new size would be compiled anew, were it still so


def test_what_cannot_be_compiled_is_said_and_the_networks_train_without(monkeypatch):
    def none(graph, inputs):
        raise RuntimeError("there is no C++ compiler here")

    backend(monkeypatch, none)
    one = trainer(compile=True)
    with pytest.raises(ConfigError, match=r"no C\+\+ compiler .*Leave compile=True out"):
        one.fit(1)
    one.compile = False
    assert one.fit(1).state.step == 1


def test_an_error_of_the_networks_own_is_not_taken_for_one_of_compiling(monkeypatch):
    backend(monkeypatch, "eager")
    one = trainer(compile=True)
    one.state.optimizers["G"].register_step_pre_hook(lambda *_: {}["nothing"])
    with pytest.raises(KeyError, match="nothing"):
        one.fit(1)
