"""Whether the library's own generated images help a classifier of uneven data, and how much.

    python benchmarks/study.py --root PATH/TO/torchvision/data

Runs `condgan.metrics.study.study` twice, training for each seed the networks of a preset with
balanced batches and augmentation: on MNIST with two classes cut to `--few` images and the others
to `--many`, tested on MNIST's own test images, and on glyphs of which two classes are as much
rarer, tested on others. Prints the tables and the verdicts, and saves both as JSON. "Do not use
it" is a result as well.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import torch

import condgan
from condgan.metrics.sample import Sample
from condgan.metrics.study import study

RARE = (3, 8)
"""The classes cut: two digits that are easily taken for each other and for others."""


def cut(data: condgan.LabelledImages, few: int, many: int) -> condgan.LabelledImages:
    """The first images of each class: `few` of the rare ones, `many` of the others."""
    sizes = [few if label in RARE else many for label in data.classes]
    return data.subset(
        torch.cat([(data.labels == k).nonzero()[:size, 0] for k, size in enumerate(sizes)])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--only", choices=["mnist", "glyphs"], help="one of the two data sets")
    parser.add_argument("--few", type=int, default=50, help="images of each rare class")
    parser.add_argument("--many", type=int, default=500, help="images of each other class")
    parser.add_argument("--tested", type=int, default=10_000, help="real images to test on")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--preset", default="quick", help="networks and training of the generator")
    parser.add_argument("--images", type=int, default=160_000, help="that the generator sees")
    parser.add_argument("--epochs", type=int, help="of a classifier's training")
    parser.add_argument("--threads", type=int, help="CPU threads (default: torch's choice)")
    parser.add_argument("--out", type=Path, default=Path("runs/study"))
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)

    def make(training: condgan.LabelledImages, seed: int) -> Sample:
        recipe = dataclasses.replace(condgan.preset(chosen.preset), images=chosen.images)
        G, D = recipe.networks(training.classes, training.image_shape, seed=2 * seed)
        trainer = condgan.Trainer(
            G,
            condgan.Augmented(D, condgan.Augment(translation=0.125)),
            training.loader(recipe.batch_size, balanced=True),
            algorithm=recipe,
            seed=seed,
            progress=False,
        )
        return trainer.fit(recipe.epochs(len(training))).generator.generate

    def report(name: str, data: condgan.LabelledImages, test: condgan.LabelledImages) -> None:
        started = time.perf_counter()
        found = study(
            data, make, test=test, seeds=chosen.seeds, epochs=chosen.epochs, progress=print
        )
        print(found)
        print(f"{time.perf_counter() - started:.0f} seconds", flush=True)
        found.save(chosen.out / f"{name}.json")

    if chosen.only != "glyphs":
        mnist = condgan.load_data("mnist", root=chosen.root)
        test = condgan.load_data("mnist", root=chosen.root, train=False)
        test = test.subset(range(min(len(test), chosen.tested)))
        report("mnist", cut(mnist, chosen.few, chosen.many), test)
    if chosen.only != "mnist":
        weights = [chosen.few if str(k) in map(str, RARE) else chosen.many for k in range(10)]
        glyphs = condgan.load_data("glyphs", n=sum(weights), weights=weights, seed=0)
        report("glyphs", glyphs, condgan.load_data("glyphs", n=chosen.tested, seed=1))


if __name__ == "__main__":
    main()
