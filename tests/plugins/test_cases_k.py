"""What goes wrong elsewhere with plugins.

Each test names the case (D85 to D90) that it stands for, and installs distributions; those in
another process are in `test_installed.py`.
"""

import itertools
import warnings

import pytest

import condgan
from condgan.errors import PluginError, UnknownNameError
from condgan.plugins import builtins
from condgan.plugins.plugin import Plugin
from condgan.plugins.registry import Registry

# D85: one broken plugin ---------------------------------------------------------------------

BROKEN = {
    "import": ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "raises": ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
    "exits": ("import sys; sys.exit('no licence')", "SystemExit: no licence"),
    "hook raises": (
        """
        import condgan

        @condgan.hookimpl
        def condgan_metrics():
            return {"half": len}

        @condgan.hookimpl
        def condgan_losses():
            raise RuntimeError("no licence")
        """,
        "RuntimeError: no licence",
    ),
    "misspelt": (
        """
        import condgan

        @condgan.hookimpl
        def condgan_loses():
            return {}
        """,
        "m-broken:m_broken has a hook 'condgan_loses', and there is none of that name; did you "
        "mean 'condgan_losses'?",
    ),
}

every_broken = pytest.mark.parametrize(("source", "cause"), BROKEN.values(), ids=BROKEN)


@pytest.fixture
def around(site, losses):
    """A site with a good plugin before, and one after, the one in the middle."""
    site.add("a-good", losses(first="condgan.Hinge"))
    site.add("z-good", losses(last="condgan.Wasserstein"))
    return site


@every_broken
def test_d85_a_broken_plugin_costs_only_its_own_names(around, source, cause):
    around.add("m-broken", source, version="2.3")
    registry = around.registry()
    said = f"the condgan plugin 'm_broken' of m-broken was left out: {cause}"
    with pytest.warns(UserWarning, match="left out") as caught:
        assert list(registry.known("loss")) == ["first", "last"]
    (message,) = {str(warning.message) for warning in caught}
    assert message.startswith(said)
    assert list(registry.known("metric")) == []
    assert registry.lookup("loss", "last") is condgan.Wasserstein
    about = registry.found()[1]
    assert (about.distribution, about.version, about.adds) == ("m-broken", "2.3", {})
    assert about.problems[0].startswith(cause)


@every_broken
def test_d85_asking_for_a_lost_name_says_why(around, source, cause):
    around.add("m-broken", source)
    registry = around.registry()
    with pytest.warns(UserWarning, match="left out"), pytest.raises(UnknownNameError) as caught:
        registry.lookup("loss", "half")
    start, end = str(caught.value).split(" Not loaded, and perhaps what has it: ")
    assert start == "no loss is called 'half'. Known: first, last."
    assert end.startswith(f"m-broken ({cause}")


def test_d85_asking_for_a_lost_data_set_says_why(around, monkeypatch):
    around.add("m-broken", BROKEN["import"][0])
    alone = around.registry()
    monkeypatch.setattr("condgan.plugins.registry.registry", lambda: alone)
    said = r"no such path: .* Not loaded, and perhaps what has it: m-broken \(ModuleNotFound.*\)\.$"
    with pytest.warns(UserWarning, match="left out"), pytest.raises(UnknownNameError, match=said):
        condgan.load_data("stripes")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_d85_a_search_that_is_interrupted_is_made_again(around, stop):
    def interrupted():
        raise stop

    registry = Registry(interrupted)
    with pytest.raises(stop):
        registry.search()
    registry._installed = around.entry_points
    assert list(registry.known("loss")) == ["first", "last"]


@every_broken
def test_d85_it_is_an_error_where_plugins_must_be_in_order(around, monkeypatch, source, cause):
    monkeypatch.setenv("CONDGAN_STRICT_PLUGINS", "1")
    around.add("m-broken", source)
    registry = around.registry()
    for _ in range(2):
        with pytest.raises(PluginError, match=r"'m_broken' of m-broken was left out"):
            registry.lookup("loss", "last")
    monkeypatch.delenv("CONDGAN_STRICT_PLUGINS")
    with pytest.warns(UserWarning, match="left out"):
        assert list(registry.known("loss")) == ["first", "last"]


