"""What each part of a training step is worth, and what the Trainer takes for itself.

    python benchmarks/speed_parts.py --root PATH/TO/torchvision/data --cpu --write

The loop `best by hand` of `speed.py` with all its ingredients, against the same loop without one of
them; and `Trainer.fit` against the very steps that it takes, called in a plain loop, with and
without the averaging of G's weights. In turn, in one process; medians of the ratios of neighbours.
"""

import time
from typing import Any

from speed import Contender, Contest, as_table, contests, kept, measured, parser, ratio, tell

from condgan.modes import in_mode

INGREDIENTS = (
    "D frozen on G's turn",
    "fakes reused",
    "one pass for real and fake",
    "fused Adam",
    "losses not read",
    "batches by index",
)


def steps_alone(contest: Contest, *, averages: bool) -> None:
    """The steps of `fit`, without the Trainer."""
    trainer = contest.trainer()
    state, algorithm = trainer.state, trainer.algorithm
    with in_mode(True, state.G, state.D):
        for batch in trainer.intake:
            with trainer.autocast():
                algorithm.step(state, batch)
            state.step += 1
            if averages:
                state.average.update(state.G, len(batch.images))


def contenders(contest: Contest) -> dict[str, Contender]:
    """The loop with everything, the loop without each, and the Trainer beside its steps."""
    n = len(contest.images)
    found: dict[str, Contender] = {"all": (n, lambda: contest.best(contest.by_index()))}
    for name in INGREDIENTS:
        if name == "batches by index":
            found[name] = (n, lambda: contest.best(contest.by_loader()))
        else:
            found[name] = (n, lambda name=name: contest.best(contest.by_index(), without=name))
    return found | {
        "fit": (n, lambda: contest.trainer().fit(1)),
        "steps, averaged": (n, lambda: steps_alone(contest, averages=True)),
        "steps": (n, lambda: steps_alone(contest, averages=False)),
    }


def row(result: dict[str, Any]) -> list[str]:
    speeds = result["speeds"]
    cells = [result["pair"], result["precision"], str(result["batch"])]
    cells += [f"{ratio(speeds, 'all', name):.2f}" for name in INGREDIENTS]
    for name in ("steps, averaged", "steps"):
        cells.append(f"{100 * (ratio(speeds, name, 'fit') - 1):.1f} %")
    return cells


def main() -> None:
    chosen = parser(__doc__.splitlines()[0], "speed-parts.json").parse_args()
    clock = time.process_time if chosen.cpu else time.perf_counter
    for contest, key in contests(chosen):
        speeds = measured(contenders(contest), chosen.rounds, clock)
        results = kept(chosen.out, {**key, "speeds": speeds})
    heads = ["networks", "precision", "batch", *INGREDIENTS]
    heads += ["Trainer over its steps", "and over those without averaging"]
    text = as_table([heads, *map(row, results)])
    tell(chosen, "parts", text)


if __name__ == "__main__":
    main()
