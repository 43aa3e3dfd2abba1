"""How long a folder of many image files takes to load, and how much memory.

    python benchmarks/large_folder.py --images 20000 --workers 2

Makes a folder of small PNG files, loads it in a process of its own for each way, and draws one
epoch of batches from it. Memory is what a way takes beyond one that loads a single image, as a
ratio to the bytes of the whole set: the peak while loading, and, on Linux, what the process holds
of its own after the epoch. Pages of a mapped file do not count as its own, since the system takes
them back when memory is short. What it holds beside the images is also given in bytes a file, which
`--images 50000 --size 8` shows best: a million names must not fill the memory. Seconds are a ratio
to the plain way; one pass over files that are in the system's cache already. Workers' memory is not
counted.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WAYS = {
    "plain": {},
    "workers": {"workers": True},
    "cache, first time": {"cache": "one"},
    "cache and workers, first time": {"cache": "two", "workers": True},
    "cache, again": {"cache": "one"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.load:
        print(json.dumps(measure(**json.loads(chosen.load))))
        return
    with tempfile.TemporaryDirectory() as place:
        folder, single = Path(place, "many"), Path(place, "single")
        draw(folder, chosen.images, chosen.size)
        draw(single, 1, chosen.size)
        base = in_a_child(path=str(single))
        found = {name: in_a_child(**options(way, place, chosen)) for name, way in WAYS.items()}
    plain, size = found["plain"], found["plain"]["bytes"]
    print(f"{chosen.images:,} images, {size / 1e6:.0f} MB as bytes; {os.cpu_count()} processors")
    print(f"{'':32}{'loading':>18}{'an epoch':>18}{'peak':>10}{'its own':>10}{'a file':>12}")
    for name, way in found.items():
        times = "".join(
            f"{way[part]:10.1f} s {way[part] / plain[part]:5.2f}x" for part in ("loading", "epoch")
        )
        peak = (way["peak"] - base["peak"]) / size
        own = (way["own"] - base["own"]) / size
        beside = way["own"] - base["own"] - (0 if "cache" in name else size)
        each = f"{beside / chosen.images:10.0f} B"
        print(f"{name:32}{times}{peak:9.2f}x{own:9.2f}x{each}")


def draw(folder: Path, count: int, size: int) -> None:
    """Smooth coloured pictures, in ten classes."""
    import numpy as np
    from PIL import Image

    stream = np.random.default_rng(0)
    for label in range(min(10, count)):
        (folder / str(label)).mkdir(parents=True)
    for index in range(count):
        blots = Image.fromarray(stream.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        picture = blots.resize((size, size), Image.Resampling.BICUBIC)
        picture.save(folder / str(index % 10) / f"{index}.png", compress_level=1)


def options(way: dict, place: str, chosen: argparse.Namespace) -> dict:
    told = {"path": str(Path(place, "many"))}
    if "workers" in way:
        told["workers"] = chosen.workers
    if "cache" in way:
        told["cache"] = str(Path(place, way["cache"]))
    return told


def in_a_child(**told: object) -> dict:
    command = [sys.executable, __file__, "--load", json.dumps(told)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(path: str, **told: object) -> dict:
    import condgan

    started = time.perf_counter()
    data = condgan.load_data(path, **told)
    loaded = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in data.loader(64):
        pass
    return {
        "loading": loaded - started,
        "epoch": time.perf_counter() - loaded,
        "bytes": data.images.nbytes,
        "peak": peak * (1 if sys.platform == "darwin" else 1024),
        "own": own_memory(),
    }


def own_memory() -> float:
    """Bytes of this process that no file backs, or NaN where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
