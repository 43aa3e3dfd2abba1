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
- `fit`: `Trainer.fit` with its default callbacks, history and progress on; it averages G's weights
  as well, which no loop does.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import tutorial
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as bce
from torch.utils.data import DataLoader, TensorDataset

import condgan

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
PAIRS = {"mlp": "article", "dcgan": "quick"}
"""The networks compared, and the preset that they are those of."""


class Contest:
    """One pair of networks, one batch size, one precision."""

    def __init__(self, pair: str, data: condgan.LabelledImages, batch: int, precision: str) -> None:
        self.pair, self.data, self.batch, self.precision = pair, data, batch, precision
        self.images, self.labels = data.floats(), data.labels

    def networks(self) -> tuple[nn.Module, nn.Module]:
        recipe = condgan.preset(PAIRS[self.pair])
        return recipe.networks(self.data.classes, self.data.image_shape, seed=0)

    def autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16")

    def by_index(self, n: int) -> Iterator[tuple[Tensor, Tensor]]:
        for chosen in torch.randperm(len(self.images))[:n].split(self.batch):
            yield self.images[chosen], self.labels[chosen]

    def by_loader(self, n: int) -> Iterator[tuple[Tensor, Tensor]]:
        items = TensorDataset(self.images[:n], self.labels[:n])
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

    def best(self, batches: Iterator[tuple[Tensor, Tensor]]) -> None:
        """As few and as large operations as we could write down by hand."""
        G, D = self.networks()
        weights = list(D.parameters())
        g_adam = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True)
        d_adam = torch.optim.Adam(weights, lr=2e-4, betas=(0.5, 0.999), fused=True)
        for real, labels in batches:
            count = len(real)
            ones = torch.ones(count)
            targets = torch.cat([ones, torch.zeros(count)])
            with self.autocast():
                fake = G(torch.randn(count, G.latent_dim), labels)
                both = torch.cat([real, fake.detach().to(real.dtype)])
                d_loss = bce(D(both, torch.cat([labels, labels])), targets)
            d_adam.zero_grad()
            d_loss.backward()
            d_adam.step()
            for weight in weights:
                weight.requires_grad_(False)
            with self.autocast():
                g_loss = bce(D(fake, labels), ones)
            g_adam.zero_grad()
            g_loss.backward()
            for weight in weights:
                weight.requires_grad_(True)
            g_adam.step()

    def fit(self, n: int) -> None:
        G, D = self.networks()
        data = self.data.subset(range(n))
        condgan.Trainer(
            G,
            D,
            data.loader(self.batch),
            algorithm=condgan.Adversarial(),
            precision=self.precision,
        ).fit(1)

    def contenders(self, n: int) -> dict[str, tuple[int, Callable[[], object]]]:
        """By name, how many images each trains on, and what does it."""
        found: dict[str, tuple[int, Callable[[], object]]] = {
            "DataLoader": (n, lambda: self.usual(self.by_loader(n))),
            "in memory": (n, lambda: self.usual(self.by_index(n))),
            "best by hand": (n, lambda: self.best(self.by_index(n))),
            "fit": (n, lambda: self.fit(n)),
        }
        if self.pair == "mlp" and self.precision == "float32":
            few = max(200, n // 50)
            flat = self.images[:few].flatten(1).add(1).div(2)
            found = {
                "article": (few, lambda: tutorial.train(flat, self.labels[:few])),
                **found,
            }
        return found


def measured(contest: Contest, n: int, rounds: int, clock: Callable[[], float]) -> dict:
    """Images a second by contender and round, the first of which only warms up."""
    contenders = contest.contenders(n)
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_ in range(rounds + 1):
        for name, (count, run) in contenders.items():
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


def row(result: dict) -> str:
    speeds = result["speeds"]
    cells = [result["pair"], result["precision"], result["batch"], result["threads"]]
    for name in (*AGAINST, "fit"):
        cells.append(f"{statistics.median(speeds[name]):,.0f}" if name in speeds else "-")
    for name in AGAINST:
        cells.append(f"{ratio(speeds, 'fit', name):.2f}" if name in speeds else "-")
    return "| " + " | ".join(map(str, cells)) + " |"


def table(results: list[dict]) -> str:
    heads = ["networks", "precision", "batch", "threads", *AGAINST, "fit"]
    heads += [f"fit : {name}" for name in AGAINST]
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    return "\n".join([*lines, *map(row, results)])


def write(text: str) -> None:
    """Puts the table between its marks on the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- table: speed -->", "<!-- end of speed -->"
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--precisions", nargs="+", default=["float32", "bf16"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--batch-sizes", nargs="+", type=int, default=[64])
    parser.add_argument("--images", type=int, help="a run (default: 20,000 mlp, 3,200 dcgan)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--cpu", action="store_true", help="count CPU seconds; for one thread on a busy machine"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/speed.json"))
    parser.add_argument("--write", action="store_true", help="write the table into the docs")
    chosen = parser.parse_args()
    if chosen.cpu and chosen.threads != [1]:
        parser.error("CPU seconds say nothing of several threads, which wait for each other.")
    data = condgan.load_data("mnist", root=chosen.root).subset(range(20_000))
    results = []
    for pair in chosen.pairs:
        n = chosen.images or {"mlp": 20_000, "dcgan": 3_200}[pair]
        for threads in chosen.threads:
            torch.set_num_threads(threads)
            for precision in chosen.precisions:
                for batch in chosen.batch_sizes:
                    clock = time.process_time if chosen.cpu else time.perf_counter
                    contest = Contest(pair, data, batch, precision)
                    results.append(
                        {
                            "pair": pair,
                            "precision": precision,
                            "batch": batch,
                            "threads": threads,
                            "speeds": measured(contest, n, chosen.rounds, clock),
                        }
                    )
                    print(row(results[-1]), flush=True)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(results))
    if chosen.write:
        write(table(results))


if __name__ == "__main__":
    main()
