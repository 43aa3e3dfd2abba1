"""Rows of pixels, an image each, in the shape of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from condgan.errors import DataError

EXACT = 2**24
"""Beyond it float32 has no longer every whole number."""


def unflattened(
    rows: np.ndarray[Any, Any], image_shape: Sequence[int] | None, source: str
) -> np.ndarray[Any, Any]:
    """Pixels `(N, P)` as `(N, C, H, W)`; floats that are whole numbers over 1 become such.

    Args:
        rows: N rows of P pixels, all of channel 0 first.
        image_shape: `(channels, height, width)`; left out, P must be a square and the images gray.
        source: what to call them in messages.

    Raises:
        DataError: P pixels do not make that shape.

    Example:
        >>> unflattened(np.zeros((5, 16)), None, "x").shape
        (5, 1, 4, 4)
    """
    shape = row_shape(rows.shape[1], image_shape, source)
    return as_meant(rows).reshape(-1, *shape)


def row_shape(pixels: int, image_shape: Sequence[int] | None, source: str) -> tuple[int, int, int]:
    """The shape of an image of so many pixels; arguments and errors as for `unflattened`."""
    if image_shape is None:
        side = math.isqrt(pixels)
        if side * side != pixels or not pixels:
            one_more = (
                f" One fewer would be {side} x {side}: if a column numbers the rows, delete it."
                if side and side * side == pixels - 1
                else ""
            )
            raise DataError(
                f"{source} has {pixels} pixels a row, which make no square; give their shape: "
                f"image_shape=(channels, height, width).{one_more}"
            )
        return (1, side, side)
    if len(image_shape) != 3 or math.prod(image_shape) != pixels or min(image_shape) < 1:
        raise DataError(
            f"image_shape={tuple(image_shape)} does not fit {source}: it has {pixels} pixels a "
            "row, and image_shape is (channels, height, width) with that product."
        )
    channels, height, width = image_shape
    return (channels, height, width)


def as_meant(rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Floats such as `2.55e+02`, as tables often write whole numbers, as these."""
    if rows.dtype.kind != "f" or not rows.size or not 1 < rows.max() < EXACT:
        return rows
    whole = rows.min() > -EXACT and (rows == np.rint(rows)).all()
    return rows.astype(np.int32) if whole else rows
