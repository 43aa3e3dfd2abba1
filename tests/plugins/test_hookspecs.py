"""The hooks: one for each kind of name, each without arguments."""

import inspect
import re
from pathlib import Path

from condgan.plugins import hookspecs
from condgan.plugins.hookspecs import PROJECT
from condgan.plugins.implementations import KINDS

HOOKS = {
    name: thing
    for name, thing in inspect.getmembers(hookspecs, inspect.isfunction)
    if name.startswith("condgan_")
}


def test_every_hook_is_the_hook_of_one_kind():
    assert sorted(KINDS.values()) == sorted(HOOKS)


def test_hooks_take_nothing_add_nothing_and_are_explained():
    for hook in HOOKS.values():
        assert not inspect.signature(hook).parameters
        assert hook() == {}
        assert hook.__doc__


def test_hooks_are_marked_for_the_project():
    assert PROJECT == "condgan"
    for hook in HOOKS.values():
        assert hasattr(hook, f"{PROJECT}_spec")
    assert hasattr(hookspecs.hookimpl(lambda: {}), f"{PROJECT}_impl")


def test_every_hook_has_its_heading_in_the_docs():
    page = Path(__file__).parents[2] / "docs" / "plugins.md"
    headings = re.findall(r"^### `(\w+)`$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(HOOKS)
