"""Pixels as they come in: their layout, and the range that means black to white."""

from __future__ import annotations

import warnings
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from torch import Tensor

from condgan.data.readers.decode import WHITE, Decoder
from condgan.data.readers.needed import RangeNeededError
from condgan.data.readers.stack import as_array, stacked
from condgan.data.readers.value_range import ends_of
from condgan.errors import ArgumentTypeError, ConfigError, DataError

Array: TypeAlias = np.ndarray[Any, Any]
Layout: TypeAlias = Literal["NCHW", "NHWC"]

CHANNELS = (1, 3, 4)
"""Numbers of channels by which a layout is recognised: gray, RGB, RGBA."""

DIM = 64
"""uint8 images that are nowhere brighter than this were probably not meant as 0..255."""

FEW = 2**20
"""Numbers that are scaled at a time, each of which takes 8 bytes for as long."""

ROUNDING = 1e-6
"""How far arithmetic may carry a float over the end of its range."""


def as_images(
    values: Any,
    *,
    layout: Layout | None = None,
    value_range: tuple[float, float] | None = None,
    copy: bool = True,
) -> Tensor:
    """Pixels of any layout and range as condgan's own; see `read_arrays` for the rules.

    Args:
        values: `(N, H, W)`, `(N, C, H, W)` or `(N, H, W, C)` as array, tensor or list; or a list
            of Pillow images.
        layout: where the channels are, if the shape does not tell.
        value_range: the values that mean black and white, if the type does not tell.
        copy: False where nobody else holds `values`, a pile of a whole set of files perhaps.

    Returns:
        `(N, C, H, W)`: uint8 in 0..255 or float32 in [-1, 1], sharing no memory with `values`
        unless `copy` is False.

    Raises:
        DataError: a shape or values that cannot be understood.
        ArgumentTypeError: what was given holds no numbers.
        ConfigError: an unknown layout, or a range that is none.
    """
    if isinstance(values, list | tuple):
        pile = stacked(values, Decoder(value_range=value_range))
        values = pile.values
        layout = pile.layout or layout
        value_range = pile.value_range or value_range
    return _in_range(_channels_first(_numbers(values), layout), value_range, copy)


def _numbers(values: Any) -> Array:
    array = as_array(values)
    if array.dtype.kind not in "buif":
        raise ArgumentTypeError(
            f"images must be numbers; got {type(values).__name__} of type {array.dtype}."
        )
    return array


def _channels_first(array: Array, layout: Layout | None) -> Array:
    if layout not in (None, "NCHW", "NHWC"):
        raise ConfigError(f'layout must be "NCHW" or "NHWC"; got {layout!r}.')
    if array.ndim == 3:
        return array[:, None]
    if array.ndim != 4:
        raise DataError(
            f"images must have shape (N, H, W), (N, C, H, W) or (N, H, W, C); got {array.shape}. "
            "Give flat pixels their shape first: X.reshape(-1, 1, height, width)."
        )
    _, a, b, c = array.shape
    first, last = a in CHANNELS, c in CHANNELS
    if first and last and (min(b, c) > 1) != (min(a, b) > 1):
        # Only one of the two readings makes more than a line of pixels.
        first, last = min(b, c) > 1, min(a, b) > 1
    if layout is None and first == last:
        reason = (
            "could be channels first or last"
            if first
            else "has no axis of 1, 3 or 4 channels, neither second nor last"
        )
        raise DataError(
            f'images of shape {array.shape}: this {reason}. Say which: layout="NCHW" or "NHWC".'
        )
    if layout == "NHWC" or (layout is None and last):
        return array.transpose(0, 3, 1, 2)
    return array


def _in_range(array: Array, value_range: tuple[float, float] | None, copy: bool) -> Tensor:
    if not array.size:
        return torch.zeros(array.shape, dtype=torch.uint8)
    if array.dtype.kind == "b":
        array = array.astype(np.uint8) * 255
    if array.dtype.kind == "f":
        _refuse_non_finite(array)
    if value_range is not None:
        return _from_range(array, value_range, copy)
    low, high = float(array.min()), float(array.max())
    if array.dtype == np.uint8:
        if high < DIM:
            warnings.warn(
                f"the brightest value of these uint8 images is {high:g}, which is nearly black on "
                "the scale of 0..255. If they have another range, say so: "
                f"value_range=(0, {max(high, 1):g}).",
                stacklevel=4,
            )
        return _owned(array, np.uint8, copy)
    if array.dtype.kind in "iu":
        if low < 0 or not 127 < high <= 255:
            raise _unclear(f"whole numbers ({array.dtype})", low, high, "0 to 255")
        return _owned(array, np.uint8, copy)
    return _from_floats(array, low, high, copy)


def _from_floats(array: Array, low: float, high: float, copy: bool) -> Tensor:
    if low < -1 - ROUNDING or high > 1 + ROUNDING:
        raise _unclear("floats", low, high, "[-1, 1], or [0, 1]")
    images = _owned(array, np.float32, copy)
    if low >= 0:
        images.mul_(2).sub_(1)
    return images.clamp_(-1, 1)


def _unclear(kind: str, low: float, high: float, usual: str) -> RangeNeededError:
    fits = (min(low, 0), high if high > min(low, 0) else 1)
    return RangeNeededError(
        f"images are {kind} from {low:g} to {high:g}; without more they are taken to lie in "
        f"{usual}. Say which values mean black and white: value_range=(low, high), perhaps "
        f"value_range=({fits[0]:g}, {fits[1]:g}).",
        {"value_range": fits},
    )


def _from_range(array: Array, value_range: tuple[float, float], copy: bool) -> Tensor:
    low, high = ends_of(value_range)
    # Rounding grows with the numbers themselves.
    slack = ROUNDING * max(abs(low), abs(high)) if array.dtype.kind == "f" else 0
    if array.min() < low - slack or array.max() > high + slack:
        outside = (array < low - slack) | (array > high + slack)
        index = tuple(int(i) for i in np.argwhere(outside)[0])
        raise RangeNeededError(
            f"images go from {array.min():g} to {array.max():g}, outside "
            f"value_range=({low:g}, {high:g}); the first such value is {array[index]:g} at "
            f"(image, channel, row, column) {index}.",
            {"value_range": (min(low, float(array.min())), max(high, float(array.max())))},
        )
    if array.dtype.kind in "iu" and (low, high) == (0, WHITE):
        return _owned(array, np.uint8, copy)
    images = np.empty(array.shape, np.float32)
    few = max(1, FEW // array[0].size)
    for start in range(0, len(array), few):
        part = array[start : start + few].astype(np.float64)
        images[start : start + few] = (part - low) * (2 / (high - low)) - 1
    return torch.from_numpy(images).clamp_(-1, 1)


def _refuse_non_finite(array: Array) -> None:
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(
            f"images must be finite; the value at (image, channel, row, column) {index} is "
            f"{array[index]} ({int((~finite).sum())} such in all). Repair or leave out image "
            f"{index[0]}."
        )


def _owned(array: Array, dtype: type[np.generic], copy: bool = True) -> Tensor:
    """A copy, if wanted or needed: torch takes neither negative strides nor foreign byte order."""
    if copy:
        return torch.from_numpy(np.array(array, dtype=dtype, order="C"))
    return torch.from_numpy(np.ascontiguousarray(array, dtype=dtype))
