"""Files of weights: tensors by name, as torch writes them or as safetensors.

A file is mapped, not read: its tensors take no memory until they are copied into a network, which
is after `misfit` has compared their names, shapes and kinds with those that the network wants.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from condgan.errors import (
    ConfigError,
    FileFormatError,
    MissingExtraError,
    MissingFileError,
    listed,
    reason,
)

Format = Literal["pt", "safetensors"]
FILES: dict[Format, str] = {"pt": "weights.pt", "safetensors": "model.safetensors"}

TENSORS = re.compile(
    r"collections OrderedDict|torch \w+Storage|torch._utils _rebuild_(tensor_v2|parameter)"
)
"""The only things that the pickle inside a file of torch's may name: those that tensors are of."""


def file_of(format: str) -> str:
    """The name of a file of that format, which does not depend on what is installed.

    Raises:
        ConfigError: there is no such format.
        MissingExtraError: it needs a package that is not installed.
    """
    if format not in get_args(Format):
        raise ConfigError(f"format must be one of {listed(get_args(Format))}; got {format!r}.")
    if format == "safetensors":
        _safetensors()
        return FILES["safetensors"]
    return FILES["pt"]


def write(network: nn.Module, path: Path) -> None:
    """Writes the parameters and buffers of `network`, in the format that the ending of `path` says.

    The names are the plain ones, also of a network that was wrapped.
    """
    # Copies, since safetensors refuses tensors that share memory or do not lie in order.
    weights = {
        plain_name(name): value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, value in network.state_dict().items()
    }
    if FILES["safetensors"] in path.name:
        # Not by its save_file, whose files nobody else may read.
        path.write_bytes(_safetensors().save(weights, metadata={"format": "pt"}))
    else:
        with path.open("wb") as file:  # or torch would not say why it cannot be written
            torch.save(weights, file)


def find(folder: Path) -> Path:
    """The file of weights in a folder.

    Raises:
        MissingFileError: there is none.
        FileFormatError: there are two, and nothing says which is meant.
    """
    there = [folder / name for name in FILES.values() if (folder / name).is_file()]
    if len(there) > 1:
        raise FileFormatError(
            f"{folder} has {' and '.join(FILES.values())}, which may differ; delete the one that "
            "is not meant."
        )
    if not there:
        raise MissingFileError(
            f"{folder / FILES['pt']} does not exist, nor does {FILES['safetensors']}; the weights "
            "are missing."
        )
    return there[0]


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by their plain names, mapped into memory; no code is run.

    Raises:
        FileFormatError: it is no file of weights, or holds more than tensors.
        MissingExtraError: it is safetensors, which is not installed.
    """
    try:
        if path.name == FILES["safetensors"]:
            found = _safetensors().load_file(path)
        else:
            _refuse_more_than_tensors(path)
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except MissingExtraError:
        raise
    except Exception as error:
        raise FileFormatError(f"{path} is not a file of weights: {reason(error)}") from error
    if not isinstance(found, Mapping) or not all(
        isinstance(name, str) and isinstance(x, Tensor) for name, x in found.items()
    ):
        raise FileFormatError(f"{path} is not a file of weights: it does not hold tensors by name.")
    return {plain_name(name): value for name, value in found.items()}


def _refuse_more_than_tensors(path: Path) -> None:
    """Whether the file is stored as `torch.save` does it, and names nothing but tensors.

    Torch's own check lets more through, such as objects of any size that no byte of the file
    holds. What is packed could unpack to any size as well, and so could pairs of pairs of pairs,
    each written once, which take twice as long to compare with each step.
    """
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise FileFormatError(f"{entry.filename} in it is compressed.")
            if entry.filename.endswith(".pkl"):
                _refuse_code(archive.read(entry))


def _refuse_code(pickle: bytes) -> None:
    before, pairs = "", set()
    for code, argument, _ in pickletools.genops(pickle):
        names = code.name in ("GLOBAL", "STACK_GLOBAL", "INST") or "EXT" in code.name
        if names and not TENSORS.fullmatch(str(argument)):
            raise FileFormatError(f"it holds more than tensors: {argument or code.name}.")
        if code.name.endswith("PUT") and before.startswith("TUPLE"):
            pairs.add(argument)
        if code.name.endswith("GET") and argument in pairs:
            raise FileFormatError("it holds more than tensors: a tuple in several places.")
        before = code.name


def plain_name(name: str) -> str:
    """A weight's name without what was wrapped round the network when it was saved.

    `torch.compile` may be round any part of it, data parallelism is round the whole.

    Example:
        >>> plain_name("module.backbone._orig_mod.layers.0.weight")
        'backbone.layers.0.weight'
    """
    name = name.replace("_orig_mod.", "")
    while name.startswith("module."):
        name = name.removeprefix("module.")
    return name


def misfit(found: Mapping[str, Tensor], network: nn.Module) -> str:
    """What keeps tensors, by name, from being those of `network`; nothing if they are."""
    wanted = network.state_dict()
    if lacking := wanted.keys() - found.keys():
        return f"it lacks {listed(sorted(lacking))}"
    if besides := found.keys() - wanted.keys():
        return f"it has {listed(sorted(besides))} besides"
    for name, value in wanted.items():
        there = found[name]
        if there.shape != value.shape:
            return f"{name} is {tuple(there.shape)} instead of {tuple(value.shape)}"
        if not torch.can_cast(there.dtype, value.dtype):
            return f"{name} is {there.dtype} instead of {value.dtype}"
    return ""


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingExtraError("the format safetensors", "safetensors", "hub") from None
    return safetensors.torch
