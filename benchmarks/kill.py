"""Kills a training process at random moments, resumes it each time, and compares.

    python benchmarks/kill.py --kills 200

A child process trains `--preset` on the bundled digits with a `Checkpoint` every few steps. It is
killed with SIGKILL after a random time, started again, resumed from the newest complete
checkpoint, and so on until it has been killed `--kills` times; then it may finish. Its weights,
history and pictures must equal, bit for bit, those of one that was never killed, and the steps of
the newest complete checkpoint must never go back. Exits with 1 if they do not.
"""

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import torch

import condgan
from condgan.errors import MissingFileError
from condgan.training import checkpoints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--epochs", type=int, default=2000)
    parser.add_argument("--every", type=int, default=7, help="steps between two checkpoints")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--longest", type=float, default=1.5, help="seconds of training at most")
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.train:
        train(chosen.train, chosen)
        return
    with tempfile.TemporaryDirectory() as folder:
        straight, killed = Path(folder, "straight"), Path(folder, "killed")
        command = [sys.executable, *sys.argv]
        subprocess.run([*command, "--train", str(straight)], check=True)
        faults = torment([*command, "--train", str(killed)], killed, chosen)
        wanted, found = results(straight), results(killed)
    faults += [f"{name} differs" for name in wanted if wanted[name] != found.get(name)]
    print("\n".join(faults) or f"{chosen.kills} kills: bit-equal, and no checkpoint was lost")
    sys.exit(bool(faults))


def torment(command: list[str], folder: Path, chosen: argparse.Namespace) -> list[str]:
    """Kills the child again and again, then lets it finish; what went wrong on the way."""
    moments = random.Random(chosen.seed)
    faults = []
    furthest = kills = 0
    while True:
        child = subprocess.Popen(command)
        ready = folder / "ready"
        while kills < chosen.kills and child.poll() is None and not ready.exists():
            time.sleep(0.01)  # it is not training yet; a kill would only cost time
        try:
            child.wait(None if kills >= chosen.kills else moments.uniform(0, chosen.longest))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            kills += 1
            ready.unlink(missing_ok=True)
        else:
            if child.returncode:
                faults.append(f"the child ended with {child.returncode} after {kills} kills")
            if kills < chosen.kills and not child.returncode:
                faults.append(f"it had finished after {kills} kills; ask for more epochs")
            return faults
        step = newest(folder / "checkpoints")
        if step < furthest:
            faults.append(f"kill {kills}: step {furthest} was on disk, now {step}")
        furthest = max(furthest, step)
        if kills % 20 == 0:
            print(f"{kills} kills, step {step}", flush=True)


def newest(folder: Path) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(checkpoints.read(folder)["counters"]["step"])
    except MissingFileError:
        return 0


def train(folder: Path, chosen: argparse.Namespace) -> None:
    """Trains from the newest checkpoint there is, and leaves what came of it."""
    torch.set_num_threads(1)
    data = condgan.load_data("digits")
    G, D = condgan.preset(chosen.preset).networks(data.classes, data.image_shape, seed=0)
    save = condgan.Checkpoint(folder / "checkpoints", every=chosen.every, unit="steps")
    look = condgan.ImageSnapshots(folder / "pictures", every=50, unit="steps", film=None)
    trainer = condgan.Trainer(
        G,
        D,
        data.loader(64),
        algorithm=chosen.preset,
        callbacks=[save, look],
        seed=0,
        progress=False,
        device="cpu",
    )
    (folder / "ready").parent.mkdir(parents=True, exist_ok=True)
    (folder / "ready").touch()
    warnings.simplefilter("ignore")  # torn files are what this is about
    try:
        trainer.resume("latest")
    except MissingFileError:
        trainer.fit(chosen.epochs)
    else:
        trainer.fit()
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in trainer.history.epochs]
    (folder / "history.json").write_text(json.dumps([rows, list(trainer.history.steps)]))
    torch.save(
        [*trainer.G.state_dict().values(), *trainer.D.state_dict().values()], folder / "w.pt"
    )


def results(folder: Path) -> dict[str, str]:
    """What a run left behind, as hashes by file; of the weights, of their values."""
    found = {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in [folder / "history.json", *sorted((folder / "pictures").glob("*.png"))]
    }
    digest = hashlib.sha256()
    for value in torch.load(folder / "w.pt", weights_only=True):
        digest.update(value.contiguous().numpy().tobytes())
    return {**found, "weights": digest.hexdigest()}


if __name__ == "__main__":
    main()
