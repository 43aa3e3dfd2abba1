"""`import condgan` shows its names and does nothing else."""

import ast
import inspect
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

import condgan

SCRIPT = """
import hashlib, json, logging, random, sys, warnings
import numpy, torch
from pathlib import Path

def state():
    numpy_state = numpy.random.get_state()
    return {
        "python's random state": hash(random.getstate()),
        "numpy's random state": [
            str(numpy_state[0]), hashlib.sha1(numpy_state[1].tobytes()).hexdigest(),
            *map(float, numpy_state[2:]),
        ],
        "torch's random state": hashlib.sha1(torch.get_rng_state().numpy()).hexdigest(),
        "root log handlers": [repr(handler) for handler in logging.getLogger().handlers],
        "root log level": logging.getLogger().level,
        "warning filters": [repr(entry) for entry in warnings.filters],
        "default type": str(torch.get_default_dtype()),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "files here": sorted(map(str, Path().rglob("*"))),
        "folders at home": sorted(map(str, Path.home().rglob("*"))),
    }

before, modules = state(), set(sys.modules)
import condgan
after, new = state(), set(sys.modules) - modules
from condgan.plugins import registry
print(json.dumps({
    "before": before,
    "after": after,
    "modules": sorted(new),
    "plugins scanned": registry.registry.cache_info().currsize,
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a new process sees before and after the import, in an empty folder and home."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", SCRIPT],
        cwd=tmp_path_factory.mktemp("empty"),
        env={**os.environ, "HOME": str(home), "USERPROFILE": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    *printed, result = done.stdout.splitlines()
    assert not printed
    return json.loads(result)


def test_the_world_is_left_as_it_was(seen):
    for what, before in seen["before"].items():
        assert seen["after"][what] == before, what


@pytest.mark.parametrize("package", ["torchvision", "matplotlib", "PIL", "IPython", "pandas"])
def test_what_is_rarely_needed_is_not_imported(seen, package):
    assert not [name for name in seen["modules"] if name.split(".")[0] == package]


def test_no_notebook_bar_is_imported(seen):
    assert "tqdm.notebook" not in seen["modules"]
    assert "tqdm.autonotebook" not in seen["modules"]


def test_no_plugin_is_looked_for(seen):
    assert seen["plugins scanned"] == 0
    assert "condgan.plugins.builtins" not in seen["modules"]
    assert "condgan.plugins.registry" in seen["modules"]


def test_all_names_exist_once_and_in_order():
    assert condgan.__all__ == sorted(set(condgan.__all__))
    for name in condgan.__all__:
        assert getattr(condgan, name) is not None


def test_there_are_no_public_names_but_those_and_the_submodules():
    def is_submodule(name, thing):
        return isinstance(thing, types.ModuleType) and thing.__name__ == f"condgan.{name}"

    public = {
        name
        for name, thing in vars(condgan).items()
        if not name.startswith("_") and not is_submodule(name, thing)
    }
    assert public == set(condgan.__all__)


def test_every_public_thing_is_explained():
    for name in condgan.__all__:
        assert inspect.getdoc(getattr(condgan, name)), name


def test_the_face_only_imports():
    tree = ast.parse(Path(condgan.__file__).read_text(encoding="utf-8"))
    kinds = {type(node) for node in tree.body[1:]}
    assert kinds <= {ast.ImportFrom, ast.Assign, ast.Expr}  # an expression: the NullHandler
    assert isinstance(condgan.__version__, str)
