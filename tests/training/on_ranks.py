"""Runs on one process, on two and on four, one after another: what `test_on_ranks.py` looks at.

`python on_ranks.py FOLDER` imports what is needed once and forks ranks, each of which writes what
came of its runs to FOLDER/GROUP/RANK.json.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import multiprocessing
import os
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import condgan
from condgan import Callback, Checkpoint, LabelledImages, Quantities, Trainer
from condgan.cli import main
from condgan.errors import CondganError
from condgan.training import callbacks

LIMIT = 60
"""Seconds after which a group whose ranks wait for each other is killed."""

DIGITS = condgan.load_data("digits").subset(range(37))
QUICK = dataclasses.replace(
    condgan.preset("quick").algorithm,  # type: ignore[type-var]
    # The hinge's gradients of real and fake images may cancel out to the last bit, and what is left
    # by rounding is a whole step to Adam.
    loss=condgan.BinaryCrossEntropy(),
)
ANGLES = LabelledImages(DIGITS.images, torch.linspace(0, 90, 37)[:, None], Quantities(["angle"]))


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def is_last() -> bool:
    """Whether this is the rank that does what is done on one rank only."""
    return not dist.is_initialized() or rank() == dist.get_world_size() - 1


def trainer(
    algorithm: Any = QUICK,
    architecture: str = "mlp",
    data: LabelledImages = DIGITS,
    loader: Any = None,
    **arguments: Any,
) -> Trainer:
    """Small networks that begin otherwise on each rank, as does the order of images."""
    sizes = {"architecture": architecture, "width": 8}
    networks = condgan.preset("quick").networks
    G, D = networks(data.classes, data.image_shape, seed=rank(), **sizes)
    if arguments.pop("augmented", False):
        D = condgan.Augmented(D, p=0.5)
    loader = data.loader(16) if loader is None else loader
    settings = {"seed": rank(), "device": "cpu", "progress": False, **arguments}
    return Trainer(G, D, loader, algorithm=algorithm, **settings)


def curves(trained: Trainer) -> dict[str, Any]:
    """What a run has recorded, without the time that it took, and how it ended."""
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in trained.history.epochs]
    return {"rows": rows, "step": trained.state.step, "stopped": trained.state.stop_reason}


def ended(training: Trainer, *epochs: int) -> dict[str, Any]:
    """What came of a run that an error ends, and the error."""
    error: BaseException | None = None
    try:
        training.fit(*epochs)
    except (Exception, SystemExit) as caught:
        error = caught
    return {"error": f"{type(error).__name__}: {error}", **curves(training)}


def adversarial(**settings: Any) -> Any:
    return dataclasses.replace(QUICK, **settings)


class At(Callback):
    """Does something on the last rank, before or after a step."""

    every_rank = True

    def __init__(self, step: int, do: Callable[[Any], Any], before: bool = False) -> None:
        self.step, self.do, self.before = step, do, before

    def on_batch_start(self, state: Any) -> None:
        if self.before and is_last() and state.step + 1 == self.step:
            self.do(state)

    def on_batch_end(self, state: Any) -> None:
        if not self.before and is_last() and state.step == self.step:
            self.do(state)


def quick(place: Path) -> dict[str, Any]:
    return curves(trainer(architecture="dcgan").fit(2))


def article(place: Path) -> dict[str, Any]:
    return curves(trainer("article").fit(2))


def torch_loader(place: Path) -> dict[str, Any]:
    pairs = TensorDataset(DIGITS.images, DIGITS.labels)
    stream = torch.Generator().manual_seed(rank())
    loader = DataLoader(pairs, 16, shuffle=True, generator=stream)
    return curves(trainer(loader=loader).fit(2))


def list_of_batches(place: Path) -> dict[str, Any]:
    return curves(trainer(loader=list(DIGITS.loader(16, shuffle=False))).fit(2))


def accumulated(place: Path) -> dict[str, Any]:
    return curves(trainer(adversarial(accumulate=2, clip_norm=0.1)).fit(2))


def quantities(place: Path) -> dict[str, Any]:
    return curves(trainer(adversarial(fake_labels="uniform"), data=ANGLES).fit(2))


def penalised(place: Path) -> dict[str, Any]:
    """With a term that is differentiated twice."""
    return curves(trainer(adversarial(discriminator_terms=(condgan.R1(1.0),))).fit(2))


class Heads(nn.Module):
    """A discriminator with a layer for each class, of which a rank may hold no image."""

    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(64, 1) for _ in range(10))

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        logits = images.new_zeros(len(images))
        for label in labels.unique().tolist():
            logits[labels == label] = self.heads[label](images[labels == label].flatten(1))[:, 0]
        return logits


class Draws(Callback):
    """Calls a network in training on the first rank alone."""

    def on_batch_end(self, state: Any) -> None:
        state.G(torch.zeros(4, state.G.latent_dim), torch.arange(4))


def networks_of_ones_own(place: Path) -> dict[str, Any]:
    """Also with a last batch of which one rank normalises a single image."""
    torch.manual_seed(rank())
    G = condgan.ConditionalGenerator(10, (1, 8, 8), width=8)
    G.encoder = nn.Sequential(G.encoder, nn.BatchNorm1d(10))
    loader = DIGITS.subset(range(35)).loader(16)
    run = Trainer(G, Heads(), loader, algorithm=QUICK, callbacks=[Draws()], seed=0, progress=False)
    return curves(run.fit(2))


def uniform(place: Path) -> dict[str, Any]:
    return curves(trainer(adversarial(fake_labels="uniform")).fit(2))


def as_in_data(place: Path) -> dict[str, Any]:
    return curves(trainer(adversarial(fake_labels="data")).fit(2))


def every_callback(place: Path) -> dict[str, Any]:
    few, own = DIGITS.subset(range(12)), place / f"of-{rank()}"
    given = [
        callbacks.AdaptAugment(images=500, every=2),
        callbacks.Callback(),
        callbacks.Checkpoint(own / "checkpoints"),
        callbacks.CollapseWatch(few, spread=0, accuracy=0, action="restore", n=4, cache=False),
        callbacks.Evaluate(few, n=4, cache=False),
        callbacks.EarlyStopping("images", mode="max", restore_best=False),
        callbacks.ImageSnapshots(own / "snapshots", n=2),
        callbacks.LiveReport(own / "report.html", n=2),
        callbacks.LossHistory(every=3),
        callbacks.Progress(),
        callbacks.TensorBoard(own / "board", n=2),
        callbacks.Tracker(lambda numbers, step: None),
        callbacks.Transition(),
    ]
    run = trainer(callbacks=given, augmented=True).fit(2)
    names = sorted({type(c).__name__ for c in run.callbacks})
    return {**curves(run), "callbacks": names, "p": float(run.D.p)}


def restored(place: Path) -> dict[str, Any]:
    """After the first epoch a callback goes back to weights that it remembers."""

    class Back(callbacks.CollapseWatch):
        def on_fit_start(self, state: Any) -> None:
            pass

        def on_epoch_end(self, state: Any) -> None:
            if state.epoch == 1:
                best = state.generator.state_dict()
                self._best_weights = {name: value / 2 for name, value in best.items()}
                self._act(state, "all of them")

    with warnings.catch_warnings(action="ignore"):
        return curves(trainer(callbacks=[Back(DIGITS, action="restore")]).fit(3))


def early_stopping(place: Path) -> dict[str, Any]:
    stop = callbacks.EarlyStopping("images", mode="min", patience=1, restore_best=False)
    return curves(trainer(callbacks=[stop]).fit(9))


def stop_on_last(place: Path) -> dict[str, Any]:
    stop = At(4, lambda state: state.stop("enough"))
    return curves(trainer(callbacks=[stop]).fit(9))


def signal_to_last(place: Path) -> dict[str, Any]:
    kill = At(4, lambda state: os.kill(os.getpid(), signal.SIGTERM), before=True)
    return ended(trainer(callbacks=[kill]), 9)


def skipped(place: Path) -> dict[str, Any]:
    def odd(turn: Any) -> Any:
        """Not finite on one rank, in one step."""
        return turn.real_logits.mean() * (float("nan") if turn.step == 1 and is_last() else 0.0)

    run = trainer(adversarial(discriminator_terms=(odd,)), on_nonfinite="skip")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run.fit(2)
    return {**curves(run), "told": [str(one.message) for one in told]}


def meddled(place: Path) -> dict[str, Any]:
    def meddle(state: Any) -> None:
        if rank():
            next(state.G.parameters()).data.add_(1.0)

    return ended(trainer(callbacks=[At(2, meddle)]), 2)


def failed_on_first(place: Path) -> dict[str, Any]:
    class Fails(Callback):
        def on_batch_end(self, state: Any) -> None:
            if state.step == 2:
                raise RuntimeError("on purpose")

    run = trainer(callbacks=[Fails()])
    return {**ended(run, 2), "again": ended(run, 1)}


def failed_at_the_end(place: Path) -> dict[str, Any]:
    class Fails(Callback):
        def on_fit_end(self, state: Any) -> None:
            raise RuntimeError("on purpose")

    return ended(trainer(callbacks=[Fails()]), 1)


def nothing_to_resume(place: Path) -> dict[str, Any]:
    try:
        trainer().resume(place / "none.ckpt")
    except CondganError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {}


def of_one(place: Path) -> dict[str, Any]:
    """A last batch of one image, in each kind of loader."""
    data = DIGITS.subset(range(33))
    pairs = TensorDataset(data.images, data.labels)
    loaders = [data.loader(16), DataLoader(pairs, 16), list(data.loader(16))]
    return {"runs": [curves(trainer(loader=loader).fit(1)) for loader in loaders]}


def all_of_one(place: Path) -> dict[str, Any]:
    """Batches of one image only, of which no two ranks can have a part."""
    data = DIGITS.subset(range(2))
    pairs = TensorDataset(data.images, data.labels)
    loaders = [data.loader(1), DataLoader(pairs, 1), list(data.loader(1))]
    return {"runs": [ended(trainer(loader=loader), 1) for loader in loaders]}


def begun(place: Path) -> dict[str, Any]:
    """A run of which a checkpoint lies in the middle of its second epoch."""
    save = Checkpoint(place / "begun", every=4, unit="steps", keep=None)
    return curves(trainer(callbacks=[save]).fit(3))


def gone_on(place: Path, of: str) -> dict[str, Any]:
    """The rest of what another group has begun."""
    (file,) = (place.parent / of / "begun").glob("step-*04-*")
    seen = Path("nowhere") if rank() else file  # what the first rank reads is enough
    return curves(trainer().resume(seen).fit())


def deadly(turn: Any) -> Any:
    """Ends the last of several ranks in D's move of the fifth step, as the system would."""
    if turn.step == 4 and dist.is_initialized() and is_last():
        os.kill(os.getpid(), signal.SIGKILL)
    return turn.real_logits.sum() * 0.0


