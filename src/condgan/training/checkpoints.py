"""Checkpoints: a whole run as plain data, in a file that is complete or is not there."""

from __future__ import annotations

import contextlib
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from condgan.errors import ArgumentTypeError, FileFormatError, MissingFileError, WriteError

FORMAT = 1
KIND = "condgan checkpoint"
ENDING = ".ckpt"


def write(saved: dict[str, Any], path: Path) -> None:
    """Writes a checkpoint beside its place, makes sure it is on disk, and renames it.

    Whatever goes wrong on the way, what was at `path` before is still there.

    Raises:
        WriteError: the file cannot be written: no room, no permission, no folder.
        ArgumentTypeError: the state of a callback holds more than plain data.
    """
    for key, state in saved["callbacks"].items():
        refuse_objects(state, f"the state of the callback {key}")
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as file:
            torch.save({"kind": KIND, "format": FORMAT, **saved}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    # A full disk comes as an OSError or, out of torch's writer, as a RuntimeError.
    except (OSError, RuntimeError) as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise WriteError(
            f"the checkpoint {path} cannot be written: {error}. Earlier ones are as they were."
        ) from error


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself safe from a power cut, where folders can be opened."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The checkpoint at `path`, or the newest complete one in that folder; it runs no code.

    Raises:
        MissingFileError: there is no such file, or no checkpoint in the folder.
        FileFormatError: the file is none, or is damaged, or is of a later version.
    """
    source = Path(path)
    if source.is_dir():
        return newest(source)
    if not source.is_file():
        raise MissingFileError(f"there is no checkpoint {source}.")
    try:
        with zipfile.ZipFile(source) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise FileFormatError(f"{source} is damaged, at {damaged}.")
        saved = torch.load(source, map_location="cpu", weights_only=True)
        found, written = saved["kind"], saved["format"]
    except FileFormatError:
        raise
    except Exception as error:
        raise FileFormatError(f"{source} is not a complete checkpoint: {error}") from error
    if found != KIND or not isinstance(written, int) or not 1 <= written <= FORMAT:
        raise FileFormatError(
            f"{source} is a {found} of format {written}; this version of condgan reads a {KIND} "
            f"up to format {FORMAT}."
        )
    return dict(saved)


def newest(folder: Path) -> dict[str, Any]:
    """The checkpoint of a folder that has most steps behind it, by what the files hold.

    Warns:
        UserWarning: of each file that is torn, damaged or foreign.

    Raises:
        MissingFileError: there is no complete one.
    """
    best: dict[str, Any] | None = None
    # Names are the usual order; the last one is most likely the newest, and then only read once.
    for file in sorted(folder.glob(f"*{ENDING}"), reverse=True):
        try:
            saved = read(file)
        except FileFormatError as error:
            warnings.warn(f"passed over: {error}", stacklevel=3)
            continue
        if best is None or saved["counters"]["step"] > best["counters"]["step"]:
            best = saved
    if best is None:
        raise MissingFileError(
            f"there is no complete checkpoint (*{ENDING}) in {folder}. A Checkpoint callback "
            "writes them while training."
        )
    return best


def refuse_objects(value: Any, where: str) -> None:
    """Whether it is only tensors, numbers, text, and lists or dicts of these.

    Raises:
        ArgumentTypeError: it is not, and loading it would mean running code.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_objects(key, where)
            refuse_objects(inner, where)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            refuse_objects(inner, where)
    elif not (value is None or type(value) in (bool, int, float, str, torch.Tensor)):
        raise ArgumentTypeError(
            f"{where} holds a {type(value).__name__}, {value!r}; a checkpoint holds only tensors, "
            "numbers, text, and lists or dicts of these."
        )
