"""Whether damaged files end in an error of the library's own, soon and in little memory.

    python benchmarks/fuzz.py                                 # 10,000 damaged inputs a reader
    python benchmarks/fuzz.py --reader csv --inputs 500 --seed 1
    python benchmarks/fuzz.py --reader csv --seed 1 --only 123     # that one input once more

For each reader of files, small sound data sets are damaged (cut, bits flipped, headers rewritten,
parts swapped, bombs) and read in a child process that lives on from input to input. It counts
library errors, sound results, and failures: another exception, a crash, more than 1 s of processor
time, more than 200 MB beyond what a sound read takes, or pictures that differ from the undamaged
ones although the format could have told (a checksum, or a file that was only cut). Failing inputs
are written to `--out`; the exit status is then 1. For POSIX systems.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from fuzz_inputs import READERS, Input, made

from condgan.errors import CondganError

SECONDS = 1.0
"""Of processor time, so that a busy machine makes no failure."""

KILLED = 30.0
"""Seconds on the clock after which a child that does not answer is ended."""

MEMORY = 200 * 2**20
"""Bytes that an input may cost beyond the most that sound reads took."""

GUARD = 2 * 2**30
"""Bytes beyond which the system itself refuses the child more, to keep the machine alive."""


class Outcome(NamedTuple):
    """What became of an input: "error", "sound" or "failure", and details."""

    kind: str
    detail: str


class TimeUpError(BaseException):
    """No `Exception`, which a reader might take for damage."""


def outcome(read: Callable[[], Any], wanted: torch.Tensor | None, most: int) -> Outcome:
    """Reads once under the limits.

    Args:
        read: gives labelled images.
        wanted: what the images must be if there are any; None if damage may show in them.
        most: bytes of memory that this process may have held when done.
    """
    try:
        with _time_limit():
            data = read()
    except CondganError as error:
        found = Outcome("error", type(error).__name__)
    except TimeUpError:
        return Outcome("failure", f"more than {SECONDS:g} s")
    except Exception as error:
        return Outcome("failure", f"{type(error).__name__}: {error}")
    else:
        found = _judged(data, wanted)
    if _peak() > most:
        return Outcome("failure", f"{(_peak() - most) >> 20} MB over the limit of memory")
    return found


def _judged(data: Any, wanted: torch.Tensor | None) -> Outcome:
    images = data.images
    if images.dtype not in (torch.uint8, torch.float32) or 0 in images.shape:
        return Outcome("failure", f"images are {images.dtype} of shape {tuple(images.shape)}")
    if images.dtype == torch.float32 and not bool((images.abs() <= 1).all()):
        return Outcome("failure", "images leave [-1, 1]")
    if len(data.labels) != len(images):
        return Outcome("failure", f"{len(images)} images but {len(data.labels)} labels")
    if wanted is not None and not torch.equal(images, wanted):
        return Outcome("failure", "other pictures than the undamaged ones, without a word")
    return Outcome("sound", "")


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def up(*_: Any) -> None:
        raise TimeUpError

    before = signal.signal(signal.SIGPROF, up)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def serve() -> None:
    """The child: a request a line in, an outcome a line out."""
    answers = os.fdopen(os.dup(1), "w")
    # Decoders in C write what they think of a file to standard error.
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    warnings.simplefilter("ignore")
    # Arithmetic that overflows says so in no other way.
    warnings.simplefilter("error", RuntimeWarning)
    torch.set_num_threads(1)
    sound: dict[tuple[str, str], torch.Tensor] = {}
    with tempfile.TemporaryDirectory() as kept:
        for reader in READERS.values():
            for name, files in reader.sound().items():
                folder = _written(Input(files), Path(kept, "sound"))
                sound[reader.name, name] = reader.read(folder, name).images
        _guard()
        most = _peak() + MEMORY
        for line in sys.stdin:
            name, seed, index = json.loads(line)
            spoilt = made(READERS[name], seed, index)
            folder = _written(spoilt, Path(kept, "spoilt"))
            wanted = sound[name, spoilt.variant] if spoilt.must_match else None
            read = READERS[name].read
            found = outcome(lambda: read(folder, spoilt.variant), wanted, most)  # noqa: B023
            answers.write(json.dumps([spoilt.damage, *found]) + "\n")
            answers.flush()


def _guard() -> None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:  # no Linux
        return
    limit = pages * os.sysconf("SC_PAGE_SIZE") + GUARD
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _written(spoilt: Input, folder: Path) -> Path:
    """The input's files, in place of those of the input before."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in spoilt.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


class Child:
    """The process that reads; a new one takes its place where it fails."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[str] | None = None

    def ask(self, *request: Any) -> tuple[str, Outcome]:
        """The damage and the outcome of one (reader, seed, index)."""
        if self.process is None:
            command = [sys.executable, __file__, "--serve"]
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        # A first answer takes the imports as well.
        if not select.select([process.stdout], [], [], KILLED)[0]:
            self.end()
            return "unknown", Outcome("failure", f"no answer in {KILLED:g} s")
        line = process.stdout.readline()
        if not line:
            self.end()
            return "unknown", Outcome("failure", f"a crash, exit status {process.returncode}")
        damage, kind, detail = json.loads(line)
        if kind == "failure":
            self.end()  # its memory or its state may be spoilt
        return damage, Outcome(kind, detail)

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def fuzz(name: str, seed: int, indices: range, out: Path, child: Child) -> int:
    """Runs one reader's inputs, prints the counts, and gives the number of failures."""
    counts: Counter[tuple[str, str]] = Counter()
    errors: Counter[str] = Counter()
    begun = time.monotonic()
    for index in indices:
        damage, found = child.ask(name, seed, index)
        counts[damage, found.kind] += 1
        errors[found.detail] += found.kind == "error"
        if found.kind == "failure":
            folder = _written(made(READERS[name], seed, index), out / f"{name}-{seed}-{index}")
            print(f"{name} {index} ({damage}): {found.detail}; see {folder}", flush=True)
    total = {kind: sum(n for (_, k), n in counts.items() if k == kind) for kind in KINDS}
    print(
        f"{name}: {len(indices)} inputs, seed {seed}: {total['error']} library errors, "
        f"{total['sound']} sound, {total['failure']} failures, {time.monotonic() - begun:.0f} s"
    )
    for damage in sorted({damage for damage, _ in counts}):
        print("  " + f"{damage}: " + ", ".join(f"{counts[damage, k]} {k}" for k in KINDS))
    print("  errors: " + ", ".join(f"{n} {e}" for e, n in errors.most_common() if n), flush=True)
    return total["failure"]


KINDS = ("error", "sound", "failure")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reader", choices=[*READERS], action="append", help="several if repeated")
    parser.add_argument("--inputs", type=int, default=10_000, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one input")
    parser.add_argument("--out", type=Path, default=Path("runs/fuzz"), help="for failing inputs")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.serve:
        serve()
        return 0
    only = chosen.only
    indices = range(chosen.inputs) if only is None else range(only, only + 1)
    child = Child()
    try:
        failures = [
            fuzz(name, chosen.seed, indices, chosen.out, child) for name in chosen.reader or READERS
        ]
    finally:
        child.end()
    return int(any(failures))


if __name__ == "__main__":
    sys.exit(main())
