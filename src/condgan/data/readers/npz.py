"""numpy's own files: `.npz` with named arrays, and `.npy` with one."""

from __future__ import annotations

import lzma
import math
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.array_cache import cached_array
from condgan.data.readers.arrays import labelled_pixels
from condgan.data.readers.image_cache import place_of
from condgan.data.readers.pixels import Layout, as_images
from condgan.data.readers.sniff import FLOOR, RATIO, opened, sniff
from condgan.data.readers.splits import names_of_split
from condgan.data.readers.unlabelled import OnUnlabelled
from condgan.errors import (
    ConfigError,
    DataError,
    FileFormatError,
    MissingFileError,
    did_you_mean,
    listed,
)

IMAGES = ("images", "image", "x", "imgs", "img", "data", "arr_0")
LABELS = ("labels", "label", "y", "targets", "target", "classes", "arr_1")
"""What arrays are called, in small letters: the first of these that is there; that of a split has
its name before or after, as in `x_train` and `test_labels`."""

BLOCK = 2**20


def read_npz(
    path: str | Path,
    *,
    images: str | None = None,
    labels: str | None = None,
    split: str | None = None,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Images and labels from an `.npz` file, whose arrays are known by their names.

    Args:
        path: the file. Arrays of Python objects are never read.
        images, labels: the names of the arrays, if not among `IMAGES` and `LABELS`, alone or with
            a split: `x`, `X_train`, `test_images`.
        split: "train", "test" or "val"; left out, names without a split, or else "train".
        layout, value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`; the
            name is that of the file if left out.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: the file is damaged, is none of numpy's, holds other things than numbers
            or text, promises more than there is, or unpacks to many times its size.
        ConfigError: there is no such array, or no such split.

    Example:
        >>> import pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp(), "two.npz")
        >>> np.savez(file, x_train=np.full((2, 8, 8), 255, np.uint8), y_train=["cat", "dog"])
        >>> read_npz(file)
        LabelledImages('two', 2 x (1, 8, 8), Classes(['cat', 'dog']))
    """
    path = Path(path)
    found = sniff(path)
    if found.kind != "zip archive" or found.gzipped:
        raise found.refusal("an .npz file")
    if split is not None:
        names_of_split(split)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {
                entry.filename.removesuffix(".npy"): entry
                for entry in archive.infolist()
                if entry.filename.endswith(".npy")
            }
            if not entries:
                raise FileFormatError(
                    f"{path} is a zip archive of {listed(archive.namelist(), 4)}, not of arrays. "
                    f"{_way_out(archive.namelist())}"
                )
            pixels, marks = (
                _of_archive(path, archive, entries[_name(path, entries, asked, names, split, what)])
                for asked, names, what in (
                    (images, IMAGES, "images"),
                    (labels, LABELS, "labels"),
                )
            )
    # An encrypted entry is a RuntimeError, one packed in a way unknown here NotImplementedError.
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        RuntimeError,
    ) as error:
        raise FileFormatError(f"{path} cannot be read: {error}. Fetch it again.") from None
    return labelled_pixels(
        as_images(pixels, layout=layout, value_range=value_range, copy=False),
        marks,
        on_unlabelled=on_unlabelled,
        unlabelled=unlabelled,
        classes=classes,
        name=name or path.name.removesuffix(".npz"),
    )


def read_npy(
    images: str | Path,
    labels: str | Path | None = None,
    *,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
    cache: bool | str | Path = False,
) -> LabelledImages:
    """Images and labels from a pair of `.npy` files.

    Args:
        images: the file of images, plain or gzipped.
        labels: the file of labels. Left out, it is looked for beside the images, under the name
            that has `labels` for `images`, or `y` for `x`.
        layout, value_range, on_unlabelled, unlabelled, classes, name: as in `read_arrays`; the
            name is that of the file of images if left out.
        cache: a folder where the images are kept in the library's own form, mapped into memory
            rather than read, so that they may be larger than it; True for one in
            `$CONDGAN_CACHE` or `~/.cache/condgan`. A changed file is read again.

    Raises:
        MissingFileError: a file is not there.
        FileFormatError: as for `read_npz`.
        WriteError: the cache cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> np.save(folder / "X_train.npy", np.full((2, 8, 8), 255, np.uint8))
        >>> np.save(folder / "y_train.npy", [3, 7])
        >>> read_npy(folder / "X_train.npy").counts()
        {3: 1, 7: 1}
    """
    images = Path(images)
    labels = _labels_beside(images) if labels is None else Path(labels).expanduser()
    folder = place_of(cache)
    if folder is None:
        pixels = as_images(_of_file(images), layout=layout, value_range=value_range, copy=False)
    else:
        pixels = cached_array(
            folder, images, _map_of_file(images), layout=layout, value_range=value_range
        )
    return labelled_pixels(
        pixels,
        _of_file(labels),
        on_unlabelled=on_unlabelled,
        unlabelled=unlabelled,
        classes=classes,
        name=name or images.name.removesuffix(".gz").removesuffix(".npy"),
    )


def _way_out(members: Sequence[str]) -> str:
    """What to do about an archive of something else, by what is in it."""
    if "xl/workbook.xml" in members:
        return "It is an Excel workbook: save its sheet as CSV."
    if any(member.endswith("data.pkl") for member in members):
        return "It was saved by torch: read it with torch.load, and give load_data((X, y))."
    return "If it is a data set, unpack it first."


def _name(
    path: Path,
    entries: Iterable[str],
    asked: str | None,
    names: Sequence[str],
    split: str | None,
    what: str,
) -> str:
    """The name of the array of images or labels."""
    entries = list(entries)
    if asked is not None:
        if asked in entries:
            return asked
        raise ConfigError(
            f"{what}={asked!r} is not an array of {path}{did_you_mean(str(asked), entries)} "
            f"It has: {listed(entries)}."
        )
    small = {entry.lower(): entry for entry in reversed(entries)}
    plain = [] if split is not None else list(names)
    for part in names_of_split(split or "train"):
        plain += [f"{one}_{part}" for one in names] + [f"{part}_{one}" for one in names]
    found = next((small[one] for one in plain if one in small), None)
    if found is None:
        of_split = "" if split is None else f" of the {split} split"
        raise ConfigError(
            f"{path} has no array{of_split} that is called like {what} ({listed(plain, 4)}); it "
            f'has {listed(entries)}. Say which: {what}="...".'
        )
    return found


def _labels_beside(images: Path) -> Path:
    if not images.exists():
        raise MissingFileError(f"there is no file {images}.")
    pairs = (("images", "labels"), ("image", "label"), ("X", "y"), ("x", "y"))
    names = [
        word.join(images.name.rsplit(first, 1)) for first, word in pairs if first in images.name
    ]
    for name in names:
        if (images.parent / name).is_file():
            return images.parent / name
    tried = f" ({listed(names)} is not there)" if names else ""
    raise MissingFileError(
        f"{images} holds images; their labels are not beside it{tried}. Give both files: "
        f'load_data(("{images.name}", "labels.npy")).'
    )


def _of_archive(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo
) -> np.ndarray[Any, Any]:
    # Whatever the archive claims, an entry takes no more of the file than the file has.
    packed = min(entry.compress_size, path.stat().st_size)
    with archive.open(entry) as stream:
        return _array(stream, f"{path}, array {entry.filename!r}", packed, entry.file_size)


def _of_file(path: Path) -> np.ndarray[Any, Any]:
    found = sniff(path)
    if found.kind != "numpy file":
        raise found.refusal("an .npy file")
    try:
        with opened(path) as stream:
            return _array(stream, str(path), found.size, None if found.gzipped else found.size)
    except (EOFError, OSError, zlib.error) as error:
        raise FileFormatError(f"{path} cannot be read to its end: {error}.") from None


def _map_of_file(path: Path) -> np.ndarray[Any, Any]:
    """The array of a file, read as far as it is looked at; all of it if the file is gzipped."""
    found = sniff(path)
    if found.kind != "numpy file" or found.gzipped:
        return _of_file(path)
    with path.open("rb") as stream:
        shape, in_columns, dtype, _ = _promise(stream, str(path), found.size, found.size)
        start = stream.tell()
    if dtype.kind not in "biuf" or 0 in shape or not shape:
        return _of_file(path)
    return np.memmap(path, dtype, "r", start, shape, "F" if in_columns else "C")


def _array(stream: IO[bytes], called: str, packed: int, size: int | None) -> np.ndarray[Any, Any]:
    """The array in a stream of `size` bytes, if that is known, which take `packed` in the file."""
    shape, in_columns, dtype, promised = _promise(stream, called, packed, size)
    content = _content(stream, promised)
    if len(content) != promised:
        raise _broken_promise(called, shape, dtype, promised, len(content))
    try:
        array = np.frombuffer(content, dtype).reshape(shape, order="F" if in_columns else "C")
    except ValueError as error:  # no bytes at all are enough for any shape with a 0 in it
        raise FileFormatError(f"{called} has shape {shape}: {error}.") from None
    return array if dtype.kind in "biuf" else _text(array, called)


def _promise(
    stream: IO[bytes], called: str, packed: int, size: int | None
) -> tuple[tuple[int, ...], bool, np.dtype[np.generic], int]:
    """What the header says, and how many bytes that makes, checked against what there is."""
    shape, in_columns, dtype = _header(stream, called)
    if dtype.hasobject or dtype.kind not in "biufUS":
        kind = "Python objects" if dtype.hasobject else f"{dtype}"
        raise FileFormatError(
            f"{called} holds {kind}, which are not read from files; save numbers or text instead: "
            "X.astype(numpy.uint8), labels as numpy.array(list_of_text)."
        )
    promised = math.prod(shape) * dtype.itemsize
    there = None if size is None else size - stream.tell()
    if there is not None and promised != there:
        raise _broken_promise(called, shape, dtype, promised, there)
    if promised > max(FLOOR, RATIO * packed):
        raise FileFormatError(
            f"{called} takes {packed} bytes and would unpack to {promised}, which no images do. If "
            "it is sound, read it with numpy.load and pass (X, y)."
        )
    return shape, in_columns, dtype, promised


def _text(array: np.ndarray[Any, Any], called: str) -> np.ndarray[Any, Any]:
    try:
        if array.dtype.kind == "S":
            return np.char.decode(array, "utf-8")
        # numpy itself trips over what is no letter, once it is looked at.
        array.tobytes().decode("utf-32-be" if array.dtype.str[0] == ">" else "utf-32-le")
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{called} holds text that is none: {error}.") from None
    return array


def _header(stream: IO[bytes], called: str) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Shape, whether columns come first, and type, of an array that has not been read yet."""
    form = np.lib.format
    try:
        version = form.read_magic(stream)
        read = {(1, 0): form.read_array_header_1_0, (2, 0): form.read_array_header_2_0}
        if version not in read:
            raise ValueError(f"its version is {version}")
        shape, in_columns, dtype = read[version](stream)
        if any(side < 0 for side in shape):
            raise ValueError(f"its shape is {shape}")
    # numpy reads a header as Python's literals, and what is none fails in Python's own ways.
    except (ValueError, TypeError, OverflowError, SyntaxError, TokenError) as error:
        raise FileFormatError(f"{called} has no sound header: {error}.") from None
    return shape, in_columns, dtype


def _content(stream: IO[bytes], promised: int) -> bytearray:
    """As many bytes as were promised, or one more if there are."""
    content = bytearray()
    while len(content) <= promised:
        part = stream.read(min(BLOCK, promised + 1 - len(content)))
        if not part:
            break
        content += part
    return content


def _broken_promise(
    called: str, shape: tuple[int, ...], dtype: np.dtype[Any], promised: int, there: int
) -> DataError:
    more = f"{there}" if there <= promised else f"more ({there})"
    return FileFormatError(
        f"{called}: its header promises {promised} bytes (shape {shape}, {dtype}) but there are "
        f"{more}. Fetch or save it again."
    )
