"""A whole run as plain data, and a run that goes on from it."""

from __future__ import annotations

import copy
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from condgan.conditions import condition_from_config
from condgan.errors import ConfigError, FileFormatError, listed
from condgan.training.algorithms.protocol import Algorithm
from condgan.training.averaging import plain, plain_state, values
from condgan.training.intake import Intake
from condgan.training.state import TrainState

COUNTERS = (
    *("seed", "epoch", "epochs", "step", "images", "begun_after", "batches", "epoch_steps"),
    *("epoch_skipped", "epoch_seconds", "batch_images", "epoch_is_open", "stop_reason"),
)
"""Fields of the state that are plain values."""


class Run(Protocol):
    """What is saved of a Trainer, and how it is told where to go on."""

    state: TrainState
    algorithm: Algorithm
    intake: Intake
    callbacks: list[Any]
    raw_weights: list[Tensor] | None
    epoch_began: dict[str, Any] | None

    def streams(self) -> dict[str, Any]:
        """Where every random stream stands."""

    def go_on_from(self, streams: dict[str, Any], epoch_began: dict[str, Any] | None) -> None:
        """Takes over the streams, once everything else has been."""


def captured(run: Run) -> dict[str, Any]:
    """All that a run is, between two steps: weights, optimisers, counters, streams, history."""
    state = run.state
    return {
        "run": state.run,
        "generator": described(state.G),
        "discriminator": described(state.D),
        "algorithm": described_algorithm(run),
        "algorithm_memory": memory_of(run.algorithm),
        "G": plain_state(state.G)
        if run.raw_weights is None
        else raw_state(state.G, run.raw_weights),
        "D": plain_state(state.D),
        "average": None if state.average is None else state.average.state_dict(),
        "optimizers": {name: o.state_dict() for name, o in state.optimizers.items()},
        "counters": {name: getattr(state, name) for name in COUNTERS},
        "label_counts": state.label_counts,
        "shown": run.intake.shown,
        "logs": {name: float(value) for name, value in state.logs.items()},
        "streams": run.streams(),
        "epoch_began": run.epoch_began,
        "callbacks": {
            key: memory_of(callback)
            for key, callback in by_key(run).items()
            if hasattr(callback, "state_dict")
        },
        "history": state.history.state_dict(),
    }


def raw_state(G: nn.Module, raw: list[Tensor]) -> dict[str, Any]:
    """What `plain_state` would give, had G the values `raw`, which are in the order of `values`."""
    kept = {id(own): value for own, value in zip(values(G), raw, strict=True)}
    named = plain(G).state_dict(keep_vars=True)
    return {name: kept.get(id(own), own).detach().cpu().clone() for name, own in named.items()}


def described(network: Any) -> dict[str, Any] | None:
    """What a network was made from, if it can say so."""
    inner = plain(network)
    config = getattr(getattr(inner, "D", inner), "config", None)  # Augmented wraps a D
    if not callable(config):
        return None
    learnt = {"unseen"}  # what training found out is no setting
    return {name: value for name, value in config().items() if name not in learnt}


def described_algorithm(run: Run) -> str:
    """The algorithm in words, without addresses in memory, which differ from process to process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(run.algorithm))


def memory_of(thing: Any) -> Any:
    """What an algorithm or a callback wants to be kept, if anything, as it is now."""
    return copy.deepcopy(thing.state_dict()) if hasattr(thing, "state_dict") else None


def by_key(run: Run) -> dict[str, Any]:
    """Callbacks under keys of their own: their `state_key`, or the name of their class.

    Where that leaves two alike they are numbered.
    """
    seen: Counter[str] = Counter()
    keyed = {}
    for callback in run.callbacks:
        name = str(getattr(callback, "state_key", type(callback).__name__))
        seen[name] += 1
        keyed[name if seen[name] == 1 else f"{name}#{seen[name]}"] = callback
    return keyed


def check_that_it_fits(run: Run, saved: Mapping[str, Any]) -> None:
    """Whether this run can go on from that one; nothing has been changed yet.

    Warns:
        UserWarning: the algorithm is another, or a callback of that run is missing here.

    Raises:
        ConfigError: the networks are others, such as of other classes.
        FileFormatError: a part is missing.
    """
    state = run.state
    for name, network in (("generator", state.G), ("discriminator", state.D)):
        theirs, ours = saved[name], described(network)
        if theirs is not None and ours is not None:
            refuse_other_settings(name, theirs, ours)
    for name, network in (("G", state.G), ("D", state.D)):
        refuse_other_weights(name, saved[name], plain(network))
    if (saved["average"] is None) != (state.average is None):
        raise ConfigError(
            "the checkpoint and this algorithm differ in whether the generator's weights are "
            "averaged (ema_half_life)."
        )
    if saved["optimizers"].keys() != state.optimizers.keys():
        raise ConfigError(
            f"the checkpoint has the optimisers {listed(saved['optimizers'])}; this algorithm has "
            f"{listed(state.optimizers)}."
        )
    for name, optimizer in state.optimizers.items():
        refuse_other_parameters(name, saved["optimizers"][name], optimizer)
    if saved["algorithm"] != described_algorithm(run):
        warnings.warn(
            f"the checkpoint was trained by {saved['algorithm']} and goes on by "
            f"{described_algorithm(run)}.",
            stacklevel=4,
        )
    callbacks = by_key(run)
    for key in saved["callbacks"].keys() & callbacks.keys():
        if not callable(getattr(callbacks[key], "load_state_dict", None)):
            raise ConfigError(
                f"the checkpoint has the state of {key}, whose class has state_dict() but no "
                "load_state_dict(saved)."
            )
    if getattr(run.intake.loader, "persistent_workers", False):
        warnings.warn(
            "workers that outlive epochs (persistent_workers=True) keep random numbers of their "
            "own: the order goes on as it was, but what they draw, such as random transforms, "
            "differs from a run that was not stopped.",
            stacklevel=4,
        )
    lost = saved["callbacks"].keys() - callbacks.keys()
    if lost:
        warnings.warn(
            f"the checkpoint has the state of {listed(sorted(lost))}, which this Trainer lacks.",
            stacklevel=4,
        )


def refuse_other_settings(name: str, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Whether two networks were made from the same settings; classes are told apart by name."""
    # A setting that only one of two versions knows is left to the shapes of the weights.
    for key in sorted(theirs.keys() & ours.keys()):
        if theirs[key] == ours[key]:
            continue
        if key == "classes":
            was, now = (condition_from_config(config[key]) for config in (theirs, ours))
            raise ConfigError(
                f"the checkpoint's {name} was trained on {was.size} classes and this one has "
                f"{now.size}: {was!r} and {now!r}."
            )
        raise ConfigError(
            f"the checkpoint's {name} has {key}={theirs[key]!r}, this one {ours[key]!r}; make the "
            "networks as they were."
        )


