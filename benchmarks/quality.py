"""How good each preset's images are, class by class, on MNIST and Fashion-MNIST.

    python benchmarks/quality.py --root PATH/TO/torchvision/data
    python benchmarks/quality.py --root ... --data mnist --presets quick --images 240000
    python benchmarks/quality.py --root ... --uneven --presets quick

Trains each preset on the complete training set, draws 1,000 images of each class, and judges them
with `condgan.evaluate` on the test set, which nothing was chosen by. Each run is a line in
`runs/quality/results.jsonl`; a run whose line is there is not run again, so the command can be
stopped and gone on with (give another `--out` after a change of the library). At the end the
tables of all lines are printed, and written into `docs/benchmarks.md` with `--write`.
"""

import argparse
import dataclasses
import itertools
import json
import statistics
import time
from pathlib import Path
from typing import Any

import torch

import condgan
from condgan.images import grid

PRESETS = ["quick", "quality", "article", "wgan-gp", "ac-gan", "sngan", "r3gan"]
RARE = (3, 8)
GROUP = ("data", "preset", "asked", "architecture", "images", "rare", "precision", "threads")
"""What the runs of a row of the table have in common."""

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- table: {} -->", "<!-- end of table -->"


def main() -> None:
    chosen = arguments()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    chosen.out.mkdir(parents=True, exist_ok=True)
    results = chosen.out / "results.jsonl"
    done = read(results)
    settings = itertools.product(
        chosen.data, chosen.presets, chosen.architectures or [None], range(chosen.seeds)
    )
    for data, name, architecture, seed in settings:
        key = {
            "data": data,
            "preset": name,
            "asked": architecture,
            "images": chosen.images,
            "rare": chosen.rare if chosen.uneven else None,
            "precision": chosen.precision,
            "drawn": chosen.drawn,
            "seed": seed,
        }
        if any(key.items() <= line.items() for line in done):
            continue
        line = key | run(chosen, data, name, architecture, seed)
        print(json.dumps(line), flush=True)
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
    done = read(results)
    for title, text in tables(done).items():
        print(f"\n{title}\n\n{text}")
        if chosen.write:
            write(title, text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's data sets")
    parser.add_argument("--data", nargs="+", default=["mnist", "fashion-mnist"])
    parser.add_argument("--presets", nargs="+", default=PRESETS)
    parser.add_argument("--architectures", nargs="+", help="instead of each preset's own")
    parser.add_argument("--images", type=int, help="real images to see (default: the preset's)")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--drawn", type=int, default=1000, help="images of each class to judge")
    parser.add_argument("--uneven", action="store_true", help="cut two classes to --rare images")
    parser.add_argument("--rare", type=int, default=50)
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")
    parser.add_argument("--precision", default="float32", help="what to compute in")
    parser.add_argument("--out", type=Path, default=Path("runs/quality"))
    parser.add_argument("--write", action="store_true", help="write the tables into the docs")
    return parser.parse_args()


def run(
    chosen: argparse.Namespace, name: str, preset: str, architecture: str | None, seed: int
) -> dict[str, Any]:
    """Trains and judges once."""
    whole = condgan.load_data(name, root=chosen.root)
    test = condgan.load_data(name, root=chosen.root, train=False)
    data = cut(whole, chosen.rare) if chosen.uneven else whole
    recipe = condgan.preset(preset)
    if chosen.images:
        recipe = dataclasses.replace(recipe, images=chosen.images)
    more = {} if architecture is None else {"architecture": architecture}
    G, D = recipe.networks(data.classes, data.image_shape, seed=2 * seed, **more)
    begun = time.process_time()
    trainer = condgan.Trainer(
        G,
        rare_aware(D) if chosen.uneven else D,
        data.loader(recipe.batch_size, balanced=chosen.uneven),
        algorithm=recipe,
        seed=seed,
        progress=False,
        precision=chosen.precision,
    ).fit(recipe.epochs(len(data)))
    cpu = time.process_time() - begun
    label = f"{name}-{preset}-{G.settings['architecture']}-{chosen.images}-{seed}"
    picture = grid(G.generate(n=10, seed=0), 10, [str(c) for c in data.classes.labels])
    picture.save(chosen.out / f"{label}{'-uneven' if chosen.uneven else ''}.png")
    report = condgan.evaluate(G, whole, test=test, n=chosen.drawn, gan_train=True)
    classes = report.classes.values()
    return {
        "architecture": G.settings["architecture"],
        "seen": trainer.state.images,
        "seconds": trainer.history.seconds,
        "cpu_seconds": cpu,
        "threads": torch.get_num_threads(),
        "finite": all(torch.isfinite(p).all() for p in G.parameters()),
        "accuracy": [pair.generated.accuracy for pair in classes],
        "real_accuracy": [pair.real.accuracy for pair in classes],
        "within": report.within.generated.frechet,
        "real_within": report.within.real.frechet,
        "spread": [pair.generated.spread for pair in classes],
        "real_spread": [pair.real.spread for pair in classes],
        "gan_train": report.gan_train[0],
        "real_gan_train": report.gan_train[1],
        "copies": report.overall.generated.copies,
        "real_copies": report.overall.real.copies,
    }


def rare_aware(D: condgan.ConditionalDiscriminator) -> condgan.Augmented:
    """D, shown moved images: with few of a class it would learn them by heart."""
    return condgan.Augmented(D, condgan.Augment(translation=0.125))


def cut(data: condgan.LabelledImages, rare: int) -> condgan.LabelledImages:
    """The data with the first `rare` images only of two classes."""
    kept = [(data.labels == k).nonzero()[: rare if k in RARE else len(data), 0] for k in range(10)]
    return data.subset(torch.cat(kept))


def read(results: Path) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    )


