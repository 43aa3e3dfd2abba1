"""Networks on disk: a configuration that a person can read, and weights that are only tensors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from condgan.classes import Classes, Label
from condgan.conditions import Condition, condition_from_config
from condgan.errors import (
    CondganError,
    ConfigError,
    FileFormatError,
    MissingFileError,
    WriteError,
    reason,
)
from condgan.networks import limits, origins, weights
from condgan.networks.architecture import Architecture, untried

FORMAT = 1
CONFIG = "config.json"

LARGEST = 64 * 2**20
"""Bytes of a configuration; the names of a million classes have room in it."""

MOST_CLASSES = 100_000
"""For which it is tried whether weights are of so many."""

Network = TypeVar("Network", bound=nn.Module)


def save(
    network: nn.Module, config: Mapping[str, Any], folder: str | PathLike[str], format: str
) -> None:
    """Writes the two files of a network into `folder`; `config` is what `load` remakes it from."""
    name = weights.file_of(format)
    try:
        text = json.dumps({"format": FORMAT, **config}, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"the settings of this {config['role']} cannot be written down: {error}. "
            "Options must be plain numbers, strings, lists or dicts."
        ) from None
    target = Path(folder)
    there = role_at(target / CONFIG)
    refuse_other_role(there, config["role"], target, f"folder, such as {target / config['role']}")
    for file in weights.FILES.values():
        if there is None and (target / file).exists():
            raise ConfigError(f"{target} holds {file} of something else; save elsewhere.")
    # The settings are put there first: by them a killed run knows the folder for its own.
    beside = [target / f"{file}.part" for file in (CONFIG, name)]
    try:
        target.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed, so that a full disk leaves what was there as it was.
        beside[0].write_text(text + "\n", encoding="utf-8")
        weights.write(network, beside[1])
        for part in beside:
            part.replace(part.with_suffix(""))
        # The same network in the other format would be an older one now.
        for file in weights.FILES.values():
            if file != name:
                (target / file).unlink(missing_ok=True)
    # A full disk comes as an OSError or, out of torch's writer, as a RuntimeError.
    except (OSError, RuntimeError) as error:
        raise WriteError(
            f"the {config['role']} cannot be saved to {target}: {reason(error)}"
        ) from error
    finally:
        for part in beside:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def role_at(path: Path) -> str | None:
    """The role of the network that the configuration at `path` is of; None if there is no file."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["role"])
    except OSError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{CONFIG} of something else"


def refuse_other_role(there: str | None, role: str, where: object, elsewhere: str) -> None:
    """Whether a network that plays `role` may be saved where that of role `there` is.

    Raises:
        ConfigError: it would replace the other one of a pair, or what is no network of ours.
    """
    if there not in (None, role):
        raise ConfigError(f"{where} holds a {there}; save the {role} to another {elsewhere}.")


def load(
    cls: type[Network],
    role: str,
    source: Path,
    *,
    architecture: Architecture | None,
    encoder: nn.Module | None,
) -> Network:
    """Makes the network of class `cls`, which plays `role`, that `save` wrote."""
    path = source / CONFIG
    config = _read_config(path, role)
    own = {"architecture": architecture, "encoder": encoder}
    for name, given in own.items():
        if given is None and config[name] is None:
            raise ConfigError(
                f"{source} was made with an {name} of your own; make it again and pass it: "
                f"from_pretrained({str(source)!r}, {name}=...)."
            )
    named = {name: config[name] if given is None else None for name, given in own.items()}
    origins.check(path, named, config.pop("plugins", None))
    config |= {name: given for name, given in own.items() if given is not None}
    condition = condition_from_config(config.pop("classes"))
    unseen = _unseen(path, config.pop("unseen", None), condition)
    file = weights.find(source)
    found = weights.read(file)
    make = partial(_made, cls, path, config, partial(limits.within, file, len(found)))
    network: Any = make(condition)
    if wrong := weights.misfit(found, network):
        raise FileFormatError(
            f"{file} does not fit its {CONFIG}: "
            f"{_of_other_classes(found, network, condition, make) or wrong}."
        )
    network.load_state_dict(found)
    if unseen is not None:
        network.unseen = unseen
    made: Network = network
    return made


