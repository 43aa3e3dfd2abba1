"""Files of weights: what is let through, and what of it is looked at before memory is taken."""

import os
import pickle
import struct
import zipfile

import pytest
import torch
from torch import nn

from condgan.errors import FileFormatError, MissingFileError
from condgan.networks import weights


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


@pytest.fixture(params=weights.FILES.values())
def path(request, tmp_path):
    return tmp_path / request.param


def test_what_is_written_is_read(network, path):
    weights.write(network, path)
    found = weights.read(path)
    assert found.keys() == network.state_dict().keys()
    assert all(torch.equal(found[name], x) for name, x in network.state_dict().items())
    assert weights.misfit(found, network) == ""
    assert weights.find(path.parent) == path


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_others_may_read_a_file_as_far_as_the_system_says(network, path):
    usual = path.with_name("usual")
    usual.touch()
    weights.write(network, path)
    assert path.stat().st_mode == usual.stat().st_mode


def test_weights_are_mapped_and_not_read(path):
    with torch.no_grad():
        big = nn.Linear(1024, 1024, bias=False)
    weights.write(big, path)
    (found,) = weights.read(path).values()
    # The file's own bytes: what is changed in it now is seen in the tensor.
    start = path.read_bytes().index(big.weight.detach().numpy().tobytes()[:64])
    before = float(found[0, 0])
    with path.open("r+b") as file:
        file.seek(start)
        file.write(struct.pack("<f", before + 1))
    assert float(found[0, 0]) == pytest.approx(before + 1)


def test_tied_and_transposed_weights_are_written_in_order(path):
    network = nn.ModuleDict({"a": nn.Linear(2, 3, bias=False), "b": nn.Linear(2, 3, bias=False)})
    network["b"].weight = network["a"].weight
    network["a"].weight.data = torch.arange(6.0).view(2, 3).t()
    weights.write(network, path)
    found = weights.read(path)
    assert torch.equal(found["a.weight"], found["b.weight"])
    assert torch.equal(found["a.weight"], network["a"].weight)
    assert weights.misfit(found, network) == ""


def test_a_folder_without_weights(tmp_path):
    with pytest.raises(MissingFileError, match=r"weights.pt does not exist, nor .*safetensors"):
        weights.find(tmp_path)


# What does not fit


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w.pop("0.bias"), "it lacks '0.bias'"),
        (lambda w: w.update(extra=torch.zeros(1)), "it has 'extra' besides"),
        (lambda w: w.update({"0.bias": torch.zeros(4)}), r"0.bias is (4,) instead of (3,)"),
        (lambda w: w.update({"0.bias": torch.zeros(3, 1)}), r"0.bias is (3, 1) instead of (3,)"),
        (
            lambda w: w.update({"0.bias": torch.zeros(3, dtype=torch.complex64)}),
            "0.bias is torch.complex64 instead of torch.float32",
        ),
        (
            lambda w: w.update({"1.num_batches_tracked": torch.tensor(0.5)}),
            "1.num_batches_tracked is torch.float32 instead of torch.int64",
        ),
    ],
)
def test_what_does_not_fit_is_said(network, change, said):
    found = network.state_dict()
    change(found)
    assert weights.misfit(found, network) == said


# What is no file of weights


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 not a zip", b"\xff" * 64])
def test_a_damaged_file_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=f"{path.name} is not a file of weights: ."):
        weights.read(path)


@pytest.mark.parametrize("keep", [8, 60, 200, -1])
def test_a_torn_file_is_refused(network, path, keep):
    weights.write(network, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileFormatError, match=f"{path.name} is not a file of weights: ."):
        weights.read(path)


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], {"a": 1}, {"a": [torch.zeros(1)]}])
def test_what_holds_no_tensors_by_name_is_refused(tmp_path, content):
    torch.save(content, tmp_path / "weights.pt")
    with pytest.raises(FileFormatError, match="it does not hold tensors by name"):
        weights.read(tmp_path / "weights.pt")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (bytearray(3), "bytearray"),
        (torch.zeros(2).to_sparse(), "_rebuild_sparse_tensor"),
        (torch.device("cpu"), "torch device"),
        (nn.Linear(1, 1), "torch.nn.modules.linear Linear"),
        (print, "print"),
    ],
    ids=["bytes", "sparse", "device", "module", "function"],
)
def test_what_is_no_tensor_is_refused_by_its_name(tmp_path, content, named):
    torch.save({"a": content}, tmp_path / "weights.pt")
    with pytest.raises(FileFormatError, match=f"it holds more than tensors: .*{named}"):
        weights.read(tmp_path / "weights.pt")


def test_a_packed_file_is_refused(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "plain")
    with (
        zipfile.ZipFile(tmp_path / "plain") as plain,
        zipfile.ZipFile(tmp_path / "weights.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    with pytest.raises(FileFormatError, match="in it is compressed"):
        weights.read(tmp_path / "weights.pt")


def test_parameters_and_a_state_dict_as_it_is_are_read(network, tmp_path):
    torch.save(network.state_dict(keep_vars=True), tmp_path / "weights.pt")
    found = weights.read(tmp_path / "weights.pt")
    assert weights.misfit(found, network) == ""


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("backbone.layers.0.weight", "backbone.layers.0.weight"),
        ("module.module.head.bias", "head.bias"),
        ("_orig_mod.module.head.bias", "head.bias"),
        ("backbone._orig_mod.layers.0.weight", "backbone.layers.0.weight"),
        ("backbone.module.weight", "backbone.module.weight"),
        ("modules.weight", "modules.weight"),
    ],
)
def test_d57_plain_names(name, plain):
    assert weights.plain_name(name) == plain


def test_pairs_of_pairs_are_refused_before_they_are_compared(network, tmp_path):
    """Each holds the one before twice: 24 of them take half a minute to hash, 30 half an hour."""
    torch.save({"a": torch.zeros(1)}, tmp_path / "plain")
    name = pickle.BINUNICODE + struct.pack("<I", 1) + b"a"
    pairs = name + pickle.BINPUT + bytes([100])
    for memo in range(100, 130):
        pairs += (pickle.BINGET + bytes([memo])) * 2 + pickle.TUPLE2
        pairs += pickle.BINPUT + bytes([memo + 1])
    with (
        zipfile.ZipFile(tmp_path / "plain") as plain,
        zipfile.ZipFile(tmp_path / "weights.pt", "w") as made,
    ):
        for entry in plain.namelist():
            content = plain.read(entry)
            if entry.endswith(".pkl"):
                assert name in content
                content = content.replace(name, pickle.MARK + pairs + pickle.TUPLE, 1)
            made.writestr(entry, content)
    with pytest.raises(FileFormatError, match="a tuple in several places"):
        weights.read(tmp_path / "weights.pt")


def test_names_are_text(tmp_path):
    torch.save({("a", "b"): torch.zeros(1)}, tmp_path / "weights.pt")
    with pytest.raises(FileFormatError, match="it does not hold tensors by name"):
        weights.read(tmp_path / "weights.pt")


def test_nobody_is_advised_to_trust_what_was_refused(network, tmp_path):
    torch.save(network.state_dict(), tmp_path / "plain")
    with (
        zipfile.ZipFile(tmp_path / "plain") as plain,
        zipfile.ZipFile(tmp_path / "weights.pt", "w") as made,
    ):
        for entry in plain.namelist():
            made.writestr(entry, b"\x80\x02]Q." if entry.endswith(".pkl") else plain.read(entry))
    with pytest.raises(FileFormatError, match="weights: persistent_load id must be") as caught:
        weights.read(tmp_path / "weights.pt")
    assert "weights_only" not in str(caught.value)
