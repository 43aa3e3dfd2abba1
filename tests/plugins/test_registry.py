"""Names and owners: lookups, and plugins added by hand."""

import itertools
import re
import types
from importlib import metadata

import pytest

from condgan import BinaryCrossEntropy, Hinge, Wasserstein
from condgan.errors import ArgumentTypeError, PluginError, UnknownNameError
from condgan.plugins import registry as registry_module
from condgan.plugins.hookspecs import hookimpl
from condgan.plugins.implementations import KINDS
from condgan.plugins.registry import Registry


@pytest.fixture
def filled(empty, plugin):
    empty.register(plugin(condgan_losses={"wasserstein": Wasserstein, "hinge": Hinge}), "losses")
    return empty


def trace(registry):
    """All that a registry holds, to be compared before and after."""
    return (
        {kind: dict(registry.known(kind)) for kind in KINDS},
        registry.found(),
        sorted(name for name, _ in registry.manager.list_name_plugin()),
        {
            name: [found.plugin_name for found in caller.get_hookimpls()]
            for name, caller in vars(registry.manager.hook).items()
            if not name.startswith("_") and caller.get_hookimpls()
        },
    )


# Lookups


def test_a_name_is_found_under_its_kind(filled):
    assert filled.lookup("loss", "hinge") is Hinge
    assert filled.known("loss") == {"hinge": Hinge, "wasserstein": Wasserstein}
    assert list(filled.known("loss")) == ["hinge", "wasserstein"]
    assert filled.known("metric") == {}
    assert "hing" not in filled.known("loss")


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        (
            "loss",
            "hing",
            "no loss is called 'hing'; did you mean 'hinge'? Known: hinge, wasserstein.",
        ),
        ("loss", "zebra", "no loss is called 'zebra'. Known: hinge, wasserstein."),
        ("data set", "x", "no data set is called 'x'. Known: none."),
        ("losses", "x", "no kind of thing is called 'losses'; did you mean 'loss'? Kinds: "),
    ],
)
def test_an_unknown_name_lists_the_known_ones(filled, kind, name, message):
    with pytest.raises(UnknownNameError) as caught:
        filled.lookup(kind, name)
    assert str(caught.value).startswith(message)


def test_a_name_is_text(filled):
    with pytest.raises(ArgumentTypeError, match="a loss is called by a name; got 3"):
        filled.lookup("loss", 3)


def test_nothing_is_asked_of_a_plugin_twice(empty, plugin):
    asked = []

    def losses():
        asked.append(1)
        return {"hinge": Hinge}

    empty.register(plugin(condgan_losses=losses))
    for _ in range(3):
        empty.lookup("loss", "hinge")
    assert len(asked) == 1


def test_the_owner_of_a_name(filled):
    assert filled.owner("loss", "hinge") is None  # added by hand
    assert registry_module.owner("loss", "hinge") == "condgan"
    with pytest.raises(UnknownNameError, match="no loss is called 'hing'"):
        filled.owner("loss", "hing")


# Plugins added by hand


def test_a_plugin_adds_its_names_to_those_already_there(filled, plugin):
    filled.register(plugin("more", condgan_losses={"r3": Hinge}, condgan_metrics={"fid": len}))
    assert list(filled.known("loss")) == ["hinge", "r3", "wasserstein"]
    assert filled.lookup("metric", "fid") is len
    assert filled.found()[-1].adds == {"loss": ("r3",), "metric": ("fid",)}


def test_an_object_with_hooks_is_a_plugin_as_well(empty):
    class Mine:
        @hookimpl
        def condgan_losses(self):
            return {"mine": Hinge}

    empty.register(Mine())
    assert empty.lookup("loss", "mine") is Hinge


def test_a_name_that_is_taken_names_both_and_leaves_no_trace(filled, plugin):
    before = trace(filled)
    with pytest.raises(PluginError) as caught:
        filled.register(
            plugin(condgan_losses={"hinge": len, "fresh": len}, condgan_metrics={"fid": len}),
            "other",
        )
    assert str(caught.value) == (
        "loss 'hinge' has two owners, losses (added by hand) and other (added by hand): rename "
        "it, or take the name over with register(..., override=True)."
    )
    assert trace(filled) == before


def test_a_name_may_be_taken_over_if_one_says_so(filled, plugin):
    filled.register(plugin(condgan_losses={"hinge": BinaryCrossEntropy}), override=True)
    assert filled.lookup("loss", "hinge") is BinaryCrossEntropy
    assert filled.lookup("loss", "wasserstein") is Wasserstein
    assert filled.found()[-1].problems == ()


