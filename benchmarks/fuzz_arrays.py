"""Files of arrays: idx, as they come and as torchvision keeps them, numpy's and parquet."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_damage import Files, Random, Reader
from fuzz_tables import MANY, packed
from PIL import Image

from condgan.data.readers import torchvision
from condgan.data.readers.frame import read_frame
from condgan.data.readers.idx import read_idx
from condgan.data.readers.npz import read_npy, read_npz


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
    return packed(bytes([0, 0, 8, 1]) + count.to_bytes(4, "big"), b"\0", count)


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
        "gzip of more than promised": lambda rng, _: packed(_promise(rng, 3), b"\0", MANY),
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


# numpy's files


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _zip(arrays: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in arrays.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content, compress_type=how)
    return stream.getvalue()


@functools.cache
def npz_files() -> dict[str, Files]:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 7, 5), dtype=np.uint8)
    pixels[0, 0, 0] = 255
    labels = np.arange(12) % 3
    text = np.array(["cat", "dog", "größe"])[labels]
    x, y, names = _npy(pixels), _npy(labels), _npy(text)
    split = {"x_train": x, "y_train": y, "x_test": x, "y_test": y}
    return {
        "packed": {"data": _zip({"x": x, "y": y})},
        "stored": {"data": _zip({"images": x, "labels": names}, zipfile.ZIP_STORED)},
        "lzma": {"data": _zip({"x": x, "y": y}, zipfile.ZIP_LZMA)},
        "splits": {"data": _zip(split)},
        "floats": {"data": _zip({"x": _npy(pixels / 255), "y": _npy(labels.astype(">f4"))})},
        "columns first": {"data": _zip({"x": _npy(np.asfortranarray(pixels)), "y": y})},
        "pair": {"x": x, "y": y},
        "packed pair": {"x": _gzip(x), "y": _gzip(names)},
    }


def read_numpy(folder: Path, variant: str) -> Any:
    if "pair" in variant:
        return read_npy(folder / "x", folder / "y")
    return read_npz(folder / "data")


def _npy_promise(rng: Random, more: bytes = b"") -> bytes:
    """An array's header that promises anything, in any type."""
    kinds = ["|u1", "<i8", ">f4", "<f8", "|O", "<U9", "|S3", "<M8[s]", "<c16", "|V8", "<U999999999"]
    axes = int(rng.integers(0, 9))
    sizes = [int(2 ** rng.uniform(0, 62)) * int(rng.choice([0, 1, 1, 1, -1])) for _ in range(axes)]
    shape = "".join(f"{size}, " for size in sizes)
    told = f"{{'descr': '{rng.choice(kinds)}', 'fortran_order': False, 'shape': ({shape}), }}"
    head = told.encode() + b" " * 20 + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + more


def _npy_nonsense(rng: Random) -> bytes:
    """A header that is no literal, or a very long one."""
    told = rng.choice(
        [
            b"__import__('os').abort()",
            b"{" * 9000,
            b"(" * 60_000,
            b"{'descr': "
            + b"[" * 90
            + b"'|u1'"
            + b"]" * 90
            + b", 'fortran_order': 0, 'shape': (1,)}",
            b"{'descr': '|u1', 'fortran_order': False, 'shape': (1e9, True)}",
            b"{'descr': '|u1', 'fortran_order': False, 'shape': " + b"9" * 5000 + b"}",
            b"'" + b"a" * 60_000,
        ]
    )
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(told)) + bytes(told) + b"\0" * 64


@functools.cache
def _zip_of_zeros(count: int) -> bytes:
    """An array that is what its header says: so many zeros, in a few bytes."""
    head = (
        f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count // 64}, 8, 8), }}\n".encode()
    )
    npy = b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head + bytes(count)
    return _zip({"x": npy, "y": _npy(np.zeros(count // 64, np.uint8))})


@functools.cache
def _zip_of_many() -> bytes:
    return _zip({f"{k}": b"" for k in range(20_000)}, zipfile.ZIP_STORED)


def npz_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    def promised(rng: Random, more: bytes = b"") -> bytes:
        npy = _npy_promise(rng, more)
        return npy if rng.random() < 0.3 else _zip({"x": npy, "y": _npy_promise(rng, more)})

    return {
        "promise": lambda rng, _: promised(rng),
        "promise and some": lambda rng, _: promised(rng, bytes(int(rng.integers(1 << 20)))),
        "no header": lambda rng, _: _zip({"x": _npy_nonsense(rng), "y": _npy_nonsense(rng)}),
        "no header of a file": lambda rng, _: _npy_nonsense(rng),
        "zip of zeros": lambda rng, _: _zip_of_zeros(2**27),
        "zip of many": lambda rng, _: _zip_of_many(),
        "gzip of zeros": lambda rng, _: packed(_npy_promise(rng), b"\0", MANY),
        "objects": lambda rng, _: _zip({"x": _npy(np.array([None, 1])), "y": _npy(np.zeros(2))}),
    }


# Parquet


@functools.cache
def parquet_files() -> dict[str, Files]:
    import pandas as pd

    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 16), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels[:4, :4]).save(stream, "PNG")
    labels = [["cat", "dog", "owl"][k % 3] for k in range(12)]
    frames = {
        "pixels": pd.DataFrame({"label": labels} | {f"p{i}": pixels[:, i] for i in range(16)}),
        "arrays": pd.DataFrame({"image": list(pixels), "label": np.arange(12) % 3}),
        "bytes": pd.DataFrame({"image": [stream.getvalue()] * 12, "label": labels}),
    }
    sound = {}
    for name, frame in frames.items():
        for how in ("snappy", "gzip", None):
            file = io.BytesIO()
            frame.to_parquet(file, engine="pyarrow", compression=how, index=False)
            sound[f"plain {name} {how}"] = {"data.parquet": file.getvalue()}
    return sound


def read_parquet(folder: Path, variant: str) -> Any:
    return read_frame(folder / "data.parquet")


@functools.cache
def _parquet_of(rows: int, columns: int) -> bytes:
    """A column or several of one value, which takes no room in the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({f"p{i}": pa.array(np.zeros(rows, np.uint8)) for i in range(columns)})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def _parquet_footer(rng: Random, victim: str) -> bytes:
    """The metadata at the end, which say how much there is and where, changed here and there."""
    names = list(parquet_files())
    content = bytearray(parquet_files()[names[int(rng.integers(len(names)))]]["data.parquet"])
    length = int.from_bytes(content[-8:-4], "little")
    for _ in range(int(rng.integers(1, 5))):
        place = len(content) - 8 - int(rng.integers(1, length))
        content[place] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))]))
    return bytes(content)


def parquet_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    return {
        "one value many times": lambda rng, _: _parquet_of(10**8, 1),
        "many columns": lambda rng, _: _parquet_of(10, 1000),
        "footer": _parquet_footer,
        "footer too": _parquet_footer,
        "only its mark": lambda rng, _: b"PAR1" + rng.bytes(int(rng.integers(99))) + b"PAR1",
    }


HAS_PARQUET = all(importlib.util.find_spec(name) for name in ("pandas", "pyarrow"))

ARRAYS = (
    Reader("idx", idx_files, idx_bombs, read_pair),
    Reader("torchvision", raw_files, idx_bombs, read_raw),
    Reader("npz", npz_files, npz_bombs, read_numpy),
    *([Reader("parquet", parquet_files, parquet_bombs, read_parquet)] if HAS_PARQUET else []),
)
