"""`condgan train DATA`."""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import warnings
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from condgan.arguments import whole_number
from condgan.cli.conditions import shown, typed
from condgan.cli.data_options import add_data_options, anywhere, as_flags, asked, epilog
from condgan.cli.folders import (
    as_typed,
    refuse_other_settings,
    run_folder,
    run_to_resume,
    write_settings,
)
from condgan.cli.held_out import HeldOut
from condgan.cli.record import PAGE, told
from condgan.cli.runs import Source, read, source_of
from condgan.conditions import counted
from condgan.data.labelled import LabelledImages
from condgan.data.loader import InMemoryLoader
from condgan.errors import ConfigError, DataError
from condgan.images import grid
from condgan.networks.conditional import ConditionalGenerator
from condgan.training.algorithms.adversarial import Adversarial
from condgan.training.callbacks import Callback, Checkpoint, ImageSnapshots, LiveReport
from condgan.training.presets import Preset, preset
from condgan.training.ranks import Ranks, ranks_here
from condgan.training.setup import as_device
from condgan.training.trainer import Trainer

ROW_OF = {"classes": "class", "attributes": "combination", "quantities": "value"}
"""What a row of a picture shows."""

TINY = 16 * 16
"""Numbers in an image that a single thread is best for."""


def add(commands: Any) -> None:
    """Declares the command and its options."""
    train = commands.add_parser(
        "train",
        help="train a generator on labelled images",
        epilog=epilog("train"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.set_defaults(run=run)
    train.add_argument("data", metavar="DATA", help="labelled images, as below")
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
        "options as before, but for those about data, which it knows",
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
    train.add_argument(
        "--loss", metavar="NAME", help="hinge, wasserstein, ... (default: the preset's)"
    )
    train.add_argument(
        "--callback",
        action="append",
        metavar="NAME",
        help="another callback, such as tensorboard or a plugin's; may be given again",
    )
    train.add_flag("--balanced", help="show every class equally often")
    train.add_argument(
        "--precision",
        choices=["float32", "bf16"],
        default="float32",
        help="what to compute in (default: float32)",
    )
    train.add_flag("--compile", help="compile the networks: for large ones on accelerators")
    train.add_argument(
        "--on-nonfinite",
        choices=["raise", "skip"],
        default="raise",
        help="what to do about a step whose loss or gradient is not finite (default: raise)",
    )
    train.add_argument("--device", help="cpu, cuda, mps (default: an accelerator if there is one)")
    train.add_argument("--seed", type=int, default=0, help="makes the run repeatable (default: 0)")
    train.add_argument("--threads", type=int, help="CPU threads (default: by the size of images)")
    train.add_flag(
        "--live", default=True, help="write a page to watch it on: condgan view RUN opens it"
    )
    add_data_options(train)


def run(chosen: argparse.Namespace) -> None:
    """Trains, and writes the run folder; of several ranks, the first one writes and tells."""
    ranks = ranks_here(as_device(chosen.device))
    with contextlib.ExitStack() as quiet:
        if not ranks.first:
            quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
            quiet.enter_context(warnings.catch_warnings(action="ignore"))
        _run(chosen, ranks)


def _run(chosen: argparse.Namespace, ranks: Ranks) -> None:
    name = anywhere(chosen.data)
    begun = ranks.from_first(lambda: run_to_resume(chosen.out, name) if chosen.resume else None)
    options = {**(source_of(begun).options if begun else {}), **asked(chosen)}
    data = _read(chosen.data, options)
    apart, said = None, ""
    if chosen.held_out is not None:
        apart = HeldOut.of(data, chosen.held_out, chosen.seed)
        data, rest = apart.parts(data)
        said = f" ({len(rest):,} held out)"
    out = begun or ranks.from_first(lambda: run_folder(chosen.out, data.name, chosen.overwrite))
    _share_out(chosen.threads, data.image_shape)
    recipe = _recipe(chosen)
    epochs = recipe.epochs(len(data)) if chosen.epochs is None else chosen.epochs
    epochs = whole_number("epochs", epochs)
    batch_size = recipe.batch_size if chosen.batch_size is None else chosen.batch_size
    loader = data.loader(batch_size, balanced=chosen.balanced)
    rows = shown(data.classes, data.labels)
    live = [LiveReport(out / PAGE, title=data.name, labels=rows, data=data)] if chosen.live else []
    callbacks = [*_savers(out, epochs, rows), *live, *(chosen.callback or ())]
    trainer = _trainer(chosen, recipe, loader, callbacks)
    print(
        f"{data.name}: {len(data):,} images of {counted(data.classes)}{said}, "
        f"{'x'.join(map(str, data.image_shape))}; {epochs} epochs of "
        f"{trainer.G.settings['architecture']} with {chosen.preset} on {trainer.state.device}"
    )
    settings = _settings(chosen, Source(name, options, apart), batch_size, epochs, trainer)
    if begun:
        ranks.from_first(lambda: refuse_other_settings(out, settings))
    if ranks.first:
        write_settings(out, settings)
    for page in live:
        page.settings = dict(told(settings))
        print(f"watch it with: condgan view {as_typed([out.as_posix()])}")
    try:
        _fit(trainer, epochs, begun)
    except BaseException as error:  # what was learnt is kept, also when Ctrl-C ends it early
        if trainer.state.step and ranks.first:
            try:
                _write_run(out, trainer, rows)
            except OSError as besides:  # of which a full disk that ended the run is the reason
                error.add_note(str(besides))
        raise
    if ranks.first:
        _write_run(out, trainer, rows)


def _savers(out: Path, epochs: int, rows: list[Any]) -> list[Callback]:
    """Twelve pictures over the run, or thereabouts, and twenty checkpoints."""
    return [
        ImageSnapshots(out / "snapshots", every=max(1, epochs // 12), labels=rows),
        Checkpoint(out / "checkpoints", every=max(1, epochs // 20), keep=2),
    ]


def _read(data: str, options: dict[str, Any]) -> LabelledImages:
    """Labelled images; of a folder that cannot be read, an error that says where to look."""
    try:
        return read(data, **options)
    except DataError as error:
        if Path(data).is_dir():
            looked_at = as_typed([data, *as_flags(options)])
            error.add_note(f"to see what is there, and what to do: condgan inspect {looked_at}")
        raise


def _recipe(chosen: argparse.Namespace) -> Preset:
    """The preset, with another loss if one is named."""
    recipe = preset(chosen.preset)
    if chosen.loss is None:
        return recipe
    if not isinstance(recipe.algorithm, Adversarial):
        raise ConfigError(f"--preset {chosen.preset} has a loss of its own; leave --loss out.")
    return replace(recipe, algorithm=replace(recipe.algorithm, loss=chosen.loss))


def _trainer(
    chosen: argparse.Namespace, recipe: Preset, loader: InMemoryLoader, callbacks: list[Callback]
) -> Trainer:
    """Networks as the recipe and the options want them, and what trains them."""
    wanted = {"architecture": chosen.architecture, "encoder": chosen.encoder}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    G, D = recipe.networks(loader.classes, loader.image_shape, seed=chosen.seed, **wanted)
    return Trainer(
        G,
        D,
        loader,
        algorithm=recipe,
        precision=chosen.precision,
        compile=chosen.compile,
        on_nonfinite=chosen.on_nonfinite,
        callbacks=callbacks,
        device=chosen.device,
        seed=chosen.seed,
    )


def _fit(trainer: Trainer, epochs: int, resumed: Path | None) -> None:
    """Trains up to `epochs`, from the last checkpoint of a run on if there is one."""
    begun = resumed is not None and any((resumed / "checkpoints").glob("*.ckpt"))
    if trainer.state.ranks.from_first(lambda: begun):
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
    chosen: argparse.Namespace, source: Source, batch_size: int, epochs: int, trainer: Trainer
) -> dict[str, Any]:
    """What was asked for, with the data as later commands find them from anywhere."""
    return {
        "data": source.data,
        "options": source.options,
        "held_out": None if source.held_out is None else asdict(source.held_out),
        "epochs": epochs,
        "batch_size": batch_size,
        "balanced": chosen.balanced,
        "preset": chosen.preset,
        "loss": chosen.loss,
        "callbacks": chosen.callback,
        "architecture": trainer.G.settings["architecture"],
        "encoder": chosen.encoder,
        "precision": chosen.precision,
        "seed": chosen.seed,
    }


def _write_run(out: Path, trainer: Trainer, rows: list[Any]) -> None:
    """Writes what a run leaves behind, and says where it is."""
    G: ConditionalGenerator = trainer.generator
    G.save_pretrained(out)
    trainer.history.save(out)
    names, row = [str(label) for label in rows], ROW_OF[G.classes.kind]
    grid(G.generate(rows, n=10, seed=0), 10, names).save(out / "grid.png")
    lines = {
        "weights": f"{out / 'weights.pt'} with {out / 'config.json'}",
        "history": f"{out / 'history.csv'} and {out / 'history.json'}",
        "losses": _plot_losses(out, trainer),
        "images": f"{out / 'grid.png'}, a row a {row}",
        "snapshots": f"{out / 'snapshots'}",
        **({"page": f"{out / PAGE}"} if (out / PAGE).is_file() else {}),
        "resume": f"{out / 'checkpoints'}, with --resume",
    }
    print(f"{trainer.state.epoch} epochs in {trainer.history.seconds:.0f} s")
    if trainer.state.stop_reason:
        print(f"stopped early: {trainer.state.stop_reason}")
    for what, where in lines.items():
        print(f"  {what:<10} {where}")
    print(f"Draw more of one {row}:")
    drawable = [label for label in rows if label not in (G.unseen or ())] or rows
    run_and_label = [out.as_posix(), typed(drawable[-1])]
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
