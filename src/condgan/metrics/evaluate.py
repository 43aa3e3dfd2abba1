"""One call that says of each class whether its images are right, varied, new, and useful."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from condgan.arguments import seed_number, whole_number
from condgan.classes import Label
from condgan.data.labelled import LabelledImages
from condgan.errors import ArgumentTypeError, DataError, listed
from condgan.metrics import copies
from condgan.metrics.classifier import Classifier, train_classifier
from condgan.metrics.confusion import Confusion
from condgan.metrics.features import (
    Features,
    cached_classifier,
    classifier_features,
    fingerprint,
    module_features,
    usual_epochs,
)
from condgan.metrics.figures import NAMES, Basis, Figures, Pair
from condgan.metrics.frechet import gaussian_distance
from condgan.metrics.kernel import kernel_distance
from condgan.metrics.manifold import manifold
from condgan.metrics.named import Metrics, measured, metrics_of
from condgan.metrics.real import real_sets
from condgan.metrics.report import Report, Samples
from condgan.metrics.sample import Sample, drawn
from condgan.metrics.spread import spread
from condgan.modes import seeded

KERNEL_SUBSET = 1000
"""Rows of which all pairs are compared at once; of more, random subsets are."""

NEIGHBOURS = 10_000
"""Rows of each side at most among which neighbours are sought, which takes the square of them."""

SHOWN = 8
"""Images of each class that a page shows."""


def evaluate(
    G: Any,
    data: LabelledImages,
    *,
    test: LabelledImages | None = None,
    n: int = 1000,
    features: Features | nn.Module | None = None,
    k: int = 5,
    gan_train: bool = False,
    metrics: Metrics = (),
    seed: int = 0,
    cache: bool = True,
) -> Report:
    """Judges a generator against real images, class by class, on the CPU, without a download.

    A small classifier is trained on the real images (minutes; kept, and found again for the same
    images). It names what was drawn, and its last hidden layer is what distances are taken in.
    Beside each figure stands the same figure of real images that the classifier was not trained
    on. As many images are drawn of a class as there are such real ones, so that the two compare,
    and at most `n`.

    Args:
        G: a generator, or any `sample(labels) -> images` from a list of the user's labels to an
            image `(C, H, W)` for each, in [-1, 1] or as bytes.
        data: the real images it was trained on.
        test: real images that it was not trained on; a quarter of `data`, held out from the
            classifier though not from the generator, if left out.
        n: images drawn of each class, at most.
        features: another network to compare by: a `Features`, or a module from images to rows.
        k: which neighbour `Manifold` looks to.
        gan_train: also train a classifier on what was drawn and test it on real images (CAS:
            Ravuri and Vinyals, 2019, arXiv:1905.10887; GAN-train: Shmelkov and others, 2018,
            arXiv:1807.09499), which takes as long as the first classifier.
        metrics: more figures, each a registered name, such as "within-class-spread" or one that a
            plugin brings, or a function `metric(sample, data)` of a sample and the real images
            trained on that gives a number, or a dict from label to number. The held-out images,
            from the first again where there are too few, are judged by it as well. A dict gives
            functions other names.
        seed: of what is drawn; torch's global stream is left as it was.
        cache: keep the classifier in `$CONDGAN_CACHE` or `~/.cache/condgan`.

    Raises:
        ArgumentTypeError: `G` is neither a generator nor a function, `data` no `LabelledImages`.
        UnknownNameError, PluginError: a metric that there is not, or that gives no numbers.
        LabelError: the data have no classes, or `test` has others.
        DataError: `sample` gives another number or shape of images, or values outside [-1, 1].

    Warns:
        UserWarning: a class has no more real images to compare with than there are features, or
            all that is drawn lies in [0, 1].

    Example:
        >>> import condgan, torch
        >>> data, test = condgan.load_data("digits").subset(range(400)).split(0.25)
        >>> by = torch.nn.AvgPool2d(4)  # 4 numbers an image: few, as the images are
        >>> def copy(labels):  # a "generator" that has learnt its images by heart
        ...     return data.of(labels[0], len(labels))
        >>> report = condgan.evaluate(copy, data, test=test, n=20, features=by, cache=False)
        >>> report.overall.generated.copies
        1.0
    """
    sample = as_sample(G)
    chosen = metrics_of(metrics)
    n = whole_number("n", n, least=2)
    training, held_out = real_sets(data, test)
    measures = {
        name: measured(name, metric, sample, training, held_out, seed_number(seed))
        for name, metric in chosen.items()
    }
    judge, name = cached_classifier(training, cache=cache)
    by = _as_features(features, judge, name)
    with seeded(seed_number(seed)):
        groups = [_Group(sample, label, training, held_out, n, by) for label in judge.classes]
    _warn_of_few(groups)
    _warn_of_range(groups)
    asked = torch.arange(len(groups))
    named = [judge.predict(group.made) for group in groups]
    named_real = [judge.predict(group.held_out) for group in groups]
    classes = {
        group.label: Pair(
            group.figures(group.made, group.made_rows, named[i] == asked[i], k),
            group.figures(group.held_out, group.held_out_rows, named_real[i] == asked[i], k),
        )
        for i, group in enumerate(groups)
    }
    within = Pair(
        _mean([pair.generated for pair in classes.values()]),
        _mean([pair.real for pair in classes.values()]),
    )
    return Report(
        name=data.name,
        basis=Basis(
            features=by.name,
            resize=by.resize,
            data=f"{fingerprint(training)}-{fingerprint(held_out)}",
            drawn=n,
            compared=tuple(len(group.held_out) for group in groups),
            k=k,
            seed=seed,
        ),
        overall=_overall(groups, within, k),
        within=within,
        classes=classes,
        confusion=Confusion.of(named),
        classifier_accuracy=_share(
            judge.predict(held_out.floats()) == held_out.labels,
        ),
        resampled_coverage=_mean_of([group.resampled_coverage(k) for group in groups]),
        gan_train=_gan_train(groups, training, held_out, seed) if gan_train else None,
        samples={group.label: group.samples() for group in groups},
        measures=measures,
    )


class _Group:
    """The images of one class: drawn, real and held out, and real to compare both with."""

    def __init__(
        self,
        sample: Sample,
        label: Label,
        training: LabelledImages,
        held_out: LabelledImages,
        n: int,
        by: Features,
    ) -> None:
        self.label = label
        self.training = training.of(label)
        # From a stream of its own: what is compared with must not hang on how much chance a
        # generator uses up, nor what is compared on the order in which it draws.
        own = torch.Generator().manual_seed(0)
        self.reference = self.training[torch.randperm(len(self.training), generator=own)[:n]]
        self.held_out = held_out.of(label, n)
        self.made = drawn(sample, label, n)[torch.randperm(n, generator=own)]
        if self.made.shape[1:] != self.training.shape[1:]:
            raise DataError(
                f"sample(labels) gave images of shape {tuple(self.made.shape[1:])}; the real ones "
                f"are {tuple(self.training.shape[1:])}."
            )
        # As many as there are real ones, since most distances depend on the number.
        self.made_rows = by(self.made[: len(self.held_out)]).double()
        self.held_out_rows = by(self.held_out).double()
        self.reference_rows = by(self.reference).double()
        self.real_spread = spread(self.reference)
        self.within = math.nan
        if len(self.training) and len(self.held_out):
            self.within = copies.copy_distance(self.held_out, self.training)

    def figures(self, images: Tensor, rows: Tensor, right: Tensor, k: int) -> Figures:
        """All that can be measured of `images` of this class."""
        found = replace(
            distances(self.reference_rows, rows, k),
            accuracy=_share(right),
            spread=spread(images) / self.real_spread if self.real_spread > 0 else math.nan,
        )
        if math.isnan(self.within):
            return found
        alike = images[: len(self.held_out)]  # the more images, the more of them have a twin
        return replace(
            found,
            copies=copies.share_of_copies(images, self.training, self.within),
            duplicates=copies.share_of_duplicates(alike, self.within),
        )

    def resampled_coverage(self, k: int) -> float:
        """Coverage of the held-out images drawn with repetition, as a resampler draws them."""
        m = len(self.held_out_rows)
        if min(m, len(self.reference_rows)) <= k:
            return math.nan
        own = torch.Generator().manual_seed(0)
        rounds = max(1, min(8, 500 // m))
        found = [
            manifold(
                self.reference_rows, self.held_out_rows[torch.randint(m, (m,), generator=own)], k
            ).coverage
            for _ in range(rounds)
        ]
        return sum(found) / rounds

    def samples(self) -> Samples:
        """Some drawn images, and the training image nearest to each."""
        shown = self.made[:SHOWN]
        if not len(self.training):
            return Samples(shown, shown[:0])
        return Samples(shown, self.training[copies.nearest(shown, self.training)[1]])


def distances(reference: Tensor, rows: Tensor, k: int) -> Figures:
    """The figures that compare features with features; NaN where there are too few."""
    if min(len(reference), len(rows)) < 2:
        return Figures()
    # All rows at once say the same with less noise, while there is memory for all pairs.
    subset = KERNEL_SUBSET if min(len(reference), len(rows)) > KERNEL_SUBSET else None
    found = Figures(
        frechet=gaussian_distance(reference, rows),
        kernel=kernel_distance(reference, rows, subset=subset, subsets=10),
    )
    if min(len(reference), len(rows)) <= k:
        return found
    return replace(found, **manifold(_some(reference), _some(rows), k)._asdict())


def _some(rows: Tensor) -> Tensor:
    """Rows drawn at random, always the same ones, if there are more than `NEIGHBOURS`."""
    own = torch.Generator().manual_seed(0)
    order = torch.randperm(len(rows), generator=own)
    return rows if len(rows) <= NEIGHBOURS else rows[order[:NEIGHBOURS]]


def as_sample(G: Any) -> Sample:
    """A generator's `generate`, or the function itself."""
    if callable(getattr(G, "generate", None)):
        G = G.generate
    if not callable(G):
        raise ArgumentTypeError(
            "evaluate takes a generator or a function sample(labels) -> images; "
            f"got a {type(G).__name__}."
        )
    sample: Sample = G
    return sample


