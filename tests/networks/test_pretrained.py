"""Networks on disk: the same again, in another process too, and nothing but tensors and text."""

import copy
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from condgan import Architecture, ConditionalDiscriminator, ConditionalGenerator
from condgan.conditions import Attributes, Quantities
from condgan.errors import (
    ConfigError,
    FileFormatError,
    MissingExtraError,
    MissingFileError,
    UnknownNameError,
    WriteError,
)
from condgan.networks.mlp import MlpDiscriminator, MlpGenerator

SHAPE = (1, 4, 6)
MINE = Architecture(MlpGenerator, MlpDiscriminator)


def generator(classes=("cat", "dog"), **options):
    return ConditionalGenerator(
        classes, SHAPE, **{"latent_dim": 3, "seed": 0, "width": 8, **options}
    )


@pytest.fixture
def saved(tmp_path):
    """A folder with a generator in it."""
    generator().save_pretrained(tmp_path / "run")
    return tmp_path / "run"


def edit(folder, **changes):
    """Changes entries of a configuration; None takes one out."""
    config = json.loads((folder / "config.json").read_text())
    config |= changes
    config = {name: value for name, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("classes", "ask"),
    [
        (["cat", "dog"], "dog"),
        ([3, "3", 2.5, "é"], "3"),
        (4, 2),
        (Attributes(["hat", "smile"]), {"smile"}),
        (Quantities(["angle"], ranges=[(0, 90)]), 30),
        (Quantities(["angle"]), 30),
    ],
    ids=str,
)
def test_a_generator_comes_back_the_same(tmp_path, classes, ask):
    G = generator(classes)
    G.save_pretrained(str(tmp_path / "new" / "folders"))
    again = ConditionalGenerator.from_pretrained(tmp_path / "new" / "folders")
    assert again.classes == G.classes
    assert again.config() == G.config()
    assert again.image_shape == SHAPE
    assert torch.equal(again.generate(ask, n=3, seed=1), G.generate(ask, n=3, seed=1))


def test_a_discriminator_comes_back_the_same(tmp_path):
    D = ConditionalDiscriminator(3, SHAPE, seed=0, encoder="embedding", depth=2)
    D.save_pretrained(tmp_path)
    again = ConditionalDiscriminator.from_pretrained(tmp_path)
    images, labels = torch.rand(3, *SHAPE), torch.arange(3)
    assert torch.equal(again(images, labels), D(images, labels))


def test_saving_changes_nothing_and_overwrites(saved, fingerprint):
    G = generator(seed=1)
    before = fingerprint(G)
    G.save_pretrained(saved)
    assert fingerprint(G) == before
    assert fingerprint(ConditionalGenerator.from_pretrained(saved)) == before


