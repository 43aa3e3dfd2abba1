"""A folder of class folders, each with that class's image files."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from condgan.classes import Classes, Label, natural_order
from condgan.conditions import Condition, as_condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import ENDINGS, OnBad
from condgan.data.readers.images_of_files import labelled_files
from condgan.errors import ConfigError, DataError, MissingFileError, listed
from condgan.manifest import NAME, labels_of_folders

CLUTTER = ("__MACOSX", "__pycache__", "@eaDir", "$RECYCLE.BIN", "System Volume Information")
"""Folders that operating systems and tools leave behind; nobody means them as a class."""


INSIDE = "images in these"
"""How the images in folders within class folders are counted: they are no entries themselves."""


def read_folder(
    path: str | Path,
    *,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    on_bad: OnBad = "error",
    workers: int = 0,
    cache: bool | str | Path = False,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Images from a folder that has a folder for each class.

    Hidden entries, and folders that systems leave behind (`__MACOSX`), are ignored; other files
    than images, and what lies outside the class folders or in folders within them, are skipped and
    counted in one warning. Files are taken in natural order (2 before 10). Gray of 16 bits keeps
    its depth: the set is then float32. The manifest that `condgan export` leaves says what the
    classes of its folders are called.

    Args:
        path: the folder. If the names of its folders are all whole numbers written plainly ("0"
            to "10", no "07"), the labels are these numbers, otherwise text.
        image_size: side length or (height, width). Left out, all must have one size.
        channels: 1, 3, or 4 (with alpha); left out, 1 if all images are gray and 3 otherwise.
        background: colour behind transparent pixels, unless `channels=4`.
        orient: turn images as their EXIF orientation says.
        fit: how images come to `image_size`: "crop" (the largest part of that aspect from the
            middle, resized), "pad" (the whole image, on the background), or "stretch".
        max_pixels: files that promise more are refused before they are decoded.
        on_bad: "error", or "skip" to leave out files that cannot be decoded, with one warning.
        workers: processes to decode in, started anew for each call; 0 decodes in this one.
        cache: a folder where images are kept decoded, mapped into memory rather than read; True
            for one in `$CONDGAN_CACHE` or `~/.cache/condgan`. Changed files are decoded again.
        classes: the labels wanted and their order; names of folders are matched to their text.
            A class without a folder keeps its place, with one warning.
        name: what to call the set; that of the folder if left out.

    Raises:
        MissingFileError: there is no such folder.
        FileFormatError: a file cannot be decoded.
        DataError: no class folder, no image, or images of different sizes.
        LabelError: a folder that is none of `classes`.
        WriteError: the cache cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> folder = pathlib.Path(tempfile.mkdtemp(), "pets")
        >>> for label in ("cat", "dog"):
        ...     (folder / label).mkdir(parents=True)
        ...     Image.new("L", (8, 8)).save(folder / label / "1.png")
        >>> read_folder(folder, image_size=4)
        LabelledImages('pets', 2 x (1, 4, 4), Classes(['cat', 'dog']))
    """
    path = Path(path)
    if not path.is_dir():
        raise MissingFileError(f"there is no folder {path}.")
    found = scan(path)
    labels, condition = _labels(found, classes)
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels)
    _warn(path, found.skipped)
    return labelled_files(
        path,
        found.files,
        labels,
        condition,
        decode,
        on_bad=on_bad,
        workers=workers,
        cache=cache,
        name=name,
    )


@dataclass
class Found:
    """The image files of a folder in order, the class folders, and what else there was.

    `folders` holds the text of each folder's label: its name, unless a manifest says otherwise.
    """

    files: list[Path] = field(default_factory=list)
    folders: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)


def scan(path: Path) -> Found:
    """What a folder of class folders holds, before any image is read.

    Raises:
        DataError: no class folder, or no image in them.
    """
    found = Found()
    labels = labels_of_folders(path)
    for entry in _entries(path):
        if entry.name == NAME and labels is not None:
            continue
        if not entry.is_dir():
            found.skipped["files beside the class folders"] += 1
            continue
        found.folders[entry.name] = (labels or {}).get(entry.name, entry.name)
        for file in _entries(entry):
            if file.is_dir():
                found.skipped["folders within class folders"] += 1
                inside = (inner.suffix.lower() in ENDINGS for inner in file.rglob("*"))
                found.skipped[INSIDE] += sum(inside)
            elif file.suffix.lower() in ENDINGS:
                found.files.append(file)
            else:
                found.skipped[f"{file.suffix.lower() or 'files without ending'}"] += 1
    if not found.folders:
        raise DataError(
            f"{path} has no folders in it; the images of each class must be in a folder that has "
            f"the name of the class, such as {path / 'cat'}."
        )
    if not found.files:
        deeper = " There are folders within them: give one of the class folders' parents."
        raise DataError(
            f"there is no image in the {len(found.folders)} folders of {path}: "
            f"{listed(found.folders)}."
            + (deeper if found.skipped["folders within class folders"] else "")
        )
    return found


def _entries(folder: Path) -> list[Path]:
    meant = (
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.name not in CLUTTER
    )
    return sorted(meant, key=lambda entry: natural_order(entry.name))


def _labels(
    found: Found, classes: int | Iterable[Label] | Condition | None
) -> tuple[list[Label], Condition]:
    """The label of each file, and the classes, whether given or found."""
    if classes is None:
        numbered = all(map(_is_plain_number, found.folders.values()))
        label_of: dict[str, Label] = {
            name: int(text) if numbered else text for name, text in found.folders.items()
        }
        condition: Condition = Classes.of(label_of.values())
    else:
        condition = as_condition(classes)
        if not isinstance(condition, Classes):
            raise ConfigError(f"folders are classes, so classes cannot be {condition}.")
        label_of = {name: condition.from_text(text) for name, text in found.folders.items()}
    return [label_of[file.parent.name] for file in found.files], condition


def _is_plain_number(name: str) -> bool:
    try:
        return str(int(name)) == name
    except ValueError:
        return False


def _warn(path: Path, skipped: Counter[str]) -> None:
    if skipped:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(skipped.items()) if count)
        entries = skipped.total() - skipped[INSIDE]
        warnings.warn(
            f"{path}: skipped {entries} entries that are no images in the folder of a class: "
            f"{kinds}.",
            stacklevel=3,
        )
