"""Whether an image file is all there and undamaged, as far as its format can tell.

Pillow decodes some files that end too soon, and paints what is missing gray or black.
"""

from __future__ import annotations

import re
import zlib
from mmap import ACCESS_READ, mmap
from pathlib import Path

PNG_HEADER = 8

END = 0xD9
"""The marker that ends a picture, in JPEG and in JPEG 2000."""

MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)
"""What ends compressed pixels: not an escaped 255, not a restart mark within them."""


def missing_part(path: Path, form: str | None) -> str | None:
    """What is missing or damaged in an image file, in words; None if nothing is known to be.

    Args:
        path: the file.
        form: what Pillow calls its format. PNG has checksums; JPEG (and MPO, its kind with several
            pictures) and JPEG 2000 have an end mark; of other formats Pillow itself misses parts.

    Example:
        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> path = pathlib.Path(tempfile.mkdtemp(), "x.jpg")
        >>> Image.new("L", (8, 8)).save(path)
        >>> missing_part(path, "JPEG")
        >>> _ = path.write_bytes(path.read_bytes()[:-2])
        >>> missing_part(path, "JPEG")
        'its end is missing'
    """
    check = {
        "PNG": _png,
        "JPEG": _jpeg,
        "MPO": _jpeg,
        "JPEG2000": _jpeg_2000,
    }.get(form or "")
    if check is None:
        return None
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        return check(content)


def _png(content: mmap) -> str | None:
    place = PNG_HEADER
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind = content[place + 4 : place + 8]
        end = place + 8 + length
        if end + 4 > len(content):
            break
        with memoryview(content) as view, view[place + 4 : end] as part:
            sound = zlib.crc32(part) == int.from_bytes(view[end : end + 4], "big")
        if not sound:
            return f"the checksum of its part {kind.decode('latin-1')!r} is wrong"
        if kind == b"IEND":
            return None
        place = end + 4
    return "its end is missing"


def _jpeg(content: mmap) -> str | None:
    place = 2
    while (found := MARKER.search(content, place)) is not None:
        marker, place = found[1][0], found.end()
        if marker == END:
            return None
        # Segments have a length, so that what only looks like a marker within them is passed over.
        place += int.from_bytes(content[place : place + 2], "big")
    return "its end is missing"


def _jpeg_2000(content: mmap) -> str | None:
    begin = content.find(b"\xff\x93")
    return None if content.find(bytes([0xFF, END]), begin) > begin >= 0 else "its end is missing"
