"""Folders of images, in every format that is read, and image files that promise too much."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_damage import Files, Random, Reader
from PIL import Image

from condgan.data.readers.folder import read_folder

PIXELS = 2**21
"""What the images may have here: all that this many pixels cost fits the limits."""


@functools.cache
def folders() -> dict[str, Files]:
    Image.init()
    rng = np.random.default_rng(0)
    smooth = np.linspace(0, 255, 24 * 20 * 3).reshape(24, 20, 3)
    colour = (smooth + rng.integers(0, 40, smooth.shape)).clip(0, 255).astype(np.uint8)
    deep = rng.integers(0, 65536, (24, 20), dtype=np.uint16)
    rgb, gray = Image.fromarray(colour), Image.fromarray(colour[..., 0])
    clear = rgb.copy()
    clear.putalpha(gray)
    exif = Image.Exif()
    exif[0x0112] = 6
    pictures: dict[str, tuple[Image.Image, str, dict[str, Any]]] = {
        "png": (rgb, "PNG", {}),
        "png gray": (gray, "PNG", {}),
        "png alpha": (clear, "PNG", {}),
        "png palette": (rgb.quantize(16), "PNG", {"transparency": 3}),
        "png 16": (Image.fromarray(deep), "PNG", {}),
        "png 1": (gray.convert("1"), "PNG", {}),
        "jpeg": (rgb, "JPEG", {"exif": exif, "quality": 90}),
        "jpeg gray": (gray, "JPEG", {}),
        "jpeg progressive": (rgb, "JPEG", {"progressive": True}),
        "jpeg cmyk": (rgb.convert("CMYK"), "JPEG", {}),
        "jpeg 2000": (rgb, "JPEG2000", {}),
        "webp": (clear, "WEBP", {"lossless": True}),
        "webp lossy": (rgb, "WEBP", {}),
        "avif": (rgb, "AVIF", {}),
        "gif": (rgb.quantize(32), "GIF", {}),
        "bmp": (rgb, "BMP", {}),
        "bmp palette": (rgb.quantize(16), "BMP", {}),
        "tiff": (rgb, "TIFF", {}),
        "tiff lzw": (rgb, "TIFF", {"compression": "tiff_lzw"}),
        "tiff 16": (Image.fromarray(deep), "TIFF", {"compression": "tiff_deflate"}),
        "ppm": (rgb, "PPM", {}),
        "tga": (rgb, "TGA", {"compression": "tga_rle"}),
        "ico": (clear, "ICO", {}),
    }
    sound = {}
    for name, (picture, form, options) in pictures.items():
        if form not in Image.SAVE:
            continue
        sound[name] = {"a/1.png": _saved(picture, form, options), "b/1.png": _saved(gray, "PNG")}
        if name == "ico":
            del sound[name]["b/1.png"]
    return sound


def _saved(picture: Image.Image, form: str, options: dict[str, Any] | None = None) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **(options or {}))
    return stream.getvalue()


def read_images(folder: Path, variant: str) -> Any:
    # The options go round with the variants, so that each comes with many damages.
    turn = sum(variant.encode())
    fit = ("crop", "pad", "stretch")[turn % 3]
    size = (None, 8, (12, 9))[turn // 3 % 3]
    channels = (None, 1, 3, 4)[turn // 9 % 4]
    return read_folder(folder, image_size=size, channels=channels, fit=fit, max_pixels=PIXELS)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4, "big")
    return struct.pack(">I", len(content)) + kind + content + check


def _png(width: int, height: int, depth: int, kind: int, *chunks: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [_chunk(b"IHDR", head), *chunks, _chunk(b"IDAT", _zeros(2**26)), _chunk(b"IEND", b"")]
    )


@functools.cache
def _zeros(count: int) -> bytes:
    """So many zeros, packed by zlib."""
    return zlib.compress(bytes(count), 9)


def _ico(picture: bytes) -> bytes:
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(picture), 22)
    return struct.pack("<HHH", 0, 1, 1) + entry + picture


def _jpeg_bomb(rng: Random, victim: str) -> bytes:
    content = bytearray(folders()["jpeg"]["a/1.png"])
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", 65500, int(rng.integers(1, 65500)))
    return bytes(content)


def _gif_bomb(rng: Random, victim: str) -> bytes:
    content = bytearray(folders()["gif"]["a/1.png"])
    content[6:10] = struct.pack("<HH", *rng.integers(1, 65536, 2).tolist())
    return bytes(content)


def _bmp_bomb(rng: Random, victim: str) -> bytes:
    content = bytearray(folders()["bmp"]["a/1.png"])
    content[18:26] = struct.pack("<ii", *rng.integers(1, 2**31, 2).tolist())
    return bytes(content)


def _tiff_bomb(rng: Random, victim: str) -> bytes:
    """Any of the directory's numbers, such as sizes, strips and offsets, made enormous."""
    content = bytearray(folders()[str(rng.choice(["tiff", "tiff lzw", "tiff 16"]))]["a/1.png"])
    begin = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[begin : begin + 2], "little")
    place = begin + 2 + 12 * int(rng.integers(count)) + int(rng.choice([4, 8]))
    content[place : place + 4] = struct.pack("<I", int(rng.integers(1 << 12, 1 << 32)))
    return bytes(content)


def _ppm_bomb(rng: Random, victim: str) -> bytes:
    kind = rng.choice(["P1", "P2", "P3", "P4", "P5", "P6", "Pf", "PF", "P7"])
    sizes = rng.integers(1, 2 ** int(rng.integers(4, 63)), 2)
    return (
        f"{kind} {sizes[0]} {sizes[1]} {rng.choice([1, 255, 65535, 10**9])}\n".encode() + b"1 " * 99
    )


def _sizes(rng: Random) -> tuple[int, int]:
    """Sides from just allowed to absurd."""
    side = int(2 ** rng.uniform(10, 31))
    return side, int(rng.choice([1, side, 2**31 - 1]))


def image_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    text = b"Comment\0\0" + _zeros(2**26)
    profile = b"icc\0\0" + _zeros(2**26)
    return {
        "png": lambda rng, _: _png(*_sizes(rng), 8, int(rng.choice([0, 2, 3, 6]))),
        "png 1 bit": lambda rng, _: _png(*_sizes(rng), 1, 0),
        "png 16 bits": lambda rng, _: _png(*_sizes(rng), 16, int(rng.choice([0, 2]))),
        "png text": lambda rng, _: _png(8, 8, 8, 0, _chunk(b"zTXt", text)),
        "png profile": lambda rng, _: _png(8, 8, 8, 0, _chunk(b"iCCP", profile)),
        "png in ico": lambda rng, _: _ico(_png(*_sizes(rng), 8, 6)),
        "jpeg": _jpeg_bomb,
        "gif": _gif_bomb,
        "bmp": _bmp_bomb,
        "tiff": _tiff_bomb,
        "ppm": _ppm_bomb,
    }


IMAGES = (Reader("folder", folders, image_bombs, read_images),)
