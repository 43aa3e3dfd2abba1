"""torchvision's `ImageFolder`, and parts of one: the files, not what its loader makes of them.

That loader turns every file into 8-bit colour, and cuts gray of 16 bits off at 255.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from condgan.data.readers.decode import DEEP_GRAY
from condgan.errors import DataError

LOADERS = ("default_loader", "pil_loader")
"""The functions of torchvision's that read so."""

DEEP_FORMATS = (".png", ".tif", ".tiff", ".pgm")
"""Endings of files that may hold gray of 16 bits."""


def items_of(dataset: Any) -> Iterator[tuple[Path, Any]] | None:
    """The file and the label of each item; None if it is no such data set, or has transforms.

    Raises:
        DataError: it has transforms, and a file that its loader would cut off.
    """
    if not _reads_files(dataset):
        inner, indices = getattr(dataset, "dataset", None), getattr(dataset, "indices", None)
        if inner is None or indices is None or type(dataset).__name__ != "Subset":
            return None
        items = items_of(inner)
        if items is None:
            return None
        every = list(items)
        return (every[index] for index in indices)
    if any(getattr(dataset, name, None) for name in ("transform", "target_transform")):
        _refuse_deep(dataset)
        return None
    return ((Path(path), label) for path, label in dataset.samples)


def _reads_files(dataset: Any) -> bool:
    loader = getattr(dataset, "loader", None)
    return (
        hasattr(dataset, "samples")
        and getattr(loader, "__module__", "") == "torchvision.datasets.folder"
        and getattr(loader, "__name__", "") in LOADERS
    )


def _refuse_deep(dataset: Any) -> None:
    import PIL.Image

    for path, _ in dataset.samples:
        if Path(path).suffix.lower() not in DEEP_FORMATS:
            continue
        try:
            with PIL.Image.open(path) as image:
                mode = image.mode
        except OSError:  # reading it says what is wrong
            continue
        if mode in DEEP_GRAY:
            raise DataError(
                f"{path} is gray of 16 bits, which the loader of this {type(dataset).__name__} "
                f"cuts off at 255. Give the folder itself: load_data({str(dataset.root)!r}); or "
                "the data set without its transforms."
            )
