"""How many of a generator's images a classifier names as asked, for the article's networks.

    python benchmarks/article_quality.py --root PATH/TO/torchvision/data

Trains a classifier on the real training images, then the article's networks with each setting,
and prints the share of generated images that the classifier names as asked (mean over classes,
and the worst class), the within-class spread against the real one, and the seconds of training.
The classifier's accuracy on the real test images stands above the table: it is the most that can
be hoped for. Figures move from seed to seed, so there are several. With `--tutorial` the article
itself is run as well, one seed.
"""

import argparse
import time
from pathlib import Path

import torch
import tutorial

import condgan
from condgan.images import grid
from condgan.metrics.classifier import class_accuracy, train_classifier
from condgan.metrics.sample import Sample
from condgan.metrics.spread import within_class_spread


def trained(
    data: condgan.LabelledImages, algorithm: object, batch_size: int, epochs: int, seed: int
) -> tuple[Sample, float]:
    """The article's networks trained by this library, and the seconds it took."""
    G, D = condgan.preset("article").networks(data.classes, data.image_shape, seed=2 * seed)
    loader = data.loader(batch_size)
    trainer = condgan.Trainer(G, D, loader, algorithm=algorithm, seed=seed).fit(epochs)
    return G.generate, trainer.history.seconds


def tutored(data: condgan.LabelledImages, epochs: int, seed: int) -> tuple[Sample, float]:
    """The article's own program, and the seconds it took."""
    torch.manual_seed(seed)
    started = time.perf_counter()
    G = tutorial.train(data.floats().flatten(1).add(1).div(2), data.labels, epochs)
    return lambda labels: tutorial.sample(G, labels), time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--images", type=int, default=1000, help="drawn of each class")
    parser.add_argument("--tutorial", action="store_true", help="the article's own program too")
    parser.add_argument("--out", type=Path, default=Path("runs/article-quality"))
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    data = condgan.load_data("mnist", root=chosen.root)
    test = condgan.load_data("mnist", root=chosen.root, train=False)
    classifier = train_classifier(data, epochs=3)
    right = (classifier.predict(test.floats()) == test.labels).float()
    worst = min(float(right[test.labels == k].mean()) for k in range(10))
    print(f"classifier on real test images: {right.mean():.2%}, worst class {worst:.2%}")
    print("| setting | seed | seconds | named as asked | worst class | spread |")
    print("| --- | --- | --- | --- | --- | --- |")

    def judge(name: str, seed: int, sample: Sample, seconds: float) -> None:
        torch.manual_seed(seed)
        accuracy = class_accuracy(sample, classifier, n=chosen.images)
        spread = within_class_spread(sample, data, n=500)
        print(
            f"| {name} | {seed} | {seconds:.0f} "
            f"| {sum(accuracy.values()) / len(accuracy):.1%} | {min(accuracy.values()):.1%} "
            f"| {min(spread.values()):.2f} to {max(spread.values()):.2f} |",
            flush=True,
        )
        digits = sample([label for label in range(10) for _ in range(10)])
        grid(digits, 10, [str(label) for label in range(10)]).save(
            chosen.out / f"{name.replace(' ', '-')}-{seed}.png"
        )

    for seed in range(chosen.seeds):
        plain = condgan.Adversarial()
        judge("Adversarial, batch 64", seed, *trained(data, plain, 64, chosen.epochs, seed))
        judge("article, batch 64", seed, *trained(data, "article", 64, chosen.epochs, seed))
    if chosen.tutorial:
        judge("article, one image", 0, *trained(data, "article", 1, chosen.epochs, 0))
        judge("the article's program", 0, *tutored(data, chosen.epochs, 0))


if __name__ == "__main__":
    main()
