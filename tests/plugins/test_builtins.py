"""The library's own names come in through the hooks, as a plugin's do, and all of them work."""

import inspect

import pytest

from condgan.networks.architecture import Architecture
from condgan.plugins import builtins
from condgan.plugins.implementations import KINDS
from condgan.plugins.registry import Registry, registry
from condgan.training import callbacks
from condgan.training.presets import as_preset

NAMES = {
    "architecture": ["dcgan", "mlp", "resnet"],
    "label encoder": ["continuous", "embedding", "multihot", "onehot"],
    "loss": ["binary-cross-entropy", "hinge", "least-squares", "relativistic", "wasserstein"],
    "algorithm": ["ac-gan", "article", "quality", "quick", "r3gan", "sngan", "wgan-gp"],
    "data set": ["digits", "emnist", "fashion-mnist", "glyphs", "kmnist", "mnist", "qmnist"],
    "callback": [
        *("adapt-augment", "checkpoint", "image-snapshots", "live-report", "loss-history"),
        *("progress", "tensorboard", "transition"),
    ],
    "metric": ["accuracy", "frechet", "within-class-spread"],
}


@pytest.fixture
def bare():
    return Registry()


def test_without_the_builtins_nothing_is_known(bare):
    assert all(not bare.known(kind) for kind in KINDS)


def test_the_builtins_come_through_the_hooks(bare):
    bare.add_own(builtins)
    for kind, names in NAMES.items():
        assert list(bare.known(kind)) == names, kind


def test_the_process_has_all_of_them():
    made = registry()
    assert made is registry()
    assert made.manager.get_plugin("condgan") is builtins
    for kind, hook in KINDS.items():
        for name, thing in getattr(builtins, hook)().items():
            assert made.lookup(kind, name) is thing


def test_every_hook_has_a_builtin_name():
    assert NAMES.keys() == KINDS.keys()


def test_what_is_registered_is_of_its_kind():
    made = registry()
    assert all(isinstance(thing, Architecture) for thing in made.known("architecture").values())
    for kind in KINDS.keys() - {"architecture"}:
        assert all(callable(thing) for thing in made.known(kind).values())


def test_what_is_made_without_arguments_can_be():
    for loss in registry().known("loss").values():
        assert callable(loss().discriminator)
        assert callable(loss().generator)
    for algorithm in registry().known("algorithm").values():
        recipe = as_preset(algorithm())
        assert callable(recipe.algorithm.optimizers)
        assert callable(recipe.algorithm.step)


def test_every_callback_that_needs_no_argument_has_a_name():
    named = set(registry().known("callback").values())
    for name in set(callbacks.__all__) - {"Callback"}:
        kind = getattr(callbacks, name)
        parameters = inspect.signature(kind).parameters.values()
        needs = any(p.default is p.empty for p in parameters)
        assert (kind in named) is not needs, name