def test_d85_what_is_built_in_is_had_without_a_look_at_the_rest(around):
    around.add("m-broken", BROKEN["import"][0])
    registry = around.registry()
    registry.add_own(builtins)
    assert registry.lookup("loss", "hinge") is condgan.Hinge  # warns of nothing
    assert "digits" in registry.known("data set")
    assert registry.owner("architecture", "mlp") == "condgan"
    with pytest.warns(UserWarning, match="left out"):
        assert registry.lookup("loss", "last") is condgan.Wasserstein


def test_d85_which_plugins_are_loaded_can_be_chosen(around, monkeypatch):
    around.add("m-broken", BROKEN["import"][0])
    for chosen, there in (
        ("", []),
        ("Z_Good", ["last"]),
        (" a_good , z-good", ["first", "last"]),
    ):
        monkeypatch.setenv("CONDGAN_PLUGINS", chosen)
        registry = around.registry()
        assert list(registry.known("loss")) == there
        assert [about.chosen for about in registry.found()][1] is False
    with pytest.raises(UnknownNameError, match=r"Known: first, last\. Left out by .*: m-broken\.$"):
        registry.lookup("loss", "x")


def test_d85_a_choice_that_is_none_is_told(around, monkeypatch):
    monkeypatch.setenv("CONDGAN_PLUGINS", "a-god")
    said = "CONDGAN_PLUGINS names 'a-god', .* did you mean 'a-good'.* Installed: 'a-good', 'z-good'"
    with pytest.warns(UserWarning, match=said):
        assert list(around.registry().known("loss")) == []


# D86: a hook with an argument; D87: a class -------------------------------------------------


def test_d86_an_argument_that_hooks_do_not_have(site):
    site.add("asks", "import condgan\n@condgan.hookimpl\ndef condgan_losses(config): return {}")
    said = r"'asks' of asks was left out: condgan_losses of asks:asks asks for 'config'; this hook"
    with pytest.warns(UserWarning, match=said):
        assert site.registry().found()[0].adds == {}


CLASS = """
import condgan

class Mine:
    @condgan.hookimpl
    def condgan_losses(self):
        return {"mine": condgan.Hinge}

mine = Mine()
"""


def test_d87_a_class_instead_of_an_object(site):
    site.add("mine-dist", CLASS, {"wrong": "mine_dist:Mine", "right": "mine_dist:mine"})
    registry = site.registry()
    said = r"'wrong' of mine-dist was left out: register .* an object, not a class: Mine\(\)\."
    with pytest.warns(UserWarning, match=said):
        assert registry.lookup("loss", "mine") is condgan.Hinge


# D88: two owners of a name ------------------------------------------------------------------


@pytest.fixture
def rivals(site, losses):
    site.add("a-one", losses(shared="condgan.Hinge", first="condgan.Hinge"))
    site.add("b-two", losses(shared="condgan.Wasserstein", second="condgan.Hinge"))
    return site


CLASH = (
    "loss 'shared' has two owners, a-one and b-two: uninstall one of them, or choose with the "
    "variable CONDGAN_PLUGINS."
)


def test_d88_a_name_with_two_owners_is_nobodys(rivals):
    registry = rivals.registry()
    with pytest.warns(UserWarning, match="two owners") as caught:
        assert list(registry.known("loss")) == ["first", "second"]
    assert [str(warning.message) for warning in caught] == [CLASH]
    for ask in (
        lambda: registry.lookup("loss", "shared"),
        lambda: registry.owner("loss", "shared"),
        lambda: registry.known("loss")["shared"],
        lambda: "shared" in registry.known("loss"),
    ):
        with pytest.raises(PluginError) as refused:
            ask()
        assert str(refused.value) == CLASH
    assert [about.problems for about in registry.found()] == [(CLASH,), (CLASH,)]


