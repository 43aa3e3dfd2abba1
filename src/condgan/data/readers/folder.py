"""A folder of class folders, each with that class's image files."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from condgan.classes import Classes, Label, natural_order
from condgan.conditions import Condition, as_condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import ENDINGS, Files, OnBad, ending
from condgan.data.readers.images_of_files import labelled_files
from condgan.data.readers.splits import is_split
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
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
    value_range: tuple[float, float] | None = None,
    on_bad: OnBad = "error",
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
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
        value_range: the (low, high) that mean black and white in the files, such as (0, 4095) in
            scans of 12 bits. Left out, each means the full range of its type: 0..255, or 0..65535
            for gray of 16 bits. A range beyond 255 is that of 16 bits; files of 8 keep theirs.
        on_bad: "error", or "skip" to leave out files that cannot be decoded, with one warning.
        on_unlabelled, unlabelled: as in `read_listed`; `unlabelled="unknown"` names the folder of
            images that have no label.
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
    found = labelled(scan(path), Unlabelled(on_unlabelled, unlabelled))
    labels, condition = _labels(found, classes)
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels, value_range)
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
        as_told=found.told or classes is not None,
        name=name,
    )


@dataclass
class Found:
    """What a folder of class folders holds.

    Attributes:
        path: the folder.
        inside: the names of each class folder's image files, in order.
        texts: that of each class folder's label: its name, unless a manifest says otherwise.
        skipped: what else there was, and how often.
        told: whether a manifest says so: these classes are meant, whatever they look like.
    """

    path: Path
    inside: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    told: bool = False

    @property
    def files(self) -> Files:
        """All image files, folder by folder."""
        return Files(
            self.path, [f"{name}/{file}" for name, files in self.inside.items() for file in files]
        )


def scan(path: Path) -> Found:
    """What a folder of class folders holds, before any image is read.

    Raises:
        DataError: no class folder, or no image in them.
    """
    labels = labels_of_folders(path)
    found = Found(path, told=labels is not None)
    for entry in _entries(path):
        if entry.name == NAME and labels is not None:
            continue
        if not entry.is_dir():
            found.skipped["files beside the class folders"] += 1
            continue
        found.texts[entry.name] = (labels or {}).get(entry.name, entry.name)
        found.inside[entry.name] = _images_in(entry, found.skipped)
    if not found.inside:
        raise DataError(
            f"{path} has no folders in it; the images of each class must be in a folder that has "
            f"the name of the class, such as {path / 'cat'}."
        )
    if not any(found.inside.values()):
        deeper = (
            " There are folders within them: give one of the class folders' parents"
            f"{_such_as(found.inside)}."
        )
        raise DataError(
            f"there is no image in the {len(found.inside)} folders of {path}: "
            f"{listed(found.inside)}."
            + (deeper if found.skipped["folders within class folders"] else _instead(found))
        )
    return found


def _instead(found: Found) -> str:
    """What there is where images should be."""
    if not found.skipped:
        return ""
    return (
        f" What there is: {_counted(found.skipped)}. Image files end in .png, .jpg, .tif "
        "and the like; convert or rename yours."
    )


def _counted(skipped: Counter[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(skipped.items()) if count)


def _such_as(folders: Iterable[str]) -> str:
    split = next((name for name in folders if is_split(name)), None)
    return "" if split is None else f', as split="{split}" does'


def _images_in(folder: os.DirEntry[str], skipped: Counter[str]) -> list[str]:
    """The names of the image files in a class folder; all else is counted."""
    names = []
    for entry in _entries(folder):
        end = ending(entry.name)
        if entry.is_dir():
            skipped["folders within class folders"] += 1
            skipped[INSIDE] += sum(
                ending(inner.name) in ENDINGS for inner in Path(entry).rglob("*")
            )
        elif end in ENDINGS:
            names.append(entry.name)
        else:
            skipped[end or "files without ending"] += 1
    return names


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        meant = [x for x in entries if not x.name.startswith(".") and x.name not in CLUTTER]
    return sorted(meant, key=lambda entry: natural_order(entry.name))


def labelled(found: Found, unlabelled: Unlabelled) -> Found:
    """The same without those folders whose name says that their images have no label.

    A name of spaces alone says no such thing: somebody gave it, or a class was exported by it.

    Raises:
        LabelError: there are such, and they are not to be skipped.
        DataError: there are no others.
    """
    named = {name: text for name, text in found.texts.items() if text.strip()}
    lacking = [name for name, text in named.items() if not unlabelled.filled([text])]
    lost = [f"{name}/{file}" for name in lacking for file in found.inside[name]]
    if not lost:
        return found
    count = len(found.files)
    unlabelled.settle("have no label", lost, count, str(found.path), "Give them one,")
    if len(lost) == count:
        raise DataError(f"none of the {count} images of {found.path} has a label.")
    inside = {name: files for name, files in found.inside.items() if name not in lacking}
    return replace(found, inside=inside, texts={name: found.texts[name] for name in inside})


def _labels(
    found: Found, classes: int | Iterable[Label] | Condition | None
) -> tuple[list[Label], Condition]:
    """The label of each file, and the classes, whether given or found."""
    if classes is None:
        numbered = all(map(_is_plain_number, found.texts.values()))
        label_of: dict[str, Label] = {
            name: int(text) if numbered else text for name, text in found.texts.items()
        }
        condition: Condition = Classes.of(label_of.values())
    else:
        condition = as_condition(classes)
        if not isinstance(condition, Classes):
            raise ConfigError(f"folders are classes, so classes cannot be {condition}.")
        label_of = {name: condition.from_text(text) for name, text in found.texts.items()}
    return [label_of[name] for name, files in found.inside.items() for _ in files], condition


def _is_plain_number(name: str) -> bool:
    try:
        return str(int(name)) == name
    except ValueError:
        return False


def _warn(path: Path, skipped: Counter[str]) -> None:
    if skipped:
        entries = skipped.total() - skipped[INSIDE]
        warnings.warn(
            f"{path}: skipped {entries} entries that are no images in the folder of a class: "
            f"{_counted(skipped)}.",
            stacklevel=3,
        )
