"""The library's own names come in through the hooks, as a plugin's do, and all of them work."""

import pluggy
import pytest

from condgan.networks.architecture import Architecture
from condgan.plugins import builtins, hookspecs
from condgan.plugins.registry import KINDS, Registry, registry
from condgan.training.presets import as_preset

NAMES = {
    "architecture": ["dcgan", "mlp", "resnet"],
    "label encoder": ["continuous", "embedding", "multihot", "onehot"],
    "loss": ["binary-cross-entropy", "hinge", "least-squares", "relativistic", "wasserstein"],
    "algorithm": ["ac-gan", "article", "quality", "quick", "r3gan", "sngan", "wgan-gp"],
    "data set": ["digits", "emnist", "fashion-mnist", "glyphs", "kmnist", "mnist", "qmnist"],
    "callback": ["adapt-augment", "image-snapshots", "loss-history", "progress", "transition"],
    "metric": ["within-class-spread"],
}


@pytest.fixture
def bare():
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return Registry(manager)


def test_without_the_builtins_nothing_is_known(bare):
    assert all(not bare.known(kind) for kind in KINDS)


def test_the_builtins_come_through_the_hooks(bare):
    bare.register(builtins, "condgan")
    for kind, names in NAMES.items():
        assert set(names) <= set(bare.known(kind)), kind


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
