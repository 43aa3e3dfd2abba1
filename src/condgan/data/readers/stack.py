"""Many single images as one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from condgan.data.readers.decode import DEEP, WHITE, Decoder
from condgan.data.readers.needed import SizeNeededError
from condgan.errors import ArgumentTypeError, DataError


class Pile(NamedTuple):
    """Images of one shape, and what is known of their meaning."""

    values: np.ndarray[Any, Any]
    layout: Literal["NCHW", "NHWC"] | None = None
    value_range: tuple[float, float] | None = None


def stacked(
    images: Sequence[Any], decode: Decoder, called: Callable[[int], str] = "image {}".format
) -> Pile:
    """Single images as one array; Pillow images are decoded, all else keeps its layout and range.

    Args:
        images: N arrays, tensors or nested lists of one shape, or N Pillow images of one size.
        decode: how, those that are.
        called: what to call image i in a message.

    Raises:
        DataError: shapes or sizes differ; two images are named.
        ArgumentTypeError: an image that is none of these.
    """
    # A Pillow image is known by its attributes, so that arrays never cost the import of Pillow.
    pictures = [hasattr(image, "getbands") for image in images]
    if any(pictures):
        if not all(pictures):
            raise ArgumentTypeError(
                f"{called(pictures.index(True))} is a Pillow image but "
                f"{called(pictures.index(False))} is {type(images[pictures.index(False)]).__name__}"
                "; give images of one kind."
            )
        return stacked_pictures([decode(image) for image in images], called)
    return Pile(_same_shape([_single(image, i, called) for i, image in enumerate(images)], called))


def stacked_pictures(
    pictures: Sequence[np.ndarray[Any, Any]], called: Callable[[int], str]
) -> Pile:
    """What `Decoder` made of N pictures as one array `(N, H, W, C)`.

    Gray pictures among coloured ones become coloured, 8-bit ones among 16-bit ones 16-bit.

    Raises:
        DataError: sizes differ; two pictures are named.
    """
    stack = Stack(len(pictures), called)
    for picture in pictures:
        stack.add(picture)
    return stack.pile()


class Stack:
    """Pictures of one size, put one by one into an array that is allocated once.

    It is made anew only where the first coloured picture comes after gray ones, or the first of
    16 bits after others: what is there already becomes as that one.

    Args:
        room: how many pictures fit in.
        called: what to call picture i in a message, counted over all that were ever added.

    Example:
        >>> stack = Stack(2)
        >>> stack.add(np.full((4, 4, 1), 9, np.uint8))
        >>> stack.add(np.zeros((4, 4, 3), np.uint8))
        >>> stack.pile().values[0, 0, 0].tolist()
        [9, 9, 9]
    """

    def __init__(self, room: int, called: Callable[[int], str] = "image {}".format) -> None:
        self.room = room
        self.called = called
        self.count = 0
        self._before = 0
        self._values = _room(0, (1, 1), 1, np.dtype(np.uint8))
        self._is_new = True

    @property
    def full(self) -> bool:
        """Whether the next picture would not fit in."""
        return self.count == self.room

    def add(self, picture: np.ndarray[Any, Any]) -> None:
        """Puts in what `Decoder` made of a picture, uint8 or uint16 `(H, W, C)`.

        Raises:
            DataError: another size than the first.
        """
        if self._is_new:
            self._values = _room(self.room, picture.shape[:2], picture.shape[2], picture.dtype)
            self._is_new = False
        _, height, width, channels = self._values.shape
        if picture.shape[:2] != (height, width):
            which = self._before + self.count
            raise _other_size((height, width), picture.shape[:2], which, self.called)
        kind = np.promote_types(self._values.dtype, picture.dtype)
        if picture.shape[2] > channels or kind != self._values.dtype:
            wider = _room(self.room, (height, width), max(channels, picture.shape[2]), kind)
            _fill(wider[: self.count], self._values[: self.count])
            self._values = wider
        _fill(self._values[self.count], picture)
        self.count += 1

    def pile(self) -> Pile:
        """What is in it, `(N, H, W, C)`; it shares the stack's memory."""
        white = DEEP if self._values.dtype == np.uint16 else WHITE
        return Pile(self._values[: self.count], "NHWC", (0, white))

    def clear(self) -> None:
        """Makes room for others, in the memory of those that were in it."""
        self._before += self.count
        self.count = 0


def _room(
    count: int, size: tuple[int, ...], channels: int, kind: np.dtype[Any]
) -> np.ndarray[Any, Any]:
    """`(N, H, W, C)`, which lies in memory as `(N, C, H, W)`: nobody need turn it around later."""
    return np.empty((count, channels, *size), kind).transpose(0, 2, 3, 1)


def _fill(target: np.ndarray[Any, Any], pictures: np.ndarray[Any, Any]) -> None:
    target[:] = pictures
    if target.dtype != pictures.dtype:
        target *= DEEP // WHITE


def as_array(image: Any) -> np.ndarray[Any, Any]:
    """A tensor, array or nested list as an array, which may share its memory."""
    if isinstance(image, Tensor):
        image = image.detach().cpu()
        # numpy has no bfloat16.
        image = (image.float() if image.dtype == torch.bfloat16 else image).numpy()
    array: np.ndarray[Any, Any] = np.asarray(image)
    return array


def _single(image: Any, index: int, called: Callable[[int], str]) -> np.ndarray[Any, Any]:
    try:
        return as_array(image)
    except ValueError:
        raise DataError(f"{called(index)} has rows of different lengths.") from None


def _same_shape(
    arrays: list[np.ndarray[Any, Any]], called: Callable[[int], str]
) -> np.ndarray[Any, Any]:
    other = next((i for i, array in enumerate(arrays) if array.shape != arrays[0].shape), None)
    if other is not None:
        said = _differ(arrays[0].shape, arrays[other].shape, other, called)
        raise DataError(f"{said}; resize them beforehand.")
    return np.stack(arrays) if arrays else np.empty((0, 1, 1))


def _other_size(
    first: tuple[int, ...], shape: tuple[int, ...], index: int, called: Callable[[int], str]
) -> SizeNeededError:
    return SizeNeededError(
        f"{_differ(first, shape, index, called)}; make them one size: image_size=28, or "
        "image_size=(h, w).",
        {"image_size": fitting_size(min(first + shape))},
    )


def fitting_size(shorter: int) -> int:
    """A side length to resize to: a multiple of 8, from 8 to 64, up to a usual shorter side."""
    return max(8, min(64, shorter // 8 * 8))


def _differ(
    first: tuple[int, ...], shape: tuple[int, ...], index: int, called: Callable[[int], str]
) -> str:
    return (
        f"images differ in size: {called(0)} is {_text(first)} but {called(index)} is "
        f"{_text(shape)}"
    )


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
