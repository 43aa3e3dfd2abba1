"""The Trainer: repeats an algorithm's step over batches, and tells callbacks what happened."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal, Self

import torch
from torch import nn

from condgan.arguments import seed_number, whole_number
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.modes import in_mode
from condgan.training.algorithms.protocol import Algorithm
from condgan.training.averaging import AveragedWeights, assign, values
from condgan.training.callbacks.callback import CallbackList, as_callback
from condgan.training.callbacks.loss_history import LossHistory
from condgan.training.callbacks.progress import Progress
from condgan.training.history import History
from condgan.training.intake import Intake
from condgan.training.presets import Preset, as_preset
from condgan.training.state import TrainState


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
    ) -> None:
        _check_networks(G, D)
        self.algorithm = as_preset(algorithm).algorithm
        self.callbacks = _completed(callbacks, progress)
        where = _as_device(device)
        self.intake = Intake(loader, G.classes, G.image_shape, where)
        self.precision = _as_precision(precision)
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
            average=None if half_life is None else AveragedWeights(self.G, half_life),
        )
        self._raw: list[torch.Tensor] | None = None
        self._half_drawn = False
        self._global_stream: list[torch.Tensor] | None = None

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
        return torch.autocast(
            self.state.device.type,
            dtype=torch.bfloat16,
            enabled=self.precision == "bf16",
            cache_enabled=False,
        )

    def fit(self, epochs: int = 1) -> Self:
        """Trains for so many more epochs, and returns the trainer.

        Afterwards G holds the averaged weights, if the algorithm keeps them. A second `fit` goes
        on from the raw ones, as if there had been no pause, unless G's weights were changed in
        between: then it goes on from those.

        Args:
            epochs: how many; a callback may end training earlier (`state.stop_reason` says why).

        Raises:
            ConfigError: `epochs` is not a positive whole number, or too few for G to move.
            DataError, LabelError, ArgumentTypeError: a batch that is not what training needs;
                it has changed no weight.
        """
        state = self.state
        epochs = whole_number("epochs", epochs)
        batches = self.intake.batches or state.batches
        self._check_that_g_moves(epochs, batches)
        for network in (self.G, self.D):
            network.to(state.device)  # they may have been moved since
        state.begun_after, state.epochs = state.epoch, state.epoch + epochs
        state.batches = batches
        state.stop_reason = state.exception = None
        callbacks = CallbackList(self.callbacks)
        with self._raw_weights(), self._own_stream(), in_mode(True, self.G, self.D):
            try:
                callbacks.tell("on_fit_start", state)
                while state.epoch < state.epochs and state.stop_reason is None:
                    self._epoch(callbacks)
            except BaseException as error:
                state.exception = error
                raise
            finally:
                callbacks.tell_end(state)
                state.exception = None  # its traceback would keep the batch and its graph alive
        return self

    def _check_that_g_moves(self, epochs: int, batches: int | None) -> None:
        moves_every = getattr(self.algorithm, "n_critic", 1)
        steps = self.state.step + epochs * batches if batches else moves_every
        if steps < moves_every:
            raise ConfigError(
                f"G moves after every {moves_every} batches (n_critic), and there are only "
                f"{steps}: train for more epochs, or take smaller batches."
            )

    def _epoch(self, callbacks: CallbackList) -> None:
        state = self.state
        state.epoch += 1
        state.epoch_steps = 0
        started = time.perf_counter()
        state.history.begin_epoch(state.epoch)
        try:
            callbacks.tell("on_epoch_start", state)
            for batch in self.intake:
                state.batch_images = len(batch.images)
                callbacks.tell("on_batch_start", state)
                with self.autocast():
                    logs = self.algorithm.step(state, batch)
                state.logs = {
                    name: value.detach() if isinstance(value, torch.Tensor) else float(value)
                    for name, value in logs.items()
                }
                if state.average is not None:
                    state.average.update(state.G, state.batch_images)
                state.step += 1
                state.epoch_steps += 1
                state.images += state.batch_images
                callbacks.tell("on_batch_end", state)
                if state.stop_reason is not None:
                    break
        except BaseException:
            state.epoch -= 1  # an epoch that did not end does not count
            raise
        if state.batches is None and state.stop_reason is None:
            state.batches = state.epoch_steps  # a loader that could not say how many it has
        state.history.end_epoch(
            step=state.step, images=state.images, seconds=time.perf_counter() - started
        )
        _stop_if_diverged(state)
        callbacks.tell("on_epoch_end", state)
        state.history.close_epoch()

    @contextmanager
    def _raw_weights(self) -> Iterator[None]:
        """G holds the weights in training inside the block, and the averaged ones after it.

        An interrupt may fall anywhere: `_raw` is let go only when G holds it in full, and
        `_half_drawn` says that G may not hold the whole average.
        """
        if self.state.average is None:
            yield
            return
        try:
            if self._raw is not None:
                if self._half_drawn or self.state.average.equals(self.G):
                    assign(self.G, self._raw)
                else:
                    self.state.average = AveragedWeights(self.G, self.state.average.half_life)
                self._raw = None
            yield
        finally:
            if self._raw is None:
                self._raw = [value.detach().clone() for value in values(self.G)]
            self._half_drawn = True
            assign(self.G, values(self.state.average.module))
            self._half_drawn = False

    @contextmanager
    def _own_stream(self) -> Iterator[None]:
        """Torch's global stream is the run's own inside the block, and untouched after it."""
        cuda = [self.state.device] if self.state.device.type == "cuda" else []
        with torch.random.fork_rng(devices=cuda):
            if self._global_stream is None:
                torch.default_generator.manual_seed(self.state.seed)
                for device in cuda:
                    with torch.cuda.device(device):
                        torch.cuda.manual_seed(self.state.seed)
            else:
                torch.set_rng_state(self._global_stream[0])
                for device, stream in zip(cuda, self._global_stream[1:], strict=True):
                    torch.cuda.set_rng_state(stream, device)
            try:
                yield
            finally:
                on_cuda = [torch.cuda.get_rng_state(device) for device in cuda]
                self._global_stream = [torch.get_rng_state(), *on_cuda]


def _stop_if_diverged(state: TrainState) -> None:
    """Says so, and ends training, when a loss is no number any more: nothing can come of it."""
    lost = [
        name
        for name, value in state.logs.items()
        if name.endswith("loss") and not math.isfinite(value)
    ]
    if lost:
        why = f"{' and '.join(lost)} not finite after {state.step} steps"
        warnings.warn(
            f"training stopped, {why}: the networks are lost. Lower the learning rates, set "
            "clip_norm, or take another preset.",
            stacklevel=2,
        )
        state.stop(why)


def _check_networks(G: Any, D: Any) -> None:
    """Whether the two networks are networks, fit each other, and have weights of their own."""
    for name, network in (("G", G), ("D", D)):
        if not isinstance(network, nn.Module):
            raise ArgumentTypeError(f"{name} must be a torch module; got {network!r}.")
    for name in ("classes", "image_shape", "latent_dim"):
        if not hasattr(G, name):
            raise ArgumentTypeError(
                f"G must be a ConditionalGenerator or have its attribute {name!r}; "
                f"got a {type(G).__name__}."
            )
    for name in ("classes", "image_shape"):
        if getattr(D, name, getattr(G, name)) != getattr(G, name):
            raise ConfigError(
                f"G and D must be made for the same {name}; G has {getattr(G, name)!r} and D "
                f"{getattr(D, name)!r}."
            )
    shared = {id(p) for p in G.parameters()} & {id(p) for p in D.parameters()}
    if shared:
        raise ConfigError(
            f"G and D share {len(shared)} parameters, which both players would change. Give each "
            "its own, such as encoder=copy.deepcopy(encoder)."
        )


def _completed(callbacks: Any, progress: bool) -> list[Any]:
    """The callbacks given, and the two that every run has."""
    if isinstance(callbacks, str) or not isinstance(callbacks, Iterable):
        raise ArgumentTypeError(f"callbacks is a list of callbacks; got {callbacks!r}.")
    given = [as_callback(callback) for callback in callbacks]
    if not any(isinstance(callback, LossHistory) for callback in given):
        given.append(LossHistory())
    if progress and not any(isinstance(callback, Progress) for callback in given):
        given.append(Progress())
    return given


def _as_precision(precision: Any) -> str:
    if precision not in ("float32", "bf16"):
        why = (
            " fp16 overflows where bf16, which has the range of float32, does not."
            if precision in ("fp16", "float16")
            else ""
        )
        raise ConfigError(f"precision must be 'float32' or 'bf16'; got {precision!r}.{why}")
    return str(precision)


def _as_device(device: torch.device | str | None) -> torch.device:
    if device is None:
        found = (
            torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
        )
        return found or torch.device("cpu")
    try:
        where = torch.device(device)
        torch.empty(0, device=where)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(f"{device!r} is not a device to train on here: {error}") from None
    return where
