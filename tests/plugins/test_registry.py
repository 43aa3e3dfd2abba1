"""Names and owners: lookups, plugins added by hand, and plugins that are installed."""

import re
import sys
import textwrap
import types
from importlib import metadata

import pluggy
import pytest

from condgan.errors import PluginError, UnknownNameError
from condgan.plugins import hookspecs
from condgan.plugins import registry as registry_module
from condgan.plugins.hookspecs import hookimpl
from condgan.plugins.registry import KINDS, Registry

HINGE, WASSERSTEIN = object(), object()


def hook(name, answer):
    """A hook implementation called `name` that gives what `answer()` gives."""

    def implementation():
        return answer()

    implementation.__name__ = name
    return hookimpl(implementation)


def plugin(title="fake", **answers):
    """A plugin module with a hook for each of `answers`."""
    module = types.ModuleType(title)
    for name, answer in answers.items():
        given = answer if callable(answer) else lambda answer=answer: answer
        setattr(module, name, hook(name, given))
    return module


@pytest.fixture
def empty():
    """A registry of its own, so that no test changes the process's."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    return Registry(manager)


@pytest.fixture
def filled(empty):
    empty.register(plugin(condgan_losses={"wasserstein": WASSERSTEIN, "hinge": HINGE}), "losses")
    return empty


def trace(registry):
    """All that a registry holds, to be compared before and after."""
    return (
        {kind: dict(registry.known(kind)) for kind in KINDS},
        sorted(name for name, _ in registry.manager.list_name_plugin()),
        {
            name: [found.plugin_name for found in caller.get_hookimpls()]
            for name, caller in vars(registry.manager.hook).items()
            if not name.startswith("_") and caller.get_hookimpls()
        },
    )


# Lookups


def test_a_name_is_found_under_its_kind(filled):
    assert filled.lookup("loss", "hinge") is HINGE
    assert list(filled.known("loss")) == ["hinge", "wasserstein"]
    assert dict(filled.known("metric")) == {}


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
    ],
)
def test_an_unknown_name_lists_the_known_ones(filled, kind, name, message):
    with pytest.raises(UnknownNameError) as caught:
        filled.lookup(kind, name)
    assert str(caught.value) == message


def test_nothing_is_asked_of_a_plugin_twice(empty):
    asked = []

    def losses():
        asked.append(1)
        return {"hinge": HINGE}

    empty.register(plugin(condgan_losses=losses))
    before = len(asked)
    for _ in range(3):
        empty.lookup("loss", "hinge")
    assert len(asked) == before == 1


# Plugins added by hand


def test_a_plugin_adds_its_names_to_those_already_there(filled):
    filled.known("loss")
    filled.register(plugin("more", condgan_losses={"r3": 1}, condgan_metrics={"fid": 2}))
    assert list(filled.known("loss")) == ["hinge", "r3", "wasserstein"]
    assert filled.lookup("metric", "fid") == 2


def test_an_object_with_hooks_is_a_plugin_as_well(empty):
    class Mine:
        @hookimpl
        def condgan_losses(self):
            return {"mine": HINGE}

    empty.register(Mine())
    assert empty.lookup("loss", "mine") is HINGE


def test_registering_twice_is_once(filled):
    again = plugin("more", condgan_losses={"r3": 1})
    filled.register(again)
    before = trace(filled)
    filled.register(again)
    filled.register(again, "another title")
    assert trace(filled) == before


def test_two_owners_of_a_name_are_both_named_and_the_second_leaves_no_trace(filled):
    before = trace(filled)
    with pytest.raises(PluginError) as caught:
        filled.register(
            plugin(condgan_losses={"hinge": 1, "fresh": 2}, condgan_metrics={"fid": 3}), "other"
        )
    message = str(caught.value)
    assert message.startswith("loss 'hinge' has two owners, ")
    assert {"losses", "other"} <= set(re.findall(r"\w+", message))
    assert "uninstall or rename one of them" in message
    assert trace(filled) == before
    assert filled.lookup("loss", "hinge") is HINGE


def test_one_name_may_be_used_by_two_kinds(filled):
    filled.register(plugin("more", condgan_metrics={"hinge": 5}))
    assert filled.lookup("loss", "hinge") is HINGE
    assert filled.lookup("metric", "hinge") == 5


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (plugin(condgan_loses={"x": 1}, condgan_metrics={"fid": 3}), "condgan_loses"),
        (plugin(condgan_losses=lambda: None), "condgan_losses of odd must return a mapping"),
        (plugin(condgan_losses=lambda: ["hinge"]), "from name to loss; it returned ['hinge']"),
    ],
    ids=["misspelt", "none", "list"],
)
def test_a_hook_that_cannot_work_is_refused_without_a_trace(filled, broken, words):
    before = trace(filled)
    with pytest.raises(PluginError, match=re.escape(words)):
        filled.register(broken, "odd")
    assert trace(filled) == before
    with pytest.raises(PluginError, match=re.escape(words)):  # not a no-op: it is not registered
        filled.register(broken, "odd")


def test_a_hook_with_an_argument_is_refused(filled):
    before = trace(filled)
    module = types.ModuleType("argument")

    @hookimpl
    def condgan_losses(config):
        return {}

    module.condgan_losses = condgan_losses
    with pytest.raises(PluginError, match=r"(?s)plugin 'odd' cannot be registered: .*config"):
        filled.register(module, "odd")
    assert trace(filled) == before


def test_two_plugins_of_one_title_are_refused(filled):
    before = trace(filled)
    with pytest.raises(PluginError, match="plugin 'losses' cannot be registered"):
        filled.register(plugin("more", condgan_losses={"r3": 1}), "losses")
    assert trace(filled) == before


def test_a_hook_that_raises_costs_only_its_own_plugin(filled):
    before = trace(filled)

    def losses():
        raise RuntimeError("no licence")

    with pytest.raises(RuntimeError, match="no licence"):
        filled.register(plugin(condgan_losses=losses), "odd")
    assert trace(filled) == before


# Plugins that are installed


def install(folder, distribution, module, source, entries=None):
    """A module and its dist-info folder, as pip leaves them."""
    (folder / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(
        f"{name} = {target}\n" for name, target in (entries or {module: module}).items()
    )
    (info / "entry_points.txt").write_text(f"[condgan]\n{lines}")


GOOD = """
    from condgan.plugins.hookspecs import hookimpl

    @hookimpl
    def condgan_losses():
        return {"installed-hinge": 7}
