"""Image files as one array: the part that every reader of files shares."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from condgan.data.readers.decode import Decoder
from condgan.data.readers.sniff import sniff
from condgan.data.readers.stack import Pile, stacked_pictures
from condgan.data.readers.whole import missing_part
from condgan.errors import ConfigError, DataError, FileFormatError, MissingFileError, listed

OnBad: TypeAlias = Literal["error", "skip"]
"""What to do about a file that cannot be decoded."""

ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".webp", ".avif", ".gif"),
    *(".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico"),
)
"""What an image file's name may end in, in either case; what is in it, Pillow says."""

FORMATS = (
    *("PNG", "JPEG", "JPEG2000", "WEBP", "AVIF", "GIF"),
    *("BMP", "DIB", "TIFF", "PPM", "ICO", "TGA"),
)
"""What Pillow may take a file for, in the order tried: TGA, which has no signature, comes last.
No format that is a program to run, as PostScript is."""


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
        except (FileFormatError, MissingFileError) as error:
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

    A file that is not whole is refused, though Pillow might fill in what is missing. For use in
    several processes, not threads: Pillow's limit on pixels belongs to the process.

    Raises:
        FileFormatError: it cannot be decoded, or promises more pixels than `decode.max_pixels`;
            its `__cause__` is what the decoder said.
        MissingFileError: there is no such file.
    """
    import PIL.Image

    if not file.is_file():  # a pipe would never end
        raise MissingFileError(f"there is no file {file}.")
    try:
        with _limit(decode.max_pixels), PIL.Image.open(file, formats=_formats()) as image:
            missing = missing_part(file, image.format)
            if missing is not None:
                raise OSError(missing)
            return decode(image)
    # Damaged files make Pillow's decoders raise almost anything.
    except Exception as error:
        found = sniff(file)
        what = f"{file} ({found.kind}, {found.size} bytes)"
        bombs = (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning)
        if isinstance(error, bombs):
            raise FileFormatError(
                f"{what} promises more pixels than max_pixels={decode.max_pixels} allows. If it "
                f"is sound, give a larger max_pixels. ({error})"
            ) from error
        if not found.kind.endswith("image") and found.kind != "unknown":
            raise found.refusal("an image") from error
        raise FileFormatError(
            f"{what} cannot be decoded: {error}. Replace it, or leave such files out with "
            'on_bad="skip".'
        ) from error


def _formats() -> list[str]:
    """Those of `FORMATS` that this Pillow was built with."""
    import PIL.Image

    PIL.Image.init()
    return [name for name in FORMATS if name in PIL.Image.OPEN]


@contextmanager
def _limit(most: int) -> Iterator[None]:
    """Has Pillow refuse any picture of more pixels, those within another file too.

    Meanwhile it keeps to itself what else it would warn of, such as odd EXIF: pixels are not
    touched by that.
    """
    import PIL.Image

    before = PIL.Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
        PIL.Image.MAX_IMAGE_PIXELS = most
        try:
            yield
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = before
