"""Images as cells of a column hold them: paths, encoded bytes, arrays or Pillow images."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import with_labels
from condgan.data.readers.decode import Decoder
from condgan.data.readers.files import OnBad, decoded
from condgan.data.readers.flat import unflattened
from condgan.data.readers.images_of_files import Images, read_images
from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.paths import OnMissing, located
from condgan.data.readers.pixels import Layout, as_images
from condgan.data.readers.plain import Column
from condgan.data.readers.stack import Pile, stacked, stacked_pictures
from condgan.errors import ArgumentTypeError, ConfigError, DataError, FileFormatError, listed


class Way(NamedTuple):
    """How the images of a column are read.

    Args:
        decode: how those are decoded that have to be.
        root: the folder that paths are relative to and must not leave; left out, they are
            relative to where the program runs, and may lead anywhere.
        on_bad, on_missing: "error", or "skip" to leave out what cannot be decoded or is not there.
        workers, cache: as in `read_images`, for paths.
        layout: of arrays; their range of values is that of `decode`.
        image_shape: `(channels, height, width)` of flat arrays.
    """

    decode: Decoder
    root: Path | None = None
    on_bad: OnBad = "error"
    on_missing: OnMissing = "error"
    workers: int = 0
    cache: bool | str | Path = False
    layout: Layout | None = None
    image_shape: Sequence[int] | None = None


def labelled_cells(
    cells: Column,
    labels: Column,
    classes: int | Iterable[Label] | Condition | None,
    way: Way,
    *,
    source: str,
    place: Callable[[int], str],
    as_told: bool,
    name: str | None,
) -> LabelledImages:
    """N images, and the label of each, as `LabelledImages`.

    Args:
        cells, way, source, place: as in `read_cells`.
        labels, classes, as_told, name: as in `with_labels`.
    """
    pixels, kept = read_cells(cells, way, source, place)
    return with_labels(
        pixels, [labels[k] for k in kept], classes=classes, as_told=as_told, name=name
    )


def read_cells(
    cells: Column,
    way: Way,
    source: str = "the data",
    place: Callable[[int], str] = "row {}".format,
) -> Images:
    """N images of one kind as condgan's own, and which of them could be read.

    Args:
        cells: paths; the bytes of image files; dictionaries of these, as Hugging Face has them:
            `{"bytes": ..., "path": ...}`; Pillow images; or arrays, tensors or nested lists.
        way: how; arrays and their like keep their size and channels.
        source, place: what to call them, and row i, in messages.

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
        >>> read_cells([file.getvalue()], Way(Decoder())).pixels.shape
        torch.Size([1, 1, 6, 8])
    """
    if way.on_bad not in ("error", "skip"):
        raise ConfigError(f'on_bad must be "error" or "skip"; got {way.on_bad!r}.')
    cells = [_unpacked(cell) for cell in cells]
    kind = _kind_of_all(cells, source, place)
    if kind == "a path":
        return _of_paths(cells, way, source, place)
    _refuse_for_files(way, kind)
    kept = list(range(len(cells)))
    if kind == "encoded bytes":
        pile, kept = _of_bytes(cells, way, source, place)
    elif kind == "a Pillow image":
        pile = stacked_pictures([way.decode(cell) for cell in cells], _called(place))
    else:
        pile = _of_arrays(cells, way, source, place)
    pixels = as_images(
        pile.values,
        layout=pile.layout or way.layout,
        value_range=pile.value_range or way.decode.value_range,
        copy=False,
    )
    return Images(pixels, kept)


def _kind_of_all(cells: Sequence[Any], source: str, place: Callable[[int], str]) -> str:
    kinds = [_kind(cell) for cell in cells]
    other = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is not None:
        raise DataError(
            f"{source}: the image of {place(0)} is {kinds[0]} but that of {place(other)} is "
            f"{kinds[other]}; give images of one kind."
        )
    if kinds and kinds[0] == "nothing":
        raise DataError(f"{source}: there is no image in {place(0)}.")
    return kinds[0] if kinds else "an array"


def _refuse_for_files(way: Way, kind: str) -> None:
    """Refuses what is only of use where files are read."""
    for option, value in (("workers", way.workers), ("cache", way.cache)):
        if value:
            raise ConfigError(f"{option} is for paths of image files; each image here is {kind}.")


def _of_arrays(cells: Sequence[Any], way: Way, source: str, place: Callable[[int], str]) -> Pile:
    called = _called(place)
    for option in ("image_size", "channels"):
        if cells and getattr(way.decode, option) is not None:
            raise ConfigError(
                f"{option} is for pictures, but {called(0)} is {type(cells[0]).__name__}; change "
                "arrays beforehand."
            )
    pile = stacked([dense(cell) for cell in cells], way.decode, called)
    if pile.values.ndim != 2:
        return pile
    return Pile(unflattened(pile.values, way.image_shape, source), "NCHW")


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


def _of_paths(cells: Sequence[Any], way: Way, source: str, place: Callable[[int], str]) -> Images:
    root = way.root
    if root is None:
        cells = [Path(cell).expanduser().absolute() for cell in cells]
        # What all have in common; they may lie anywhere.
        root = Path(os.path.commonpath([cell.parent for cell in cells]))
    found = located(root, cells, source, place, way.on_missing)
    if not found.files:
        raise DataError(f"none of the files that {source} names is in {root}.")
    pixels, kept = read_images(
        root,
        found.files,
        way.decode,
        on_bad=way.on_bad,
        workers=way.workers,
        cache=way.cache,
    )
    return Images(pixels, [found.rows[index] for index in kept])


def _of_bytes(
    cells: Sequence[Any], way: Way, source: str, place: Callable[[int], str]
) -> tuple[Pile, list[int]]:
    called = _called(place)
    pictures, kept, bad = [], [], []
    # What to refuse is known of files, so each of these becomes one for a moment.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "image")
        for index, cell in enumerate(cells):
            file.write_bytes(cell)
            try:
                pictures.append(decoded(file, way.decode))
                kept.append(index)
            except FileFormatError as error:
                said = str(error).replace(str(file), called(index))
                if way.on_bad == "error":
                    raise FileFormatError(said) from error
                bad.append(f"{place(index)} ({error.__cause__ or said})")
    if bad:
        said = f"{source}: skipped {len(bad)} images that cannot be decoded: {listed(bad)}."
        warnings.warn(LeftOut(said, "on_bad"), stacklevel=6)
    if not pictures:
        raise DataError(f"none of the {len(cells)} images of {source} can be decoded.")
    return stacked_pictures(pictures, lambda i: called(kept[i])), kept
