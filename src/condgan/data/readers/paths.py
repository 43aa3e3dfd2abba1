"""Image files that a table names by their paths in a folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any, Literal, NamedTuple, TypeAlias

from condgan.classes import composed
from condgan.data.readers.files import ENDINGS, Files, ending
from condgan.data.readers.folder import CLUTTER
from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.plain import Column
from condgan.errors import ConfigError, DataError, MissingFileError, listed

OnMissing: TypeAlias = Literal["error", "skip"]
"""What to do about a file that is named but not there."""


class Located(NamedTuple):
    """The files that are there, and the row of the table that names each."""

    files: Files
    rows: list[int]


def located(
    folder: Path,
    paths: Column,
    source: str,
    place: Callable[[int], str] = "row {}".format,
    on_missing: OnMissing = "error",
) -> Located:
    """Where the files are that a table names.

    A path is relative to the folder, with "/" or "\\\\", and may lack its ending: "scan7" is
    "scan7.png" if no other image is called so. It may also differ by the case of its letters, or
    by how accents are written, where only one file is called so.

    Args:
        folder: the folder that no path may leave.
        paths: a path for each row.
        source: what to call the table in messages.
        place: what to call row i in messages.
        on_missing: "error", or "skip" to leave such rows out, with one warning that counts and
            names them.

    Raises:
        MissingFileError: files that are not there.
        DataError: a path that leaves the folder, or that is none.
        ConfigError: another `on_missing`.
    """
    if on_missing not in ("error", "skip"):
        raise ConfigError(f'on_missing must be "error" or "skip"; got {on_missing!r}.')
    there: list[str] = []
    rows: list[int] = []
    missing: list[str] = []
    names: _Names | None = None
    for row, path in enumerate(paths):
        text = _inside(folder, path)
        if text is None:
            raise _no_path(folder, path, f"{source}, {place(row)}")
        if not _is_file(folder, text):
            names = names or _Names(folder)
            alike = names.alike(text)
            if alike is None:
                missing.append(text)
                continue
            text = os.path.normpath(alike)
        there.append(text)
        rows.append(row)
    if missing:
        _tell_of_missing(folder, missing, len(paths), source, on_missing)
    return Located(Files(folder, there), rows)


def warn_of_unnamed(folder: Path, files: Files, source: str) -> None:
    """Counts and names, in one warning, the images of a folder that are not among `files`."""
    named = set(map(os.path.normpath, files.names))
    unnamed = [path for path in images_in(folder) if os.path.normpath(path) not in named]
    if unnamed:
        warnings.warn(
            f"{folder}: {len(unnamed)} images are left out, since {source} does not name them: "
            f"{listed(unnamed)}.",
            stacklevel=4,
        )


def images_in(folder: Path) -> Iterator[str]:
    """The paths, relative to the folder, of what is called as images are; not the hidden ones."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(x for x in folders if not x.startswith(".") and x not in CLUTTER)
        within = Path(parent).relative_to(folder).as_posix()
        for name in sorted(names):
            if not name.startswith(".") and ending(name) in ENDINGS:
                yield name if within == "." else f"{within}/{name}"


def _inside(folder: Path, path: Any) -> str | None:
    """A path relative to the folder, in its shortest form; None if there is none."""
    if not isinstance(path, str | os.PathLike | int) or not str(path).strip():
        return None
    text = str(path)
    if "\\" in text and not _is_file(folder, text):
        text = text.replace("\\", "/")
    drive = (":" in text or text.startswith("//")) and PureWindowsPath(text).drive
    if text.startswith(os.sep) or (drive and Path(text).is_absolute()):
        text = os.path.relpath(text, folder.absolute())
        drive = ""
    text = os.path.normpath(text)
    return None if drive or text == ".." or text.startswith(f"..{os.sep}") else text


def _no_path(folder: Path, path: Any, where: str) -> DataError:
    if not isinstance(path, str | os.PathLike | int) or not str(path).strip():
        return DataError(f"{where}: a path is wanted; got {path!r}.")
    return DataError(
        f"{where}: {str(path)!r} lies outside {folder}; paths are relative to that folder and "
        "must stay in it."
    )


def _is_file(folder: Path, path: str) -> bool:
    """Whether there is such a file; not of a name that no file can have."""
    return os.path.isfile(f"{folder}{os.sep}{path}")  # noqa: PTH113 - a Path takes five times as long


class _Names:
    """The images of a folder by what else a table may call them."""

    def __init__(self, folder: Path) -> None:
        self._near: dict[str, list[str]] = {}
        for path in images_in(folder):
            self._near.setdefault(_folded(_stem(path)), []).append(path)

    def alike(self, text: str) -> str | None:
        """The one image that is called so; the closest spelling counts."""
        name = composed(Path(text).as_posix())
        keys = {_folded(_stem(name)), _folded(name)}
        near = [path for key in keys for path in self._near.get(key, [])]
        for spelt, wanted in (
            (composed, name),
            (_folded, name.casefold()),
            (lambda path: composed(_stem(path)), name),
            (lambda path: _folded(_stem(path)), name.casefold()),
        ):
            found = [path for path in near if spelt(path) == wanted]
            if found:
                return found[0] if len(found) == 1 else None
        return None


def _folded(text: str) -> str:
    return composed(text).casefold()


def _stem(path: str) -> str:
    """A path without its ending."""
    return path.removesuffix(PurePath(path).suffix)


def _tell_of_missing(
    folder: Path, missing: list[str], rows: int, source: str, on_missing: OnMissing
) -> None:
    said = f"{len(missing)} of the {rows} files that {source} names are not in {folder}"
    if on_missing == "skip":
        message = f"{said}, and are left out: {listed(missing)}."
        warnings.warn(LeftOut(message, "on_missing"), stacklevel=5)
        return
    name = Path(missing[0]).name
    elsewhere = [path for path in images_in(folder) if Path(path).name == name]
    hint = (
        f" There is {elsewhere[0]!r}, though: name the folder that the paths are relative to."
        if elsewhere
        else ""
    )
    raise MissingFileError(
        f"{said}: {listed(missing)}.{hint} Put them there, or leave those rows out with "
        'on_missing="skip".'
    )
