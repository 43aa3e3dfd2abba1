"""Checkpoints: a whole run as plain data, in a file that is complete or is not there."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from condgan.errors import ArgumentTypeError, FileFormatError, MissingFileError, WriteError, reason
from condgan.training.formats import FORMAT, upgraded

KIND = "condgan checkpoint"
ENDING = ".ckpt"


def write(saved: dict[str, Any], *paths: Path) -> None:
    """Writes a checkpoint beside its place, makes sure it is on disk, and renames it.

    Whatever goes wrong on the way, what was at a path before is still there.

    Args:
        saved: what `TrainState.capture` gives.
        paths: where to; the same to each, one after another.

    Raises:
        WriteError: a file cannot be written: no room, no permission, no folder.
        ArgumentTypeError: there is more than plain data in it.
    """
    refuse_objects(saved)
    for path in paths:
        # A name of its own, since others may write to the same folder.
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with beside.open("wb") as file:
                torch.save({"kind": KIND, "format": FORMAT, "written": time.time(), **saved}, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        # A full disk comes as an OSError or, out of torch's writer, as a RuntimeError.
        except (OSError, RuntimeError) as error:
            raise WriteError(
                f"the checkpoint {path} cannot be written: {reason(error)}. Earlier ones are "
                "as they were."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself safe from a power cut, where folders can be opened and synced."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
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
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise FileFormatError(f"{source} is no checkpoint as it was written: it is packed.")
            damaged = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise FileFormatError(f"{source} is not a complete checkpoint: {error}") from error
    if damaged is not None:
        raise FileFormatError(f"{source} is damaged, at {damaged}.")
    return upgraded(_loaded(source, mmap=False))


def _loaded(source: Path, *, mmap: bool) -> dict[str, Any]:
    try:
        saved = torch.load(source, map_location="cpu", weights_only=True, mmap=mmap)
        found, format = saved["kind"], saved["format"]
    except Exception as error:
        raise FileFormatError(f"{source} is not a complete checkpoint: {reason(error)}") from error
    if found != KIND or not isinstance(format, int) or format < 1:
        raise FileFormatError(f"{source} is a {found} of format {format}, not a {KIND}.")
    if format > FORMAT:
        raise FileFormatError(
            f"{source} is of format {format}, which a later condgan wrote; this one reads up to "
            f"format {FORMAT}: pip install --upgrade condgan."
        )
    if not isinstance(saved.get("written"), float) or not isinstance(saved.get("run"), str):
        raise FileFormatError(f"{source} does not say of which run it is.")
    return dict(saved)


def newest(folder: Path) -> dict[str, Any]:
    """The complete checkpoint of a folder that was written last, by what the files say.

    Not the one of most steps: somebody may have gone back to an earlier one, or begun another run.

    Warns:
        UserWarning: of each file that is torn, damaged or foreign, and of several runs.

    Raises:
        MissingFileError: there is no complete one.
    """
    found: list[tuple[float, Path, str]] = []
    for file in sorted(filter(Path.is_file, folder.glob(f"*{ENDING}"))):
        try:
            # What the tensors hold is not read yet.
            saved = _loaded(file, mmap=True)
        except FileFormatError as error:
            warnings.warn(f"passed over: {error}", stacklevel=3)
        else:
            found.append((saved["written"], file, saved["run"]))
    runs = {run for *_, run in found}
    for _, file, run in sorted(found, reverse=True):
        try:
            saved = read(file)
        except FileFormatError as error:
            warnings.warn(f"passed over: {error}", stacklevel=3)
            continue
        if len(runs) > 1:
            warnings.warn(
                f"{folder} has checkpoints of {len(runs)} runs; this is the one that wrote last, "
                f"{run}. Name a file to go on from another.",
                stacklevel=3,
            )
        return saved
    raise MissingFileError(
        f"there is no complete checkpoint (*{ENDING}) in {folder}. A Checkpoint callback writes "
        "them while training."
    )


def refuse_objects(value: Any, where: str = "a checkpoint") -> None:
    """Whether it is only tensors, numbers, text, and lists or dicts of these, and no kin of them.

    Raises:
        ArgumentTypeError: it is not; the file could never be read as data again.
    """
    if type(value) is dict:
        for key, inner in value.items():
            refuse_objects(key, where)
            refuse_objects(inner, f"{where}, {key}")
    elif type(value) in (list, tuple):
        for inner in value:
            refuse_objects(inner, where)
    elif not (value is None or type(value) in (bool, int, float, str, torch.Tensor)):
        raise ArgumentTypeError(
            f"{where} holds a {type(value).__name__}, {value!r}; only tensors, numbers, text, and "
            "lists or dicts of these are saved."
        )
