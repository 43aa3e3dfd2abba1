"""Images as cells of a column hold them: paths, encoded bytes, arrays or Pillow images."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from condgan.data.readers.decode import Decoder
from condgan.data.readers.files import OnBad, Pictures, decoded, read_files
from condgan.data.readers.label_columns import Column
from condgan.data.readers.paths import OnMissing, located
from condgan.data.readers.stack import stacked, stacked_pictures
from condgan.errors import ArgumentTypeError, ConfigError, DataError, FileFormatError, listed


def read_cells(
    cells: Column,
    decode: Decoder,
    *,
    root: Path | None = None,
    source: str = "the data",
    place: Callable[[int], str] = "row {}".format,
    on_bad: OnBad = "error",
    on_missing: OnMissing = "error",
) -> Pictures:
    """N images of one kind, and which of them could be read.

    Args:
        cells: paths; the bytes of image files; dictionaries of these, as Hugging Face has them:
            `{"bytes": ..., "path": ...}`; Pillow images; or arrays, tensors or nested lists.
        decode: how; arrays and their like are taken as they are.
        root: the folder that paths are relative to and must not leave; left out, they are
            relative to where the program runs, and may lead anywhere.
        source, place: what to call them, and row i, in messages.
        on_bad, on_missing: "error", or "skip" to leave out what cannot be decoded or is not there.

    Raises:
        DataError: images of different kinds or sizes, or of no kind that is known.
        FileFormatError: one cannot be decoded.
        MissingFileError: a file is not there.
        ConfigError: an option that fits no images of this kind.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (8, 6)).save(file, "PNG")
        >>> read_cells([file.getvalue()], Decoder()).pile.values.shape
        (1, 6, 8, 1)
    """
    if on_bad not in ("error", "skip"):
        raise ConfigError(f'on_bad must be "error" or "skip"; got {on_bad!r}.')
    cells = [_unpacked(cell) for cell in cells]
    kinds = [_kind(cell) for cell in cells]
    other = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is not None:
        raise DataError(
            f"{source}: the image of {place(0)} is {kinds[0]} but that of {place(other)} is "
            f"{kinds[other]}; give images of one kind."
        )
    kind = kinds[0] if kinds else "an array"
    if kind == "nothing":
        raise DataError(f"{source}: there is no image in {place(0)}.")
    if kind == "a path":
        return _read_paths(cells, decode, root, source, place, on_bad, on_missing)
    if kind == "encoded bytes":
        return _read_bytes(cells, decode, source, place, on_bad)
    called = _called(place)
    if kind == "a Pillow image":
        pile = stacked_pictures([decode(cell) for cell in cells], called)
    elif decode.image_size is not None:
        raise ConfigError(
            f"image_size is for pictures, but {called(0)} is {type(cells[0]).__name__}; resize "
            "arrays beforehand."
        )
    else:
        pile = stacked([dense(cell) for cell in cells], called)
    return Pictures(pile, list(range(len(cells))))


def dense(cell: Any) -> Any:
    """An array of arrays, as parquet has them, as one array."""
    if isinstance(cell, np.ndarray) and cell.dtype == object:
        try:
            return np.array([dense(part) for part in cell])
        except ValueError:
            raise DataError("an image has rows of different lengths.") from None
    return cell


def _called(place: Callable[[int], str]) -> Callable[[int], str]:
    return lambda i: f"the image of {place(i)}"


def _unpacked(cell: Any) -> Any:
    if isinstance(cell, Mapping) and {"bytes", "path"} & set(cell):
        content = cell.get("bytes")
        return cell.get("path") if content is None else content
    return cell


def _kind(cell: Any) -> str:
    if cell is None:
        return "nothing"
    if isinstance(cell, str | os.PathLike):
        return "a path"
    if isinstance(cell, bytes | bytearray | memoryview):
        return "encoded bytes"
    # A Pillow image is known by its attributes, so that arrays never cost the import of Pillow.
    if hasattr(cell, "getbands"):
        return "a Pillow image"
    if hasattr(cell, "__array__") or isinstance(cell, list | tuple):
        return "an array"
    raise ArgumentTypeError(
        f"an image is a path, encoded bytes, an array or a Pillow image; got {type(cell).__name__}."
    )


def _read_paths(
    cells: Sequence[Any],
    decode: Decoder,
    root: Path | None,
    source: str,
    place: Callable[[int], str],
    on_bad: OnBad,
    on_missing: OnMissing,
) -> Pictures:
    if root is None:
        cells = [Path(cell).expanduser().absolute() for cell in cells]
        # What all have in common; they may lie anywhere.
        root = Path(os.path.commonpath([cell.parent for cell in cells]))
    found = located(root, cells, source, place, on_missing)
    if not found.files:
        raise DataError(f"none of the files that {source} names is in {root}.")
    pictures = read_files(root, found.files, decode, on_bad)
    return Pictures(pictures.pile, [found.rows[index] for index in pictures.kept])


def _read_bytes(
    cells: Sequence[Any],
    decode: Decoder,
    source: str,
    place: Callable[[int], str],
    on_bad: OnBad,
) -> Pictures:
    called = _called(place)
    pictures, kept, bad = [], [], []
    # What to refuse is known of files, so each of these becomes one for a moment.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "image")
        for index, cell in enumerate(cells):
            file.write_bytes(cell)
            try:
                pictures.append(decoded(file, decode))
                kept.append(index)
            except FileFormatError as error:
                said = str(error).replace(str(file), called(index))
                if on_bad == "error":
                    raise FileFormatError(said) from error
                bad.append(f"{place(index)} ({error.__cause__ or said})")
    if bad:
        warnings.warn(
            f"{source}: skipped {len(bad)} images that cannot be decoded: {listed(bad)}.",
            stacklevel=4,
        )
    if not pictures:
        raise DataError(f"none of the {len(cells)} images of {source} can be decoded.")
    return Pictures(stacked_pictures(pictures, lambda i: called(kept[i])), kept)