def _as_features(given: Features | nn.Module | None, judge: Classifier, name: str) -> Features:
    if given is None:
        return classifier_features(judge, name)
    if isinstance(given, Features):
        return given
    if isinstance(given, nn.Module):
        return module_features(given)
    raise ArgumentTypeError(
        f"features must be Features or a torch module; got a {type(given).__name__}."
    )


def _overall(groups: list[_Group], within: Pair, k: int) -> Pair:
    """Distances over all classes at once; what only makes sense within a class, as the mean."""
    reference = torch.cat([group.reference_rows for group in groups])

    def side(rows: Tensor, means: Figures) -> Figures:
        return replace(
            distances(reference, rows, k),
            accuracy=means.accuracy,
            spread=means.spread,
            copies=means.copies,
            duplicates=means.duplicates,
        )

    return Pair(
        side(torch.cat([group.made_rows for group in groups]), within.generated),
        side(torch.cat([group.held_out_rows for group in groups]), within.real),
    )


def _mean(found: list[Figures]) -> Figures:
    """Means over classes, of those that could be measured."""

    return Figures(**{name: _mean_of([getattr(f, name) for f in found]) for name in NAMES})


def _mean_of(values: list[float]) -> float:
    measured = [value for value in values if not math.isnan(value)]
    return sum(measured) / len(measured) if measured else math.nan


