"""The files that a new plugin starts from: a package with one loss, and its tests."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import Path

from condgan.errors import ConfigError, PluginError
from condgan.plugins import registry

FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "condgan-NAME"
version = "0.1.0"
description = "Adds the loss NAME to condgan."
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["condgan"]

[project.optional-dependencies]
test = ["pytest"]

# By this condgan finds the hooks once the package is installed.
[project.entry-points.condgan]
NAME = "condgan_MODULE"

[tool.hatch.build.targets.wheel]
packages = ["src/condgan_MODULE"]

[tool.pytest.ini_options]
testpaths = ["tests"]
""",
    "README.md": """\
# condgan-NAME

Adds the loss `NAME` to condgan.

```sh
pip install condgan-NAME
```

```python
import condgan

algorithm = condgan.Adversarial("NAME")
```

To work on it:

```sh
pip install -e ".[test]" && pytest && condgan plugins --check condgan-NAME
```
""",
    "src/condgan_MODULE/__init__.py": '''\
"""Adds the loss `NAME` to condgan."""

from dataclasses import dataclass

import condgan
import torch


@dataclass(frozen=True)
class CLASS:
    """The hinge loss with a margin to choose. (Put your own loss in its place.)

    D minimises `relu(margin - real) + relu(margin + fake)`, G `-fake`.
    """

    margin: float = 1.0

    def discriminator(self, turn: condgan.Turn) -> torch.Tensor:
        real, fake = turn.real_logits, turn.fake_logits  # one number an image, shape (N,)
        return torch.relu(self.margin - real).mean() + torch.relu(self.margin + fake).mean()

    def generator(self, turn: condgan.Turn) -> torch.Tensor:
        return -turn.fake_logits.mean()


@condgan.hookimpl
def condgan_losses():
    return {"NAME": CLASS}
''',
    "tests/test_plugin.py": '''\
"""The loss is found by its name, is what it should be, and fits into condgan."""

import condgan
import torch
from condgan.plugins import owner
from condgan.testing import check_plugin
from condgan_MODULE import CLASS


def test_it_is_found_by_its_name():
    assert owner("loss", "NAME") == "condgan-NAME"
    assert condgan.Adversarial("NAME").loss == CLASS()


def test_a_value_worked_out_by_hand():
    images, labels = torch.ones(2, 1, 1, 1), torch.tensor([0, 1])
    turn = condgan.Turn(lambda x, y: x.mean(dim=(1, 2, 3)), images, labels, 3 * images, labels)
    assert CLASS(margin=2.0).discriminator(turn) == (2 - 1) + (2 + 3)
    assert CLASS(margin=2.0).generator(turn) == -3


def test_it_passes_the_checks_of_condgan():
    check_plugin("condgan-NAME")
''',
}
"""Path to text, in which NAME, MODULE and CLASS stand for what those of the plugin are called."""


def write(name: str, folder: Path | None = None) -> Path:
    """Writes a new plugin, and returns its folder.

    Args:
        name: of the plugin and its loss, such as `gentle`; `condgan-` before it may be left out.
        folder: where to; `condgan-NAME` if left out.

    Raises:
        ConfigError: a name that cannot be one, or a folder that holds files.
        PluginError: a loss has that name.
    """
    name = name.removeprefix("condgan-")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or iskeyword(name.capitalize()):
        raise ConfigError(
            f"a plugin is called by small letters, digits and single dashes, such as soft-hinge; "
            f"got {name!r}."
        )
    if name in registry.known("loss"):
        raise PluginError(
            f"a loss called {name!r} is there already, from {registry.owner('loss', name)}; choose "
            "another name."
        )
    folder = Path(f"condgan-{name}") if folder is None else folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already; choose another.")
    for path, text in FILES.items():
        target = folder / filled(path, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(text, name), encoding="utf-8")
    return folder


def filled(text: str, name: str) -> str:
    words = name.split("-")
    for place, called in (
        ("NAME", name),
        ("MODULE", "_".join(words)),
        ("CLASS", "".join(word.capitalize() for word in words)),
    ):
        text = text.replace(place, called)
    return text
