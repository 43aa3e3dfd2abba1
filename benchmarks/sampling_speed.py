"""How fast many images are drawn, and written as PNG files, and how much memory that takes.

    OMP_NUM_THREADS=1 python benchmarks/sampling_speed.py --write

Drawing: `G.generate` against calling `G(z, labels)` on batches of 64 and joining what comes, in
turn, several times over; what counts is the median of the ratios of neighbours. "Layers alone" is
the network's own linear layers and convolutions, each at its shape with nothing between them: more
is not to be had from these kernels. One thread is timed in seconds of processor time, several by
the clock.

Export: what `condgan export` does, in a process of its own, timed by the clock: 2,000 files several
times over, and 20,000 once, to see that they take no more memory. Where other work or the file
system is the limit, `--folder /dev/shm` shows what is left without it. The networks are untrained:
the speed is the same, but their images are noise, which compresses badly.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

import condgan
from condgan.networks.export import export_images

CLASSES = 10
BEGIN, END = "<!-- table: sampling -->", "<!-- end of sampling -->"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
DRAWING = [("mlp", (1, 28, 28)), ("dcgan", (1, 28, 28)), ("dcgan", (3, 32, 32))]
PRODUCTS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def generator(architecture: str, shape: tuple[int, int, int]) -> condgan.ConditionalGenerator:
    return condgan.ConditionalGenerator(CLASSES, shape, architecture=architecture, seed=0)


def by_hand(G: condgan.ConditionalGenerator, images: int) -> Tensor:
    """Batches of 64, as one writes it oneself."""
    ids = torch.arange(CLASSES).repeat_interleave(images // CLASSES)
    G.eval()
    drawn = []
    with torch.no_grad():
        for start in range(0, len(ids), 64):
            labels = ids[start : start + 64]
            drawn.append(G(torch.randn(len(labels), G.latent_dim), labels))
    return torch.cat(drawn)


def layers_alone(G: condgan.ConditionalGenerator, images: int) -> Callable[[], None]:
    """Its products on what they are given in a draw, 128 images at a time."""
    calls: list[tuple[nn.Module, Tensor]] = []
    products = [module for module in G.modules() if isinstance(module, PRODUCTS)]
    hooks = [m.register_forward_pre_hook(lambda m, x: calls.append((m, x[0]))) for m in products]
    with torch.inference_mode():
        G.eval()(torch.randn(128, G.latent_dim), torch.arange(128) % CLASSES)
    for hook in hooks:
        hook.remove()

    def run() -> None:
        with torch.inference_mode():
            for _ in range(images // 128):
                for module, given in calls:
                    module(given)

    return run


def drawing(chosen: argparse.Namespace, threads: int) -> list[str]:
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    rows = []
    for architecture, shape in DRAWING:
        G, n = generator(architecture, shape), chosen.images
        contenders: dict[str, Callable[[], object]] = {
            "hand": partial(by_hand, G, n),
            "ours": partial(G.generate, n=n // CLASSES, seed=0),
            "layers": layers_alone(G, n),
        }
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        for round_ in range(chosen.rounds + 1):
            for name, run in contenders.items():
                started = clock()
                run()
                if round_:  # the first warms up
                    seconds[name].append(clock() - started)
        speed = {name: n / statistics.median(found) for name, found in seconds.items()}
        ours, most = (
            statistics.median(a / b for a, b in zip(seconds["hand"], seconds[name], strict=True))
            for name in ("ours", "layers")
        )
        size = "x".join(map(str, shape))
        rows.append(
            f"| {architecture}, {size} | {threads} | {speed['hand']:,.0f} | {speed['ours']:,.0f} "
            f"| {ours:.2f} | {most:.2f} |"
        )
    return rows


def export(images: int, threads: int, folder: str | None) -> None:
    """Prints the seconds of an export, and the most memory in MB: before it, and in all."""
    G = generator("dcgan", (1, 28, 28))
    before = most_memory()
    with tempfile.TemporaryDirectory(dir=folder) as target:
        started = time.perf_counter()
        export_images(G, target, dict.fromkeys(range(CLASSES), images // CLASSES), threads=threads)
        spent = time.perf_counter() - started
    print(spent, before, most_memory())


def most_memory() -> float:
    """Of this process, ever, in MB (Linux); getrusage's figure would be that of its parent too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def exports(chosen: argparse.Namespace) -> list[str]:
    cases = [(2_000, 1), (2_000, 2)] * chosen.rounds + [(20_000, 2)]
    found: dict[tuple[int, int], list[list[float]]] = {}
    for images, threads in cases:
        command = [sys.executable, __file__, "--export", str(images), str(threads)]
        if chosen.folder:
            command += ["--folder", chosen.folder]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found.setdefault((images, threads), []).append([float(word) for word in said.split()])
    rows = []
    for (images, threads), runs in found.items():
        spent, before, most = map(statistics.median, zip(*runs, strict=True))
        rows.append(
            f"| {images:,} | {threads} | {images / spent:,.0f} | {before:,.0f} | {most:,.0f} |"
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="to draw with")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", help="where files are written for a while")
    parser.add_argument("--write", action="store_true", help="write the tables into the docs")
    parser.add_argument("--export", type=int, nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.export:
        images, threads = chosen.export
        export(images, threads, chosen.folder)
        return
    lines = [
        f"{chosen.images:,} images, medians of {chosen.rounds} rounds:",
        "",
        "| networks | threads | batches of 64, images/s | `generate`, images/s | ratio "
        "| layers alone, ratio |",
        "| --- | --- | --- | --- | --- | --- |",
        *(row for threads in chosen.threads for row in drawing(chosen, threads)),
        "",
        "PNG files of 28x28 digits, `dcgan`:",
        "",
        "| files | threads that write | images/s | memory before, MB | most memory, MB |",
        "| --- | --- | --- | --- | --- |",
        *exports(chosen),
    ]
    text = "\n".join(lines)
    print(text)
    if chosen.write:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        _, after = rest.split(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
