"""Plugins as they come: installed, in another process, by name in Python and on a command line."""

import json
import os
import re
import subprocess
import sys
import types
from importlib import metadata
from pathlib import Path

import pytest

import condgan
from condgan.plugins import template
from condgan.plugins.implementations import KINDS
from condgan.testing import check_plugin

ROOT = Path(__file__).parents[2]

SCRIPT = """
import contextlib, io, json, sys, warnings
from importlib import metadata

asked, real = [], metadata.entry_points
def entry_points(**chosen):
    if chosen.get("group") == "condgan":
        asked.append(chosen)
    return real(**chosen)
metadata.entry_points = entry_points

import pytest
import torch
import condgan
from condgan.cli import main

def fit(data, **arguments):
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, width=8)
    D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, width=8)
    trainer = condgan.Trainer(G, D, data.loader(4), progress=False, device="cpu", **arguments)
    return trainer.fit(1)

def command(*arguments, run=main):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(list(arguments))
    return {"code": int(code), "out": out.getvalue(), "err": err.getvalue()}

def tests(folder):
    return command(folder, "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
                   run=pytest.main)

found = {}
fit(condgan.load_data((torch.rand(8, 1, 8, 8), [0, 1] * 4), value_range=(0, 1)))
found["unnamed"] = len(asked), "good" in sys.modules
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    data = condgan.load_data("stripes", n=8)
    found["named"] = repr(fit(data, algorithm="kind", callbacks=["counts"]).history["counted"])
found["told"] = [str(warning.message) for warning in told if "condgan" in str(warning.message)]
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pool = torch.nn.AvgPool2d(4)
    def copy(labels):
        return data.floats()[[int(label == "down") for label in labels]]
    report = condgan.evaluate(copy, data, n=2, features=pool, metrics="light", cache=False)
    found["measured"] = report.measures["light"].overall.generated
found["asked"] = len(asked)
found["list"] = command("plugins")
found["json"] = command("plugins", "--json")
found["check good"] = command("plugins", "--check", "good")
found["check bad"] = command("plugins", "--check", "bad-loss")
found["check broken"] = command("plugins", "--check", "broken")
found["train"] = command("train", "stripes", "--option", "n=32", "--preset", "kind",
                         "--architecture", "tiny", "--encoder", "plain", "--epochs", "1",
                         "--out", "run", "--device", "cpu")
found["evaluate"] = command("evaluate", "run", "-n", "2", "--metric", "light", "--json")
found["new"], found["walk"] = tests("project"), tests("walk")
print(json.dumps(found))
"""

GOOD = """
import condgan
import torch
from condgan.networks.mlp import MLP

class Counts(condgan.Callback):
    def on_epoch_end(self, state):
        print("chatter")
        state.history.record(counted=state.step)

class Plain(condgan.networks.labels.OneHot):
    pass

def kind():
    return condgan.Adversarial("kind", ema_half_life=None)

def light(sample, data):
    return float(sample(list(data.classes)).mean())

def stripes(n=64):
    images = torch.full((n, 1, 8, 8), -1.0)
    images[0::2, :, ::2] = images[1::2, :, :, ::2] = 1.0
    return condgan.LabelledImages(images, torch.arange(n) % 2, ["across", "down"], "stripes")

@condgan.hookimpl
def condgan_losses():
    return {"kind": condgan.LeastSquares}

@condgan.hookimpl
def condgan_algorithms():
    return {"kind": kind}

@condgan.hookimpl
def condgan_callbacks():
    return {"counts": Counts}

@condgan.hookimpl
def condgan_architectures():
    return {"tiny": MLP}

@condgan.hookimpl
def condgan_label_encoders():
    return {"plain": Plain}

@condgan.hookimpl
def condgan_datasets():
    return {"stripes": stripes}

@condgan.hookimpl
def condgan_metrics():
    return {"light": light}
"""

ADDS = {
    "algorithm": ["kind"],
    "architecture": ["tiny"],
    "callback": ["counts"],
    "data set": ["stripes"],
    "label encoder": ["plain"],
    "loss": ["kind"],
    "metric": ["light"],
}

BAD = """
import condgan

class Upside:
    def discriminator(self, turn):
        return turn.real_logits.mean() - turn.fake_logits.mean()

    def generator(self, turn):
        return -turn.fake_logits.mean()

@condgan.hookimpl
def condgan_losses():
    return {"upside": Upside, "fine": condgan.Hinge}
"""