def test_another_process_draws_equal_pixels(saved, tmp_path):
    script = f"""
import torch, condgan
G = condgan.ConditionalGenerator.from_pretrained({str(saved)!r})
torch.save(G.generate("cat", n=2, seed=1), {str(tmp_path / "images.pt")!r})
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    images = torch.load(tmp_path / "images.pt", weights_only=True)
    assert torch.equal(images, generator().generate("cat", n=2, seed=1))


def test_the_folder_holds_readable_settings_and_plain_tensors(saved):
    assert sorted(path.name for path in saved.iterdir()) == ["config.json", "weights.pt"]
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    assert config == {"format": 1, **generator().config()}
    weights = torch.load(saved / "weights.pt", weights_only=True)
    assert weights.keys() == generator().state_dict().keys()
    assert all(type(value) is torch.Tensor for value in weights.values())


def test_a_configuration_with_windows_and_unicode_names_survives(tmp_path):
    G = generator(["chat/noir", "犬", "a\\b", ""])
    G.save_pretrained(tmp_path)
    assert ConditionalGenerator.from_pretrained(tmp_path).classes == G.classes


# An architecture of one's own


def test_an_architecture_without_a_name_is_given_again(tmp_path):
    G = generator(architecture=MINE)
    G.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"an architecture of your own.*architecture=\.\.\."):
        ConditionalGenerator.from_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path, architecture=MINE)
    assert torch.equal(again.generate("cat", seed=1), G.generate("cat", seed=1))


@pytest.mark.parametrize("option", [torch.nn.ReLU, float("nan"), {1, 2}])
def test_an_option_that_cannot_be_written_is_refused_and_nothing_made(tmp_path, option):
    mine = Architecture(lambda *sizes, act: MlpGenerator(*sizes), MlpDiscriminator)
    G = ConditionalGenerator(2, SHAPE, architecture=mine, act=option)
    with pytest.raises(ConfigError, match="settings of this generator cannot be written down"):
        G.save_pretrained(tmp_path / "run")
    assert not (tmp_path / "run").exists()


# What is refused


def test_a_missing_folder_and_missing_files_are_named(tmp_path, saved):
    nowhere = str(tmp_path / "nowhere")
    with pytest.raises(MissingFileError, match=re.escape(nowhere) + ".*config.json does not exist"):
        ConditionalGenerator.from_pretrained(nowhere)
    (saved / "weights.pt").unlink()
    with pytest.raises(MissingFileError, match=r"weights.pt does not exist"):
        ConditionalGenerator.from_pretrained(saved)


def test_another_role_is_refused(saved):
    with pytest.raises(FileFormatError, match="describes a generator, not a discriminator"):
        ConditionalDiscriminator.from_pretrained(saved)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[1]", "3", "null", '"format"', "{}", '{"format": 1}', '{"role": "x"}']
)
def test_a_broken_configuration_is_refused(saved, text):
    (saved / "config.json").write_text(text)
    with pytest.raises(FileFormatError, match=r"config\.json does not describe a network"):
        ConditionalGenerator.from_pretrained(saved)


def test_a_configuration_that_is_no_text_is_refused(saved):
    (saved / "config.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match=r"config\.json does not describe a network"):
        ConditionalGenerator.from_pretrained(saved)


@pytest.mark.parametrize(("written", "way_out"), [(0, ""), (2, "a newer one: pip"), ("1", "")])
def test_another_format_is_refused_and_both_named(saved, written, way_out):
    edit(saved, format=written)
    said = f"has format {written}; this version of condgan reads format 1.*{way_out}"
    with pytest.raises(FileFormatError, match=said) as caught:
        ConditionalGenerator.from_pretrained(saved)
    assert ("upgrade" in str(caught.value)) == bool(way_out)


@pytest.mark.parametrize("name", ["classes", "image_shape", "architecture", "encoder", "options"])
def test_what_a_configuration_lacks_is_named(saved, name):
    edit(saved, **{name: None})
    with pytest.raises(FileFormatError, match=f"config.json lacks {name}"):
        ConditionalGenerator.from_pretrained(saved)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"architecture": "unet"}, UnknownNameError, "no architecture is called 'unet'"),
        ({"encoder": "braille"}, UnknownNameError, "no label encoder is called 'braille'"),
        ({"classes": {"kind": "colours"}}, ConfigError, "no condition is of kind 'colours'"),
        ({"image_shape": [4, 6]}, ConfigError, "image_shape must be"),
        ({"options": {"widht": 8}}, ConfigError, "cannot be made with the options"),
        ({"options": 5}, FileFormatError, "does not describe a network"),
        ({"options": {"seed": 1}}, FileFormatError, "does not describe a network"),
        ({"classes": 7}, FileFormatError, "its classes are no list"),
        ({"classes": {"kind": "classes", "labels": 10**9}}, FileFormatError, "are no list"),
        ({"latent_dim": 2**62}, FileFormatError, "does not describe a network"),
        ({"latent_dim": 0}, ConfigError, "latent_dim must be"),
    ],
)
def test_settings_that_cannot_work_are_refused(saved, changes, error, words):
    edit(saved, **changes)
    with pytest.raises(error, match=words):
        ConditionalGenerator.from_pretrained(saved)


@pytest.mark.parametrize(
    "changes",
    [
        {"image_shape": [1, 4, 4]},
        {"latent_dim": 4},
        {"options": {"width": 9}},
        {"options": {"width": 8, "depth": 2}},
        {"classes": {"kind": "classes", "labels": [0, 1, 2]}},
        {"encoder": "embedding"},
    ],
    ids=str,
)
def test_weights_of_another_shape_are_refused(saved, changes):
    edit(saved, **changes)
    with pytest.raises(FileFormatError, match=r"(?s)weights.pt does not fit its config.json: .+"):
        ConditionalGenerator.from_pretrained(saved)


@pytest.mark.parametrize(
    "changes",
    [
        {"options": {"width": 10**7, "depth": 2}},
        {"options": {"width": 1, "depth": 10**9}},
        {"latent_dim": 10**12},
        {"image_shape": [10**4] * 3},
    ],
    ids=str,
)
def test_no_memory_is_taken_for_more_than_the_file_holds(saved, changes):
    edit(saved, **changes)  # terabytes, if it were made
    with pytest.raises(FileFormatError, match=r"wants more, such as|does not describe a network"):
        ConditionalGenerator.from_pretrained(saved)


def test_no_image_is_drawn_to_see_whether_it_can_be(tmp_path):
    G = ConditionalGenerator(2, (1, 8, 8), architecture="dcgan", width=2)
    G.save_pretrained(tmp_path)
    ran = []
    hook = torch.nn.modules.module.register_module_forward_hook(lambda m, *_: ran.append(type(m)))
    again = ConditionalGenerator.from_pretrained(tmp_path)
    hook.remove()
    assert set(ran) == {type(G.encoder)}  # whose width has to be known
    assert torch.equal(again.generate(1, seed=1), G.generate(1, seed=1))


@pytest.mark.parametrize(
    ("role", "options"),
    [
        ("generator", {}),
        ("generator", {"encoder": "embedding"}),
        ("discriminator", {}),
        ("discriminator", {"auxiliary": "adc", "spectral_norm": True}),
    ],
)
def test_d59_another_number_of_classes_is_refused_and_both_named(tmp_path, role, options):
    make = {"generator": ConditionalGenerator, "discriminator": ConditionalDiscriminator}[role]
    make(10, SHAPE, width=8, **options).save_pretrained(tmp_path)
    edit(tmp_path, classes={"kind": "classes", "labels": ["cat", "dog", "owl"]})
    said = "its weights are of 10 classes, and config.json names 3: .*'cat', 'dog', 'owl'"
    with pytest.raises(FileFormatError, match=said):
        make.from_pretrained(tmp_path)


def test_a_full_disk_leaves_what_was_saved_before(saved, monkeypatch):
    before = {path.name: path.read_bytes() for path in saved.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(WriteError, match=r"the generator cannot be saved to .*No space left"):
        generator(seed=1).save_pretrained(saved)
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


class Bomb:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return exec, (f"open({self.mark!r}, 'w').close()",)


@pytest.mark.parametrize("write", [torch.save, lambda x, path: path.write_bytes(pickle.dumps(x))])
def test_no_code_of_a_file_is_run(saved, tmp_path, write):
    mark = tmp_path / "mark"
    write({"weights": Bomb(str(mark))}, saved / "weights.pt")
    with pytest.raises(FileFormatError, match="not a file of weights"):
        ConditionalGenerator.from_pretrained(saved)
    assert not mark.exists()
    torch.load(saved / "weights.pt", weights_only=False) if write is torch.save else pickle.loads(
        (saved / "weights.pt").read_bytes()
    )
    assert mark.exists()  # the bomb works


def test_the_other_network_of_a_pair_does_not_overwrite_the_first(tmp_path):
    G = ConditionalGenerator(3, (1, 8, 8))
    G.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="holds a generator; save the discriminator to another"):
        ConditionalDiscriminator(3, (1, 8, 8)).save_pretrained(tmp_path)
    ConditionalGenerator.from_pretrained(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "weights.pt"]


def test_loading_leaves_the_global_stream_alone(tmp_path):
    ConditionalGenerator(3, (1, 8, 8)).save_pretrained(tmp_path)
    before = torch.get_rng_state()
    ConditionalGenerator.from_pretrained(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_d57_a_network_in_a_wrapper_is_saved_with_plain_names(tmp_path):
    G = ConditionalGenerator(3, (1, 8, 8), width=4, seed=0)
    names = set(G.state_dict())
    torch.compile(G, backend="eager").save_pretrained(tmp_path)
    assert set(torch.load(tmp_path / "weights.pt", weights_only=True)) == names
    image = G.generate(0, seed=1)
    G.backbone = torch.compile(G.backbone, backend="eager")
    assert set(G.state_dict()) != names
    G.save_pretrained(tmp_path)
    assert set(torch.load(tmp_path / "weights.pt", weights_only=True)) == names
    assert torch.equal(ConditionalGenerator.from_pretrained(tmp_path).generate(0, seed=1), image)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_weights_of_another_precision_load(tmp_path, dtype):
    G = generator().to(dtype)
    G.save_pretrained(tmp_path)
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert {p.dtype for p in again.parameters()} == {torch.float32}
    assert all(
        torch.equal(value, G.state_dict()[name].to(value.dtype))
        for name, value in again.state_dict().items()
    )


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda G: pickle.loads(pickle.dumps(G))])
def test_d60_a_copy_is_equal(copied):
    G = generator(encoder="embedding")
    again = copied(G)
    assert again.config() == G.config()
    assert torch.equal(again.generate("dog", seed=1), G.generate("dog", seed=1))


def test_d58_weights_of_another_device_load_on_the_cpu(tmp_path, monkeypatch):
    G = generator()
    # As torch notes it for tensors of an accelerator.
    monkeypatch.setattr(torch.serialization, "location_tag", lambda _: "cuda:0")
    G.save_pretrained(tmp_path)
    monkeypatch.undo()
    assert b"cuda:0" in (tmp_path / "weights.pt").read_bytes()
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert {p.device.type for p in again.parameters()} == {"cpu"}
    assert torch.equal(again.generate("cat", seed=1), G.generate("cat", seed=1))


@pytest.mark.parametrize("unseen", ["cat", ["owl"], [["cat"]], 3, {"cat": 1}, ["cat", None]])
def test_unseen_that_are_no_classes_are_refused(saved, unseen):
    path = saved / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "unseen": unseen}))
    with pytest.raises(FileFormatError, match=r"config.json .* its unseen are no classes"):
        ConditionalGenerator.from_pretrained(saved)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("format", ["pt", "safetensors"])
def test_a_disk_that_is_really_full_is_told_in_the_systems_words(tmp_path, format):
    generator(seed=1).save_pretrained(tmp_path, format=format)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    (weights,) = before.keys() - {"config.json"}
    (tmp_path / f"{weights}.part").symlink_to("/dev/full")
    with pytest.raises(WriteError, match=r"the generator cannot be saved to .*No space left"):
        generator(seed=2).save_pretrained(tmp_path, format=format)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# Safetensors


@pytest.mark.parametrize("make", [generator, lambda: ConditionalDiscriminator(2, (1, 8, 8))])
def test_safetensors_hold_the_same(tmp_path, make, fingerprint):
    network = make()
    for format in ("pt", "safetensors"):
        network.save_pretrained(tmp_path / format, format=format)
        again = type(network).from_pretrained(tmp_path / format)
        assert fingerprint(again) == fingerprint(network)
    files = sorted(path.name for path in (tmp_path / "safetensors").iterdir())
    assert files == ["config.json", "model.safetensors"]


def test_maps_with_channels_last_are_kept_in_safetensors(tmp_path):
    G = ConditionalGenerator(2, (3, 16, 16), width=4, seed=0)
    G.save_pretrained(tmp_path, format="safetensors")
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert torch.equal(again.generate(1, seed=1), G.generate(1, seed=1))


def test_a_folder_holds_one_file_of_weights(saved, fingerprint):
    G = generator(seed=1)
    for format in ("safetensors", "pt", "safetensors"):
        G.save_pretrained(saved, format=format)
        assert len(list(saved.iterdir())) == 2
        assert fingerprint(ConditionalGenerator.from_pretrained(saved)) == fingerprint(G)


@pytest.mark.parametrize("name", ["model.safetensors", "weights.pt"])
def test_weights_of_something_else_are_left_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(ConfigError, match=f"holds {name} of something else"):
        generator().save_pretrained(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"precious"


def test_a_run_that_was_killed_while_saving_saves_again(tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def rename(self, target):
        self.rename(target)
        raise Killed

    monkeypatch.setattr(Path, "replace", rename)
    with pytest.raises(Killed):
        generator().save_pretrained(tmp_path)
    monkeypatch.undo()
    generator().save_pretrained(tmp_path)
    ConditionalGenerator.from_pretrained(tmp_path)


@pytest.mark.parametrize("text", ['{"model_type": "bert"}', "[]", "{"])
def test_a_configuration_of_something_else_is_left_alone(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ConfigError, match=r"holds a config.json of something else; save the gen"):
        generator().save_pretrained(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == [text]


def test_two_files_of_weights_are_refused(saved, tmp_path):
    generator().save_pretrained(tmp_path / "other", format="safetensors")
    (tmp_path / "other" / "model.safetensors").rename(saved / "model.safetensors")
    with pytest.raises(FileFormatError, match=r"has weights.pt and model.safetensors.*delete"):
        ConditionalGenerator.from_pretrained(saved)


def test_another_format_of_weights_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="format must be one of 'pt', 'safetensors'; got 'onnx'"):
        generator().save_pretrained(tmp_path / "run", format="onnx")
    assert not (tmp_path / "run").exists()


def test_without_the_extra_safetensors_are_refused_and_the_rest_works(tmp_path, monkeypatch):
    generator().save_pretrained(tmp_path / "one", format="safetensors")
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(MissingExtraError, match=r"condgan\[hub\]"):
        ConditionalGenerator.from_pretrained(tmp_path / "one")
    with pytest.raises(MissingExtraError, match=r"condgan\[hub\]"):
        generator().save_pretrained(tmp_path / "other", format="safetensors")
    generator().save_pretrained(tmp_path / "other")
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == [
        "config.json",
        "weights.pt",
    ]


# Wrappers


@pytest.mark.parametrize("prefix", ["_orig_mod.", "module.", "module._orig_mod."])
def test_d57_weights_saved_in_a_wrapper_load_plainly(tmp_path, prefix):
    G = ConditionalGenerator(3, (1, 8, 8), width=4, seed=0)
    G.save_pretrained(tmp_path)
    wrapped = {f"{prefix}{name}": value for name, value in G.state_dict().items()}
    torch.save(wrapped, tmp_path / "weights.pt")
    again = ConditionalGenerator.from_pretrained(tmp_path)
    assert torch.equal(again.generate(0, seed=1), G.generate(0, seed=1))
