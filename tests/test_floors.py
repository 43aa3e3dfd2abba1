"""The floors: a room imports only from floors below it, and nothing imports in a circle.

Imports inside functions and those for type checkers count too.
"""

import ast
import graphlib
from pathlib import Path

import pytest

import condgan

ROOT = Path(condgan.__file__).parent
FACE = "condgan"

ROOMS = {
    "condgan.errors": (1, "ground"),
    "condgan.arguments": (1, "ground"),
    "condgan.cache": (1, "ground"),
    "condgan.classes": (1, "ground"),
    "condgan.conditions": (1, "ground"),
    "condgan.images": (1, "ground"),
    "condgan.lettering": (1, "ground"),
    "condgan.manifest": (1, "ground"),
    "condgan.modes": (1, "ground"),
    "condgan.naming": (1, "ground"),
    "condgan.notebook": (1, "ground"),
    "condgan.png": (1, "ground"),
    "condgan.verdict": (1, "ground"),
    "condgan.plugins.hookspecs": (1, "ground"),
    "condgan.plugins": (2, "registry"),
    "condgan.data": (3, "data"),
    "condgan.networks": (3, "networks"),
    "condgan.objectives": (3, "objectives"),
    "condgan.metrics": (4, "metrics"),
    "condgan.pictures": (4, "pictures"),
    "condgan.page": (5, "page"),
    "condgan.training": (5, "training"),
    "condgan.testing": (6, "testing"),
    "condgan.cli": (7, "cli"),
    "condgan.__main__": (7, "cli"),
    "condgan.plugins.builtins": (7, "builtins"),
    "condgan.plugins.metrics": (7, "builtins"),
}
"""Module, or folder of modules, to its floor and room."""

BLIND = {"metrics": {"networks", "objectives", "training"}}
"""Rooms that a room does not see although they are below it."""

SEE_THE_FACE = {"condgan.cli", "condgan.__main__"}


