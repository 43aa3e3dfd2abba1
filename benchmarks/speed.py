"""How many images a second `Trainer.fit` trains on, against loops that people write by hand.

    python benchmarks/speed.py --root PATH/TO/torchvision/data --write

All contenders train the same networks (condgan's own) on the same MNIST images with the same batch
size in one process, in turn, several times over; what counts is the median of the ratios of
neighbours. The loops are ours, in these styles:

- `article`: the article's program, one image a step (`tutorial.py`; the `mlp` pair only);
- `DataLoader`: the usual loop, a torch `DataLoader` over single images, plain Adam, `.item()`;
- `in memory`: the same with batches picked by index from a tensor;
- `best by hand`: D frozen on G's turn, which reuses the fakes of D's turn, real and fake images
  judged in one pass, fused Adam, no synchronisation;
- `fit`: `Trainer.fit` of `Adversarial(reuse_fakes=True)` with its default callbacks, history and
  progress on; it averages G's weights and looks for losses and gradients that are not finite as
  well, which no loop does;
- `fit, new fakes`: the same of `Adversarial()`, whose G moves on fakes of its own.

Results are kept in `--out`; the table is of all that are there. `fit` tells glibc to keep what a
step frees; something of that stays with the process and serves the loops by hand as well.
"""

import argparse
import gc
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import tutorial
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.utils.data import DataLoader, TensorDataset

import condgan

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PAIRS = {"mlp": "article", "dcgan": "quick"}
"""The networks compared, and the preset that they are those of."""
IMAGES = {"mlp": 20_000, "dcgan": 3_200}
"""That a contender trains on in a round."""
KEY = ("pair", "precision", "batch", "threads")
"""What a row of the table is of."""

Contender = tuple[int, Callable[[], object]]
"""How many images it trains on, and what does it."""


