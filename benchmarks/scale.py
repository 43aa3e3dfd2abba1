"""What the library costs as work grows: memory, imports, and seconds along six axes.

    python benchmarks/scale.py --root PATH/TO/torchvision/data --write

Each case (`scale_cases.py`) runs in a process of its own. Seconds are of the processor, in one
thread, so that a machine that does other work meanwhile disturbs them little. Each part's results
go into a file in `--out`, and the table and the figure (`scale_page.py`) are made of all that are
there: a part can be measured again alone (`--parts`), or none (`--parts none`). On Linux, which
alone tells a process's own memory from that of mapped files.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Case = tuple[str, dict[str, Any]]
"""The name of a function of `scale_cases`, and what to call it with."""

LARGE = (100, 200, 400, 800)
"""Sizes in MB of sets that stand for those that do not fit in memory."""

SIDE = 256
"""Height and width of their images."""


def imports(_: argparse.Namespace) -> Iterator[Case]:
    for _round in range(5):
        for what in ("torch", "condgan", "help"):
            yield "imported", {"what": what}


def mnist(chosen: argparse.Namespace) -> Iterator[Case]:
    yield "complete_mnist", {"root": chosen.root, "steps": 300}


def epochs(_: argparse.Namespace) -> Iterator[Case]:
    yield "many_epochs", {"epochs": 1000, "images": 128}


def batches(_: argparse.Namespace) -> Iterator[Case]:
    for batch in (16, 32, 64, 128, 256, 512, 1024):
        yield "batch_size", {"batch": batch, "images": 2048}


def sizes(_: argparse.Namespace) -> Iterator[Case]:
    for side in (16, 28, 32, 64):
        yield "image_size", {"side": side, "images": 1024}


def classes(_: argparse.Namespace) -> Iterator[Case]:
    for many in (10, 100, 1000, 10_000):
        yield "number_of_classes", {"classes": many, "images": 20_000}


def labels(_: argparse.Namespace) -> Iterator[Case]:
    for many in (10, 100, 1000, 10_000):
        yield "around_classes", {"classes": many}


def histories(_: argparse.Namespace) -> Iterator[Case]:
    for steps in (1000, 10_000, 100_000, 1_000_000):
        yield "history", {"steps": steps}


def images(_: argparse.Namespace) -> Iterator[Case]:
    for many in (1000, 3000, 10_000, 30_000, 60_000):
        with tempfile.TemporaryDirectory() as path:
            in_a_child("arrays", {"path": path, "images": many, "side": 28})
            yield "data_size", {"path": path, "images": many}


def memory(_: argparse.Namespace) -> Iterator[Case]:
    for megabytes in LARGE:
        many = megabytes * 10**6 // SIDE**2
        with tempfile.TemporaryDirectory() as path:
            in_a_child("arrays", {"path": path, "images": many, "side": SIDE})
            in_a_child("pictures", {"path": path, "images": many, "side": SIDE})
            for way in ("array", "array, cache", "files", "files, cache", "files, cache again"):
                yield "beyond_memory", {"path": path, "way": way}


PARTS = {
    part.__name__: part
    for part in (
        imports,
        mnist,
        epochs,
        batches,
        images,
        sizes,
        classes,
        labels,
        histories,
        memory,
    )
}
"""What there is to measure; the cost of several ranks is measured elsewhere."""


def in_a_child(case: str, told: dict[str, Any]) -> dict[str, Any]:
    """What a case gives in a fresh process, beside what it was told.

    This process imports nothing large: what a child holds at its peak counts from its parent's.
    """
    command = [sys.executable, "-W", "ignore", __file__, "--case", json.dumps([case, told])]
    given = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    )
    asked = {name: value for name, value in told.items() if name not in ("path", "root")}
    return {"case": case, **asked, **json.loads(given.stdout.splitlines()[-1])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--parts", nargs="+", choices=[*PARTS, "none"], default=list(PARTS))
    parser.add_argument("--out", type=Path, default=Path("runs/scale"))
    parser.add_argument("--write", action="store_true", help="write table and figure into the docs")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case:
        case, told = json.loads(chosen.case)
        cases = importlib.import_module("scale_cases")
        print(json.dumps(getattr(cases, case)(**told)))
        return
    chosen.out.mkdir(parents=True, exist_ok=True)
    for part in chosen.parts:
        if part == "none":
            continue
        with Path(chosen.out, f"{part}.jsonl").open("w", encoding="utf-8") as file:
            for case, told in PARTS[part](chosen):
                line = json.dumps(in_a_child(case, told))
                print(line, flush=True)
                file.write(f"{line}\n")
                file.flush()
    # Only now, since it brings matplotlib.
    importlib.import_module("scale_page").show(chosen.out, write=chosen.write)


if __name__ == "__main__":
    main()
