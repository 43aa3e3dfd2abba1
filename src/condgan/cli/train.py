"""`condgan train DATA`."""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from condgan.arguments import whole_number
from condgan.classes import Classes
from condgan.cli.folders import (
    as_typed,
    is_run,
    refuse_other_settings,
    run_folder,
    write_settings,
)
from condgan.cli.held_out import HeldOut
from condgan.cli.runs import read, shown
from condgan.data.loader import InMemoryLoader
from condgan.errors import ConfigError
from condgan.images import grid
from condgan.networks.conditional import ConditionalGenerator
from condgan.training.callbacks import Checkpoint, ImageSnapshots
from condgan.training.presets import Preset, preset
from condgan.training.trainer import Trainer

TINY = 16 * 16
"""Numbers in an image that a single thread is best for."""


def add(commands: Any) -> None:
    """Declares the command and its options."""
    train = commands.add_parser("train", help="train a generator on labelled images")
    train.set_defaults(run=run)
    train.add_argument(
        "data",
        help="digits, glyphs, mnist (kept in $CONDGAN_DATA or ~/.cache/condgan/data), ...; "
        "or a folder of class folders, a CSV, an idx file",
    )
    train.add_argument(
        "--held-out",
        metavar="FRACTION",
        type=float,
        help="share of each class, between 0 and 1, not to train on but to evaluate with "
        "(default: none)",
    )
    train.add_argument("--epochs", type=int, help="passes over the data (default: by its size)")
    train.add_argument("--out", type=Path, help="run folder (default: runs/NAME)")
    train.add_flag("--overwrite", help="write into a folder with files")
    train.add_flag(
        "--resume",
        help="go on where the run in --out, or the last one of this data, was stopped; give the "
        "other options as before",
    )
    train.add_argument("--batch-size", type=int, help="images a step (default: the preset's)")
    train.add_argument(
        "--architecture", help="mlp, dcgan, resnet, ... (default: the preset's, or by image size)"
    )
    train.add_argument("--encoder", help="label encoder (default: the usual one of the data)")
    train.add_argument(
        "--preset",
        default="quick",
        help="networks and training by name: quick (default), quality, article, wgan-gp, ac-gan, "
        "sngan, r3gan, ...",
    )
    train.add_flag("--balanced", help="show every class equally often")
    train.add_argument(
        "--precision",
        choices=["float32", "bf16"],
        default="float32",
        help="what to compute in (default: float32)",
    )
    train.add_argument("--device", help="cpu, cuda, mps (default: an accelerator if there is one)")
    train.add_argument("--seed", type=int, default=0, help="makes the run repeatable (default: 0)")
    train.add_argument("--image-size", type=int, help="resize images of a folder to this square")
    train.add_argument("--threads", type=int, help="CPU threads (default: by the size of images)")


def run(chosen: argparse.Namespace) -> None:
    """Trains, and writes the run folder."""
    data = read(chosen.data, chosen.image_size)
    if not isinstance(data.classes, Classes):
        raise ConfigError(
            f"the command line trains on classes, and the labels of {data.name} are "
            f"{data.classes!r}. Train on them in Python, with ConditionalGenerator(data.classes, "
            "data.image_shape) and Trainer."
        )
    apart, said = None, ""
    if chosen.held_out is not None:
        apart = HeldOut.of(data, chosen.held_out, chosen.seed)
        data, rest = apart.parts(data)
        said = f" ({len(rest):,} held out)"
    out = run_folder(chosen.out, data.name, chosen.overwrite, chosen.resume)
    _share_out(chosen.threads, data.image_shape)
    recipe = preset(chosen.preset)
    epochs = recipe.epochs(len(data)) if chosen.epochs is None else chosen.epochs
    epochs = whole_number("epochs", epochs)
    batch_size = recipe.batch_size if chosen.batch_size is None else chosen.batch_size
    loader = data.loader(batch_size, balanced=chosen.balanced)
    trainer = _trainer(chosen, recipe, loader, out, epochs)
    print(
        f"{data.name}: {len(data):,} images of {data.classes.size} classes{said}, "
        f"{'x'.join(map(str, data.image_shape))}; {epochs} epochs of "
        f"{trainer.G.settings['architecture']} with {chosen.preset} on {trainer.state.device}"
    )
    settings = _settings(chosen, apart, batch_size, epochs, trainer)
    resumed = chosen.resume and is_run(out)
    if resumed:
        refuse_other_settings(out, settings)
    write_settings(out, settings)
    try:
        _fit(trainer, epochs, out if resumed else None)
    finally:  # what was learnt is kept, also when Ctrl-C ends it early
        if trainer.state.step:
            _write_run(out, trainer)


