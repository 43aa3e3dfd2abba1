"""Do generated images help a classifier? Measured on real images, and said with its doubt."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from condgan.arguments import whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ArgumentTypeError, ConfigError, DataError
from condgan.metrics.augmentation import jittered
from condgan.metrics.classifier import Classifier, train_classifier
from condgan.metrics.features import usual_epochs
from condgan.metrics.findings import ARMS, ROUNDS, Outcome, Study, named
from condgan.metrics.real import real_sets
from condgan.metrics.sample import Sample, drawn

BATCH = 128


def study(
    data: LabelledImages,
    make: Callable[[LabelledImages, int], Sample],
    *,
    test: LabelledImages | None = None,
    seeds: int = 3,
    per_class: int | None = None,
    epochs: int | None = None,
    doubt: float = 0.5,
    progress: Callable[[str], None] | None = None,
) -> Study:
    """Says whether generated images make a classifier of uneven data better, or simpler means do.

    For each seed the same network is trained seven times, from the same weights and with the same
    number of steps, on

    - `real`: the real images,
    - `augmented`: the same, shifted, turned and resized slightly (see `jittered`),
    - `re-weighted`: the same, every class drawn equally often,
    - `both`: augmented and re-weighted, usually the best that can be had without a generator,
    - `generated`: the same, every class topped up with drawn images to `per_class`,
    - `filtered`: as `generated`, without the drawn images that the classifier of real images
      doubts. Others are drawn in their place, at most 5 times; a class may stay short of images,
    - `combined`: the filtered images, augmented and re-weighted: next to `both` it shows what the
      drawn images are worth to somebody who uses every simple means already.

    Each is tested on real images that neither it nor the generator has seen. Topping up the rare
    classes is after Mariani and others, "BAGAN" (2018, arXiv:1803.09655); choosing
    among what was drawn by confidence in its label is after Bhattarai and others, "Sampling
    strategies for GAN synthetic data" (2020, arXiv:1909.04689).

    Args:
        data: real images with classes.
        make: trains a generator, `make(training, seed)`, and returns `sample(labels) -> images`,
            such as `G.generate`. It must use nothing but the training images it is given.
        test: real images to test on. If left out, a quarter of each class of `data` is held out
            anew for each seed.
        seeds: how often all is repeated. One gives no interval.
        per_class: images of each class after topping up, as many as the largest class has if left
            out. A class that has more keeps them.
        epochs: passes over the topped-up images, from which the number of steps follows; chosen
            by their number if left out.
        doubt: the least probability, from 0 to 1, of the class asked for that keeps an image.
        progress: told in a few words, such as to `print`, what is being done.

    Raises:
        ArgumentTypeError: `data` is no `LabelledImages`, `make` or what it returns no function.
        LabelError: the data have no classes, or `test` has others.
        DataError: a class has no image to train or to test on, or `sample` gives another number
            or shape of images, or values outside [-1, 1].
        ConfigError: `seeds`, `per_class`, `epochs` or `doubt` cannot work, or no class needs
            topping up.

    Example:
        >>> import condgan
        >>> from condgan.metrics.study import study
        >>> data = condgan.load_data("digits")
        >>> uneven = data.subset([i for i, y in enumerate(data.labels) if y != 3 or i < 300])
        >>> def make(training, seed):  # a "generator" that knows one image of each class
        ...     return lambda labels: training.of(labels[0], 1).repeat(len(labels), 1, 1, 1)
        >>> found = study(uneven, make, seeds=1, epochs=1)
        >>> found.verdict()[0]
        'One seed gives no interval: whether a difference is luck, it cannot say. Take 3 or more.'
    """
    if not callable(make):
        raise ArgumentTypeError(
            "make is a function make(training_data, seed) that returns sample(labels) -> images; "
            f"got a {type(make).__name__}."
        )
    seeds = whole_number("seeds", seeds)
    if not isinstance(doubt, (int, float)) or not 0 <= doubt <= 1:
        raise ConfigError(f"doubt is a probability from 0 to 1; got {doubt!r}.")
    training, held_out = _parts(data, test, seed=0)  # others are of the same sizes
    counts = training.counts()
    per_class = _topped_up_size(counts, per_class)
    total = sum(max(count, per_class) for count in counts.values())
    epochs = usual_epochs(total) if epochs is None else whole_number("epochs", epochs)
    batch_size = min(BATCH, len(training))
    steps = epochs * math.ceil(total / batch_size)
    runs = []
    for seed in range(seeds):
        run = _Run(*_parts(data, test, seed), seed, steps, batch_size, progress or _silent)
        with torch.random.fork_rng(devices=[]):
            runs.append(run.outcomes(make, per_class, doubt))
    return Study(
        name=data.name,
        counts=counts,
        tested=held_out.counts(),
        per_class=per_class,
        steps=steps,
        doubt=float(doubt),
        seeds=seeds,
        resplit=test is None,
        results={arm: tuple(run[arm] for run in runs) for arm in ARMS},
    )


def _silent(said: str) -> None:
    """What is told of progress if nobody asked."""


class _Run:
    """The seven classifiers of one seed."""

    def __init__(
        self,
        training: LabelledImages,
        held_out: LabelledImages,
        seed: int,
        steps: int,
        batch_size: int,
        progress: Callable[[str], None],
    ) -> None:
        self.training = training
        self.held_out = held_out
        self.seed = seed
        self.steps = steps
        self.batch_size = batch_size
        self.progress = progress

    def outcomes(
        self, make: Callable[[LabelledImages, int], Sample], per_class: int, doubt: float
    ) -> dict[str, Outcome]:
        """What came out, by arm. Seeds the global stream, which the caller puts back."""
        self.progress(f"seed {self.seed}: training a generator")
        torch.default_generator.manual_seed(self.seed)
        sample = _as_sample(make(self.training, self.seed))
        # Again, so that what is drawn does not hang on how much chance the training used up.
        torch.default_generator.manual_seed(self.seed)
        wanted = {
            label: per_class - count
            for label, count in self.training.counts().items()
            if count < per_class
        }
        made = {label: self._drawn(sample, label, n) for label, n in wanted.items()}
        judge = self._trained("real", self.training)
        found = {"real": self._tested(judge, {})}
        both = {"augment": jittered, "balanced": True}
        simpler: dict[str, dict[str, Any]] = {
            "augmented": {"augment": jittered},
            "re-weighted": {"balanced": True},
            "both": both,
        }
        for arm, how in simpler.items():
            found[arm] = self._tested(self._trained(arm, self.training, **how), {})
        kept = {label: self._kept(judge, sample, label, made[label], doubt) for label in wanted}
        topped_up: dict[str, tuple[dict[Label, Tensor], dict[str, Any]]] = {
            "generated": (made, {}),
            "filtered": (kept, {}),
            "combined": (kept, both),
        }
        for arm, (images, how) in topped_up.items():
            found[arm] = self._tested(self._trained(arm, self._with(images), **how), images)
        return found

    def _trained(self, arm: str, data: LabelledImages, **how: Any) -> Classifier:
        self.progress(f"seed {self.seed}: training a classifier, {arm}")
        return train_classifier(
            data, batch_size=self.batch_size, seed=self.seed, steps=self.steps, **how
        )

    def _tested(self, classifier: Classifier, added: dict[Label, Tensor]) -> Outcome:
        right = classifier.predict(self.held_out.floats()) == self.held_out.labels
        labels = classifier.classes.labels
        by_class = [right[self.held_out.labels == index] for index in range(len(labels))]
        return Outcome(
            recall=tuple(float(part.double().mean()) for part in by_class),
            accuracy=float(right.double().mean()),
            added=tuple(len(added.get(label, ())) for label in labels),
            right=tuple(bytes(part.tolist()) for part in by_class),
        )

    def _drawn(self, sample: Sample, label: Label, n: int) -> Tensor:
        images = drawn(sample, label, n)
        if images.shape[1:] != self.training.images.shape[1:]:
            raise DataError(
                f"the real images have shape {self.training.image_shape}; "
                f"sample gives {tuple(images.shape[1:])}."
            )
        return images

    def _kept(
        self, judge: Classifier, sample: Sample, label: Label, images: Tensor, doubt: float
    ) -> Tensor:
        """Those of `images` that the judge names `label`, and others for those it does not."""
        index = judge.classes.id(label)
        wanted = len(images)
        kept = images[judge.probabilities(images)[:, index] >= doubt]
        for _ in range(ROUNDS):
            if len(kept) == wanted:
                break
            more = self._drawn(sample, label, wanted - len(kept))
            kept = torch.cat([kept, more[judge.probabilities(more)[:, index] >= doubt]])
        return kept

    def _with(self, added: dict[Label, Tensor]) -> LabelledImages:
        """The training images and the added ones."""
        real = self.training
        ids = [real.classes.canonical([label] * len(rows)) for label, rows in added.items()]
        return LabelledImages(
            torch.cat([real.floats(), *added.values()]),
            torch.cat([real.labels, *ids]),
            real.classes,
            real.name,
        )


def _as_sample(made: Any) -> Sample:
    sample: Any = getattr(made, "generate", made)
    if not callable(sample):
        raise ArgumentTypeError(
            "make(training_data, seed) must return a function sample(labels) -> images, such as "
            f"G.generate; it returned a {type(made).__name__}."
        )
    found: Sample = sample
    return found


def _parts(
    data: LabelledImages, test: LabelledImages | None, seed: int
) -> tuple[LabelledImages, LabelledImages]:
    """Real images to train and to test on, with all classes in both."""
    training, held_out = real_sets(data, test, seed)
    for part, purpose in ((training, "train"), (held_out, "test")):
        empty = [label for label, count in part.counts().items() if not count]
        if empty:
            raise DataError(
                f"there is no image to {purpose} on of {named(tuple(empty))}. "
                + ("Two of each class are needed" if test is None else "One of each is needed")
                + ", or leave the class out."
            )
    return training, held_out


def _topped_up_size(counts: dict[Label, int], per_class: int | None) -> int:
    least, most = min(counts.values()), max(counts.values())
    size = most if per_class is None else whole_number("per_class", per_class)
    if size <= least:
        raise ConfigError(
            f"nothing would be generated: every class has at least {least} images to train on, "
            f"and per_class is {size}. Say per_class={2 * most}, or any other above {least}."
        )
    return size