def refuse_other_weights(name: str, saved: Mapping[str, Any], network: nn.Module) -> None:
    """Whether saved weights are of this network's names and shapes."""
    there = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in saved.items()}
    if there != found:
        other = sorted(
            key for key in there.keys() | found.keys() if there.get(key) != found.get(key)
        )
        key = other[0]
        raise ConfigError(
            f"the checkpoint's {name} does not fit this one: {key} is {found.get(key)} there and "
            f"{there.get(key)} here ({len(other)} such in all)."
        )


def refuse_other_parameters(name: str, saved: Mapping[str, Any], optimizer: Any) -> None:
    """Whether a saved optimiser moves as many parameters as this one."""
    there, here = (
        [len(group["params"]) for group in groups]
        for groups in (saved["param_groups"], optimizer.param_groups)
    )
    if there != here:
        raise ConfigError(
            f"the checkpoint's optimiser of {name} moves {sum(there)} parameters and this one "
            f"{sum(here)}: freeze the same ones (requires_grad) as then."
        )


def restore(run: Run, saved: Mapping[str, Any]) -> None:
    """Puts a run where that one was; what does not fit is refused before anything is changed."""
    if missing := captured(run).keys() - saved.keys():
        raise FileFormatError(f"the checkpoint lacks {listed(sorted(missing))}.")
    check_that_it_fits(run, saved)
    state = run.state
    callbacks = by_key(run)
    for key, kept in saved["callbacks"].items():  # first, since they may still refuse
        if key in callbacks:
            callbacks[key].load_state_dict(kept)
    if saved["algorithm_memory"] is not None:
        algorithm: Any = run.algorithm
        algorithm.load_state_dict(saved["algorithm_memory"])
    plain(state.G).load_state_dict(saved["G"])
    plain(state.D).load_state_dict(saved["D"])
    if state.average is not None:
        state.average.load_state_dict(saved["average"])
    same_algorithm = saved["algorithm"] == described_algorithm(run)
    for name, optimizer in state.optimizers.items():
        load_optimizer(optimizer, saved["optimizers"][name], keep_settings=not same_algorithm)
    for name in COUNTERS:
        setattr(state, name, saved["counters"][name])
    state.run, state.logs = saved["run"], dict(saved["logs"])
    counts = saved["label_counts"]
    state.label_counts = None if counts is None else counts.to(state.device)
    run.intake.shown = saved["shown"]
    state.history.load_state_dict(saved["history"])
    run.go_on_from(saved["streams"], saved["epoch_began"])


def as_on_the_first(run: Run, resumed: bool) -> bool:
    """Makes a run on all ranks what it is on the first, and says whether it was resumed there.

    Raises:
        ConfigError: the networks are others.
        RankError: another rank is gone.
    """
    ranks = run.state.ranks
    if ranks.size == 1:
        return resumed
    saved, resumed = ranks.from_first(lambda: (captured(run), resumed))
    if not ranks.first:
        restore(run, saved)
    return resumed


def load_optimizer(optimizer: Any, saved: dict[str, Any], *, keep_settings: bool) -> None:
    """Takes over what an optimiser remembers, and its settings, such as a rate that was lowered.

    Those of this run are kept where its algorithm is another.
    """
    own = [
        {key: value for key, value in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]
    optimizer.load_state_dict(saved)
    if keep_settings:
        for group, settings in zip(optimizer.param_groups, own, strict=True):
            group.update(settings)