def python_of_the_docs():
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def walked(folder):
    """The plugin that is left at the end of the walk in the docs."""
    source, test = python_of_the_docs()[:2]
    project = template.write("gentle", folder)
    (project / "src" / "condgan_gentle" / "__init__.py").write_text(source, encoding="utf-8")
    tests = project / "tests" / "test_plugin.py"
    text, count = re.subn(
        r"^def test_a_value_worked_out_by_hand.*?\n\n\n",
        lambda old: f"{test}\n\n",
        tests.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    assert count == 1
    tests.write_text(text, encoding="utf-8")
    return project


@pytest.fixture
def elsewhere(site, tmp_path):
    """What another process finds in which five plugins are installed, two of them fresh."""
    site.add("good", GOOD, version="1.2")
    site.add("bad-loss", BAD)
    site.add("broken", "import no_such_module")
    site.add_project(template.write("condgan-soft-hinge", tmp_path / "project"))
    site.add_project(walked(tmp_path / "walk"))
    paths = [str(site.folder), str(Path(condgan.__file__).parents[1])]
    own = {
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "CONDGAN_CACHE": str(tmp_path / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "Agg", **own},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_installed_plugins_work_by_name_in_another_process(elsewhere):
    found = elsewhere
    assert found["unnamed"] == [0, False]  # a run that names nothing scans nothing
    assert found["named"] == "[2]"
    assert found["measured"] == 0.0
    assert found["asked"] == 1
    cause = "ModuleNotFoundError: No module named 'no_such_module'"
    assert found["told"] == [f"the condgan plugin 'broken' of broken was left out: {cause}"]

    assert found["list"]["code"] == 0
    assert found["list"]["err"] == ""
    lines = [" ".join(line.split()) for line in found["list"]["out"].splitlines()]
    assert lines[0] == f"condgan {metadata.version('condgan')}"
    assert lines[-8:] == ["good 1.2", *(f"{kind} {name}" for kind, (name,) in ADDS.items())]
    assert lines[lines.index("broken 1.0") + 1] == f"problem {cause}"
    assert json.loads(found["json"]["out"])[-1] == {
        "distribution": "good",
        "version": "1.2",
        "entry_point": "good",
        "adds": ADDS,
        "problems": [],
        "chosen": True,
    }

    assert found["check good"]["code"] == 0, found["check good"]["out"]
    assert found["check good"]["out"].count(" ok\n") == 7
    assert "chatter" not in found["check good"]["out"]
    assert found["check bad"]["code"] == 2
    words = " ".join(found["check bad"]["out"].split())
    assert "loss upside FAULT: loss 'upside': the discriminator's loss must fall as" in words
    assert "loss fine ok" in words
    assert "1 of the 2 things that bad-loss adds have faults" in found["check bad"]["err"]
    assert found["check broken"]["code"] == 2
    assert cause in found["check broken"]["err"]

    assert found["train"]["code"] == 0, found["train"]["err"]
    assert "stripes: 32 images of 2 classes" in found["train"]["out"]
    assert found["evaluate"]["code"] == 0, found["evaluate"]["err"]
    (measure,) = json.loads(found["evaluate"]["out"])["measures"]
    assert measure["name"] == "light"
    assert measure["overall"]["real"] == 0.0

    for new, name in (("new", "condgan-soft-hinge"), ("walk", "condgan-gentle")):
        assert f"{name} 0.1.0" in lines
        assert found[new]["code"] == 0, found[new]["out"]  # its own tests
        assert "3 passed" in found[new]["out"]


def test_what_the_docs_write_passes_the_checks_of_the_docs(monkeypatch):
    """Every hook of the page, as a module has it."""
    module = types.ModuleType("of_the_docs")
    monkeypatch.setitem(sys.modules, "of_the_docs", module)
    for block in python_of_the_docs():
        if "plugins.register" not in block:
            exec(compile(block, "plugins.md", "exec"), vars(module))
    assert all(hasattr(module, hook) for hook in KINDS.values())
    check_plugin(module)


# What is built -------------------------------------------------------------------------------

PROJECTS = {
    "condgan-lecam": lambda folder: ROOT / "examples" / "plugins" / "condgan-lecam",
    "condgan-tabular": lambda folder: ROOT / "examples" / "plugins" / "condgan-tabular",
    "condgan-soft-hinge": lambda folder: template.write("soft-hinge", folder),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_found_once_it_is_built_and_installed(site, tmp_path, name):
    pytest.importorskip("hatchling", reason="hatchling builds the projects")
    site.install(PROJECTS[name](tmp_path / "project"))
    (about,) = site.registry().found()
    assert (about.distribution, about.version, about.problems) == (name, "0.1.0", ())
    assert about.adds
