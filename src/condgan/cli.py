"""The command line: `condgan train DATA` and `condgan generate RUN LABEL`."""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

import condgan
from condgan.arguments import whole_number
from condgan.classes import Classes, Label
from condgan.errors import CondganError, ConfigError
from condgan.images import grid
from condgan.networks.conditional import ConditionalDiscriminator, ConditionalGenerator
from condgan.training.callbacks import ImageSnapshots
from condgan.training.trainer import Trainer

IMAGES_TO_SEE = 720_000
MOST_EPOCHS = 150
"""How long a run is if nobody says: twelve epochs of MNIST, 150 of a small set."""

RESERVED = {"CON", "PRN", "AUX", "NUL", "", *(f"{p}{i}" for p in ("COM", "LPT") for i in range(10))}
"""Names that Windows keeps for itself."""

TINY = 16 * 16
"""Numbers in an image that a single thread is best for."""

ROWS = 20
"""Classes that a picture shows at most."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    0 when all went well, 2 for something to put right in the command or the data, 1 when the
    system refused (a full disk, a folder that may not be written), 130 for Ctrl-C.
    """
    chosen = _parsed(arguments)
    try:
        chosen.run(chosen)
    except CondganError as error:
        print(f"condgan: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"condgan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("condgan: interrupted", file=sys.stderr)
        return 130
    return 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, with labels also after options, where argparse does not look for them."""
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    options = rest[: rest.index("--")] if "--" in rest else rest
    if rest and (not hasattr(chosen, "labels") or any(text.startswith("-") for text in options)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        chosen.labels += [text for text in rest if text != "--"]
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="condgan", description="Draw new images of the class you name."
    )
    parser.add_argument("--version", action="version", version=f"condgan {condgan.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a generator on labelled images")
    train.set_defaults(run=_train)
    train.add_argument(
        "data",
        help="digits, glyphs, mnist (kept in $CONDGAN_DATA or ~/.cache/condgan/data), ...; "
        "or a folder of class folders, a CSV, an idx file",
    )
    train.add_argument("--epochs", type=int, help="passes over the data (default: by its size)")
    train.add_argument("--out", type=Path, help="run folder (default: runs/NAME)")
    train.add_argument("--overwrite", action="store_true", help="write into a folder with files")
    train.add_argument("--batch-size", type=int, default=64, help="images a step (default: 64)")
    train.add_argument("--architecture", default="mlp", help="networks (default: mlp)")
    train.add_argument("--encoder", help="label encoder (default: the usual one of the data)")
    train.add_argument("--algorithm", default="quick", help="quick (default) or article, ...")
    train.add_argument("--device", help="cpu, cuda, mps (default: an accelerator if there is one)")
    train.add_argument("--seed", type=int, default=0, help="makes the run repeatable (default: 0)")
    train.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    train.add_argument("--threads", type=int, help="CPU threads (default: by the size of images)")

    generate = commands.add_parser("generate", help="draw images of the classes you name")
    generate.set_defaults(run=_generate)
    generate.add_argument("folder", metavar="RUN", type=Path, help="what `condgan train` wrote")
    generate.add_argument("labels", metavar="LABEL", nargs="*", help="classes (default: each)")
    generate.add_argument("-n", type=int, default=9, help="images of each (default: 9)")
    generate.add_argument("--out", type=Path, help="picture to write (default: in RUN)")
    generate.add_argument("--seed", type=int, help="draws the same images again")
    return parser


def _train(chosen: argparse.Namespace) -> None:
    options = {} if chosen.image_size is None else {"image_size": chosen.image_size}
    data = condgan.load_data(chosen.data, **options)
    out = _new_folder(chosen, data.name)
    _share_out(chosen.threads, data.image_shape)
    networks = {"architecture": chosen.architecture, "encoder": chosen.encoder}
    G = ConditionalGenerator(data.classes, data.image_shape, seed=chosen.seed, **networks)
    D = ConditionalDiscriminator(data.classes, data.image_shape, seed=chosen.seed + 1, **networks)
    epochs = chosen.epochs
    if epochs is None:
        epochs = max(1, min(MOST_EPOCHS, round(IMAGES_TO_SEE / len(data))))
    snapshots = ImageSnapshots(out / "snapshots", every=max(1, epochs // 12), labels=_shown(G))
    trainer = Trainer(
        G,
        D,
        data.loader(chosen.batch_size),
        algorithm=chosen.algorithm,
        callbacks=[snapshots],
        device=chosen.device,
        seed=chosen.seed,
    )
    print(
        f"{data.name}: {len(data):,} images of {data.classes.size} classes, "
        f"{'x'.join(map(str, data.image_shape))}; {epochs} epochs on {trainer.state.device}"
    )
    try:
        trainer.fit(epochs)
    finally:  # what was learnt is kept, also when Ctrl-C ends it early
        if trainer.state.step:
            _write_run(out, trainer)


def _share_out(threads: int | None, image_shape: tuple[int, int, int]) -> None:
    """Sets the number of CPU threads: as asked, one for tiny images, else what torch chose.

    Sums over a batch of tiny images only lose by being shared out, and on a busy machine threads
    that wait for each other lose a hundredfold.
    """
    if threads is None and math.prod(image_shape) <= TINY:
        threads = 1
    if threads is not None:
        torch.set_num_threads(whole_number("--threads", threads))


def _new_folder(chosen: argparse.Namespace, name: str) -> Path:
    """Where the run goes: never into somebody's files, unless they say so."""
    if chosen.out is None:
        stem = Path("runs") / _portable(name)
        tries = (stem.with_name(f"{stem.name}-{i}") if i > 1 else stem for i in range(1, 10**6))
        return next(path for path in tries if not path.exists())
    out: Path = chosen.out
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not chosen.overwrite):
        raise ConfigError(f"{out} is there already; choose another --out, or say --overwrite.")
    return out


