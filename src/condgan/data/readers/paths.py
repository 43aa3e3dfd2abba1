"""Image files that a table names by their paths in a folder."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any, Literal, NamedTuple, TypeAlias

from condgan.data.readers.files import ENDINGS
from condgan.data.readers.folder import CLUTTER
from condgan.errors import ConfigError, DataError, MissingFileError, listed

OnMissing: TypeAlias = Literal["error", "skip"]
"""What to do about a file that is named but not there."""


class Located(NamedTuple):
    """The files that are there, and the row of the table that names each."""

    files: list[Path]
    rows: list[int]


def located(
    folder: Path,
    paths: Sequence[Any],
    source: str,
    place: Callable[[int], str] = "row {}".format,
    on_missing: OnMissing = "error",
) -> Located:
    """Where the files are that a table names.

    A path is relative to the folder, with "/" or "\\\\", and may lack its ending: "scan7" is
    "scan7.png" if no other image is called so.

    Args:
        folder: the folder that no path may leave.
        paths: a path for each row.
        source: what to call the table in messages.
        place: what to call row i in messages.
        on_missing: "error", or "skip" to leave such rows out, with one warning that counts and
            names them.

    Raises:
        MissingFileError: files that are not there.
        DataError: a path that leaves the folder, that comes twice, or that is none.
        ConfigError: another `on_missing`.
    """
    if on_missing not in ("error", "skip"):
        raise ConfigError(f'on_missing must be "error" or "skip"; got {on_missing!r}.')
    found = Located([], [])
    row_of: dict[str, int] = {}
    missing: list[str] = []
    by_stem: dict[str, list[str]] | None = None
    for row, path in enumerate(paths):
        text = _inside(folder, path, f"{source}, {place(row)}")
        if not _is_file(folder / text):
            by_stem = _by_stem(folder) if by_stem is None else by_stem
            alike = by_stem.get(text, [])
            if len(alike) != 1:
                missing.append(text)
                continue
            text = alike[0]
        if text in row_of:
            raise DataError(
                f"{source} names {text!r} twice: {place(row_of[text])} and {place(row)}. Give each "
                'image one row; several labels of one are written "hat|smile".'
            )
        row_of[text] = row
        found.files.append(folder / text)
        found.rows.append(row)
    if missing:
        _tell_of_missing(folder, missing, len(paths), source, on_missing)
    return found


def warn_of_unnamed(folder: Path, files: Sequence[Path], source: str) -> None:
    """Counts and names, in one warning, the images of a folder that are not among `files`."""
    named = {os.path.normpath(file) for file in files}
    unnamed = [path for path in images_in(folder) if os.path.normpath(folder / path) not in named]
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
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in ENDINGS:
                yield Path(parent, name).relative_to(folder).as_posix()


def _inside(folder: Path, path: Any, where: str) -> str:
    """A path relative to the folder, in its shortest form."""
    if not isinstance(path, str | os.PathLike | int) or not str(path).strip():
        raise DataError(f"{where}: a path is wanted; got {path!r}.")
    text = str(path)
    if not _is_file(folder / text):
        text = text.replace("\\", "/")
    if Path(text).is_absolute():
        text = os.path.relpath(text, folder.absolute())
    text = os.path.normpath(text)
    if text == ".." or text.startswith(f"..{os.sep}") or PureWindowsPath(text).drive:
        raise DataError(
            f"{where}: {str(path)!r} lies outside {folder}; paths are relative to that folder and "
            "must stay in it."
        )
    return text


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _by_stem(folder: Path) -> dict[str, list[str]]:
    """Paths without their ending to paths."""
    stems: dict[str, list[str]] = {}
    for path in images_in(folder):
        stems.setdefault(str(Path(path).with_suffix("")), []).append(path)
    return stems


def _tell_of_missing(
    folder: Path, missing: list[str], rows: int, source: str, on_missing: OnMissing
) -> None:
    said = f"{len(missing)} of the {rows} files that {source} names are not in {folder}"
    if on_missing == "skip":
        warnings.warn(f"{said}, and are left out: {listed(missing)}.", stacklevel=5)
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
