"""Many single images as one array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from condgan.data.readers.decode import DEEP, Decoder
from condgan.errors import ArgumentTypeError, DataError


class Pile(NamedTuple):
    """Images of one shape, and what is known of their meaning."""

    values: np.ndarray[Any, Any]
    layout: Literal["NHWC"] | None = None
    value_range: tuple[float, float] | None = None


def stacked(images: Sequence[Any], called: Callable[[int], str] = "image {}".format) -> Pile:
    """Single images as one array; Pillow images are decoded, all else keeps its layout and range.

    Args:
        images: N arrays, tensors or nested lists of one shape, or N Pillow images of one size.
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
        decode = Decoder()
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
    sizes = [picture.shape[:2] for picture in pictures]
    _refuse_other_shapes(sizes, called, "make them one size: image_size=28, or image_size=(h, w)")
    channels = max((picture.shape[2] for picture in pictures), default=1)
    deep = any(picture.dtype == np.uint16 for picture in pictures)
    out = np.empty(
        (len(pictures), *(sizes[0] if sizes else (1, 1)), channels), np.uint16 if deep else np.uint8
    )
    for row, picture in zip(out, pictures, strict=True):
        row[:] = picture
        if deep and picture.dtype == np.uint8:
            row *= DEEP // 255
    return Pile(out, "NHWC", (0, DEEP if deep else 255))


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
    _refuse_other_shapes([array.shape for array in arrays], called, "resize them beforehand")
    return np.stack(arrays) if arrays else np.empty((0, 1, 1))


def _refuse_other_shapes(
    shapes: Sequence[tuple[int, ...]], called: Callable[[int], str], way_out: str
) -> None:
    other = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
    if other is not None:
        raise DataError(
            f"images differ in size: {called(0)} is {_text(shapes[0])} but {called(other)} is "
            f"{_text(shapes[other])}; {way_out}."
        )


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
