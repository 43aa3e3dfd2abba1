"""Image files as condgan's own images: held in memory, or mapped into it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import with_labels
from condgan.data.readers.decode import Decoder
from condgan.data.readers.files import OnBad, SoundFiles, read_files
from condgan.data.readers.image_cache import cached_images, place_of
from condgan.data.readers.pixels import as_images
from condgan.errors import ConfigError, DataError


def labelled_files(
    root: Path,
    files: Sequence[Path],
    labels: Sequence[Label],
    condition: Condition,
    decode: Decoder,
    *,
    on_bad: OnBad = "error",
    workers: int = 0,
    cache: bool | str | Path = False,
    as_told: bool = True,
    name: str | None = None,
) -> LabelledImages:
    """Image files in a folder, and the label of each, as `LabelledImages`.

    Args:
        root, files, decode, on_bad, workers, cache: as in `read_images`.
        labels: of each file, also of those that are left out.
        condition: what the labels mean.
        as_told: as in `with_labels`.
        name: what to call the set; that of the folder if left out.

    Raises:
        FileFormatError, DataError, WriteError, ArgumentTypeError: as `read_images`.
        ConfigError: as well, or a cache within `root`.
        LabelError: labels that are not among the condition's.
    """
    folder = place_of(cache)
    if folder is not None and folder.resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            f"the cache {folder} lies among the images in {root}, where it would be taken for one "
            "of their folders; name one outside."
        )
    pixels, kept = read_images(root, files, decode, on_bad=on_bad, workers=workers, cache=cache)
    return with_labels(
        pixels,
        [labels[index] for index in kept],
        classes=condition,
        as_told=as_told,
        name=name or root.resolve().name,
    )


class Images(NamedTuple):
    """Images `(N, C, H, W)`, and the position of each in the list of files."""

    pixels: Tensor
    kept: list[int]


def read_images(
    root: Path,
    files: Sequence[Path],
    decode: Decoder,
    *,
    on_bad: OnBad = "error",
    workers: int = 0,
    cache: bool | str | Path = False,
) -> Images:
    """What files hold: uint8 in 0..255, or float32 in [-1, 1] if one is gray of 16 bits.

    Args:
        root, files, decode, on_bad, workers: as in `read_files`.
        cache: a folder where images are kept decoded, so that they need neither be decoded again
            nor be in memory at once; True for `images` in `cache_folder()`, False for none.

    Raises:
        FileFormatError: a file cannot be decoded.
        DataError: none can, sizes differ, or they do not fit in memory.
        ConfigError: another `on_bad` or `workers`.
        WriteError: the cache cannot be written.
        ArgumentTypeError: a cache that is no folder.
    """
    folder = place_of(cache)
    if folder is not None:
        sound = SoundFiles(root, files, decode, on_bad, workers)
        return Images(torch.from_numpy(cached_images(folder, sound)), sound.kept)
    try:
        pile, kept = read_files(root, files, decode, on_bad, workers)
        pixels = as_images(
            pile.values, layout=pile.layout, value_range=pile.value_range, copy=False
        )
    except MemoryError as error:
        raise DataError(
            f"the {len(files)} images in {root} do not fit in memory: {error}. With cache=True "
            "they need not; or make them smaller: image_size=32."
        ) from error
    return Images(pixels, kept)
