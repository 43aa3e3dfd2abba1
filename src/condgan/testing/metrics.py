"""`check_metric`: what a metric must hold."""

from __future__ import annotations

from typing import Any

from condgan.metrics.named import figures_of, repeated
from condgan.modes import seeded
from condgan.testing.faults import check_pickle, fault, faults_of, global_streams_untouched, named
from condgan.testing.runs import quiet, tiny_images

EACH = 12
"""Real images of a class."""


def check_metric(metric: Any) -> None:
    """Whether a metric is a number, or one for each class, and the same each time.

    It is called as `metric(sample, data)`: with a function from a list of labels to an image for
    each, and the real images, a `LabelledImages`.

    Args:
        metric: a registered name, or the function.

    Raises:
        PluginError: the first fault that was found, and what to do about it.

    Example:
        >>> from condgan.testing import check_metric
        >>> check_metric("within-class-spread")
    """
    what, metric = named("metric", metric)
    with faults_of(what), seeded(0), quiet():
        check_pickle(what, metric)
        data = tiny_images(EACH)
        before = data.images.clone()
        with global_streams_untouched(what):
            found, again = (metric(repeated(data), data) for _ in range(2))
        figures_of(what, found, data.counts())
        if repr(found) != repr(again):
            raise fault(
                what,
                f"of the same images it gives {found!r} and then {again!r}. What it draws, it "
                "draws from a seed.",
            )
        if not data.images.equal(before):
            raise fault(what, "it changes the real images that it is given.")
