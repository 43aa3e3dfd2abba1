"""How long `condgan.evaluate` takes for 10,000 images, once its classifier exists.

    python benchmarks/evaluate_speed.py --root PATH/TO/torchvision/data

Judges a generator of MNIST that was trained for one epoch (how good it is does not matter here)
twice: the first call may train the classifier, the second finds it. Goal: a minute on two cores.
"""

import argparse
import time

import condgan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("-n", type=int, default=1000, help="images of each class")
    chosen = parser.parse_args()
    data = condgan.load_data("mnist", root=chosen.root)
    test = condgan.load_data("mnist", root=chosen.root, train=False)
    G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
    D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
    condgan.Trainer(G, D, data.loader(64), seed=0).fit(1)
    for call in ("first", "second"):
        started = time.perf_counter()
        condgan.evaluate(G, data, test=test, n=chosen.n)
        print(f"{call} call: {time.perf_counter() - started:.1f} s for {10 * chosen.n:,} images")


if __name__ == "__main__":
    main()