def _trainer(
    chosen: argparse.Namespace, recipe: Preset, loader: InMemoryLoader, out: Path, epochs: int
) -> Trainer:
    """Networks as the recipe and the options want them, and what trains and records them."""
    asked = {"architecture": chosen.architecture, "encoder": chosen.encoder}
    asked = {name: value for name, value in asked.items() if value is not None}
    G, D = recipe.networks(loader.classes, loader.image_shape, seed=chosen.seed, **asked)
    callbacks = [
        ImageSnapshots(out / "snapshots", every=max(1, epochs // 12), labels=shown(G)),
        Checkpoint(out / "checkpoints", every=max(1, epochs // 20), keep=2),
    ]
    return Trainer(
        G,
        D,
        loader,
        algorithm=recipe,
        precision=chosen.precision,
        callbacks=callbacks,
        device=chosen.device,
        seed=chosen.seed,
    )


def _fit(trainer: Trainer, epochs: int, resumed: Path | None) -> None:
    """Trains up to `epochs`, from the last checkpoint of a run on if there is one."""
    if resumed is not None and any((resumed / "checkpoints").glob("*.ckpt")):
        trainer.resume("latest")
        state = trainer.state
        print(f"resuming at step {state.step}")
        if state.epochs == epochs:
            trainer.fit()
        elif (left := epochs - state.epoch + state.epoch_is_open) > 0:
            print(f"it was begun for {state.epochs} epochs: rates that fall do so anew")
            trainer.fit(left)
        return
    if resumed is not None:
        print(f"there is nothing in {resumed} to resume from yet: training starts anew")
    trainer.fit(epochs)


def _share_out(threads: int | None, image_shape: tuple[int, int, int]) -> None:
    """Sets the number of CPU threads: as asked, one for tiny images, else what torch chose.

    Sums over a batch of tiny images only lose by being shared out, and on a busy machine threads
    that wait for each other lose a hundredfold.
    """
    if threads is None and math.prod(image_shape) <= TINY:
        threads = 1
    if threads is not None:
        torch.set_num_threads(whole_number("--threads", threads))


def _settings(
    chosen: argparse.Namespace,
    apart: HeldOut | None,
    batch_size: int,
    epochs: int,
    trainer: Trainer,
) -> dict[str, Any]:
    """What was asked for, with the data as later commands find them from anywhere."""
    path = Path(chosen.data)
    return {
        "data": str(path.resolve()) if path.exists() else chosen.data,
        "image_size": chosen.image_size,
        "held_out": None if apart is None else asdict(apart),
        "epochs": epochs,
        "batch_size": batch_size,
        "balanced": chosen.balanced,
        "preset": chosen.preset,
        "architecture": trainer.G.settings["architecture"],
        "encoder": chosen.encoder,
        "precision": chosen.precision,
        "seed": chosen.seed,
    }


def _write_run(out: Path, trainer: Trainer) -> None:
    """Writes what a run leaves behind, and says where it is."""
    G: ConditionalGenerator = trainer.generator
    G.save_pretrained(out)
    trainer.history.save(out)
    labels = shown(G)
    names = [str(label) for label in labels]
    grid(G.generate(labels, n=10, seed=0), 10, names).save(out / "grid.png")
    lines = {
        "weights": f"{out / 'weights.pt'} with {out / 'config.json'}",
        "history": f"{out / 'history.csv'} and {out / 'history.json'}",
        "losses": _plot_losses(out, trainer),
        "images": f"{out / 'grid.png'}, a row a class",
        "snapshots": f"{out / 'snapshots'}",
        "resume": f"{out / 'checkpoints'}, with --resume",
    }
    print(f"{trainer.state.epoch} epochs in {trainer.history.seconds:.0f} s")
    if trainer.state.stop_reason:
        print(f"stopped early: {trainer.state.stop_reason}")
    for what, where in lines.items():
        print(f"  {what:<10} {where}")
    print("Draw more of one class:")
    drawable = [label for label in labels if label not in (G.unseen or ())] or labels
    run_and_label = [out.as_posix(), str(drawable[-1])]
    if any(text.startswith("-") for text in run_and_label):  # or they would be read as options
        command = ["-n", "16", "--", *run_and_label]
    else:
        command = [*run_and_label, "-n", "16"]
    print(f"  condgan generate {as_typed(command)}")


def _plot_losses(out: Path, trainer: Trainer) -> str:
    try:
        figure = trainer.history.plot()
        figure.savefig(out / "losses.png", dpi=120)
    except Exception as error:  # whatever ails matplotlib here, the run itself is done and saved
        return f"no picture: {error}"
    return str(out / "losses.png")
