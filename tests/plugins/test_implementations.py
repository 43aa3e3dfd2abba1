"""What a plugin implements, and what is wrong with it in which words."""

import re
import types

import pytest

import condgan
from condgan.errors import PluginError
from condgan.plugins.hookspecs import hookimpl


def object_with(name, function):
    return types.SimpleNamespace(**{name: function})


@hookimpl
def misspelt():
    return {}


@hookimpl
def asks(config, *rest, name="fine", **more):
    return {}


class Mine:
    @hookimpl
    def condgan_losses(self):
        return {"mine": condgan.Hinge}


FAULTS = {
    "misspelt": (
        object_with("condgan_loses", misspelt),
        "odd has a hook 'condgan_loses', and there is none of that name; did you mean "
        "'condgan_losses'? Hooks: condgan_architectures, ",
    ),
    "not marked": (
        object_with("condgan_losses", lambda: {}),
        "condgan_losses of odd is not marked. Write @condgan.hookimpl above it.",
    ),
    "misspelt, not marked": (
        object_with("condgan_loss", lambda: {}),
        "condgan_loss of odd is no hook; did you mean 'condgan_losses'? Write @condgan.hookimpl",
    ),
    "argument": (
        object_with("condgan_losses", asks),
        "condgan_losses of odd asks for 'config'; this hook is given no argument.",
    ),
    "self": (
        object_with("condgan_losses", Mine.condgan_losses),
        "condgan_losses of odd asks for 'self'; this hook is given no argument. (Is it a method "
        "of a class that was not called? Register an object.)",
    ),
    "class": (Mine, "register a module or an object, not a class: Mine()."),
    "nothing": (None, "odd has no hook: mark its functions with @condgan.hookimpl. Hooks: "),
    "no hook": (types.ModuleType("empty"), "odd has no hook: mark"),
    "a name": ("condgan_mine", "odd has no hook: mark"),
    "none": (
        object_with("condgan_losses", hookimpl(lambda: None)),
        "condgan_losses of odd must return a mapping from name to loss; it returned None.",
    ),
    "list": (
        object_with("condgan_losses", hookimpl(lambda: ["hinge"])),
        "from name to loss; it returned ['hinge'].",
    ),
    "value": (
        object_with("condgan_losses", hookimpl(lambda: {"x": condgan.Hinge()})),
        "loss 'x' of odd must be something to call, such as a class or a function; got Hinge().",
    ),
    "number": (
        object_with("condgan_losses", hookimpl(lambda: {3: condgan.Hinge})),
        "a loss is called by a name, without space around it; odd has one called 3.",
    ),
    "blank": (
        object_with("condgan_losses", hookimpl(lambda: {" ": condgan.Hinge})),
        "a loss is called by a name, without space around it; odd has one called ' '.",
    ),
    "space": (
        object_with("condgan_losses", hookimpl(lambda: {"mine ": condgan.Hinge})),
        "odd has one called 'mine '.",
    ),
    "no architecture": (
        object_with("condgan_architectures", hookimpl(lambda: {"x": condgan.Hinge})),
        "architecture 'x' of odd must be a condgan.Architecture; got <class ",
    ),
}


@pytest.mark.parametrize(("given", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_is_said(empty, given, words):
    with pytest.raises(PluginError, match=re.escape(words)):
        empty.register(given, "odd")
    assert empty.found() == []


def test_a_helper_is_no_misspelt_hook(empty, plugin):
    module = plugin(condgan_losses={"mine": condgan.Hinge})
    module.condgan_version = lambda: "1.0"
    module.condgan_loss = types.ModuleType("condgan_loss")  # one of its own modules
    empty.register(module)
    assert empty.lookup("loss", "mine") is condgan.Hinge


def test_a_hook_may_have_another_name_in_the_plugin(empty):
    marked = hookimpl(specname="condgan_losses")(lambda: {"mine": condgan.Hinge})
    empty.register(object_with("my_losses", marked))
    assert empty.lookup("loss", "mine") is condgan.Hinge


def test_a_hook_of_a_later_version_may_be_marked_as_optional(empty):
    later = hookimpl(optionalhook=True)(lambda: {"x": 1})
    module = object_with("condgan_later", later)
    module.condgan_losses = hookimpl(lambda: {"mine": condgan.Hinge})
    empty.register(module)
    assert empty.found()[0].adds == {"loss": ("mine",)}