"""

BROKEN = {
    "import": ("import no_such_module_anywhere", "ModuleNotFoundError: No module named"),
    "raises": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "misspelt": (
        """
        from condgan.plugins.hookspecs import hookimpl

        @hookimpl
        def condgan_loses():
            return {}
        """,
        "PluginError: .*condgan_loses",
    ),
    "hook raises": (
        """
        from condgan.plugins.hookspecs import hookimpl

        @hookimpl
        def condgan_losses():
            raise RuntimeError("no licence")
        """,
        "RuntimeError: no licence",
    ),
    "owned": (
        """
        from condgan.plugins.hookspecs import hookimpl

        @hookimpl
        def condgan_losses():
            return {"hinge": 1}
        """,
        "PluginError: loss 'hinge' has two owners, .*broken-dist:broken_entry",
    ),
}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed things, and the entry points of this folder only."""
    monkeypatch.syspath_prepend(tmp_path)

    def entry_points(**chosen):
        found = metadata.EntryPoints(
            entry
            for distribution in metadata.distributions(path=[str(tmp_path)])
            for entry in distribution.entry_points
        )
        return found.select(**chosen)

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if (tmp_path / f"{name}.py").exists():
            del sys.modules[name]


def test_an_installed_plugin_is_found(filled, site):
    install(site, "good-dist", "good_plugin_a", GOOD)
    filled.load_installed()
    assert filled.lookup("loss", "installed-hinge") == 7
    assert filled.manager.has_plugin("good-dist:good_plugin_a")


@pytest.mark.parametrize(("source", "cause"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_a_warning_and_the_good_one_still_loads(filled, site, source, cause):
    install(site, "a-good-dist", "good_plugin_b", GOOD)
    install(site, "broken-dist", "broken_plugin", source, {"broken_entry": "broken_plugin"})
    install(site, "z-good-dist", "good_plugin_c", GOOD.replace("installed-hinge", "last"))
    said = f"condgan plugin 'broken_entry' of broken-dist was left out: {cause}"
    with pytest.warns(UserWarning, match=said) as caught:
        filled.load_installed()
    assert len(caught) == 1
    assert list(filled.known("loss")) == ["hinge", "installed-hinge", "last", "wasserstein"]
    assert filled.lookup("loss", "hinge") is HINGE


def test_a_plugin_installed_and_added_by_hand_is_there_once(filled, site):
    install(site, "good-dist", "good_plugin_d", GOOD)
    filled.load_installed()
    before = trace(filled)
    filled.register(sys.modules["good_plugin_d"])
    assert trace(filled) == before


# The process's registry


@pytest.fixture
def unfilled(monkeypatch):
    """The process's registry as in a new process; afterwards as it was."""
    old = registry_module.registry
    fresh = registry_module.cache(old.__wrapped__)
    monkeypatch.setattr(registry_module, "registry", fresh)
    return fresh


def test_the_registry_is_filled_by_the_first_lookup(unfilled, site):
    install(site, "good-dist", "good_plugin_e", GOOD)
    assert unfilled.cache_info().currsize == 0
    assert "good_plugin_e" not in sys.modules
    assert registry_module.lookup("loss", "installed-hinge") == 7
    assert unfilled.cache_info().currsize == 1
    assert "mlp" in registry_module.known("architecture")


def test_register_adds_to_the_process(unfilled, site):
    registry_module.register(plugin(condgan_losses={"mine": HINGE}))
    assert registry_module.lookup("loss", "mine") is HINGE
    with pytest.raises(UnknownNameError, match="no loss is called 'mihne'; did you mean 'mine'"):
        registry_module.lookup("loss", "mihne")


@pytest.mark.parametrize("plugin", ["name", 3, object()])
def test_what_has_no_hook_is_refused(plugin):
    from condgan.plugins.registry import registry

    with pytest.raises(
        PluginError, match=r"has no hook: mark its functions with @condgan\.hookimpl"
    ):
        registry().register(plugin)


def test_a_class_is_refused():
    from condgan.plugins.registry import registry

    class Mine:
        pass

    with pytest.raises(PluginError, match=r"not a class: Mine\(\)"):
        registry().register(Mine)