def killed(place: Path) -> dict[str, Any]:
    save = Checkpoint(place / "killed", every=100, unit="steps")
    doomed = adversarial(discriminator_terms=(deadly,))
    run = trainer(doomed, architecture="dcgan", callbacks=[save])
    return {**ended(run, 3), "again": ended(run, 1)}


def survived(place: Path) -> dict[str, Any]:
    """One process that goes on where another was killed."""
    doomed = adversarial(discriminator_terms=(deadly,))
    run = trainer(doomed, architecture="dcgan").resume(place.parent / "killed" / "killed")
    return {"from": run.state.step, **curves(run.fit())}


def by_command(place: Path) -> dict[str, Any]:
    """`python -m condgan train`, and again to go on, with what it prints."""
    os.chdir(place)
    train = ["train", "digits", "--batch-size", "600", "--epochs"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        codes = [main([*train, "1"]), main([*train, "2", "--resume"])]
    return {"codes": codes, "said": said.getvalue()}


SCENARIOS = (
    *(quick, article, torch_loader, list_of_batches, accumulated, quantities, penalised),
    *(uniform, as_in_data, networks_of_ones_own),
    *(restored, early_stopping, stop_on_last, signal_to_last, skipped, meddled, failed_on_first),
    *(failed_at_the_end, nothing_to_resume, of_one, all_of_one, every_callback, begun),
)


def perform(place: Path, index: int, scenarios: tuple[Callable[[Path], Any], ...]) -> None:
    """Plays the part of one rank, and saves what came of it."""
    results = {scenario.__name__: scenario(place) for scenario in scenarios}
    (place / f"{index}.json").write_text(json.dumps(results))


def as_rank(place: Path, index: int, size: int, scenarios: Any, port: int | None) -> None:
    """What a forked process does; connected by a file, or by the Trainer itself, as by torchrun."""
    torch.set_num_threads(1)
    if port is None:
        met = f"file://{place / 'met'}"
        dist.init_process_group("gloo", init_method=met, rank=index, world_size=size)
    else:
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "RANK": index, "WORLD_SIZE": size}
        os.environ.update({name: str(value) for name, value in where.items()})
    perform(place, index, scenarios)
    dist.destroy_process_group()


