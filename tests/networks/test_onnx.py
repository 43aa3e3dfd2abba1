"""Generators for other tools: what torch.export and onnxruntime draw is what torch draws."""

import itertools
import json
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch

import condgan
from condgan import Architecture, ConditionalGenerator
from condgan.classes import Classes
from condgan.conditions import Attributes, Quantities
from condgan.errors import ConfigError, MissingExtraError, WriteError
from condgan.modes import evaluating
from condgan.networks.mlp import MlpDiscriminator, MlpGenerator
from condgan.networks.onnx import traced
from condgan.plugins.registry import known

CONDITIONS = {
    Classes: Classes(["cat", "dog", "Käfer"]),
    Attributes: Attributes(["hat", "smile"]),
    Quantities: Quantities(["angle", "age"], ranges=[(0, 90), (0, 100)]),
}
SHAPES = [(1, 8, 8), (2, 9, 11)]
EVERY = list(itertools.product(known("architecture"), known("label encoder")))
# A second each: every architecture once, and every encoder once.
SOME = [
    pair
    for pair, _ in zip(
        zip(
            itertools.cycle(known("architecture")),
            itertools.cycle(known("label encoder")),
            strict=False,
        ),
        range(max(len(known("architecture")), len(known("label encoder")))),
        strict=False,
    )
]


def generator(architecture="mlp", encoder="onehot", shape=(1, 8, 8), **options):
    condition = CONDITIONS[known("label encoder")[encoder].condition]
    options = {"architecture": architecture, "encoder": encoder, **options}
    G = ConditionalGenerator(condition, shape, latent_dim=4, width=4, seed=0, **options)
    with torch.no_grad():  # as training would: averages that are not 0, labels that matter
        for name, value in G.named_buffers():
            if name.endswith(("running_mean", "running_var")):
                value.add_(0.5)
        for parameter in G.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=torch.manual_seed(1)))
    return G


def given(G, n):
    """Noise and canonical labels of `n` images."""
    stream = torch.Generator().manual_seed(n)
    z = torch.randn(n, G.latent_dim, generator=stream)
    if isinstance(G.classes, Classes):
        return z, torch.arange(n) % len(G.classes)
    return z, torch.rand(n, G.classes.size, generator=stream).round()


def torchs_own(G, z, rows):
    with evaluating(G):
        return G(z, rows)


@pytest.mark.parametrize(("architecture", "encoder"), EVERY)
def test_a_torch_export_draws_the_same(architecture, encoder):
    shape = SHAPES[len(architecture + encoder) % 2]
    G = generator(architecture, encoder, shape).train()
    program = traced(G).module()
    for n in (1, 2, 5):
        z, rows = given(G, n)
        assert torch.equal(program(z, rows), torchs_own(G, z, rows))
    assert G.training


@pytest.mark.parametrize(("architecture", "encoder"), SOME)
def test_onnxruntime_draws_the_same(tmp_path, architecture, encoder):
    runtime = pytest.importorskip("onnxruntime")
    G = generator(architecture, encoder, (2, 9, 11)).train()
    stream = torch.get_rng_state()
    path = G.export_onnx(tmp_path / "G.onnx")
    assert torch.equal(torch.get_rng_state(), stream)
    assert G.training
    assert [file.name for file in tmp_path.iterdir()] == ["G.onnx"]
    session = runtime.InferenceSession(path)
    classes = isinstance(G.classes, Classes)
    assert [(x.name, x.shape, x.type) for x in session.get_inputs()] == [
        ("z", ["N", 4], "tensor(float)"),
        ("label", ["N"], "tensor(int64)") if classes else ("label", ["N", 2], "tensor(float)"),
    ]
    (output,) = session.get_outputs()
    assert (output.name, output.shape) == ("images", ["N", 2, 9, 11])
    for n in (1, 2, 5):
        z, rows = given(G, n)
        (images,) = session.run(["images"], {"z": z.numpy(), "label": rows.numpy()})
        assert np.abs(images - torchs_own(G, z, rows).numpy()).max() < 1e-5
    about = session.get_modelmeta().custom_metadata_map
    about = {name: json.loads(value) for name, value in about.items()}
    assert about.pop("condition") == G.classes.config()
    assert about.pop("classes", None) == (["cat", "dog", "Käfer"] if classes else None)
    version = metadata.version("condgan")
    assert about == {"image_shape": [2, 9, 11], "latent_dim": 4, "condgan_version": version}
    content = path.read_bytes()  # tells nothing of the machine that it was made on
    for where in (condgan.__file__, torch.__file__, __file__):
        assert str(Path(where).parent).encode() not in content


def test_a_generator_that_cannot_be_followed_is_refused(tmp_path):
    pytest.importorskip("onnxscript")

    class Branches(MlpGenerator):
        def forward(self, z, condition):
            return super().forward(z, condition) * (1.0 if z.sum() >= 0 else 0.5)

    mine = Architecture(Branches, MlpDiscriminator)
    with pytest.raises(ConfigError, match="this generator cannot be exported to ONNX: "):
        generator(mine).export_onnx(tmp_path / "G.onnx")
    assert not list(tmp_path.iterdir())


class Program:
    """What torch's exporter gives, as far as it is used."""

    class model:  # noqa: N801
        class graph:  # noqa: N801
            metadata_props, inputs, initializers = {}, (), {}

            def __iter__(self):
                return iter(())

        graph, metadata_props = graph(), {}

    def save(self, path):
        Path(path).write_bytes(b"new")


@pytest.fixture
def exported(monkeypatch):
    """Exports without torch's exporter, whose work is a second."""
    pytest.importorskip("onnxscript")
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: Program())


def test_an_earlier_file_is_replaced(tmp_path, exported):
    (tmp_path / "G.onnx").write_bytes(b"old")
    assert generator().export_onnx(str(tmp_path / "G.onnx")) == tmp_path / "G.onnx"
    assert (tmp_path / "G.onnx").read_bytes() == b"new"


def test_a_file_that_cannot_be_written_leaves_the_earlier_one(tmp_path, exported, monkeypatch):
    def full(self, path):
        Path(path).write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Program, "save", full)
    (tmp_path / "G.onnx").write_bytes(b"old")
    with pytest.raises(WriteError, match=r"G.onnx cannot be written: .*No space"):
        generator().export_onnx(tmp_path / "G.onnx")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]
    with pytest.raises(WriteError, match="nowhere"):
        generator().export_onnx(tmp_path / "nowhere" / "G.onnx")


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_without_the_extra(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"condgan\[onnx\]"):
        generator().export_onnx(tmp_path / "G.onnx")
