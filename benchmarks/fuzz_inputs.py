"""The inputs of `fuzz.py`: small sound data sets, and ways to damage them.

An input is made from (reader, seed, index) alone, so that each can be made again.
"""

from __future__ import annotations

import functools
import gzip
import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from condgan.data.readers import torchvision
from condgan.data.readers.csv import read_csv
from condgan.data.readers.folder import read_folder
from condgan.data.readers.idx import read_idx

Files = dict[str, bytes]
Random = np.random.Generator

PIXELS = 2**21
"""What the folders' images may have here: all that this many pixels cost fits the limits."""


class Input(NamedTuple):
    """Files by name; of which sound set, how damaged, and whether what is read must be the same."""

    files: Files
    variant: str = ""
    damage: str = "none"
    must_match: bool = False


class Reader(NamedTuple):
    """A reader, its sound sets by name, its bombs, and how to read one of its folders."""

    name: str
    sound: Callable[[], dict[str, Files]]
    bombs: Callable[[], dict[str, Callable[[Random, str], bytes]]]
    read: Callable[[Path, str], Any]


def made(reader: Reader, seed: int, index: int) -> Input:
    """Input `index` of a reader."""
    rng = np.random.default_rng([seed, index, *reader.name.encode()])
    sets = reader.sound()
    variant = str(rng.choice(list(sets)))
    files = dict(sets[variant])
    victim = str(rng.choice(list(files)))
    damage = str(rng.choice(["cut", "flipped", "header", "swapped", "bomb"]))
    content = files[victim]
    if damage == "bomb":
        bomb = str(rng.choice(list(reader.bombs())))
        files[victim] = reader.bombs()[bomb](rng, victim)
        return Input(files, variant, f"bomb, {bomb}")
    if damage == "swapped" and rng.random() < 0.3:
        other = str(rng.choice(list(files)))
        files[victim], files[other] = files[other], content
        return Input(files, variant, damage)
    files[victim] = DAMAGES[damage](rng, content)
    # A table of text has no end that could be missed; other formats notice what is cut off.
    checked = content.startswith((b"\x89PNG", b"\x1f\x8b"))
    match = checked if damage == "flipped" else damage == "cut" and (checked or variant != "plain")
    return Input(files, variant, damage, match)


def _cut(rng: Random, content: bytes) -> bytes:
    # As often near an end as anywhere: that is where decoders look away.
    most = len(content) if rng.random() < 0.5 else min(len(content), 64)
    lost = int(rng.integers(1, most + 1))
    return content[:-lost]


def _flipped(rng: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for place in rng.integers(len(out), size=int(rng.integers(1, 9))):
        out[place] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _header(rng: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        place = int(rng.integers(min(len(out), 80)))
        size = int(rng.choice([1, 2, 4]))
        value = rng.choice([0, 1, 0x7F, 0xFF, 256])
        part = bytes([value] * size) if value < 256 else rng.bytes(size)
        out[place : place + size] = part
    return bytes(out)


def _swapped(rng: Random, content: bytes) -> bytes:
    a, b, c, d = sorted(rng.integers(len(content) + 1, size=4).tolist())
    if rng.random() < 0.3:  # or a part lost, or one said twice
        return content[:b] + content[c:] if rng.random() < 0.5 else content[:c] + content[a:]
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


DAMAGES = {"cut": _cut, "flipped": _flipped, "header": _header, "swapped": _swapped}


# Folders of images


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


# Tables


@functools.cache
def tables() -> dict[str, Files]:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 16))
    rows = [",".join(map(str, [k % 3, *row])) for k, row in enumerate(pixels)]
    names = [
        ",".join([("cat", "dog", "owl")[k % 3], *map(str, row)]) for k, row in enumerate(pixels)
    ]
    floats = [
        ";".join([f"{k % 3}", *(f"{x / 255:.6e}" for x in row)]) for k, row in enumerate(pixels)
    ]
    head = "label," + ",".join(f"pixel{i}" for i in range(16))
    plain = "\n".join([head, *rows]).encode() + b"\n"
    return {
        "plain": {"table.csv": plain},
        "packed": {"table.csv": gzip.compress(plain, mtime=0)},
        "packed names": {"table.csv": gzip.compress("\r\n".join(names).encode(), mtime=0)},
        "packed floats": {"table.csv": gzip.compress("\n".join(floats).encode(), mtime=0)},
    }


