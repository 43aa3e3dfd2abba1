"""Tables of text: of pixels, and of the labels of files."""

from __future__ import annotations

import functools
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_damage import Files, Random, Reader
from PIL import Image

from condgan.data.readers.csv import read_csv
from condgan.data.readers.listed import read_listed


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


def packed(begin: bytes, part: bytes, count: int, end: bytes = b"") -> bytes:
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
    "gzip of many rows": lambda: packed(b"", ROW, MANY // len(ROW)),
    "gzip of one line": lambda: packed(b"1,", b"0,", MANY // 2),
    "gzip of one cell": lambda: packed(b"1,", b"7", MANY),
    "gzip of blank lines": lambda: packed(b"", b"\n", MANY),
    "gzip of one quoted cell": lambda: packed(b'1,"', b"0\n", MANY // 2),
    "gzip in gzip": lambda: gzip.compress(packed(b"", ROW, 10**6)),
    "gzip just allowed": lambda: packed(b"", ROW, 690_000),
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


# Tables of the labels of files

PICTURES = 6

NAMES = [f"{k}.png" for k in range(PICTURES)]


@functools.cache
def lists() -> dict[str, Files]:
    rng = np.random.default_rng(0)
    images = {}
    for name in NAMES:
        stream = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (7, 5), dtype=np.uint8)).save(stream, "PNG")
        images[name] = stream.getvalue()
    pairs = [[name, k % 3] for k, name in enumerate(NAMES)]
    entries = [{"file": name, "label": f"größe {k}", "box": [1, k]} for name, k in pairs]
    rows = [f"{name},{'cat' if k else 'dog'}" for name, k in pairs]
    sound = {
        "json": json.dumps(dict(pairs)),
        "json of pairs": json.dumps({"labels": pairs}, indent=1),
        "json of entries": json.dumps(entries, ensure_ascii=False),
        "json of columns": json.dumps({"file": NAMES, "hat": [0, 1] * 3, "smile": [1, 1] * 3}),
        "json of tags": json.dumps([[name, ["hat", "smile"][: k + 1]] for name, k in pairs]),
        "plain lines of json": "\n".join(map(json.dumps, entries)),
        "plain csv": "\n".join(["file,label", *rows]),
        "plain csv without header": "\n".join(rows).replace(",", ";"),
    }
    tables = {name: text.encode() for name, text in sound.items()}
    tables["packed json"] = gzip.compress(tables["json of pairs"], mtime=0)
    tables["packed csv"] = gzip.compress(tables["plain csv"], mtime=0)
    tables["plain csv of 16 bits"] = sound["plain csv"].encode("utf-16")
    return {name: {"labels": content, **images} for name, content in tables.items()}


def read_list(folder: Path, variant: str) -> Any:
    several = {"label_columns": ["hat", "smile"]} if "columns" in variant else {}
    return read_listed(folder, labels="labels", **several)


LIST_BOMBS: dict[str, Callable[[], bytes]] = {
    "deep lists": lambda: b"[" * 200_000,
    "deep objects": lambda: b'{"a":' * 200_000,
    "deep in an entry": lambda: b'[["0.png", ' + b"[" * 900 + b"]" * 900 + b"]]",
    "empty lists": lambda: b"[" + b"[]," * 300_000 + b"[]]",
    "empty objects": lambda: b"[" + b"{}," * 300_000 + b"{}]",
    "gzip of empty lists": lambda: packed(b"[", b"[],", 500_000, b"[]]"),
    "gzip of many entries": lambda: packed(b"[", b'["0.png", 1],', 60_000, b'["0.png", 1]]'),
    "gzip beyond the limit": lambda: packed(b"[", b'["0.png", 1],', MANY // 13, b'["0.png", 1]]'),
    "gzip in gzip": lambda: gzip.compress(packed(b"", b"a.png,1\n", 10**6)),
    "a long number": lambda: b'{"0.png": ' + b"9" * 5000 + b"}",
    "a longer number": lambda: b'{"0.png": ' + b"9" * 4_000_000 + b"}",
    "numbers that are none": lambda: b'{"0.png": NaN, "1.png": Infinity, "2.png": -Infinity}',
    "a number beyond floats": lambda: b'{"0.png": 1e999, "1.png": 1.5}',
    "a long name": lambda: b'{"' + b"a" * 8_000_000 + b'": 1}',
    "one key again and again": lambda: b"{" + b'"0.png": 1,' * 300_000 + b'"0.png": 1}',
    "many keys": lambda: b"[{" + b",".join(b'"%d": 1' % k for k in range(200_000)) + b"}]",
    "half letters": lambda: b'{"\\ud800.png": 1, "0.png": "\\udfff"}',
    "nul": lambda: b'{"0.png\\u0000": 1, "1.png": "\\u0000"}',
    "paths that lead out": lambda: b'{"../../0.png": 1, "/etc/passwd": 2, "C:\\\\0.png": 3}',
    "paths that are none": lambda: b'[["", 1], [".", 2], ["..", 3], ["0.png/..", 4], ["~", 5]]',
    "no text": lambda: b'{"labels": [[0, 1], [null, 2], [[], 3], [{}, 4]]}',
    "labels of all kinds": lambda: b'[["0.png", 1], ["1.png", "x"], ["2.png", [1]], ["3.png", {}]]',
    "columns of unlike length": lambda: b'{"file": ["0.png"], "label": []}',
    "a line": lambda: b"file,label\n" + b"0.png," + b"1," * (4 << 20),
    "many columns": lambda: b"file" + b",x" * 500_000 + b"\n0.png" + b",1" * 500_000,
    "many lines": lambda: b"file,label\n" + b"0.png,1\n" * 60_000,
    "blank lines": lambda: b"\n" * (8 << 20),
    "open quote": lambda: b'file,label\n"0.png,1\n' * 200_000,
    "spaces": lambda: b"0.png" + b" " * (8 << 20) + b"1\n",
    "mark of 16 bits and bytes": lambda: b"\xff\xfe" + b"file,label\n0.png,1\n",
}


@functools.cache
def _list_bomb(name: str) -> bytes:
    return LIST_BOMBS[name]()


def list_bombs() -> dict[str, Callable[[Random, str], bytes]]:
    return {name: lambda rng, _, name=name: _list_bomb(name) for name in LIST_BOMBS}


TABLES = (
    Reader("csv", tables, table_bombs, read_table),
    Reader("json", lists, list_bombs, read_list),
)
