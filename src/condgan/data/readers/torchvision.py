"""MNIST and its relatives, fetched by torchvision."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from condgan.classes import Classes
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import labelled_pixels
from condgan.data.readers.idx import idx_array
from condgan.data.readers.pixels import as_images
from condgan.errors import ConfigError, DataError, FileFormatError, LabelError, listed

SIDE = 28
"""Height and width of every image of this family."""

EMNIST_SPLITS = ("byclass", "bymerge", "balanced", "letters", "digits", "mnist")


def default_root() -> Path:
    """Where data sets are kept: $CONDGAN_DATA, or ~/.cache/condgan/data."""
    return Path(os.environ.get("CONDGAN_DATA") or "~/.cache/condgan/data").expanduser()


def mnist(
    root: str | Path | None = None, train: bool = True, download: bool = True
) -> LabelledImages:
    """MNIST: 60,000 (test: 10,000) gray digits of 28 x 28 pixels, uint8, labels 0 to 9.

    Args:
        root: the folder that data sets are kept in, `default_root()` if left out; torchvision's
            layout, files in `MNIST/raw`.
        train: the training set, or else the test set.
        download: fetch what is not there yet.

    Raises:
        DataError: it is not there and cannot or may not be fetched, or holds no such images.
        FileFormatError: a file of it is damaged; the message names it.
        LabelError: a label that is none of the classes.

    Example:
        >>> from condgan.data.readers.torchvision import mnist
        >>> data = mnist(train=False)  # doctest: +SKIP
    """
    return _digits("MNIST", "mnist", root, train, download)


def qmnist(
    root: str | Path | None = None, train: bool = True, download: bool = True
) -> LabelledImages:
    """QMNIST: MNIST made anew, with 60,000 test digits; labels 0 to 9. See `mnist`."""
    return _digits("QMNIST", "qmnist", root, train, download)


def fashion_mnist(
    root: str | Path | None = None, train: bool = True, download: bool = True
) -> LabelledImages:
    """Fashion-MNIST: 28 x 28 gray pieces of clothing; labels "Trouser", "Coat" and so on.

    Arguments and errors are those of `mnist`.
    """
    return _named("FashionMNIST", "fashion-mnist", root, train, download)


def kmnist(
    root: str | Path | None = None, train: bool = True, download: bool = True
) -> LabelledImages:
    """Kuzushiji-MNIST: 28 x 28 gray old Japanese signs; labels "o", "ki", "su" and so on.

    Arguments and errors are those of `mnist`.
    """
    return _named("KMNIST", "kmnist", root, train, download)


def emnist(
    root: str | Path | None = None,
    train: bool = True,
    download: bool = True,
    split: str = "balanced",
) -> LabelledImages:
    """EMNIST: 28 x 28 gray letters and digits, turned upright.

    Args:
        root, train, download: as for `mnist`.
        split: "letters" (labels "a" to "z", both cases in one), "balanced", "bymerge" or
            "byclass" (labels "0" to "9", "A" to "Z", and small letters as text), "digits" or
            "mnist" (labels 0 to 9).

    Raises:
        ConfigError: another split.
        DataError: it is not there and cannot or may not be fetched.
    """
    if split not in EMNIST_SPLITS:
        raise ConfigError(f"split must be one of {listed(EMNIST_SPLITS)}; got {split!r}.")
    source = _fetched("EMNIST", root, train, download, split=split)
    # The files hold each image column by column.
    images = source.data.transpose(1, 2)
    name = f"emnist-{split}"
    if split in ("digits", "mnist"):
        return _assembled(images, source.targets.tolist(), Classes(10), name)
    labels = _names(source, "EMNIST")
    # The letters count from 1, and torchvision fills place 0 with this.
    return _assembled(images, labels, Classes([x for x in source.classes if x != "N/A"]), name)


FAMILY: dict[str, Callable[..., LabelledImages]] = {
    "mnist": mnist,
    "fashion-mnist": fashion_mnist,
    "kmnist": kmnist,
    "qmnist": qmnist,
    "emnist": emnist,
}
"""The data sets of this file by the names that `load_data` knows them under."""


def _digits(
    kind: str, name: str, root: str | Path | None, train: bool, download: bool
) -> LabelledImages:
    source = _fetched(kind, root, train, download)
    # QMNIST keeps eight facts about each digit; the first is which one it is.
    if not source.targets[:1].numel():
        raise DataError(f"{kind} has no labels, or no digits.")
    labels = source.targets if source.targets.ndim == 1 else source.targets[:, 0]
    return _assembled(source.data, labels.tolist(), Classes(10), name)


def _named(
    kind: str, name: str, root: str | Path | None, train: bool, download: bool
) -> LabelledImages:
    source = _fetched(kind, root, train, download)
    labels = _names(source, kind)
    return _assembled(source.data, labels, Classes(source.classes), name)


def _names(source: Any, kind: str) -> list[str]:
    names, targets = source.classes, source.targets.tolist()
    if targets and max(targets) >= len(names):
        index = targets.index(max(targets))
        raise LabelError(
            f"{kind} has label {targets[index]} at index {index}, but only {len(names)} classes."
        )
    return [names[target] for target in targets]


def _fetched(
    kind: str, root: str | Path | None, train: bool, download: bool, **options: str
) -> Any:
    # Imported here: it takes a second, and most runs need none of it.
    from torchvision import datasets

    root = default_root() if root is None else Path(root).expanduser()
    try:
        return getattr(datasets, kind)(root, train=train, download=download, **options)
    # Damaged files make torchvision raise almost anything.
    except Exception as error:
        _refuse_damaged(root / kind / "raw")
        way_out = (
            "check the connection, or put its files there by hand"
            if download
            else "fetch it with download=True, or name the folder that has it: root=..."
        )
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{kind} could not be had from {root / kind}: {reason} ({way_out})."
        ) from error


def _refuse_damaged(folder: Path) -> None:
    """Names the file at fault: torchvision may leave half a file under its final name."""
    for file in sorted(folder.glob("*-ubyte")) + sorted(folder.glob("*-int")):
        try:
            idx_array(file)
        except DataError as error:
            raise FileFormatError(f"{error} To have it fetched anew, delete it first.") from error


def _assembled(images: Tensor, labels: list[Any], classes: Classes, name: str) -> LabelledImages:
    if images.shape[1:] != (SIDE, SIDE):
        raise DataError(f"{name} should have images of {SIDE} x {SIDE}; got {tuple(images.shape)}.")
    pixels = as_images(images[:, None], layout="NCHW", value_range=(0, 255), copy=False)
    return labelled_pixels(pixels, labels, classes=classes, name=name)
