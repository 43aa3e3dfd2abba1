"""What a file is, told by its first bytes; its name is never asked."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

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
    b"\xfd7zXZ\x00": "xz archive",
    b"BZh": "bzip2 archive",
    b"7z\xbc\xaf'\x1c": "7z archive",
    b"%PDF": "PDF document",
    b"\xff\xfe": "UTF-16 text file",
    b"\xfe\xff": "UTF-16 text file",
}

PAGES = (b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<svg")

WAYS_OUT = {
    "Git LFS pointer": "the data itself was not fetched; run: git lfs pull",
    "HTML page": "the download did not bring the data; fetch the file again",
    "empty file": "the download or copy did not finish; fetch the file again",
    "damaged gzip file": "the download did not finish; fetch the file again",
    "zip archive": "unpack it first, or for an .npz pass (X, y) with numpy.load",
    "numpy file": "read it with numpy.load and pass (X, y)",
    "UTF-16 text file": "save it as UTF-8",
}

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
    with path.open("rb") as stream:
        start = stream.read(512)
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
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(PAGES):
        return "HTML page"
    controls = set(range(32)) - set(b"\t\n\r\f")
    return "unknown" if controls & set(start) else "text file"


def opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """The file's content as bytes to read, unpacked if it is gzipped."""
    with path.open("rb") as stream:
        packed = stream.read(2) == GZIP
    return gzip.open(path) if packed else path.open("rb")
