"""Rows of pixels, an image each, in the shape of images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from condgan.errors import DataError


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
    pixels = rows.shape[1]
    if image_shape is None:
        side = math.isqrt(pixels)
        if side * side != pixels or not pixels:
            raise DataError(
                f"{source} has {pixels} pixels a row, which make no square; give their shape: "
                "image_shape=(channels, height, width)."
            )
        image_shape = (1, side, side)
    if len(image_shape) != 3 or math.prod(image_shape) != pixels or min(image_shape) < 1:
        raise DataError(
            f"image_shape={tuple(image_shape)} does not fit {source}: it has {pixels} pixels a "
            "row, and image_shape is (channels, height, width) with that product."
        )
    # Tables often write 255 as 2.55e+02.
    if rows.dtype.kind == "f" and rows.size and rows.max() > 1 and (rows == np.rint(rows)).all():
        rows = rows.astype(np.int32)
    return rows.reshape(-1, *image_shape)
