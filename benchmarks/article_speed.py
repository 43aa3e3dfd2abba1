"""`Trainer.fit` against plain hand-written loops, on the article's networks.

    python benchmarks/article_speed.py --root PATH/TO/torchvision/data

Every contender trains the same networks on the same images with the same batch size in one
process, in turn, several times over; what counts is the median of the ratios of neighbours. The
hand-written loops are in the usual style, with plain Adam and two updates a batch (`article` makes
three, and both of ours use the fused Adam that torch offers).
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
import tutorial
from torch import Tensor, nn

import condgan


def plain_loop(images: Tensor, labels: Tensor, batch_size: int, steps: int) -> None:
    """D on real and on detached fakes, then G on new fakes; images in memory, batches by index."""
    G, D = tutorial.networks(nn.Tanh)
    g_adam = torch.optim.Adam(G.parameters(), lr=1e-4)
    d_adam = torch.optim.Adam(D.parameters(), lr=1e-4)
    bce = nn.BCELoss()
    order = torch.randperm(len(images))
    for step in range(steps):
        chosen = order[step * batch_size : (step + 1) * batch_size]
        real = images[chosen]
        condition = nn.functional.one_hot(labels[chosen], 10).float()
        count = len(real)
        ones, zeros = torch.ones(count, 1), torch.zeros(count, 1)

        fake_condition = nn.functional.one_hot(torch.randint(10, (count,)), 10).float()
        fake = G(torch.cat([torch.randn(count, 100), fake_condition], 1)).detach()
        d_loss = bce(D(torch.cat([real, condition], 1)), ones)
        d_loss = d_loss + bce(D(torch.cat([fake, fake_condition], 1)), zeros)
        d_adam.zero_grad()
        d_loss.backward()
        d_adam.step()

        fake_condition = nn.functional.one_hot(torch.randint(10, (count,)), 10).float()
        fake = G(torch.cat([torch.randn(count, 100), fake_condition], 1))
        g_loss = bce(D(torch.cat([fake, fake_condition], 1)), ones)
        g_adam.zero_grad()
        g_loss.backward()
        g_adam.step()


def ours(algorithm: object) -> Callable[[condgan.LabelledImages, int], None]:
    """`fit` with its default callbacks: history and progress on."""

    def run(data: condgan.LabelledImages, batch_size: int) -> None:
        G, D = condgan.preset("article").networks(data.classes, data.image_shape)
        condgan.Trainer(G, D, data.loader(batch_size), algorithm=algorithm).fit(1)

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    data = condgan.load_data("mnist", root=chosen.root).subset(range(chosen.images))
    images, labels = data.floats().flatten(1), data.labels
    few = data.subset(range(500))
    steps = -(-chosen.images // chosen.batch_size)
    contenders: dict[str, tuple[int, Callable[[], None]]] = {
        "plain loop, in memory": (
            chosen.images,
            lambda: plain_loop(images, labels, chosen.batch_size, steps),
        ),
        "fit, article": (chosen.images, lambda: ours("article")(data, chosen.batch_size)),
        "fit, Adversarial": (
            chosen.images,
            lambda: ours(condgan.Adversarial())(data, chosen.batch_size),
        ),
        "article's loop, one image": (500, lambda: tutorial.train(images[:500], labels[:500])),
        "fit, article, one image": (500, lambda: ours("article")(few, 1)),
    }
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_ in range(chosen.rounds + 1):
        for name, (count, run) in contenders.items():
            started = time.perf_counter()
            run()
            if round_:  # the first warms up
                speeds[name].append(count / (time.perf_counter() - started))
    print(f"batch {chosen.batch_size}, {chosen.threads} threads, {chosen.rounds} rounds")
    print(f"{'':28}{'images/s':>10}{'against plain loop':>22}")
    base = speeds["plain loop, in memory"]
    for name, found in speeds.items():
        ratio = statistics.median(a / b for a, b in zip(found, base, strict=True))
        print(f"{name:28}{statistics.median(found):10,.0f}{ratio:22.2f}")


if __name__ == "__main__":
    main()