def test_d88_three_owners(rivals, losses):
    rivals.add("c-three", losses(shared="condgan.Hinge"))
    with pytest.warns(UserWarning, match="has 3 owners, a-one and b-two and c-three: "):
        rivals.registry().search()


def test_d88_strictly_it_is_an_error(rivals, monkeypatch):
    monkeypatch.setenv("CONDGAN_STRICT_PLUGINS", "1")
    with pytest.raises(PluginError, match="'shared' has two owners, a-one and b-two"):
        rivals.registry().lookup("loss", "first")


def test_d88_the_choice_is_yours(rivals, monkeypatch, plugin):
    monkeypatch.setenv("CONDGAN_PLUGINS", "b-two")
    registry = rivals.registry()
    assert registry.lookup("loss", "shared") is condgan.Wasserstein
    assert registry.owner("loss", "shared") == "b-two"
    monkeypatch.delenv("CONDGAN_PLUGINS")
    registry = rivals.registry()
    with pytest.warns(UserWarning, match="two owners"):
        registry.register(plugin(condgan_losses={"shared": condgan.LeastSquares}), override=True)
    assert registry.lookup("loss", "shared") is condgan.LeastSquares


def test_d88_a_name_of_the_library_stays_its_own(site, losses):
    site.add("greedy", losses(hinge="condgan.Wasserstein", fresh="condgan.Hinge"))
    registry = site.registry()
    registry.add_own(builtins)
    assert registry.lookup("loss", "hinge") is condgan.Hinge
    said = (
        "loss 'hinge' has two owners, condgan and greedy: it stays condgan's own, and needs "
        "another name elsewhere."
    )
    with pytest.warns(UserWarning, match=said):
        assert registry.lookup("loss", "fresh") is condgan.Hinge
    assert registry.lookup("loss", "hinge") is condgan.Hinge
    assert registry.owner("loss", "hinge") == "condgan"
    own, greedy = registry.found()
    assert own.problems == ()
    assert greedy.problems == (said,)


# D89: the same plugin twice -----------------------------------------------------------------


def test_d89_installed_and_added_by_hand(site, losses, plugin):
    site.add("good", losses(mine="condgan.Hinge"))
    registry = site.registry()
    import good

    registry.register(good)
    registry.register(good)
    registry.register(good, "by another name")
    assert registry.owner("loss", "mine") == "good"
    assert [about.title for about in registry.found()] == ["good:good"]
    assert registry.manager.hook.condgan_losses() == [{"mine": condgan.Hinge}]


def test_d89_two_distributions_of_one_module(site, losses):
    site.add("new-name", losses(mine="condgan.Hinge"))
    site.add("old-name", "from new_name import *", {"old": "new_name"})
    registry = site.registry()
    assert registry.owner("loss", "mine") == "new-name"
    new, old = registry.found()
    assert new == Plugin("new-name", "new_name", "1.0", {"loss": ("mine",)})
    assert old.problems == ("the same plugin as new-name:new_name, which counts once",)


# D90: order ---------------------------------------------------------------------------------


def test_d90_no_order_changes_what_a_name_means(site):
    for name, how in (("a", "trylast=True"), ("b", ""), ("c", "tryfirst=True")):
        site.add(f"{name}-dist", f"""
            import condgan

            @condgan.hookimpl({how})
            def condgan_losses():
                return {{"{name}": condgan.Hinge, "same": condgan.Hinge}}
        """)  # fmt: skip
    found = []
    for order in itertools.permutations(site.entry_points()):
        registry = type(site.registry())(lambda order=order: order)
        with pytest.warns(UserWarning, match="has 3 owners, a-dist and b-dist and c-dist"):
            found.append([about.title for about in registry.found()])
        assert list(registry.known("loss")) == ["a", "b", "c"]
    assert found == [["a-dist:a_dist", "b-dist:b_dist", "c-dist:c_dist"]] * 6


def test_warnings_are_not_silenced_for_good(around):
    around.add("m-broken", BROKEN["raises"][0])
    before = list(warnings.filters)
    with pytest.warns(UserWarning, match="left out"):
        around.registry().search()
    assert warnings.filters == before
