"""The idx files of MNIST and its relatives, plain or gzipped."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import labelled_pixels
from condgan.data.readers.pixels import Layout, as_images
from condgan.data.readers.sniff import most_unpacked, opened, sniff, too_much
from condgan.data.readers.unlabelled import OnUnlabelled
from condgan.errors import ConfigError, DataError, FileFormatError, MissingFileError, listed

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The third byte of an idx file, and the numbers it announces."""

SPLITS = {"train": ("train",), "test": ("t10k", "test")}
"""What the files of each split begin with."""


def read_idx(
    images: str | Path,
    labels: str | Path | None = None,
    *,
    split: str | None = None,
    transpose: bool = False,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Images and labels from a pair of idx files, recognised by content, gzipped or not.

    Args:
        images: the file of images; or a folder with MNIST's file names (`train-images-idx3-ubyte`,
            `t10k-images.idx3-ubyte.gz` and so on).
        labels: the file of labels. Left out, it is looked for beside the images under the name
            that has `labels` for `images` and `idx1` for `idx3`.
        split: "train" (if left out) or "test"; for a folder only.
        transpose: swap rows and columns. EMNIST's files hold each image column by column and need
            this; MNIST, Fashion-MNIST and KMNIST do not.
        layout, value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`; the
            name is that of the folder or of the file of images if left out.

    Raises:
        MissingFileError: a file is not there; the message says which names would do.
        FileFormatError: a file is no idx file, or has not the size that its header promises.
        DataError: the files hold different numbers of things, or images without a pixel.
        LabelError: a label that is missing, or not among the classes.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> pixels = bytes([0, 255, 0, 255] * 2)
        >>> _ = (folder / "train-images-idx3-ubyte").write_bytes(
        ...     bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2]) + pixels)
        >>> _ = (folder / "train-labels-idx1-ubyte").write_bytes(
        ...     bytes([0, 0, 8, 1, 0, 0, 0, 2]) + bytes([7, 3]))
        >>> read_idx(folder).counts()
        {3: 1, 7: 1}
    """
    images = Path(images)
    name = name or images.name
    if images.is_dir():
        images = _images_in(images, split or "train")
    elif split is not None:
        raise ConfigError(f"split={split!r} is for a folder of idx files; {images} is a file.")
    labels = Path(labels) if labels is not None else _labels_beside(images)
    pixels, marks = idx_array(images), idx_array(labels)
    if pixels.ndim not in (3, 4) or marks.ndim != 1:
        raise DataError(
            f"images need 3 or 4 axes and labels 1; {images} has shape {pixels.shape} and {labels} "
            f"has {marks.shape}. Give the images first: (images, labels)."
        )
    if 0 in pixels.shape[1:]:
        raise DataError(f"{images} has shape {pixels.shape}: images without a pixel.")
    if len(pixels) != len(marks):
        raise DataError(
            f"{images} holds {len(pixels)} images but {labels} holds {len(marks)} labels; "
            "they are not a pair."
        )
    upright = pixels.swapaxes(-1, -2) if transpose else pixels
    return labelled_pixels(
        as_images(upright, layout=layout, value_range=value_range, copy=False),
        marks,
        on_unlabelled=on_unlabelled,
        unlabelled=unlabelled,
        classes=classes,
        name=name,
    )


def idx_array(path: str | Path) -> np.ndarray[Any, Any]:
    """One idx file as a numpy array, of the shape and type that its header says.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: it is no idx file, or shorter or longer than its header promises.
    """
    path = Path(path)
    found = sniff(path)
    if found.kind != "idx file":
        raise found.refusal("an idx file")
    begin = 4 + 4 * found.start[3]
    header = found.start[:begin]
    if len(header) < begin:
        raise FileFormatError(
            f"{path}: its header takes {begin} bytes but there are {len(header)}. "
            "Fetch the file again."
        )
    shape = tuple(int(n) for n in np.frombuffer(header[4:], ">u4"))
    dtype = np.dtype(TYPES[header[2]])
    wanted = begin + math.prod(shape) * dtype.itemsize
    if found.gzipped and wanted > most_unpacked(path):
        raise too_much(path)
    there, damage, content = found.size, "", bytearray()
    # Only what the header promises is ever kept; a plain file is not read if its size is wrong.
    if found.gzipped or there == wanted:
        content, there, damage = _content(path, wanted)
    if there != wanted:
        unpacked = " unpacked" if found.gzipped else ""
        raise FileFormatError(
            f"{path}: its header promises {wanted} bytes{unpacked} (shape {shape}, {dtype.name}) "
            f"but there are {there}{damage}. Fetch the file again."
        )
    if damage:
        raise FileFormatError(f"{path}: all {wanted} bytes are there{damage}. Fetch it again.")
    return np.frombuffer(content, dtype, offset=begin).reshape(shape)


def holds_idx(folder: Path) -> bool:
    """Whether a folder has files of images under MNIST's names, of any split."""
    begins = "|".join(begin for split in SPLITS.values() for begin in split)
    pattern = re.compile(rf"({begins})-images[-.]idx\d-ubyte(\.gz)?")
    return any(pattern.fullmatch(entry.name) for entry in folder.iterdir())


def _content(path: Path, most: int) -> tuple[bytearray, int, str]:
    """The first `most` bytes, how many there are, and in words what kept the rest from it."""
    kept, there = bytearray(), 0
    try:
        with opened(path) as stream:
            # Read to the end even beyond `most`: a gzipped file has its checksum there.
            while part := stream.read1(1 << 20):
                kept += part[: most - len(kept)]
                there += len(part)
    except EOFError:
        return kept, there, ", where the gzipped content breaks off"
    except (OSError, zlib.error) as error:
        return kept, there, f", and the gzipped content is damaged ({error})"
    return kept, there, ""


def _images_in(folder: Path, split: str) -> Path:
    if split not in SPLITS:
        raise ConfigError(f"split must be one of {listed(SPLITS)}; got {split!r}.")
    names = [name for begin in SPLITS[split] for name in _spellings(f"{begin}-images-idx3-ubyte")]
    return _first_there(folder, names, f"images of the {split} split")


def _labels_beside(images: Path) -> Path:
    if not images.exists():
        raise MissingFileError(f"there is no file {images}.")
    if "images" not in images.name:
        found = sniff(images)
        if found.kind != "idx file":
            raise found.refusal("an idx file")
        raise DataError(
            f"{images.name} has no 'images' in its name, so its labels cannot be found by name; "
            "give both files: (images, labels)."
        )
    name = "labels".join(images.name.removesuffix(".gz").rsplit("images", 1))
    return _first_there(images.parent, _spellings(name), f"labels of {images.name}")


def _spellings(name: str) -> list[str]:
    """The names by which people have the same file: a dash or a dot, gzipped or not."""
    kind = "idx1" if "labels" in name else "idx3"
    dash, dot = (re.sub(r"[-.]idx\d", mark + kind, name) for mark in "-.")
    return list(dict.fromkeys(f"{base}{end}" for end in ("", ".gz") for base in (dash, dot)))


def _first_there(folder: Path, names: list[str], what: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    there = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    raise MissingFileError(
        f"no {what} in {folder}: none of {', '.join(names)} is there, only "
        f"{listed(there) if there else 'nothing'}."
    )
