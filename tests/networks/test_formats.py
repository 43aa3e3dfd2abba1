"""Networks of every format that was ever released load, and do what they did.

`python tests/networks/test_formats.py` writes those of the present format, which are then kept.
"""

import json
from pathlib import Path

import pytest
import torch

from condgan import (
    Attributes,
    ConditionalDiscriminator,
    ConditionalGenerator,
    Quantities,
)
from condgan.modes import evaluating
from condgan.networks import pretrained

FOLDER = Path(__file__).parent / "formats"
ROLES = {"generator": ConditionalGenerator, "discriminator": ConditionalDiscriminator}
DONE = "done.json"
"""What a network was given, and what it made of that."""


def present():
    """A pair of each architecture, with each encoder and head among them, and file formats."""
    angle = Quantities(["angle"], ranges=[(0, 90)])
    mlp = {"architecture": "mlp", "width": 2, "seed": 0}
    dcgan = {"architecture": "dcgan", "width": 1, "seed": 0}
    resnet = {"architecture": "resnet", "width": 1, "seed": 0}
    G, D = ROLES.values()
    pets = ["cat", "dog"]
    yield "mlp", G(pets, (1, 3, 4), latent_dim=2, encoder="embedding", **mlp), "pt"
    yield "mlp", D(pets, (1, 3, 4), encoder="embedding", auxiliary="adc", **mlp), "pt"
    yield "dcgan", G([3, 7], (1, 8, 9), latent_dim=2, **dcgan), "pt"
    yield "dcgan", D([3, 7], (1, 8, 9), **dcgan), "safetensors"
    yield "resnet", G(angle, (1, 9, 8), latent_dim=2, **resnet), "safetensors"
    yield "resnet", D(Attributes(["hat"]), (1, 9, 8), auxiliary="ac", **resnet), "safetensors"


def done(network, first, labels):
    with evaluating(network):
        out = network(torch.tensor(first), torch.tensor(labels))
    return [part.tolist() for part in (out if isinstance(out, tuple) else (out,))]


def write():
    stream = torch.Generator().manual_seed(1)
    for name, network, format in present():
        with torch.no_grad():  # as if it had learnt something
            for value in network.state_dict().values():
                if value.is_floating_point():
                    value.mul_(1 + 0.5 * torch.rand(value.shape, generator=stream)).add_(0.1)
        folder = FOLDER / str(pretrained.FORMAT) / f"{name}-{network.role}"
        network.save_pretrained(folder, format=format)
        each = (network.latent_dim,) if network.role == "generator" else network.image_shape
        first = (
            torch.randn(2, *each, generator=stream).clamp(-1, 1).mul(100).round().div(100).tolist()
        )
        labels = [0, 1] if network.classes.kind == "classes" else [[0.0], [1.0]]
        given = {"first": first, "labels": labels}
        text = json.dumps({**given, "out": done(network, **given)})
        (folder / DONE).write_text(text + "\n", encoding="utf-8")


KEPT = sorted(path.parent for path in FOLDER.glob(f"*/*/{DONE}"))


@pytest.mark.parametrize("folder", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_released_format_loads_and_does_the_same(folder):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = ROLES[config["role"]].from_pretrained(folder)
    expected = json.loads((folder / DONE).read_text(encoding="utf-8"))
    out = done(network, expected["first"], expected["labels"])
    for part, wanted in zip(out, expected["out"], strict=True):
        torch.testing.assert_close(torch.tensor(part), torch.tensor(wanted), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("folder", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_released_format_is_written_again_in_the_present_one(folder, tmp_path, fingerprint):
    role = json.loads((folder / "config.json").read_text(encoding="utf-8"))["role"]
    network = ROLES[role].from_pretrained(folder)
    network.save_pretrained(tmp_path)
    again = ROLES[role].from_pretrained(tmp_path)
    assert again.config() == network.config()
    assert fingerprint(again) == fingerprint(network)


def test_every_released_format_is_kept():
    assert {int(path.parent.name) for path in KEPT} == set(range(1, pretrained.FORMAT + 1))
    names = {f"{name}-{network.role}" for name, network, _ in present()}
    assert {path.name for path in KEPT if path.parent.name == str(pretrained.FORMAT)} == names


if __name__ == "__main__":
    write()