def _unseen(path: Path, labels: Any, condition: Condition) -> tuple[Label, ...] | None:
    """The classes that a network was never shown, which are some of its own."""
    if labels is None:
        return None
    known = condition.labels if isinstance(condition, Classes) else ()
    if not isinstance(labels, list) or not all(label in known for label in labels):
        raise FileFormatError(f"{path} does not describe a network: its unseen are no classes.")
    return tuple(labels)


def _read_config(path: Path, role: str) -> dict[str, Any]:
    if not path.is_file():
        raise MissingFileError(
            f"{path} does not exist; name the folder that save_pretrained or `condgan train` wrote."
        )
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST:,} bytes")
        config = json.loads(path.read_text(encoding="utf-8"))
        written, made_as = config.pop("format"), config.pop("role")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileFormatError(f"{path} does not describe a network: {error!r}.") from None
    if written != FORMAT:
        newer = isinstance(written, int) and written > FORMAT
        raise FileFormatError(
            f"{path} has format {written}; this version of condgan reads format {FORMAT}."
            + (" It was written by a newer one: pip install --upgrade condgan" if newer else "")
        )
    if made_as != role:
        raise FileFormatError(f"{path} describes a {made_as}, not a {role}.")
    missing = {"classes", "image_shape", "architecture", "encoder", "options"} - config.keys()
    if missing:
        raise FileFormatError(f"{path} lacks {', '.join(sorted(missing))}.")
    if not isinstance(config["options"], dict):
        raise FileFormatError(f"{path} does not describe a network: its options are no dict.")
    # A number of classes would be expanded to as many labels, before anything is known of them.
    if not isinstance(config["classes"], dict) or any(
        isinstance(value, int) for value in config["classes"].values()
    ):
        raise FileFormatError(f"{path} does not describe a network: its classes are no list.")
    return dict(config)


def _made(
    cls: type[Network],
    path: Path,
    config: Mapping[str, Any],
    limit: Callable[[], contextlib.AbstractContextManager[None]],
    condition: Condition,
) -> Network:
    """The network that a configuration describes, with weights that mean nothing yet."""
    arguments = {name: value for name, value in config.items() if name != "options"}
    try:
        with limit(), untried(), torch.device("cpu"):
            # A seed, so that loading takes nothing from torch's global stream.
            network: Any = cls(condition, **arguments, **config["options"], seed=0)
    except CondganError:
        raise
    # Numbers that nothing is made of, such as a size past all memory, come as any of these.
    except (TypeError, ValueError, RuntimeError, OverflowError, MemoryError) as error:
        raise FileFormatError(f"{path} does not describe a network: {error}.") from error
    made: Network = network
    return made


def _of_other_classes(
    found: Mapping[str, Tensor],
    network: nn.Module,
    condition: Condition,
    make: Callable[[Condition], nn.Module],
) -> str:
    """Says of how many classes the weights are, if it is that in which they differ."""
    if not isinstance(condition, Classes):
        return ""
    # A side of a tensor differs by the number of classes, or by twice that.
    differences = {
        there - here
        for name, value in network.state_dict().items()
        if name in found and found[name].ndim == value.ndim
        for there, here in zip(found[name].shape, value.shape, strict=True)
    }
    counts = {len(condition) + d // part for d in differences for part in (1, 2)}
    for count in sorted(counts - {len(condition)}):
        if 0 < count <= MOST_CLASSES:
            with contextlib.suppress(CondganError):
                if not weights.misfit(found, make(Classes(count))):
                    return (
                        f"its weights are of {count} classes, and {CONFIG} names "
                        f"{len(condition)}: {condition!r}"
                    )
    return ""