def test_a_cell_that_is_run_again_takes_its_own_names_over(empty):
    def cell():
        class Mine:
            @hookimpl
            def condgan_losses(self):
                return {"mine": Hinge}

        empty.register(Mine(), override=True)

    for _ in range(3):
        cell()
    assert empty.lookup("loss", "mine") is Hinge
    assert [about.adds for about in empty.found()] == [{"loss": ("mine",)}]
    other = types.SimpleNamespace(condgan_losses=hookimpl(lambda: {"mine": Hinge}))
    with pytest.raises(PluginError, match=r"two owners, a Mine \(added by hand\) and a Simple"):
        empty.register(other)


def test_a_module_that_is_reloaded_is_read_anew(empty, plugin):
    module = plugin("mine", condgan_losses={"old": Hinge}, condgan_metrics={"fid": len})
    empty.register(module)
    module.condgan_losses = hookimpl(lambda: {"new": Wasserstein})
    empty.register(module)  # twice is once
    assert list(empty.known("loss")) == ["old"]
    empty.register(module, override=True)
    assert empty.known("loss") == {"new": Wasserstein}
    assert [about.title for about in empty.found()] == ["mine"]
    module.condgan_losses = hookimpl(lambda: None)  # it was broken, and nothing is lost
    before = trace(empty)
    with pytest.raises(PluginError, match="condgan_losses of mine must return a mapping"):
        empty.register(module, override=True)
    assert trace(empty) == before


def test_who_loses_a_name_keeps_the_others(filled, plugin):
    other = plugin("other", condgan_losses={"hinge": BinaryCrossEntropy})
    filled.register(other, override=True)
    losses, _ = filled.found()
    assert losses.adds == {"loss": ("wasserstein",)}
    filled.register(plugin("third", condgan_losses={"hinge": Hinge}), override=True)
    assert [about.title for about in filled.found()] == ["losses", "third"]
    with pytest.raises(PluginError, match="two owners, third"):
        filled.register(other)  # which has no name any more


def test_one_name_may_be_used_by_two_kinds(filled, plugin):
    filled.register(plugin("more", condgan_metrics={"hinge": len}))
    assert filled.lookup("loss", "hinge") is Hinge
    assert filled.lookup("metric", "hinge") is len


def test_two_plugins_of_one_title_are_refused(filled, plugin):
    before = trace(filled)
    with pytest.raises(PluginError, match="plugin 'losses' cannot be registered"):
        filled.register(plugin("more", condgan_losses={"r3": Hinge}), "losses")
    assert trace(filled) == before


def test_a_hook_that_raises_costs_only_its_own_plugin(filled, plugin):
    before = trace(filled)

    def losses():
        raise RuntimeError("no licence")

    with pytest.raises(RuntimeError, match="no licence"):
        filled.register(plugin(condgan_losses=losses), "odd")
    assert trace(filled) == before


def test_what_cannot_work_is_refused_without_a_trace_each_time(filled, plugin):
    before = trace(filled)
    broken = plugin(condgan_metrics={"fid": len}, condgan_losses={"gentle": Hinge()})
    for _ in range(2):  # not a no-op: it is not registered
        with pytest.raises(PluginError, match="loss 'gentle' of odd must be something to call"):
            filled.register(broken, "odd")
    assert trace(filled) == before


def test_no_order_of_plugins_makes_a_difference(plugin):
    made = [plugin(f"p{i}", condgan_losses={f"loss-{i}": Hinge}) for i in range(3)]
    found = []
    for order in itertools.permutations(made):
        registry = Registry()
        for one in order:
            registry.register(one)
        found.append(list(registry.known("loss")))
    assert found == [["loss-0", "loss-1", "loss-2"]] * 6


# The process's registry


@pytest.fixture
def unfilled(monkeypatch):
    """The process's registry as in a new process; afterwards as it was."""
    old = registry_module.registry
    fresh = registry_module.cache(old.__wrapped__)
    monkeypatch.setattr(registry_module, "registry", fresh)
    return fresh


def test_the_registry_is_filled_by_the_first_lookup(site, unfilled, losses, monkeypatch):
    site.add("good-dist", losses(installed="condgan.Hinge"))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: site.entry_points())
    assert unfilled.cache_info().currsize == 0
    assert registry_module.lookup("loss", "installed") is Hinge
    assert registry_module.owner("loss", "installed") == "good-dist"
    own, other = registry_module.found()
    assert (own.distribution, own.version) == ("condgan", metadata.version("condgan"))
    assert (other.distribution, other.version) == ("good-dist", "1.0")
    assert "mlp" in registry_module.known("architecture")


def test_register_adds_to_the_process(unfilled, plugin):
    registry_module.register(plugin(condgan_losses={"mine": Hinge}))
    assert registry_module.lookup("loss", "mine") is Hinge
    with pytest.raises(UnknownNameError, match="no loss is called 'mihne'; did you mean 'mine'"):
        registry_module.lookup("loss", "mihne")
    with pytest.raises(PluginError, match=re.escape("two owners, condgan and again (added")):
        registry_module.register(plugin("again", condgan_losses={"hinge": Hinge}))
