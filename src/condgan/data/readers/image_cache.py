"""Images of files, decoded once into a file that is mapped into memory."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from condgan.cache import cache_folder
from condgan.data.readers.decode import DEEP, WHITE
from condgan.data.readers.files import SoundFiles
from condgan.data.readers.npy_file import NpyFile, mapped
from condgan.data.readers.pixels import as_images
from condgan.data.readers.stack import Stack
from condgan.errors import ArgumentTypeError, CondganError, WriteError

FORMAT = 2
"""To be raised whenever the same files would be decoded, or kept, in another way."""

PART = 2**24
"""Bytes of images that are held at a time."""

Array = np.ndarray[Any, Any]


def cached_images(folder: Path, sound: SoundFiles) -> Array:
    """The images of files `(N, C, H, W)`, uint8 or float32 in [-1, 1], mapped into memory.

    They are read when they are looked at, and the system may take the memory back at any time.
    Writing to them changes no file. A file in the cache is named by all that decides what is in
    it: where the images are, their names, sizes and times, and how they are decoded.

    Args:
        folder: where such files are kept.
        sound: the files, and how to decode them; `sound.bad` is filled in, and reported.

    Raises:
        FileFormatError: a file cannot be decoded.
        DataError: none can, or sizes differ.
        WriteError: the cache cannot be written.
    """
    path = folder / f"{sound.root.resolve().name}-{_fingerprint(sound)}.npy"
    found = _found(path)
    if found is None:
        _make(path, sound)
    else:
        sound.bad, sound.brightest = found.bad, found.brightest
    sound.report()
    found = found or _found(path)
    if found is None:
        raise WriteError(f"{path} was written, but is not there now. Try again, or another cache.")
    return found.images


def _fingerprint(sound: SoundFiles) -> str:
    import PIL

    how = (FORMAT, PIL.__version__, sound.decode, sound.on_bad, str(sound.root.resolve()))
    digest = hashlib.sha256(repr(how).encode())
    for file in sound.files:
        try:
            stat = file.stat()
            known = (stat.st_size, stat.st_mtime_ns)
        except OSError:  # it is refused, or skipped, where it is read
            known = None
        digest.update(repr((file.relative_to(sound.root).as_posix(), known)).encode())
    return digest.hexdigest()[:16]


class _Found(NamedTuple):
    images: Array
    bad: dict[int, str]
    brightest: int


def _found(path: Path) -> _Found | None:
    """What the cache holds, if it is whole: the seal is written last, and says how much it is."""
    try:
        seal = json.loads(_seal_of(path).read_text(encoding="utf-8"))
        images = mapped(path)
        if seal["images"] == [images.dtype.str, *images.shape]:
            bad = {int(index): str(said) for index, said in seal["bad"].items()}
            return _Found(images, bad, int(seal["brightest"]))
    # Whatever is wrong with them, both files are made anew.
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        pass
    return None


def _seal_of(path: Path) -> Path:
    return path.with_suffix(".json")


def _make(path: Path, sound: SoundFiles) -> None:
    """Decodes into a file beside `path`, which takes its place when it is whole."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unfinished-", dir=path.parent) as beside:
            made = _written(Path(beside), sound)
            if made is not None:
                seal = Path(beside, "seal.json")
                told = {
                    "images": [made.kind.str, *made.shape],
                    "bad": sound.bad,
                    "brightest": sound.brightest,
                }
                with seal.open("w", encoding="utf-8") as file:
                    json.dump(told, file)
                    file.flush()
                    os.fsync(file.fileno())
                made.path.replace(path)
                seal.replace(_seal_of(path))
    except CondganError:  # of the images; a missing one is an OSError too
        raise
    except OSError as error:
        raise no_room(path.parent, error) from error


def _written(folder: Path, sound: SoundFiles) -> NpyFile | None:
    """A finished file of all images, written part by part; None if none can be decoded.

    Where the first coloured or deep image comes late, those before it are written once more.
    """
    file = None
    for part in _parts(sound):
        if file is None or not file.takes(part):
            refuse_if_full(folder, part[0].nbytes * len(sound.files))
            name = f"{part.dtype}-{part.shape[1]}.npy"
            wider = NpyFile(folder / name, part.shape[1:], part.dtype)
            if file is not None:
                file.finish()
                for rows in file.parts(len(part)):
                    wider.add(_widened(rows, part))
            file = wider
        file.add(part)
    if file is not None:
        file.finish()
    return file


def _parts(sound: SoundFiles) -> Iterator[Array]:
    """Images `(n, C, H, W)`, each part of the form of the one before, or a wider one."""
    stack = None
    for picture in sound:
        if stack is None:
            room = max(1, PART // picture.nbytes)
            stack = Stack(min(room, len(sound.files)), sound.called)
        stack.add(picture)
        if stack.full:
            yield _images(stack)
            stack.clear()
    if stack is not None and stack.count:
        yield _images(stack)


def _images(stack: Stack) -> Array:
    pile = stack.pile()
    return as_images(
        pile.values, layout=pile.layout, value_range=pile.value_range, copy=False
    ).numpy()


def _widened(rows: Array, like: Array) -> Array:
    """Images with the channels and the type of others, as `Stack` would have made them."""
    if rows.dtype != like.dtype:
        deep = rows.astype(np.uint16) * (DEEP // WHITE)
        rows = as_images(deep, layout="NCHW", value_range=(0, DEEP), copy=False).numpy()
    return np.broadcast_to(rows, (len(rows), *like.shape[1:]))


def place_of(cache: Any) -> Path | None:
    """The folder of a cache, if there is to be one: True for `images` in `cache_folder()`.

    Raises:
        ArgumentTypeError: something else than True, False or a folder.
    """
    if not isinstance(cache, bool | str | Path):
        raise ArgumentTypeError(f"cache must be True, False or a folder; got {cache!r}.")
    if cache is False:
        return None
    return cache_folder() / "images" if cache is True else Path(cache).expanduser()


def no_room(folder: Path, error: OSError) -> WriteError:
    """What to raise where a cache cannot be written."""
    return WriteError(
        f"decoded images cannot be kept in {folder}: {error}. Make room there, or name another "
        "folder: cache=..., or the environment variable CONDGAN_CACHE."
    )


def refuse_if_full(folder: Path, wanted: int) -> None:
    """An `OSError` where a disk has less than so many bytes free."""
    free = shutil.disk_usage(folder).free
    if wanted > free:
        raise OSError(f"they take {wanted / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free")