def read_table(folder: Path, variant: str) -> Any:
    return read_csv(folder / "table.csv")


def _packed(begin: bytes, part: bytes, count: int, end: bytes = b"") -> bytes:
    """`begin`, then `part` so many times, gzipped without holding them all."""
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as out:
        out.write(begin)
        block = part * max(1, 2**20 // len(part))
        for _ in range(count // (len(block) // len(part))):
            out.write(block)
        out.write(end)
    return stream.getvalue()


ROW = b"1,0,0,255,0\n"

MANY = 2**28
"""Bytes that the larger bombs unpack to."""

TABLE_BOMBS: dict[str, Callable[[], bytes]] = {
    "gzip of many rows": lambda: _packed(b"", ROW, MANY // len(ROW)),
    "gzip of one line": lambda: _packed(b"1,", b"0,", MANY // 2),
    "gzip of one cell": lambda: _packed(b"1,", b"7", MANY),
    "gzip of blank lines": lambda: _packed(b"", b"\n", MANY),
    "gzip of one quoted cell": lambda: _packed(b'1,"', b"0\n", MANY // 2),
    "gzip in gzip": lambda: gzip.compress(_packed(b"", ROW, 10**6)),
    "gzip just allowed": lambda: _packed(b"", ROW, 690_000),
    "blank lines": lambda: b"\n" * (8 << 20),
    "a line": lambda: b"1," + b"0," * (9 << 20),
    "a cell": lambda: b"1,0," + b"1" * (17 << 20),
    "many cells": lambda: b"1" + b",10" * (1 << 20),
    "more cells": lambda: b"1" + b",10" * ((1 << 20) + 1),
    "second line": lambda: ROW + b"1," + b"0," * (9 << 20),
    "many digits": lambda: ROW + b"1,0,0,255," + b"9" * 100_000 + b"\n",
    "many digits first": lambda: b"1,0,0,255," + b"9" * 200_000 + b"\n" + ROW,
    "label of many digits": lambda: b"9" * 5000 + b",0,0,255,0\n" + ROW,
    "label beyond 64 bits": lambda: b"99999999999999999999,0,0,255,0\n" + ROW,
    "label beyond floats": lambda: b"1e999,0,0,255,0\n" + ROW,
    "label not a number": lambda: b"nan,0,0,255,0\n" + ROW,
    "pixel beyond 32 bits": lambda: ROW + b"1,0,0,255,4294967296\n",
    "pixel beyond 64 bits": lambda: ROW + b"1,0,0,255,18446744073709551616\n",
    "pixel beyond floats": lambda: ROW + b"1,0,0,255,1e999\n",
    "pixel infinite": lambda: ROW + b"1,0,0,inf,-inf\n",
    "pixel not a number": lambda: ROW + b"1,0,0,nan,0\n",
    "open quote": lambda: ROW + b'1,0,0,"255,0\n' * 3000,
    "nul": lambda: ROW + b"1,0,0,\0,0\n",
    "carriage returns": lambda: b"1,0,0,255,0\r" * 99 + b"\r\n\r",
}


@functools.cache
def _table_bomb(name: str) -> bytes:
    return TABLE_BOMBS[name]()


def table_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    return {name: lambda rng, _, name=name: _table_bomb(name) for name in TABLE_BOMBS}


# idx files, as they come and as torchvision keeps them


def _idx(array: np.ndarray[Any, Any]) -> bytes:
    code = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    big = array.astype(array.dtype.newbyteorder(">"))
    return bytes([0, 0, code, array.ndim]) + sizes + big.tobytes()


@functools.cache
def idx_files() -> dict[str, Files]:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 7, 5), dtype=np.uint8)
    pixels[0, 0, 0] = 255
    labels = np.arange(12, dtype=np.uint8) % 3
    return {
        "bytes": _pair(pixels, labels, bytes),
        "packed": _pair(pixels, labels, _gzip),
        "floats": _pair((pixels / 255).astype(np.float32), labels.astype(np.int32), bytes),
        "packed doubles": _pair(pixels / 255, labels.astype(np.float32), _gzip),
        "colour": _pair(rng.integers(0, 256, (12, 3, 6, 5), dtype=np.uint8), labels, bytes),
    }


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _pair(
    pixels: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], pack: Callable[[bytes], bytes]
) -> Files:
    return {"images": pack(_idx(pixels)), "labels": pack(_idx(labels))}


def read_pair(folder: Path, variant: str) -> Any:
    return read_idx(folder / "images", folder / "labels")


def _promise(rng: Random, axes: int | None = None) -> bytes:
    """A header of any type whose sizes go from none to terabytes."""
    axes = int(rng.integers(1, 9)) if axes is None else axes
    code = int(rng.choice([8, 9, 11, 12, 13, 14, 10]))
    sizes = [int(2 ** rng.uniform(0, 32)) * int(rng.random() < 0.9) for _ in range(axes)]
    return bytes([0, 0, code, axes]) + b"".join(n.to_bytes(4, "big") for n in sizes)


@functools.cache
def _full(count: int) -> bytes:
    """A gzipped idx file of labels that is what its header promises: so many zeros."""
    return _packed(bytes([0, 0, 8, 1]) + count.to_bytes(4, "big"), b"\0", count)


def _any_numbers(rng: Random, victim: str) -> bytes:
    """Floats and big numbers of any bits, infinite and not-a-number among them."""
    code, size = ((9, 1), (11, 2), (12, 4), (13, 4), (14, 8))[int(rng.integers(5))]
    shape = (12, 7, 5) if "images" in victim else (12,)
    bits = rng.choice([bytes(size), b"\xff" * size, b"\x7f" * size, rng.bytes(size)])
    sizes = b"".join(n.to_bytes(4, "big") for n in shape)
    content = bytes(bits).ljust(size, b"\0") * int(np.prod(shape))
    return bytes([0, 0, code, len(shape)]) + sizes + content


def idx_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    return {
        "header": lambda rng, _: _promise(rng) + bytes(int(rng.integers(2000))),
        "gzipped header": lambda rng, _: _gzip(_promise(rng) + bytes(int(rng.integers(2000)))),
        "gzip of more than promised": lambda rng, _: _packed(_promise(rng, 3), b"\0", MANY),
        "gzip as promised": lambda rng, _: _full(MANY),
        "gzip in gzip": lambda rng, _: _gzip(_full(MANY)),
        "numbers": _any_numbers,
    }


@functools.cache
def raw_files() -> dict[str, Files]:
    rng = np.random.default_rng(0)
    pixels = _idx(rng.integers(0, 256, (12, 28, 28), dtype=np.uint8))
    labels = _idx(np.arange(12, dtype=np.uint8) % 10)
    facts = _idx(np.tile(np.arange(12, dtype=np.int32)[:, None] % 10, (1, 8)))
    ends = ("train", "t10k")
    pairs = {f"{end}-images-idx3-ubyte": pixels for end in ends} | {
        f"{end}-labels-idx1-ubyte": labels for end in ends
    }
    letters = _idx(1 + np.arange(12, dtype=np.uint8))
    return {
        "mnist": {f"MNIST/raw/{name}": content for name, content in pairs.items()},
        "kmnist": {f"KMNIST/raw/{name}": content for name, content in pairs.items()},
        "qmnist": {
            "QMNIST/raw/qmnist-train-images-idx3-ubyte": pixels,
            "QMNIST/raw/qmnist-train-labels-idx2-int": facts,
        },
        "emnist": {
            "EMNIST/raw/emnist-letters-train-images-idx3-ubyte": pixels,
            "EMNIST/raw/emnist-letters-train-labels-idx1-ubyte": letters,
        },
    }


def read_raw(folder: Path, variant: str) -> Any:
    options = {"split": "letters"} if variant == "emnist" else {}
    return torchvision.FAMILY[variant](folder, download=False, **options)


READERS = {
    reader.name: reader
    for reader in (
        Reader("folder", folders, image_bombs, read_images),
        Reader("csv", tables, table_bombs, read_table),
        Reader("idx", idx_files, idx_bombs, read_pair),
        Reader("torchvision", raw_files, idx_bombs, read_raw),
    )
}
"""What `fuzz.py` can run, by name."""
