"""The article's conditional GAN on the complete MNIST, through the public API.

Run it with

    pip install "condgan[plot]"
    python examples/article.py                    # MNIST is downloaded once
    python examples/article.py --root ../data     # where torchvision's MNIST lies already
    python examples/article.py --csv mnist_train.csv

It trains the tutorial's networks for the tutorial's twelve epochs and leaves pictures of the
losses, of nine drawings of the digit 9, and of every class, in `runs/article`. With `--algorithm
article --batch-size 1` it takes the tutorial's own steps, and as long as the tutorial does.
"""

import argparse
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import condgan
from condgan.images import grid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", help="folder of torchvision's MNIST")
    parser.add_argument("--csv", help="mnist_train.csv: a label and 784 pixels a line")
    parser.add_argument("--algorithm", default="quick", help="quick (default) or article")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--out", type=Path, default=Path("runs/article"))
    chosen = parser.parse_args()

    data = (
        condgan.load_data(chosen.csv)
        if chosen.csv
        else condgan.load_data("mnist", root=chosen.root)
    )

    # The layers of the article: 180,184 parameters in G, 159,601 in D.
    G, D = condgan.preset("article").networks(
        data.classes, data.image_shape, encoder="onehot", seed=0
    )
    for name, network in (("G", G), ("D", D)):
        print(name, sum(p.numel() for p in network.parameters()), "parameters")

    trainer = condgan.Trainer(
        G, D, data.loader(chosen.batch_size), algorithm=chosen.algorithm, seed=0
    ).fit(epochs=chosen.epochs)
    print(f"{chosen.epochs} epochs in {trainer.history.seconds:.0f} s")

    chosen.out.mkdir(parents=True, exist_ok=True)
    G.save_pretrained(chosen.out)
    trainer.history.save(chosen.out)
    trainer.history.plot().savefig(chosen.out / "losses.png")
    G.plot_images(9).savefig(chosen.out / "nines.png")
    digits = G.generate(n=10, seed=0)
    grid(digits, 10, [str(label) for label in G.classes.labels]).save(chosen.out / "grid.png")
    print("pictures are in", chosen.out)


if __name__ == "__main__":
    main()