def together(folder: Path, group: str, size: int, *scenarios: Any, port: int | None = None) -> None:
    """Forks a group of ranks and waits for them; those that do not end are killed."""
    place = folder / group
    place.mkdir()
    fork = multiprocessing.get_context("fork").Process
    ranks = [fork(target=as_rank, args=(place, i, size, scenarios, port)) for i in range(size)]
    for process in ranks:
        process.start()
    end = time.monotonic() + LIMIT
    for process in ranks:
        process.join(max(0.0, end - time.monotonic()))
        process.kill()


def alone(folder: Path, group: str, *scenarios: Any) -> None:
    (folder / group).mkdir()
    perform(folder / group, 0, scenarios)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def from_one(place: Path) -> dict[str, Any]:
    return gone_on(place, "one")


def from_two(place: Path) -> dict[str, Any]:
    return gone_on(place, "two")


if __name__ == "__main__":
    home = Path(sys.argv[1]).resolve()
    torch.set_num_threads(1)
    alone(home, "one", *SCENARIOS, killed)
    together(home, "two", 2, *SCENARIOS, from_one)
    together(home, "killed", 2, killed)
    alone(home, "rest", from_two, survived)
    together(home, "four", 4, quick, torch_loader)
    together(home, "command", 2, by_command, port=free_port())