def _write_run(out: Path, trainer: Trainer) -> None:
    """Writes what a run leaves behind, and says where it is."""
    G: ConditionalGenerator = trainer.generator
    G.save_pretrained(out)
    trainer.history.save(out)
    labels = _shown(G)
    names = [str(label) for label in labels]
    grid(G.generate(labels, n=10, seed=0), 10, names).save(out / "grid.png")
    lines = {
        "weights": f"{out / 'weights.pt'} with {out / 'config.json'}",
        "history": f"{out / 'history.csv'} and {out / 'history.json'}",
        "losses": _plot_losses(out, trainer),
        "images": f"{out / 'grid.png'}, a row a class",
        "snapshots": f"{out / 'snapshots'}",
    }
    print(f"{trainer.state.epoch} epochs in {trainer.history.seconds:.0f} s")
    if trainer.state.stop_reason:
        print(f"stopped early: {trainer.state.stop_reason}")
    for what, where in lines.items():
        print(f"  {what:<10} {where}")
    print("Draw more of one class:")
    run_and_label = [out.as_posix(), names[-1]]
    if any(text.startswith("-") for text in run_and_label):  # or they would be read as options
        command = ["-n", "16", "--", *run_and_label]
    else:
        command = [*run_and_label, "-n", "16"]
    print(f"  condgan generate {_as_typed(command)}")


def _as_typed(command: list[str]) -> str:
    """Arguments as a person types them into this system's shell."""
    return subprocess.list2cmdline(command) if os.name == "nt" else shlex.join(command)


def _plot_losses(out: Path, trainer: Trainer) -> str:
    try:
        figure = trainer.history.plot()
        figure.savefig(out / "losses.png", dpi=120)
    except Exception as error:  # whatever ails matplotlib here, the run itself is done and saved
        return f"no picture: {error}"
    return str(out / "losses.png")


def _generate(chosen: argparse.Namespace) -> None:
    G = ConditionalGenerator.from_pretrained(chosen.folder)
    labels = [_classes(G).from_text(text) for text in chosen.labels] or _shown(G)
    whole_number("-n", chosen.n)
    images = G.generate(labels, n=chosen.n, seed=chosen.seed)
    target = chosen.out
    if target is None:
        stem = "generated-" + _portable("-".join(chosen.labels) or "all")
        target = chosen.folder / f"{stem}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    if len(labels) == 1:  # one class fills a square rather than a single long row
        sheet = grid(images, math.ceil(chosen.n**0.5))
    else:
        sheet = grid(images, chosen.n, [str(label) for label in labels])
    try:
        sheet.save(target)
    except ValueError as error:  # Pillow knows the format by the ending
        raise ConfigError(f"{target}: {error}; name a picture, such as images.png.") from None
    print(target)


def _classes(G: ConditionalGenerator) -> Classes:
    if not isinstance(G.classes, Classes):
        raise ConfigError(
            f"the command line draws classes, but this run's labels are {G.classes!r}; "
            "use ConditionalGenerator.from_pretrained(RUN).generate(...) in Python."
        )
    return G.classes


def _shown(G: ConditionalGenerator) -> list[Label]:
    """The classes that a picture has rows for."""
    return list(_classes(G).labels[:ROWS])


def _portable(text: str) -> str:
    """`text` as a file name on any system; texts that differ keep different names."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip(".")[:60]
    if name == text and name.split(".")[0].upper() not in RESERVED:
        return name
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