class Contest:
    """One pair of networks, one batch size, one precision."""

    def __init__(self, pair: str, data: condgan.LabelledImages, batch: int, precision: str) -> None:
        self.pair, self.data, self.batch, self.precision = pair, data, batch, precision
        self.images, self.labels = data.floats(), data.labels
        self.loader = data.loader(batch)

    def networks(self) -> tuple[nn.Module, nn.Module]:
        recipe = condgan.preset(PAIRS[self.pair])
        return recipe.networks(self.data.classes, self.data.image_shape, seed=0)

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16")

    def by_index(self) -> Iterator[tuple[Tensor, Tensor]]:
        for chosen in torch.randperm(len(self.images)).split(self.batch):
            yield self.images[chosen], self.labels[chosen]

    def by_loader(self) -> Iterator[tuple[Tensor, Tensor]]:
        items = TensorDataset(self.images, self.labels)
        yield from DataLoader(items, self.batch, shuffle=True)

    def usual(self, batches: Iterator[tuple[Tensor, Tensor]]) -> None:
        """D on real and on detached fakes, then G on new fakes; losses read at each step."""
        G, D = self.networks()
        g_adam = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
        d_adam = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
        for real, labels in batches:
            count = len(real)
            ones, zeros = torch.ones(count), torch.zeros(count)
            with self.autocast():
                fake_labels = torch.randint(10, (count,))
                fake = G(torch.randn(count, G.latent_dim), fake_labels)
                d_loss = bce(D(real, labels), ones) + bce(D(fake.detach(), fake_labels), zeros)
            d_adam.zero_grad()
            d_loss.backward()
            d_adam.step()
            with self.autocast():
                fake_labels = torch.randint(10, (count,))
                fake = G(torch.randn(count, G.latent_dim), fake_labels)
                g_loss = bce(D(fake, fake_labels), ones)
            g_adam.zero_grad()
            g_loss.backward()
            g_adam.step()
            d_loss.item(), g_loss.item()

    def best(self, batches: Iterator[tuple[Tensor, Tensor]], without: str = "") -> None:
        """As few and as large operations as we could write down by hand.

        `without` names an ingredient to leave out; see `speed_parts.py`.
        """
        G, D = self.networks()
        weights = list(D.parameters())
        fused = without != "fused Adam"
        g_adam = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=fused)
        d_adam = torch.optim.Adam(weights, lr=2e-4, betas=(0.5, 0.999), fused=fused)
        freezes = without != "D frozen on G's turn"
        for real, labels in batches:
            count = len(real)
            ones = torch.ones(count)
            with self.autocast():
                fake = G(torch.randn(count, G.latent_dim), labels)
                shown = fake.detach().to(real.dtype)
                if without == "one pass for real and fake":
                    d_loss = bce(D(real, labels), ones) + bce(D(shown, labels), 1 - ones)
                else:
                    both = D(torch.cat([real, shown]), torch.cat([labels, labels]))
                    d_loss = bce(both, torch.cat([ones, torch.zeros(count)]))
            d_adam.zero_grad()
            d_loss.backward()
            d_adam.step()
            if freezes:
                for weight in weights:
                    weight.requires_grad_(False)
            with self.autocast():
                if without == "fakes reused":
                    fake = G(torch.randn(count, G.latent_dim), labels)
                g_loss = bce(D(fake, labels), ones)
            g_adam.zero_grad()
            g_loss.backward()
            if freezes:
                for weight in weights:
                    weight.requires_grad_(True)
            g_adam.step()
            if without == "losses not read":
                d_loss.item(), g_loss.item()

    def trainer(self, *, reuse_fakes: bool = True) -> condgan.Trainer:
        G, D = self.networks()
        algorithm = condgan.Adversarial(reuse_fakes=reuse_fakes)
        return condgan.Trainer(G, D, self.loader, algorithm=algorithm, precision=self.precision)

    def contenders(self) -> dict[str, Contender]:
        """By name, how many images each trains on, and what does it."""
        n = len(self.images)
        found: dict[str, Contender] = {
            "DataLoader": (n, lambda: self.usual(self.by_loader())),
            "in memory": (n, lambda: self.usual(self.by_index())),
            "best by hand": (n, lambda: self.best(self.by_index())),
            "fit, new fakes": (n, lambda: self.trainer(reuse_fakes=False).fit(1)),
            "fit": (n, lambda: self.trainer().fit(1)),
        }
        if self.pair == "mlp" and self.precision == "float32":
            few = max(200, n // 50)
            flat = self.images[:few].flatten(1).add(1).div(2)
            found["article"] = (few, lambda: tutorial.train(flat, self.labels[:few]))
        return found


def measured(
    contenders: dict[str, Contender], rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Images a second by contender and round, the first of which only warms up."""
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_ in range(rounds + 1):
        for name, (count, run) in contenders.items():
            gc.collect()  # whose turn it is would else be chance
            started = clock()
            run()
            if round_:
                speeds[name].append(count / (clock() - started))
    return speeds


def ratio(speeds: dict[str, list[float]], name: str, base: str) -> float:
    """The median of the ratios of neighbours."""
    pairs = zip(speeds[name], speeds[base], strict=True)
    return statistics.median(ours / theirs for ours, theirs in pairs)


AGAINST = ("article", "DataLoader", "in memory", "best by hand")
SPEEDS = (*AGAINST, "fit, new fakes", "fit")


def row(result: dict[str, Any]) -> list[str]:
    speeds = result["speeds"]
    cells = [str(result[part]) for part in KEY]
    cells += [f"{statistics.median(speeds[k]):,.0f}" if k in speeds else "-" for k in SPEEDS]
    cells += [f"{ratio(speeds, 'fit', k):.2f}" if k in speeds else "-" for k in AGAINST]
    return cells


def table(results: list[dict[str, Any]]) -> str:
    heads = ["networks", *KEY[1:], *SPEEDS, *(f"fit : {name}" for name in AGAINST)]
    return as_table([heads, *map(row, results)])


def as_table(rows: list[list[str]]) -> str:
    """Rows of cells, the first of them the heads."""
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([lines[0], "| --- " * len(rows[0]) + "|", *lines[1:]])


def write(name: str, text: str) -> None:
    """Puts a table between its marks on the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- table: {name} -->", f"<!-- end of {name} -->"
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def tell(chosen: argparse.Namespace, name: str, text: str) -> None:
    """Prints a table, and puts it into the docs if that was asked for."""
    print(text)
    if chosen.write:
        write(name, text)


def kept(out: Path, result: dict[str, Any]) -> list[dict[str, Any]]:
    """All results so far, with this one in the place of an earlier one of its kind."""
    old = json.loads(out.read_text(encoding="utf-8")) if out.exists() else []
    others = [one for one in old if any(one[part] != result[part] for part in KEY)]
    results = sorted([*others, result], key=lambda one: [str(one[part]).zfill(9) for part in KEY])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return results


def parser(description: str, out: str) -> argparse.ArgumentParser:
    """The flags that measurements of speed share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--precisions", nargs="+", default=["float32"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=[64])
    parser.add_argument("--images", type=int, help="a round (default: 20,000 mlp, 3,200 dcgan)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--cpu", action="store_true", help="count CPU seconds; for one thread on a busy machine"
    )
    parser.add_argument("--out", type=Path, default=Path("runs", out))
    parser.add_argument("--write", action="store_true", help="write the table into the docs")
    return parser


def contests(chosen: argparse.Namespace) -> Iterator[tuple[Contest, dict[str, Any]]]:
    """What was asked for, one by one: the contest, and what its row is of."""
    if chosen.cpu and chosen.threads != [1]:
        raise SystemExit("CPU seconds say nothing of several threads, which wait for each other.")
    data = condgan.load_data("mnist", root=chosen.root)
    for pair, threads, precision, batch in itertools.product(
        chosen.pairs, chosen.threads, chosen.precisions, chosen.batch_sizes
    ):
        torch.set_num_threads(threads)
        row = dict(zip(KEY, (pair, precision, batch, threads), strict=True))
        few = data.subset(range(chosen.images or IMAGES[pair]))
        yield Contest(pair, few, batch, precision), row


def main() -> None:
    chosen = parser(__doc__.splitlines()[0], "speed.json").parse_args()
    clock = time.process_time if chosen.cpu else time.perf_counter
    for contest, row in contests(chosen):
        speeds = measured(contest.contenders(), chosen.rounds, clock)
        text = table(kept(chosen.out, {**row, "speeds": speeds}))
    tell(chosen, "speed", text)


if __name__ == "__main__":
    main()
