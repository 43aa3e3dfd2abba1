"""How near training is to the machine: the matrix products and convolutions of a step, alone.

    python benchmarks/ceiling.py --root PATH/TO/torchvision/data --cpu --write

One step of `Adversarial(reuse_fakes=True)` is watched, and every matrix product and convolution in
it, forward and backward, is done again on the same tensors with nothing in between. As many images
a second as that allows are the ceiling of any way to write the step down. The peak is that of a
large square product in the same precision, which small ones are far from.
"""

import statistics
import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import torch
from speed import Contender, Contest, as_table, contests, kept, measured, parser, ratio, tell
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from condgan.modes import in_mode

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Watched(TorchDispatchMode):
    """Remembers each product and convolution that is done inside the block, and its FLOPs."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        formula = flop_registry.get(func.overloadpacket)
        if formula is not None:
            self.calls.append((func, args, kwargs))
            self.flops += formula(*args, **kwargs, out_val=result)
        return result


def watched_step(contest: Contest) -> Watched:
    """One step, after one that lets everything settle."""
    trainer = contest.trainer()
    state = trainer.state
    with in_mode(True, state.G, state.D):
        for batch in islice(trainer.intake, 2):
            with trainer.autocast(), Watched() as watched:
                trainer.algorithm.step(state, batch)
            state.step += 1
    return watched


@torch.no_grad()
def again(calls: list[Call], steps: int) -> None:
    for _ in range(steps):
        for func, args, kwargs in calls:
            func(*args, **kwargs)


def contenders(contest: Contest, watched: Watched) -> dict[str, Contender]:
    steps = len(contest.loader)
    return {
        "alone": (steps * contest.batch, lambda: again(watched.calls, steps)),
        "fit": (len(contest.images), lambda: contest.trainer().fit(1)),
    }


def peak(precision: str, clock: Callable[[], float], size: int = 2048, rounds: int = 5) -> float:
    """FLOPs a second of a square product."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a, b = (torch.randn(size, size).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    seconds = []
    for _ in range(rounds + 1):
        started = clock()
        torch.mm(a, b, out=out)
        seconds.append(clock() - started)
    return 2 * size**3 / statistics.median(seconds[1:])


def row(result: dict[str, Any]) -> list[str]:
    speeds, flops = result["speeds"], result["flops"]
    alone, fit = (statistics.median(speeds[name]) for name in ("alone", "fit"))
    return [
        *(str(result[part]) for part in ("pair", "precision", "batch", "threads")),
        f"{flops / 1e6:.1f}",
        str(result["calls"]),
        f"{alone:,.0f}",
        f"{fit:,.0f}",
        f"{ratio(speeds, 'fit', 'alone'):.0%}",
        f"{result['peak'] / 1e9:.0f}",
        f"{alone * flops / result['peak']:.0%}",
        f"{fit * flops / result['peak']:.0%}",
    ]


HEADS = [
    *("networks", "precision", "batch", "threads"),
    "MFLOP an image",
    "products a step",
    "ceiling, images/s",
    "`fit`, images/s",
    "share of the ceiling",
    "peak, GFLOP/s",
    "ceiling, share of the peak",
    "`fit`, share of the peak",
]


def main() -> None:
    chosen = parser(__doc__.splitlines()[0], "ceiling.json").parse_args()
    clock = time.process_time if chosen.cpu else time.perf_counter
    for contest, key in contests(chosen):
        watched = watched_step(contest)
        result = {
            **key,
            "speeds": measured(contenders(contest, watched), chosen.rounds, clock),
            "flops": watched.flops / contest.batch,
            "calls": len(watched.calls),
            "peak": peak(contest.precision, clock),
        }
        results = kept(chosen.out, result)
    text = as_table([HEADS, *map(row, results)])
    tell(chosen, "ceiling", text)


if __name__ == "__main__":
    main()
