"""Networks on disk: a configuration that a person can read, and weights that are only tensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from condgan.conditions import condition_from_config
from condgan.errors import ConfigError, FileFormatError, MissingFileError
from condgan.networks.architecture import Architecture

FORMAT = 1
CONFIG = "config.json"
WEIGHTS = "weights.pt"

Network = TypeVar("Network", bound=nn.Module)


def save(network: nn.Module, config: Mapping[str, Any], folder: str | PathLike[str]) -> None:
    """Writes the two files of a network into `folder`; `config` is what `load` remakes it from."""
    try:
        text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"the settings of this {config['role']} cannot be written down: {error}. "
            "Options must be plain numbers, strings, lists or dicts."
        ) from None
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    _refuse_other_role(target / CONFIG, config["role"])
    # Written beside and renamed, so that a full disk leaves what was there as it was.
    weights, settings = target / f"{WEIGHTS}.part", target / f"{CONFIG}.part"
    torch.save({k: v.cpu() for k, v in network.state_dict().items()}, weights)
    settings.write_text(text + "\n", encoding="utf-8")
    weights.replace(target / WEIGHTS)
    settings.replace(target / CONFIG)


def _refuse_other_role(path: Path, role: str) -> None:
    try:
        there = json.loads(path.read_text(encoding="utf-8"))["role"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    if there != role:
        raise ConfigError(
            f"{path.parent} holds a {there}; save the {role} to another folder, such as "
            f"{path.parent / role}."
        )


def load(
    cls: type[Network],
    role: str,
    folder: str | PathLike[str],
    *,
    architecture: Architecture | None,
    encoder: nn.Module | None,
) -> Network:
    """Makes the network of class `cls`, which plays `role`, that `save` wrote."""
    source = Path(folder)
    config = _read_config(source / CONFIG, role)
    arguments = dict(config.pop("options"))
    for name, given in (("architecture", architecture), ("encoder", encoder)):
        named = config.pop(name)
        if given is None and named is None:
            raise ConfigError(
                f"{source} was made with an {name} of your own; make it again and pass it: "
                f"from_pretrained({str(folder)!r}, {name}=...)."
            )
        arguments[name] = named if given is None else given
    classes = condition_from_config(config.pop("classes"))
    unseen = config.pop("unseen", None)
    try:
        # A seed, so that loading takes nothing from torch's global stream.
        network = cls(classes, config.pop("image_shape"), **config, **arguments, seed=0)
        made: Any = network
        if unseen is not None:
            made.unseen = tuple(unseen)
    except TypeError as error:
        raise FileFormatError(f"{source / CONFIG} does not describe a network: {error}.") from None
    _read_weights(source / WEIGHTS, network)
    return network


def _read_config(path: Path, role: str) -> dict[str, Any]:
    if not path.is_file():
        raise MissingFileError(
            f"{path} does not exist; name the folder that save_pretrained or `condgan train` wrote."
        )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        written, made_as = config.pop("format"), config.pop("role")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path} does not describe a network: {error!r}.") from None
    if written != FORMAT:
        raise FileFormatError(
            f"{path} has format {written}; this version of condgan reads format {FORMAT}."
        )
    if made_as != role:
        raise FileFormatError(f"{path} describes a {made_as}, not a {role}.")
    missing = {"classes", "image_shape", "architecture", "encoder", "options"} - config.keys()
    if missing:
        raise FileFormatError(f"{path} lacks {', '.join(sorted(missing))}.")
    if not isinstance(config["options"], dict):
        raise FileFormatError(f"{path} does not describe a network: its options are no dict.")
    return dict(config)


WRAPPERS = ("_orig_mod.", "module.")
"""What `torch.compile` and data parallelism put before each name."""


def plain_name(name: str) -> str:
    """A weight's name without what was wrapped round the network when it was saved."""
    while name.startswith(WRAPPERS):
        name = name.partition(".")[2]
    return name


def _read_weights(path: Path, network: nn.Module) -> None:
    if not path.is_file():
        raise MissingFileError(f"{path} does not exist; the weights are missing.")
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise FileFormatError(f"{path} is not a file of weights: {error}") from error
    if isinstance(weights, dict):
        weights = {plain_name(str(name)): value for name, value in weights.items()}
    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path} does not fit its {CONFIG}: {error}") from error
