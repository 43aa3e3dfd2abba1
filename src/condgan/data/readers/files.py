"""Image files as one array: the part that every reader of files shares."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias, overload

import numpy as np

from condgan.arguments import whole_number
from condgan.data.readers.decode import DEEP, Decoder
from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.sniff import sniff
from condgan.data.readers.stack import Pile, Stack
from condgan.data.readers.whole import missing_part
from condgan.data.readers.workers import in_order
from condgan.errors import ConfigError, DataError, FileFormatError, MissingFileError, listed

OnBad: TypeAlias = Literal["error", "skip"]
"""What to do about a file that cannot be decoded."""

ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".jp2", ".webp", ".avif", ".gif"),
    *(".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico"),
)
"""What an image file's name may end in, in either case; what is in it, Pillow says."""


def ending(name: str) -> str:
    """The ending of a file's name, in small letters.

    Example:
        >>> ending("cat.1.PNG"), ending(".png"), ending("cat")
        ('.png', '', '')
    """
    stem, dot, end = name.rpartition(".")
    return (dot + end).lower() if stem and end else ""


FORMATS = (
    *("PNG", "JPEG", "JPEG2000", "WEBP", "AVIF", "GIF"),
    *("BMP", "DIB", "TIFF", "PPM", "ICO", "TGA"),
)
"""What Pillow may take a file for, in the order tried: TGA, which has no signature, comes last.
No format that is a program to run, as PostScript is."""


DIM = 0.25
"""How much of 16 bits the brightest pixel of a set reaches at least, if it uses that scale."""


class Files(Sequence[Path]):
    """Paths of files in a folder, of each of which only the name is held.

    A `Path` takes half a thousand bytes, and there may be a million.

    Args:
        folder: what they lie in.
        names: their paths relative to it.

    Example:
        >>> Files(Path("pets"), ["cat/1.png"])[0].parent.name
        'cat'
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder = folder
        self.names = names

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> Files: ...
    def __getitem__(self, index: int | slice) -> Path | Files:
        if isinstance(index, slice):
            return Files(self.folder, self.names[index])
        return self.folder / self.names[index]


class Pictures(NamedTuple):
    """What a list of files held: one array of images, and the position of each in the list."""

    pile: Pile
    kept: list[int]


def read_files(
    root: Path,
    files: Sequence[Path],
    decode: Decoder,
    on_bad: OnBad = "error",
    workers: int = 0,
) -> Pictures:
    """Decodes image files in order, into an array that is allocated once.

    Args:
        root: the folder that messages name files relative to.
        files: image files.
        decode: how.
        on_bad: "error", or "skip" to leave out files that cannot be decoded, with one warning
            that counts and names them.
        workers: processes to decode in; 0 decodes in this one.

    Raises:
        FileFormatError: a file cannot be decoded.
        DataError: none can, or sizes differ.
        ConfigError: another `on_bad` or `workers`.
    """
    sound = SoundFiles(root, files, decode, on_bad, workers)
    stack = Stack(len(files), sound.called)
    for picture in sound:
        stack.add(picture)
    sound.report()
    return Pictures(stack.pile(), sound.kept)


class SoundFiles:
    """The pictures of those files that can be decoded, in order; for one pass.

    Args:
        root, files, decode, on_bad, workers: as in `read_files`.

    Attributes:
        bad: what is wrong with the files that were left out so far, by their positions.
        brightest: the greatest value so far in gray of 16 bits; 0 without such.

    Raises:
        ConfigError: another `on_bad` or `workers`.
    """

    def __init__(
        self, root: Path, files: Sequence[Path], decode: Decoder, on_bad: OnBad, workers: int
    ) -> None:
        if on_bad not in ("error", "skip"):
            raise ConfigError(f'on_bad must be "error" or "skip"; got {on_bad!r}.')
        self.root = root
        self.files = files
        self.decode = decode
        self.on_bad = on_bad
        self.workers = whole_number("workers", workers, least=0)
        self.bad: dict[int, str] = {}
        self.brightest = 0

    @property
    def kept(self) -> list[int]:
        """The positions of all other files."""
        return [index for index in range(len(self.files)) if index not in self.bad]

    def called(self, picture: int) -> str:
        """The file that a picture, counted among the sound ones, is from."""
        return str(self.files[self.kept[picture]])

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        """Pictures `(H, W, C)`.

        Raises:
            FileFormatError, MissingFileError: one cannot be decoded, unless they are skipped.
        """
        attempt = partial(attempted, decode=self.decode)
        # Closed with this generator, so that an error leaves no process behind.
        with closing(in_order(attempt, self.files, self.workers)) as outcomes:
            for index, outcome in enumerate(outcomes):
                if not isinstance(outcome, Refused):
                    if outcome.dtype == np.uint16:
                        self.brightest = max(self.brightest, int(outcome[..., :3].max()))
                    yield outcome
                elif self.on_bad == "error":
                    raise outcome.error from (outcome.error.__cause__ or OSError(outcome.said))
                else:
                    self.bad[index] = outcome.said

    def report(self) -> None:
        """Warns of what was left out, and of gray of 16 bits that is nearly black.

        Raises:
            DataError: none is left.
        """
        bad = [f"{self.files[i].relative_to(self.root)} ({said})" for i, said in self.bad.items()]
        if bad:
            files = [self.files[index] for index in self.bad]
            said = f"{self.root}: skipped {len(bad)} files that cannot be decoded: {listed(bad)}."
            warnings.warn(LeftOut(said, "on_bad", files), stacklevel=6)
        if len(bad) == len(self.files):
            raise DataError(
                f"none of the {len(self.files)} image files in {self.root} can be decoded."
            )
        if 0 < self.brightest < DIM * DEEP and self.decode.value_range is None:
            warnings.warn(
                f"{self.root}: images of 16 bits that are nearly black, up to {self.brightest} of "
                f"{DEEP}. If white is another value, such as 4095 in scans of 12 bits, say so: "
                "value_range=(0, 4095).",
                stacklevel=6,
            )


class Refused(NamedTuple):
    """Why a file gives no picture, as a value that can be sent between processes."""

    error: FileFormatError | MissingFileError
    said: str


def attempted(file: Path, decode: Decoder) -> np.ndarray[Any, Any] | Refused:
    """What `decoded` returns or raises; an error sent from another process has lost its cause."""
    try:
        return decoded(file, decode)
    except (FileFormatError, MissingFileError) as error:
        return Refused(error, str(error.__cause__ or error))


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
