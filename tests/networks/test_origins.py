"""Names that a plugin brings: recorded with its distribution, and asked for by it."""

import json
import sys
from importlib import metadata

import pytest

from condgan import ConditionalGenerator
from condgan.errors import UnknownNameError
from condgan.plugins import registry as registry_module
from condgan.plugins.builtins import condgan_architectures
from condgan.plugins.registry import Registry

SOURCE = """
import condgan
from condgan.networks.labels import Embedding
from condgan.networks.mlp import MLP

@condgan.hookimpl
def condgan_architectures():
    return {"unet": MLP}

@condgan.hookimpl
def condgan_label_encoders():
    return {"braille": Embedding}
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A process in which the distribution `condgan-unet` is installed, until it is told off."""
    site = tmp_path / "site"
    info = site / "condgan_unet-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "condgan_unet_of_a_test.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: condgan-unet\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[condgan]\nunet = condgan_unet_of_a_test\n")
    monkeypatch.syspath_prepend(site)
    (found,) = metadata.distributions(path=[str(site)])

    def with_or_without(there):
        registry = Registry(lambda: found.entry_points if there else ())
        registry.add_own(sys.modules[condgan_architectures.__module__])
        monkeypatch.setattr(registry_module, "registry", lambda: registry)

    with_or_without(True)
    yield with_or_without
    sys.modules.pop("condgan_unet_of_a_test", None)


def make(**options):
    return ConditionalGenerator(["cat", "dog"], (1, 4, 4), width=4, seed=0, **options)


def config_of(network):
    return json.loads(json.dumps(network.config()))


def test_the_librarys_own_names_need_no_record():
    assert "plugins" not in config_of(make(architecture="mlp", encoder="embedding"))


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        ({"architecture": "unet"}, {"architecture": "condgan-unet"}),
        ({"encoder": "braille"}, {"encoder": "condgan-unet"}),
        (
            {"architecture": "unet", "encoder": "braille"},
            {"architecture": "condgan-unet", "encoder": "condgan-unet"},
        ),
    ],
)
def test_a_plugins_names_are_recorded_and_asked_for(installed, tmp_path, options, recorded):
    G = make(**options)
    assert config_of(G)["plugins"] == recorded
    G.save_pretrained(tmp_path / "run")
    assert ConditionalGenerator.from_pretrained(tmp_path / "run").config() == G.config()
    installed(False)
    with pytest.raises(UnknownNameError) as caught:
        ConditionalGenerator.from_pretrained(tmp_path / "run")
    said = str(caught.value)
    assert "config.json says that it is of the plugin condgan-unet" in said
    assert said.endswith("pip install --upgrade condgan-unet")
    assert next(iter(options.values())) in said


@pytest.mark.parametrize(
    "said", [None, "text", {}, {"architecture": 3}, {"architecture": "--index-url http://evil"}]
)
def test_a_record_that_is_no_name_is_not_quoted(tmp_path, said):
    make().save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"architecture": "unet", "plugins": said}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnknownNameError, match="no architecture is called 'unet'") as caught:
        ConditionalGenerator.from_pretrained(tmp_path)
    assert "pip" not in str(caught.value)


def test_what_is_given_need_not_be_installed(installed, tmp_path):
    G = make(architecture="unet")
    G.save_pretrained(tmp_path / "run")
    installed(False)
    again = ConditionalGenerator.from_pretrained(tmp_path / "run", architecture=G.architecture)
    assert again.generate("dog", seed=1).equal(G.generate("dog", seed=1))
