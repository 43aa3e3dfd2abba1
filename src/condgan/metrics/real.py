"""Real images to learn from, and others to compare or to test with."""

from __future__ import annotations

from typing import Any

from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.errors import ArgumentTypeError, LabelError

HELD_OUT = 0.25
"""Share of each class held out if there is no test set."""


def real_sets(
    data: LabelledImages, test: LabelledImages | None, seed: int = 0
) -> tuple[LabelledImages, LabelledImages]:
    """`data` and `test` in terms of the same class ids, or two parts of `data` without a test set.

    Args:
        data, test: labelled images of the same classes, in whatever order, and shape.
        seed: of the choice of what is held out.

    Raises:
        ArgumentTypeError: something else than `LabelledImages`.
        LabelError: data without classes, or a test set of other classes or shape.
    """
    given: Any
    for given in (data,) if test is None else (data, test):
        if not isinstance(given, LabelledImages):
            raise ArgumentTypeError(
                f"real images come as LabelledImages; got a {type(given).__name__}. "
                "load_data(...) makes them."
            )
        if not isinstance(given.classes, Classes):
            raise LabelError(
                f"this works class by class, but the labels of {given.name} are {given.classes!r}."
            )
    if test is None:
        return data.split(HELD_OUT, seed)
    if test.image_shape != data.image_shape:
        raise LabelError(
            f"test images must have the classes and shape of the data, {data.classes!r} and "
            f"{data.image_shape}; got {test.classes!r} and {test.image_shape}."
        )
    try:
        return data, test.in_terms_of(data.classes)
    except LabelError as error:
        raise LabelError(
            f"test images must have the classes and shape of the data: {error}"
        ) from None