def _share(right: Tensor) -> float:
    return float(right.double().mean()) if len(right) else math.nan


def _warn_of_range(groups: list[_Group]) -> None:
    low = min(float(group.made.min()) for group in groups)
    high = max(float(group.made.max()) for group in groups)
    if low >= 0 and high > 0 and any((group.reference < 0).any() for group in groups):
        warnings.warn(
            f"all that was drawn lies in [{low:g}, {high:g}], but real images lie in [-1, 1]. "
            "If these are in [0, 1], give images * 2 - 1.",
            stacklevel=3,
        )


def _warn_of_few(groups: list[_Group]) -> None:
    width = groups[0].made_rows.shape[1]
    few = [group.label for group in groups if len(group.held_out) <= width]
    if few:
        warnings.warn(
            f"classes {listed(few)} have no more real images to compare with than there are "
            f"features ({width}): their distances are too large; read them beside the real "
            "figures, which are too large alike.",
            stacklevel=3,
        )


def _gan_train(
    groups: list[_Group], training: LabelledImages, held_out: LabelledImages, seed: int
) -> tuple[float, float]:
    """Accuracy on real images after training on generated ones, and on as many real ones."""
    made = LabelledImages(
        torch.cat([group.made for group in groups]),
        torch.cat([torch.full((len(group.made),), i) for i, group in enumerate(groups)]),
        training.classes,
    )
    count = min(len(made), len(training))
    found = []
    for source in (made, training):
        order = torch.randperm(len(source), generator=torch.Generator().manual_seed(seed))
        some = source.subset(order[:count])
        classifier = train_classifier(some, usual_epochs(count), seed=seed)
        found.append(_share(classifier.predict(held_out.floats()) == held_out.labels))
    return found[0], found[1]
