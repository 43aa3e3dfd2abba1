"""After how many CPU seconds the article's networks draw as well as the article's program does.

    python benchmarks/article_time.py --root PATH/TO/torchvision/data

The article's program takes 12 epochs of single images to draw digits of which a classifier names
96.1 % as asked. Here its networks are trained by `Adversarial(reuse_fakes=True)`, judged after
every epoch by a classifier of the real training images, until that share is reached. Only training
counts, not judging. What the program itself would take on the same thread is its own speed, here
measured on a few images, times 12 epochs: it is not run to the end.
"""

import argparse
import statistics
import time

import torch
import tutorial

import condgan
from condgan.metrics.classifier import class_accuracy, train_classifier

EPOCHS = 12
"""Of the article's program."""


def program_speed(data: condgan.LabelledImages, rounds: int = 3, few: int = 500) -> float:
    """Images a CPU second that the article's program trains on; the median of some rounds."""
    flat = data.subset(range(few)).floats().flatten(1).add(1).div(2)
    speeds = []
    for _ in range(rounds + 1):
        started = time.process_time()
        tutorial.train(flat, data.labels[:few])
        speeds.append(few / (time.process_time() - started))
    return statistics.median(speeds[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--goal", type=float, default=96.1, help="per cent named as asked")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--most-epochs", type=int, default=40)
    parser.add_argument("--images", type=int, default=1000, help="drawn of each class")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    data = condgan.load_data("mnist", root=chosen.root)
    speed = program_speed(data)
    program = EPOCHS * len(data) / speed
    print(
        f"the article's program: {speed:.0f} images/s, so {program:.0f} CPU s for {EPOCHS} epochs"
    )
    classifier = train_classifier(data, epochs=1)
    algorithm = condgan.Adversarial(
        generator_lr=chosen.lr, discriminator_lr=chosen.lr, reuse_fakes=True
    )
    print("| seed | epoch | CPU seconds | named as asked, % | worst class, % | program : this |")
    print("| --- | --- | --- | --- | --- | --- |")
    for seed in range(chosen.seeds):
        G, D = condgan.preset("article").networks(data.classes, data.image_shape, seed=2 * seed)
        loader = data.loader(chosen.batch_size)
        trainer = condgan.Trainer(G, D, loader, algorithm=algorithm, seed=seed, progress=False)
        seconds = 0.0
        for epoch in range(1, chosen.most_epochs + 1):
            started = time.process_time()
            trainer.fit(1)
            seconds += time.process_time() - started
            torch.manual_seed(seed)
            accuracy = class_accuracy(G.generate, classifier, n=chosen.images)
            named = 100 * statistics.mean(accuracy.values())
            print(
                f"| {seed} | {epoch} | {seconds:.1f} | {named:.1f} "
                f"| {100 * min(accuracy.values()):.1f} | {program / seconds:.0f} |",
                flush=True,
            )
            if named >= chosen.goal:
                break


if __name__ == "__main__":
    main()
