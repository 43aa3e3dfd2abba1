"""How many images a second several processes train on together, against one with as many threads.

    python benchmarks/ranks.py --root PATH/TO/torchvision/data --write

On the same MNIST images, with `quick`'s networks and batches of 64, in turn: one process with one
thread, one process with two threads, two and four ranks (gloo, on this machine) of one thread
each. Every contender is started anew and trains for two epochs, of which the second counts; what
counts is the median of rounds, and its ratio to one process with two threads.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch.nn.functional import interpolate

import condgan

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
CONTENDERS = {"1 x 1": (1, 1), "1 x 2": (1, 2), "2 x 1": (2, 1), "4 x 1": (4, 1)}
"""Processes and threads of each."""


def train(chosen: argparse.Namespace) -> None:
    """One process of a contender; the first writes what it measured."""
    n = chosen.images
    data = condgan.load_data("mnist", root=chosen.root).subset(range(n))
    larger = interpolate(data.images.float(), (chosen.size, chosen.size)).byte().numpy()
    data = condgan.load_data((larger, data.labels.numpy()))
    recipe = condgan.preset("quick")
    G, D = recipe.networks(data.classes, data.image_shape, seed=0)
    trainer = condgan.Trainer(
        G, D, data.loader(chosen.batch_size), algorithm=recipe, seed=0, progress=False
    )
    trainer.fit(2)
    if trainer.state.ranks.first:
        row = trainer.history.epochs[-1]
        chosen.part.write_text(json.dumps({"speed": n / row["seconds"], "d_loss": row["d_loss"]}))


def contend(chosen: argparse.Namespace, ranks: int, threads: int) -> dict:
    """Starts a contender's processes, and returns what the first one measured."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        out = Path(folder) / "measured.json"
        command = [sys.executable, __file__, "--root", chosen.root, "--images", str(chosen.images)]
        command += ["--batch-size", str(chosen.batch_size), "--size", str(chosen.size)]
        command += ["--part", str(out)]
        shared = {
            **os.environ,
            "OMP_NUM_THREADS": str(threads),
            "WORLD_SIZE": str(ranks),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
        }
        processes = [
            subprocess.Popen(command, env={**shared, "RANK": str(rank)}) for rank in range(ranks)
        ]
        codes = [process.wait() for process in processes]
        if any(codes):
            raise SystemExit(f"a rank ended with {codes}")
        return json.loads(out.read_text())


def table(found: dict[str, list[dict]]) -> str:
    rows = [
        "| processes x threads | images/s, median | to 1 x 2, round by round | loss of D |",
        "| --- | --- | --- | --- |",
    ]
    for name, runs in found.items():
        ratios = [a["speed"] / b["speed"] for a, b in zip(runs, found["1 x 2"], strict=True)]
        speed = statistics.median(run["speed"] for run in runs)
        rows.append(
            f"| {name} | {speed:,.0f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) | {runs[-1]['d_loss']:.6f} |"
        )
    return "\n".join(rows)


def write(text: str) -> None:
    """Puts the table into the page, between its two marks."""
    begin, end = "<!-- table: ranks -->", "<!-- end of ranks -->"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True, help="folder of torchvision's MNIST")
    parser.add_argument("--images", type=int, default=6400, help="real images in an epoch")
    parser.add_argument("--batch-size", type=int, default=64, help="on all ranks together")
    parser.add_argument("--size", type=int, default=28, help="height and width of the images")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--write", action="store_true", help="write the table into the docs")
    parser.add_argument("--part", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        train(chosen)
        return
    found: dict[str, list[dict]] = {name: [] for name in chosen.contenders}
    for _ in range(chosen.rounds):
        for name in chosen.contenders:
            found[name].append(contend(chosen, *CONTENDERS[name]))
            print(f"{name}: {found[name][-1]['speed']:,.0f} images/s", flush=True)
    print(table(found))
    if chosen.write:
        write(table(found))


if __name__ == "__main__":
    main()
