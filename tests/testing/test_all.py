"""All that the library registers passes the checks that plugins are held to."""

from functools import partial

import pytest

from condgan import testing
from condgan.data.glyphs import glyphs
from condgan.plugins import builtins, registry
from condgan.plugins.implementations import KINDS
from condgan.testing.plugins import CHECKS

OWN = [
    (kind, name)
    for kind, hook in KINDS.items()
    for name in getattr(builtins, hook)()
    # Torchvision's are fetched; a reader's tests have them as small files.
    if not (kind == "data set" and name.endswith("mnist"))
]

SMALLER = {("data set", "glyphs"): partial(glyphs, n=40)}
"""What takes long as it is."""


@pytest.mark.parametrize(("kind", "name"), OWN, ids=map(" ".join, OWN))
def test_the_librarys_own_parts_pass(kind, name):
    CHECKS[kind](SMALLER.get((kind, name), name))


def test_there_is_a_check_for_every_kind():
    assert CHECKS.keys() == KINDS.keys()
    assert sorted(f.__name__ for f in [*CHECKS.values(), testing.check_plugin]) == testing.__all__


def test_none_of_them_is_missing_here():
    assert len(OWN) > 25
    assert {kind for kind, _ in OWN} == KINDS.keys()
    assert all(registry.owner(kind, name) == "condgan" for kind, name in OWN)
