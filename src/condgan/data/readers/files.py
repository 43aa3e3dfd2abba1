"""Image files as one array: the part that every reader of files shares."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from condgan.data.readers.decode import Decoder
from condgan.data.readers.sniff import sniff
from condgan.data.readers.stack import Pile, stacked_pictures
from condgan.errors import ConfigError, DataError, FileFormatError, listed

OnBad: TypeAlias = Literal["error", "skip"]
"""What to do about a file that cannot be decoded."""

ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".webp", ".avif", ".gif"),
    *(".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico"),
)
"""What an image file's name may end in, in either case; what is in it, Pillow says."""


class Pictures(NamedTuple):
    """What a list of files held: one array of images, and the position of each in the list."""

    pile: Pile
    kept: list[int]


def read_files(
    root: Path, files: Sequence[Path], decode: Decoder, on_bad: OnBad = "error"
) -> Pictures:
    """Decodes image files in order.

    Args:
        root: the folder that messages name files relative to.
        files: image files.
        decode: how.
        on_bad: "error", or "skip" to leave out files that cannot be decoded, with one warning
            that counts and names them.

    Raises:
        FileFormatError: a file cannot be decoded.
        DataError: none can, or sizes differ.
        ConfigError: another `on_bad`.
    """
    if on_bad not in ("error", "skip"):
        raise ConfigError(f'on_bad must be "error" or "skip"; got {on_bad!r}.')
    pictures, kept, bad = [], [], []
    for index, file in enumerate(files):
        try:
            pictures.append(decoded(file, decode))
            kept.append(index)
        except FileFormatError as error:
            if on_bad == "error":
                raise
            bad.append(f"{file.relative_to(root)} ({error.__cause__ or error})")
    if bad:
        warnings.warn(
            f"{root}: skipped {len(bad)} files that cannot be decoded: {listed(bad)}.",
            stacklevel=4,
        )
    if not pictures:
        raise DataError(f"none of the {len(files)} image files in {root} can be decoded.")
    return Pictures(stacked_pictures(pictures, lambda i: str(files[kept[i]])), kept)


def decoded(file: Path, decode: Decoder) -> np.ndarray[Any, Any]:
    """One image file as `(H, W, C)`.

    Raises:
        FileFormatError: it cannot be decoded; its `__cause__` is what the decoder said.
    """
    import PIL.Image

    try:
        with PIL.Image.open(file) as image:
            return decode(image)
    # Damaged files make Pillow's decoders raise almost anything.
    except Exception as error:
        found = sniff(file)
        if not found.kind.endswith("image") and found.kind != "unknown":
            raise found.refusal("an image") from error
        raise FileFormatError(
            f"{file} ({found.kind}, {found.size} bytes) cannot be decoded: {error}. Replace it, or "
            'leave such files out with on_bad="skip".'
        ) from error
