"""What a file is, told by its first bytes; its name is never asked."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from condgan.errors import FileFormatError, MissingFileError

GZIP = b"\x1f\x8b"

SIGNATURES = {
    b"version https://git-lfs": "Git LFS pointer",
    b"\x89PNG\r\n\x1a\n": "PNG image",
    b"\xff\xd8\xff": "JPEG image",
    b"GIF8": "GIF image",
    b"BM": "BMP image",
    b"II*\x00": "TIFF image",
    b"MM\x00*": "TIFF image",
    b"PK\x03\x04": "zip archive",
    b"\x93NUMPY": "numpy file",
    b"PAR1": "parquet file",
    b"\xfd7zXZ\x00": "xz archive",
    b"BZh": "bzip2 archive",
    b"7z\xbc\xaf'\x1c": "7z archive",
    b"%PDF": "PDF document",
}

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How text in UTF-16 begins that says so."""

PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<svg")

WAYS_OUT = {
    "Git LFS pointer": "the data itself was not fetched; run: git lfs pull",
    "HTML page": "the download did not bring the data; fetch the file again",
    "empty file": "the download or copy did not finish; fetch the file again",
    "damaged gzip file": "the download did not finish; fetch the file again",
    "zip archive": "unpack it first; only an .npz is read packed, on its own: load_data(path)",
    "numpy file": "an .npy is read in a pair: load_data((images, labels))",
}

JSON = re.compile(rb'(\xef\xbb\xbf)?\s*[\[{]\s*["\[{}\]]')
"""How a JSON object or list begins that is not one of plain numbers."""

RATIO = 100
"""How many times its own size a gzipped file may unpack to: pixels stay below 50, MNIST's at 5."""

FLOOR = 1 << 23
"""What a gzipped file may unpack to, however small it is: 8 MiB."""

IDX_TYPES = (0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)


@dataclass(frozen=True)
class FileKind:
    """What was found at `path`: `kind` is of the content, which may have been gzipped."""

    path: Path
    kind: str
    size: int
    start: bytes
    gzipped: bool = False

    def refusal(self, wanted: str) -> FileFormatError:
        """The error to raise where `wanted`, such as "an idx file", was expected instead."""
        article = "an" if self.kind[0].lower() in "aeiohx" and self.kind != "unknown" else "a"
        found = f"{article} {self.kind}" if self.kind != "unknown" else "of no kind known here"
        begins = f", begins {self.start[:24]!r}" if self.start else ""
        packed = ", gzipped" if self.gzipped else ""
        way_out = WAYS_OUT.get(self.kind)
        return FileFormatError(
            f"{self.path} is not {wanted}: it is {found} ({self.size} bytes{packed}{begins})"
            + (f"; {way_out}." if way_out else ".")
        )


def sniff(path: str | Path) -> FileKind:
    """What the file at `path` is: "idx file", "text file", "PNG image", "HTML page" and so on.

    Raises:
        MissingFileError: there is no such file.
        FileFormatError: it cannot be read at all.

    Example:
        >>> import tempfile, pathlib
        >>> page = pathlib.Path(tempfile.mkdtemp(), "train-images-idx3-ubyte.gz")
        >>> _ = page.write_text("<html>503 Service Unavailable</html>")
        >>> sniff(page).kind
        'HTML page'
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"there is no file {path}.")
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            start = stream.read(512)
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error}.") from error
    if not start.startswith(GZIP):
        return FileKind(path, kind_of(start), size, start)
    try:
        with gzip.open(path) as unpacked:
            inner = unpacked.read(512)
    except (OSError, EOFError, zlib.error):
        return FileKind(path, "damaged gzip file", size, start, gzipped=True)
    return FileKind(path, kind_of(inner), size, inner, gzipped=True)


def kind_of(start: bytes) -> str:
    """What a file that begins with these bytes (up to 512 of them) is."""
    if not start:
        return "empty file"
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WebP image"
    if start[4:8] == b"ftyp":
        return "AVIF image"
    if start[:2] == b"\0\0" and len(start) > 3 and start[2] in IDX_TYPES and 0 < start[3] < 9:
        return "idx file"
    if start.startswith(UTF_16):
        start = start.decode("utf-16", errors="replace").encode()
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(PAGES):
        return "HTML page"
    if JSON.match(start):
        return "JSON file"
    controls = set(range(32)) - set(b"\t\n\r\f")
    return "unknown" if controls & set(start) else "text file"


def opened(path: Path) -> io.BufferedReader:
    """The file's content as bytes to read, unpacked if it is gzipped.

    Reading raises `FileFormatError` where a gzipped file unpacks to more than `most_unpacked`.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP
    return io.BufferedReader(_Unpacked(path), 1 << 16) if packed else path.open("rb")


def most_unpacked(path: Path) -> int:
    """How many bytes a gzipped file may unpack to; else a small file could fill any memory."""
    return max(FLOOR, RATIO * path.stat().st_size)


def too_much(path: Path) -> FileFormatError:
    """The error about a gzipped file that unpacks to more than it may."""
    return FileFormatError(
        f"{path} unpacks to more than {most_unpacked(path)} bytes, so many times its size that it "
        "is hardly data. If it is, unpack it first (gunzip) and give that file."
    )


class _Unpacked(io.RawIOBase):
    """The content of a gzipped file, up to the limit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = gzip.open(path)  # noqa: SIM115 - closed with this
        self._left = most_unpacked(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # Unlike `readinto`, this hands over what it has before the place where it fails.
        part = self._stream.read1(len(buffer))
        self._left -= len(part)
        if self._left < 0:
            raise too_much(self._path)
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._stream.close()
        super().close()