def module_name(file, root=ROOT):
    parts = (root.name, *file.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source, module, is_package, modules):
    """The modules of the package that `source` names in any import, wherever it stands."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, *([base] if base else [])])
            for name in node.names:
                inner = f"{base}.{name.name}"
                found.add(inner if inner in modules else base)
    return {name for name in found if name.split(".")[0] == "condgan"} - {module}


def room(module):
    """Floor and room of a module, by the longest entry of `ROOMS` that it lies in."""
    inside = [entry for entry in ROOMS if module == entry or module.startswith(entry + ".")]
    return ROOMS[max(inside, key=len)] if inside else None


def faults(graph):
    """What breaks the rules in a graph from module to the modules it imports."""
    for module, seen in sorted(graph.items()):
        if module == FACE:
            continue  # the face may show everything; who sees it is checked below
        place = room(module)
        if place is None:
            yield f"{module} lies in no known room"
            continue
        for other in sorted(seen):
            there = room(other)
            if other == FACE:
                if module not in SEE_THE_FACE:
                    yield f"{module} imports the face"
            elif there is None:
                yield f"{module} imports {other}, which lies in no known room"
            elif there[0] >= place[0] and there != place:
                yield f"{module} (floor {place[0]}) imports {other} (floor {there[0]})"
            elif there[1] in BLIND.get(place[1], ()):
                yield f"{module} imports {other}, which {place[1]} does not see"


def circle(graph):
    """The modules of one import circle, or nothing."""
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        return error.args[1]
    return []


FILES = {module_name(file): file for file in sorted(ROOT.rglob("*.py"))}
GRAPH = {
    module: imports(
        file.read_text(encoding="utf-8"), module, file.name == "__init__.py", FILES.keys()
    )
    for module, file in FILES.items()
}


def test_each_room_sees_only_the_floors_below():
    assert list(faults(GRAPH)) == []


def test_nothing_imports_in_a_circle():
    assert circle(GRAPH) == []


def test_every_room_exists():
    assert ROOMS.keys() <= FILES.keys()


def test_the_graph_is_that_of_the_package():
    assert len(GRAPH) == len(list(ROOT.rglob("*.py"))) > 40
    assert "condgan.networks.sampling" in GRAPH["condgan.networks.conditional"]
    assert "condgan.plugins.hookspecs" in GRAPH["condgan.plugins.registry"]


# The checks themselves can fail


@pytest.mark.parametrize(
    ("module", "other", "said"),
    [
        ("condgan.classes", "condgan.plugins.registry", "(floor 1) imports"),
        ("condgan.plugins.registry", "condgan.plugins.builtins", "(floor 7)"),
        ("condgan.plugins.hookspecs", "condgan.plugins.registry", "(floor 1) imports"),
        ("condgan.networks.mlp", "condgan.objectives.losses", "(floor 3) imports"),
        ("condgan.objectives.turn", "condgan.data.load", "(floor 3) imports"),
        ("condgan.data.load", "condgan.networks.mlp", "(floor 3) imports"),
        ("condgan.networks.mlp", "condgan.training.trainer", "(floor 3) imports"),
        ("condgan.metrics.spread", "condgan.networks.mlp", "metrics does not see"),
        ("condgan.metrics.spread", "condgan.objectives.turn", "metrics does not see"),
        ("condgan.metrics.spread", "condgan.training.state", "(floor 5)"),
        ("condgan.training.trainer", "condgan.testing.losses", "(floor 6)"),
        ("condgan.testing.losses", "condgan.cli", "(floor 7)"),
        ("condgan.training.trainer", "condgan", "imports the face"),
        ("condgan.plugins", "condgan.data.load", "(floor 2) imports"),
        ("condgan.plugins.template", "condgan.plugins.builtins", "(floor 2) imports"),
        ("condgan.attic.box", "condgan.errors", "lies in no known room"),
        ("condgan.cli", "condgan.attic.box", "which lies in no known room"),
    ],
)
def test_a_wrong_import_would_be_found(module, other, said):
    (fault,) = faults({module: {other}})
    assert said in fault


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("condgan.classes", "condgan.errors"),
        ("condgan.conditions", "condgan.classes"),
        ("condgan.metrics.spread", "condgan.data.labelled"),
        ("condgan.data.load", "condgan.data.readers.csv"),
        ("condgan.training.trainer", "condgan.objectives.turn"),
        ("condgan.plugins.builtins", "condgan.training.trainer"),
        ("condgan.plugins", "condgan.plugins.registry"),
        ("condgan.cli.plugins", "condgan.testing.plugins"),
        ("condgan.cli", "condgan"),
        ("condgan", "condgan.plugins.builtins"),
    ],
)
def test_a_right_import_is_let_through(module, other):
    assert not list(faults({module: {other}}))


@pytest.mark.parametrize(
    "line",
    [
        "import condgan.data.load",
        "import condgan.data.load as load",
        "from condgan.data.load import load_data",
        "from condgan.data import load",
        "from ..data import load",
        "from ..data.load import load_data",
        "def f():\n    from condgan.data import load",
        "if TYPE_CHECKING:\n    from condgan.data import load",
        "try:\n    import numpy\nexcept ImportError:\n    import condgan.data.load",
    ],
)
def test_every_way_to_import_is_seen(line):
    assert imports(line, "condgan.networks.mlp", False, FILES.keys()) == {"condgan.data.load"}


def test_imports_of_the_face_and_of_others_are_told_apart():
    source = "import torch\nfrom condgan import Trainer\nfrom condgan import errors\n"
    assert imports(source, "condgan.x", False, FILES.keys()) == {"condgan", "condgan.errors"}
    assert imports("from . import errors", "condgan", True, FILES.keys()) == {"condgan.errors"}


def test_a_circle_would_be_found():
    assert set(circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})) == {"a", "b", "c"}
