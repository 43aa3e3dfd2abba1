"""The Trainer: repeats an algorithm's step over batches, and tells callbacks what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Literal, Self

import torch
from torch import nn

from condgan.arguments import seed_number, whole_number
from condgan.errors import ConfigError, DataError, NonFiniteError, RankError
from condgan.modes import in_mode
from condgan.training import checkpoints, memory, snapshot
from condgan.training import streams as random_streams
from condgan.training.algorithms.protocol import Algorithm, Batch
from condgan.training.averaging import AveragedWeights, assign, values
from condgan.training.callbacks.callback import CallbackList
from condgan.training.callbacks.checkpoint import Checkpoint
from condgan.training.compiled import Compiled
from condgan.training.finite import Guard
from condgan.training.history import History
from condgan.training.intake import Intake, fewest_images
from condgan.training.interrupts import Interrupts, waiting_for_steps
from condgan.training.lockstep import Lockstep
from condgan.training.presets import Preset, as_preset
from condgan.training.ranks import ranks_here
from condgan.training.setup import (
    as_choice,
    as_device,
    as_precision,
    check_networks,
    check_that_g_moves,
    completed,
    told_on,
    without_a_circle,
)
from condgan.training.state import TrainState
from condgan.training.synchronised import batch_norms
from condgan.training.undo import Undo


class Trainer:
    """Trains a conditional generator against a discriminator on labelled images.

    Args:
        G: a `ConditionalGenerator`, or a module with its `classes`, `image_shape`, `latent_dim`
            and `forward(z, labels)`.
        D: a `ConditionalDiscriminator`, or any module from (images, labels) to logits.
        loader: `data.loader(batch_size=64)`, a torch `DataLoader`, or anything that can be
            iterated over each epoch for batches of (images `(N, C, H, W)` in [-1, 1], labels).
        algorithm: a registered name ("quick", "quality", "wgan-gp", ...), a `Preset`, or a value
            such as `Adversarial(...)`. Of a preset it takes the algorithm only: the networks are
            yours (`preset.networks` makes those that it is meant for).
        callbacks: objects with some of the six events, registered names, or functions that are
            called with the state after each epoch. `LossHistory` and `Progress` are added.
        device: where to train; an accelerator if there is one, else the CPU. The networks move.
        precision: "float32", or "bf16" to compute in half the bits where torch deems it safe
            (losses and penalties stay in float32): faster on devices that have it.
        seed: makes a run repeatable, given networks made with a seed: order, noise, and labels.
            Left out, one is drawn from torch's global stream. During `fit` that stream is the
            run's own; afterwards it is as it was before.
        progress: whether to show a bar, where there is a terminal or notebook to show it on.
        compile: whether torch.compile makes kernels of the networks while they train: worth a try
            for large ones on accelerators. It begins with a minute of compiling, needs a C++
            compiler on CPUs, and cannot serve terms such as `R1`.
        on_nonfinite: what becomes of a step whose loss or gradient is not finite, which no weight
            ever follows: "raise" ends the run, after a `Checkpoint` has saved it; "skip" leaves
            the step out, and counts it in the history as `skipped_steps`.

    Raises:
        ArgumentTypeError: an argument of a kind that cannot work.
        ConfigError: networks that do not fit each other.
        DataError, LabelError: a loader that does not fit the networks, as far as can be seen
            before training.
        UnknownNameError: an algorithm or callback that nothing is registered under.

    Example:
        >>> import condgan
        >>> data = condgan.load_data("digits")
        >>> G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
        >>> D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
        >>> trainer = condgan.Trainer(G, D, data.loader(batch_size=64), seed=0).fit(epochs=2)
        >>> trainer.history["epoch"]
        [1, 2]
    """

    def __init__(
        self,
        G: Any,
        D: nn.Module,
        loader: Any,
        *,
        algorithm: str | Preset | Algorithm = "quick",
        callbacks: Iterable[Any] = (),
        device: torch.device | str | None = None,
        precision: Literal["float32", "bf16"] = "float32",
        seed: int | None = None,
        progress: bool = True,
        compile: bool = False,
        on_nonfinite: Literal["raise", "skip"] = "raise",
    ) -> None:
        check_networks(G, D)
        self.algorithm = as_preset(algorithm).algorithm
        self.callbacks = completed(callbacks, progress)
        where = as_device(device)
        ranks = ranks_here(where)
        with ranks.together():
            fewest = fewest_images(G, D)
            self.intake = Intake(loader, G.classes, G.image_shape, where, fewest, ranks)
        self.precision = as_precision(precision)
        self.compile = bool(compile)
        as_choice("on_nonfinite", on_nonfinite, ("raise", "skip"))
        seed = int(torch.randint(2**62, ())) if seed is None else seed_number(seed)
        self.G = G.to(where)
        self.D = D.to(where)
        half_life = getattr(self.algorithm, "ema_half_life", None)
        self.state = TrainState(
            G=self.G,
            D=self.D,
            optimizers=self.algorithm.optimizers(self.G, self.D),
            device=where,
            seed=seed,
            random=torch.Generator(where).manual_seed(seed),
            ranks=ranks,
            average=None if half_life is None else AveragedWeights(self.G, half_life),
        )
        self.state.capture = without_a_circle(self._capture)
        self.guard = Guard(self.state, skips=on_nonfinite == "skip")
        self.raw_weights: list[torch.Tensor] | None = None
        self.epoch_began: dict[str, Any] | None = None
        self._half_drawn = False
        self._fits = self._resumed = self._in_step = False
        self._at_interrupt: dict[str, Any] | None = None
        self._interrupts = Interrupts()
        self._lockstep = Lockstep(self.state, self.intake, self._interrupts)
        self._undo = Undo(self.state, self.algorithm)
        self._compiled = Compiled()
        self._streams: dict[str, Any] | None = None

    def __repr__(self) -> str:
        state = self.state
        return (
            f"Trainer({self.algorithm!r}, epoch {state.epoch}, step {state.step}, {state.device})"
        )

    @property
    def history(self) -> History:
        """What has been recorded so far."""
        return self.state.history

    @property
    def generator(self) -> Any:
        """`G`, which holds the weights to draw with after `fit`.

        During `fit` they are in `state.generator`, which is what callbacks draw with.
        """
        return self.G

    def autocast(self) -> AbstractContextManager[Any]:
        """What a step computes in. Casts are not cached: the weights change within a step."""
        half = self.precision == "bf16"
        return torch.autocast(self.state.device.type, torch.bfloat16, half, cache_enabled=False)

    def fit(self, epochs: int | None = None) -> Self:
        """Trains for so many more epochs, and returns the trainer.

        Afterwards G holds the averaged weights, if the algorithm keeps them. A second `fit` goes
        on from the raw ones, as if there had been no pause, unless G's weights were changed in
        between: then it goes on from those.

        Ctrl-C and SIGTERM wait until the step is done and the callbacks are told, and a
        `Checkpoint` saves; a second one does not wait.

        Args:
            epochs: how many; a callback may end training earlier (`state.stop_reason` says why).
                Left out, one; or after `resume`, the rest of what that run was asked for.

        Raises:
            ConfigError: `epochs` is not a positive whole number, or too few for G to move.
            DataError, LabelError, ArgumentTypeError: a batch that is not what training needs;
                it has changed no weight.
            NonFiniteError: a loss or a gradient is not finite; no weight has followed it.
            RankError: another of the processes that train together has ended.
        """
        with self.state.ranks.together():
            self._fit(epochs)
        if self.state.ranks.first:
            self.guard.tell_at_the_end()
        return self

    def _fit(self, epochs: int | None) -> None:
        state = self.state
        batches = self.intake.batches or state.batches
        resumed, self._resumed = snapshot.as_on_the_first(self, self._resumed), False
        state.continues = resumed and epochs is None
        if not state.continues:
            epochs = whole_number("epochs", 1 if epochs is None else epochs)
            done = state.epoch - state.epoch_is_open
            check_that_g_moves(self.algorithm, state.step, epochs, batches)
            state.begun_after, state.epochs = done, done + epochs
            state.stop_reason = None
        for network in (self.G, self.D):
            network.to(state.device)  # they may have been moved since
        state.batches = batches
        state.exception = None
        state.interrupted = False
        with (
            waiting_for_steps() as self._interrupts,
            memory.kept(state.device),
            self._raw_weights(),
            self._own_stream(resumed or not state.ranks.first),
            in_mode(True, self.G, self.D),
            state.ranks.averaging(state.optimizers.values()),
            self.guard.watching(),
        ):
            self._lockstep = Lockstep(state, self.intake, self._interrupts)
            self._compiled = Compiled(*([self.G, self.D] if self.compile else []))
            self._train(CallbackList(told_on(state.ranks, self.callbacks)))
        snapshot.as_on_the_first(self, False)
        self._resumed = False

    def _train(self, callbacks: CallbackList) -> None:
        state = self.state
        try:
            callbacks.tell("on_fit_start", state)
            while state.epoch_is_open or (state.epoch < state.epochs and state.stop_reason is None):
                self._epoch(callbacks)
        except BaseException as error:
            state.exception = error
            asked = isinstance(error, (KeyboardInterrupt, SystemExit))
            if isinstance(error, RankError):  # between two steps, or in one that was undone
                state.interrupted, self._in_step = True, False
            # A loader's workers die of a signal before the Trainer has heard of it.
            may_go_on = asked or self._interrupts.pending or state.interrupted
            if may_go_on and state.step and not self._in_step:
                state.interrupted = True
                with suppress(NonFiniteError):
                    self.guard.judge(now=True)
                # Before callbacks are told of the end, who may go back to their best weights.
                self._at_interrupt = snapshot.captured(self)
            if not isinstance(error, RankError):
                state.ranks.leave()
            if not asked:
                self._interrupts.raise_pending(error)
            raise
        finally:
            if state.epoch_is_open:  # an epoch that did not end does not count
                state.epoch, state.epoch_is_open = state.epoch - 1, False
            self._in_step = False
            self.intake.tell(self.G)
            try:
                callbacks.tell_end(state)
            finally:
                self._at_interrupt = None
                state.exception = None  # its traceback would keep the batch and its graph alive

    def _capture(self) -> dict[str, Any]:
        if self._at_interrupt is None:
            self.guard.judge(now=True)
        return self._at_interrupt or snapshot.captured(self)

    def resume(self, source: str | os.PathLike[str] = "latest") -> Self:
        """Goes back to where a run was when a checkpoint was written, and returns the trainer.

        `fit()` then does the rest of what that run was asked for, as if it had never stopped: on
        the CPU bit for bit, given the same data, networks, algorithm and callbacks. Nothing but
        data is read from the file.

        Args:
            source: a file that `Checkpoint` wrote, or its folder, of which the newest complete one
                is taken; "latest" is the folder of this trainer's own `Checkpoint`.

        Raises:
            MissingFileError: there is no checkpoint.
            FileFormatError: the file is damaged, or none.
            ConfigError: it is of other networks or classes; "latest" without a `Checkpoint`.

        Example:
            >>> import condgan, tempfile
            >>> data, folder = condgan.load_data("digits"), tempfile.mkdtemp()
            >>> def trainer():
            ...     G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
            ...     D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
            ...     save = condgan.Checkpoint(folder)
            ...     return condgan.Trainer(G, D, data.loader(), callbacks=[save], seed=0)
            >>> _ = trainer().fit(2)
            >>> trainer().resume("latest").fit(1).history["epoch"]
            [1, 2, 3]
        """
        if source == "latest":
            folders = [c.directory for c in self.callbacks if isinstance(c, Checkpoint)]
            if not folders:
                raise ConfigError(
                    "resume('latest') looks where this trainer's Checkpoint callback writes, and "
                    "it has none; give callbacks=[Checkpoint(folder)], or name the folder."
                )
            source = folders[0]
        ranks = self.state.ranks
        with ranks.together():
            snapshot.restore(self, ranks.from_first(lambda: checkpoints.read(source)))
        return self

    def go_on_from(self, streams: dict[str, Any], epoch_began: dict[str, Any] | None) -> None:
        """The last part of resuming: G draws with averaged weights, and streams stand as they did.

        Args:
            streams: where they stood, for the next `fit`.
            epoch_began: where they stood when the open epoch began, if one is open.
        """
        self._streams, self.epoch_began = streams, epoch_began
        self._resumed = True
        self.raw_weights = None
        if self.state.average is not None:
            self.raw_weights = [value.detach().clone() for value in values(self.G)]
            assign(self.G, values(self.state.average.module))
        self._half_drawn = False
        self.intake.tell(self.G)

    def streams(self) -> dict[str, Any]:
        """Where every random stream stands: during `fit` now, and else when it ended or begins."""
        state, loader = self.state, self.intake.loader
        if self._fits:
            return random_streams.taken(state, loader)
        if self._streams is None:
            with random_streams.lent(None, state, loader, False):
                return random_streams.taken(state, loader)
        return self._streams

    def _epoch(self, callbacks: CallbackList) -> None:
        """An epoch, or the rest of one that a checkpoint was written in."""
        state = self.state
        is_rest, was_stopped = state.epoch_is_open, state.stop_reason is not None
        if not is_rest:
            state.epoch += 1
            state.epoch_steps, state.epoch_skipped, state.epoch_seconds = 0, 0, 0.0
            state.epoch_is_open = True
            state.history.begin_epoch(state.epoch)
            self.epoch_began = self.streams()
        callbacks.tell("on_epoch_start", state)
        clock = time.perf_counter() - state.epoch_seconds
        batches: Iterable[Batch] = self._rest_of_epoch() if is_rest else self._whole_epoch()
        if was_stopped:  # and interrupted, by the same step
            batches = ()
        for batch in self._lockstep.batches(batches):
            self._step(batch, callbacks, clock)
        if state.batches is None and state.stop_reason is None:
            state.batches = state.epoch_steps  # a loader that could not say how many it has
        self.guard.judge(now=True)
        self.intake.shown = state.ranks.any(self.intake.shown)
        skipped = {"skipped_images": self.intake.skipped, "skipped_steps": state.epoch_skipped}
        state.history.record(**{name: count for name, count in skipped.items() if count})
        state.history.end_epoch(
            step=state.step, images=state.images, seconds=time.perf_counter() - clock
        )
        state.epoch_is_open = False
        callbacks.tell("on_epoch_end", state)
        state.history.close_epoch()
        self._lockstep.end_of_epoch()

    def _step(self, batch: Batch, callbacks: CallbackList, clock: float) -> None:
        state = self.state
        state.batch_images = state.ranks.whole(len(batch.images))
        callbacks.tell("on_batch_start", state)
        self._in_step = True
        state.ranks.own_stream(state.seed, state.step)
        together = batch_norms(state.ranks, state.G, state.D)
        with self._undo.if_left(), together, self._compiled.running(), self.autocast():
            taken = self.guard.step(self.algorithm, batch)
        if taken and state.average is not None:
            state.average.update(state.G, state.batch_images)
        state.step += 1
        state.epoch_steps += 1
        state.images += state.batch_images
        state.epoch_seconds = time.perf_counter() - clock
        self._in_step = False
        self.guard.judge()
        if taken:
            callbacks.tell("on_batch_end", state)
        self._lockstep.end_of_step()

    def _whole_epoch(self) -> Iterator[Batch]:
        self.epoch_began = random_streams.as_on_the_first(self.state, self.intake.loader)
        return iter(self.intake)

    def _rest_of_epoch(self) -> Iterator[Batch]:
        """The batches that an interrupted epoch has not trained on yet.

        The epoch begins as it did, in the same order, and those trained on are drawn and left.
        """
        assert self.epoch_began is not None
        now = self.streams()
        random_streams.put_back(self.epoch_began, self.state, self.intake.loader)
        batches = iter(self.intake)
        for index in range(self.state.epoch_steps):
            if next(batches, None) is None:
                raise DataError(
                    f"the interrupted epoch had trained on {self.state.epoch_steps} batches, and "
                    f"the loader now gives only {index}; resume with the same data."
                )
        if self.state.epoch_steps:
            random_streams.put_back(now, self.state, self.intake.loader)
        return batches

    @contextmanager
    def _raw_weights(self) -> Iterator[None]:
        """G holds the weights in training inside the block, and the averaged ones after it.

        An interrupt may fall anywhere: `raw_weights` is let go only when G holds it in full, and
        `_half_drawn` says that G may not hold the whole average.
        """
        if self.state.average is None:
            yield
            return
        try:
            if self.raw_weights is not None:
                if self._half_drawn or self.state.average.equals(self.G):
                    assign(self.G, self.raw_weights)
                else:
                    self.state.average = AveragedWeights(self.G, self.state.average.half_life)
                self.raw_weights = None
            self.state.average.follow(self.G)
            yield
        finally:
            if self.raw_weights is None:
                self.raw_weights = [value.detach().clone() for value in values(self.G)]
            self._half_drawn = True
            assign(self.G, values(self.state.average.module))
            self._half_drawn = False

    @contextmanager
    def _own_stream(self, resumed: bool) -> Iterator[None]:
        """Torch's global stream is the run's own inside the block, and untouched after it."""
        with random_streams.lent(self._streams, self.state, self.intake.loader, resumed):
            self._fits = True
            try:
                yield
            finally:
                self._streams = random_streams.taken(self.state, self.intake.loader)
                self._fits = False