def tables(lines: list[dict[str, Any]]) -> dict[str, str]:
    """The tables of all runs: those on even data, and those on uneven data, if there are any."""
    even = [line for line in lines if line["rare"] is None]
    uneven = [line for line in lines if line["rare"] is not None]
    pairs = {"even": (even, EVEN), "uneven": (uneven, UNEVEN)}
    return {title: table(*pair) for title, pair in pairs.items() if pair[0]}


def lost(line: dict[str, Any]) -> bool:
    """Whether a run ended in NaN or with a dead class."""
    alive = min(line["accuracy"]) >= 0.5 and min(line["spread"]) >= 0.3
    return not (line["finite"] and alive)


def spoken(values: list[float], form: str, scale: float = 1.0) -> str:
    """Mean and standard deviation over seeds."""
    mean = format(scale * statistics.mean(values), form)
    if len(values) == 1:
        return mean
    return f"{mean} ± {format(scale * statistics.stdev(values), form)}"


def extent(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def over_classes(line: dict[str, Any], name: str, rare: bool | None = None) -> list[float]:
    return [v for k, v in enumerate(line[name]) if rare is None or (k in RARE) == rare]


def relative(line: dict[str, Any], name: str) -> float:
    """The mean of the rare classes as a share of that of the others."""
    rare, common = (statistics.mean(over_classes(line, name, side)) for side in (True, False))
    return rare / common


EVEN = {
    "named as asked, %": lambda runs: spoken(
        [statistics.mean(one["accuracy"]) for one in runs], ".1f", 100
    ),
    "worst class, %": lambda runs: spoken([min(one["accuracy"]) for one in runs], ".1f", 100),
    "within-class Fréchet, real = 1": lambda runs: spoken(
        [one["within"] / one["real_within"] for one in runs], ".2f"
    ),
    "spread, classes": lambda runs: extent([v for one in runs for v in one["spread"]]),
    "GAN-train, %": lambda runs: spoken([one["gan_train"] for one in runs], ".1f", 100),
    "real: named, worst, GAN-train, %": lambda runs: (
        f"{100 * statistics.mean(runs[0]['real_accuracy']):.1f}, "
        f"{100 * min(runs[0]['real_accuracy']):.1f}, {100 * runs[0]['real_gan_train']:.1f}"
    ),
}

UNEVEN = {
    "named as asked, rare, %": lambda runs: spoken(
        [statistics.mean(over_classes(one, "accuracy", True)) for one in runs], ".1f", 100
    ),
    "accuracy, share of the common": lambda runs: spoken(
        [relative(one, "accuracy") for one in runs], ".2f"
    ),
    "spread of the rare": lambda runs: spoken(
        [statistics.mean(over_classes(one, "spread", True)) for one in runs], ".2f"
    ),
    "spread, share of the common": lambda runs: spoken(
        [relative(one, "spread") for one in runs], ".2f"
    ),
    "near-copies, %": lambda runs: spoken([one["copies"] for one in runs], ".1f", 100),
}


def table(lines: list[dict[str, Any]], columns: dict[str, Any]) -> str:
    """A row for each setting, over its seeds."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for line in lines:
        key = tuple(line[part] for part in GROUP)
        groups.setdefault(key, []).append(line)
    shared = {
        "data": lambda runs: runs[0]["data"],
        "preset": lambda runs: runs[0]["preset"],
        "networks": lambda runs: runs[0]["architecture"],
        "precision": lambda runs: runs[0]["precision"],
        "images seen": lambda runs: f"{runs[0]['seen']:,}",
        "threads": lambda runs: str(runs[0]["threads"]),
        "seconds": lambda runs: spoken([one["seconds"] for one in runs], ".0f"),
        "CPU seconds": lambda runs: spoken([one["cpu_seconds"] for one in runs], ".0f"),
        "seeds": lambda runs: str(len(runs)),
        "lost": lambda runs: str(sum(map(lost, runs))),
    }
    columns = shared | columns
    rows = [[*columns], ["---"] * len(columns)]
    rows += [[column(runs) for column in columns.values()] for runs in groups.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(title: str, text: str) -> None:
    """Puts a table into the page, between its two marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN.format(title))
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN.format(title)}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
