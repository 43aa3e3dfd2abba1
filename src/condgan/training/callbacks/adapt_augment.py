"""Adapts how much is augmented to how much the discriminator has learnt by heart."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from condgan.arguments import number_within, whole_number
from condgan.errors import ArgumentTypeError, ConfigError
from condgan.objectives.augment import Augmented
from condgan.training.callbacks.callback import Callback
from condgan.training.state import TrainState


class AdaptAugment(Callback):
    """Moves the probability `p` of an `Augmented` discriminator so that it stays unsure.

    Every few steps, the mean sign of its logits on real training images (the log `real_sign` of
    `Adversarial`: 1 if it takes all of them for real, 0 if it cannot tell; the signs are of the
    distance to the middle between the mean real and the mean fake logit, since relativistic and
    Wasserstein losses leave the zero open) is compared with `target`: above it `p` grows, below it
    `p` shrinks. Karras and others, "Training Generative Adversarial Networks with
    Limited Data" (2020, arXiv:2006.06676), section 3.1. Recorded as `augment_p` each epoch.

    Args:
        target: the mean sign aimed at, between -1 and 1.
        images: real images over which `p` may go from 0 to 1; a quarter of what each `fit` shows
            if left out, so that few images adapt as well.
        every: steps between two moves.

    Raises:
        ConfigError: a number out of range.
        ArgumentTypeError: when training begins, a D that has no `p` to move.

    Example:
        >>> import condgan
        >>> data = condgan.load_data("digits")
        >>> G = condgan.ConditionalGenerator(data.classes, data.image_shape, seed=0)
        >>> D = condgan.ConditionalDiscriminator(data.classes, data.image_shape, seed=1)
        >>> D = condgan.Augmented(D, condgan.Augment(translation=0.125), p=0.0)
        >>> adapt = condgan.AdaptAugment(target=0.6, images=20_000)
        >>> trainer = condgan.Trainer(G, D, data.loader(), callbacks=[adapt], seed=0).fit(2)
        >>> 0 <= trainer.history["augment_p"][-1] <= 1
        True
    """

    every_rank = True

    def __init__(self, target: float = 0.6, images: int | None = None, every: int = 4) -> None:
        if not -1 < number_within("target", target) < 1:
            raise ConfigError(f"target is a mean of signs, between -1 and 1; got {target!r}.")
        self.target = target
        self.images = None if images is None else whole_number("images", images)
        self.every = whole_number("every", every)
        self._forget()

    def _forget(self) -> None:
        self._signs: list[Tensor | float] = []
        self._seen = 0

    def on_fit_start(self, state: TrainState) -> None:
        if not isinstance(state.D, Augmented):
            raise ArgumentTypeError(
                f"AdaptAugment moves the p of Augmented(D, augment); D is a "
                f"{type(state.D).__name__}."
            )
        if state.step == 0:
            self._forget()

    def on_batch_end(self, state: TrainState) -> None:
        if "real_sign" not in state.logs:
            raise ConfigError(
                "AdaptAugment reads the log 'real_sign', which Adversarial gives; this run's "
                "algorithm does not."
            )
        self._signs.append(state.logs["real_sign"])
        self._seen += state.batch_images
        if state.step % self.every:
            return
        sign = torch.stack([torch.as_tensor(s, device=state.device) for s in self._signs]).mean()
        p: Any = state.D.p
        images = self.images or self._all_images(state) / 4
        way = torch.sign(sign - self.target).nan_to_num()  # a step that was lost has no sign
        p.add_(way * (self._seen / images)).clamp_(0, 1)
        self._forget()

    @staticmethod
    def _all_images(state: TrainState) -> float:
        """About how many real images this `fit` shows."""
        epochs = state.epochs - state.begun_after
        return epochs * (state.batches or state.epoch_steps) * state.images / state.step

    def on_epoch_end(self, state: TrainState) -> None:
        state.history.record(augment_p=state.D.p)

    def state_dict(self) -> dict[str, Any]:
        return {"signs": [float(sign) for sign in self._signs], "seen": self._seen}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        self._signs, self._seen = list(saved["signs"]), saved["seen"]
