"""Which reader reads a source of labelled images."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.csv import read_csv
from condgan.data.readers.datasets import are_items, is_dataset, read_dataset, restated
from condgan.data.readers.folder import read_folder
from condgan.data.readers.frame import read_frame
from condgan.data.readers.idx import holds_idx, read_idx
from condgan.data.readers.listed import is_listed, read_listed, tables_in
from condgan.data.readers.npz import read_npy, read_npz
from condgan.data.readers.pictures import are_pictures, read_pictures
from condgan.data.readers.pixel_table import read_pixel_table
from condgan.data.readers.sniff import sniff
from condgan.data.readers.splits import folder_of_split
from condgan.data.readers.table_files import lists_files
from condgan.errors import (
    ArgumentTypeError,
    ConfigError,
    MissingFileError,
    UnknownNameError,
    did_you_mean,
    listed,
)
from condgan.plugins import registry

KIND = "data set"

ACCEPTED = (
    "the name of a data set, the path of a folder of images or of a CSV, JSON, idx, .npz, .npy or "
    "parquet file, a pair of paths, a pair (X, y), a list of pairs (image, label), a data frame, a "
    "Dataset, or LabelledImages"
)

OF_TABLES = {
    *("labels", "file_column", "label_column", "label_columns", "encoding", "on_missing"),
}
"""Options by which a folder is known to have a table of labels."""


class Route(NamedTuple):
    """Which function reads a source, in words and in deed.

    Args:
        kind: what the source is.
        reader: what reads it.
        arguments: those that are the source.
        settled: options that follow from the source.
        used: options that have done their part.
        name: what to call the data if nobody says, and the reader should not.
    """

    kind: str
    reader: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    settled: Mapping[str, Any] = MappingProxyType({})
    used: frozenset[str] = frozenset()
    name: str | None = None


READERS: dict[str, tuple[Callable[..., LabelledImages], set[str]]] = {
    "pair (X, y)": (read_arrays, {"images", "labels"}),
    "pair (pictures, labels)": (read_pictures, {"images", "labels"}),
    "CSV file": (read_csv, {"path"}),
    "CSV file with several columns of labels": (read_pixel_table, {"path"}),
    "Dataset": (read_dataset, {"dataset"}),
    "folder of class folders": (read_folder, {"path"}),
    "folder with a table of labels": (read_listed, {"folder"}),
    "data frame or parquet file": (read_frame, {"frame"}),
    "LabelledImages": (restated, {"data"}),
    "idx file": (read_idx, {"images", "labels"}),
    ".npy file": (read_npy, {"images", "labels"}),
    ".npz file": (read_npz, {"path"}),
}
"""The readers by what they read, and the arguments of each that are the source."""


def route_of(source: Any, options: Mapping[str, Any]) -> Route:
    """Which function reads a source; options may tell.

    Raises:
        UnknownNameError, MissingFileError, ArgumentTypeError: nothing is known of that name, at
            that path, or of that type.
        ConfigError: a name that is a path as well, or a split that is not there.
        FileFormatError: a file of a kind that nothing reads.

    Example:
        >>> route_of(([[[0, 255]]], ["cat"]), {}).kind
        'pair (X, y)'
    """
    if isinstance(source, str):
        return _route_of_text(source, options)
    if isinstance(source, os.PathLike):
        return _route_of_path(_path(source), options)
    if isinstance(source, LabelledImages):
        return Route("LabelledImages", restated, (source,))
    if are_items(source):
        return Route("list of images with labels", read_dataset, (source,))
    if isinstance(source, tuple | list) and len(source) == 2:
        paths = [isinstance(part, str | os.PathLike) for part in source]
        if all(paths):
            return _route_of_pair(*map(_path, source))
        if not any(paths) and are_pictures(source[0]):
            return Route("pair (pictures, labels)", read_pictures, tuple(source))
        if not any(paths):
            return Route("pair (X, y)", read_arrays, tuple(source))
    if hasattr(source, "columns") and hasattr(source, "to_numpy"):
        return Route("data frame", read_frame, (source,))
    if is_dataset(source):
        return Route("data set object", read_dataset, (source,))
    raise ArgumentTypeError(_refusal(source))


def _route_of_text(text: str, options: Mapping[str, Any]) -> Route:
    known = registry.known(KIND)
    path = _path(text)
    # An empty path would be the current folder.
    there = bool(text) and path.exists()
    if text in known and there:
        raise ConfigError(
            f"{text!r} is the name of a data set and also a path here. For the path, write "
            f'"./{text}"; for the data set, rename that path or load from another folder.'
        )
    if text in known:
        return Route(KIND, known[text])
    if there:
        return _route_of_path(path, options)
    names = ", ".join(known) or "none"
    if any(mark in text for mark in "/\\.~") or not text:
        raise MissingFileError(f"there is no file or folder {text!r}. Data sets by name: {names}.")
    raise UnknownNameError(
        f"no data set is called {text!r}{did_you_mean(text, known)} Known: {names}. And there is "
        f"no such path: {path.absolute()}.{registry.registry().not_loaded()}"
    )


def _route_of_path(path: Path, options: Mapping[str, Any]) -> Route:
    if not path.exists():
        raise MissingFileError(f"there is no file or folder {path}.")
    if path.is_dir():
        if holds_idx(path):
            return Route("folder of idx files", read_idx, (path,))
        if "split" in options:
            return _route_of_split(path, options)
        if OF_TABLES & set(options) or is_listed(path):
            return Route("folder with a table of labels", read_listed, (path,))
        unused = tables_in(path)
        if unused:
            warnings.warn(
                f"{path}: the labels are the names of its folders; {listed(t.name for t in unused)}"
                f", which lists labels too, is not used. To use it: "
                f'labels="{unused[0].as_posix()}".',
                stacklevel=4,
            )
        return Route("folder of class folders", read_folder, (path,))
    found = sniff(path)
    match found.kind:
        case "idx file":
            return Route("idx file", read_idx, (path,))
        case "zip archive":
            return Route("file of arrays", read_npz, (path,))
        case "numpy file":
            return Route("file of an array", read_npy, (path,))
        case "parquet file":
            return Route("parquet file", read_frame, (path,))
        case "JSON file":
            return Route("table of labels", read_listed, (path.parent,), {"labels": path})
        case "text file" if lists_files(path) or "file_column" in options:
            return Route("table of labels", read_listed, (path.parent,), {"labels": path})
        case "text file" if "label_columns" in options:
            return Route("CSV file with several columns of labels", read_pixel_table, (path,))
        case "text file":
            return Route("CSV file", read_csv, (path,))
    raise found.refusal("a file of labelled images (CSV, JSON, idx, .npz, .npy or parquet)")


def _route_of_split(path: Path, options: Mapping[str, Any]) -> Route:
    split = str(options["split"])
    rest = {option: value for option, value in options.items() if option != "split"}
    route = _route_of_path(folder_of_split(path, split), rest)
    name = route.name or f"{path.resolve().name}-{split}"
    return route._replace(used=route.used | {"split"}, name=name)


def _route_of_pair(images: Path, labels: Path) -> Route:
    if images.is_file() and sniff(images).kind == "numpy file":
        return Route("pair of .npy files", read_npy, (images, labels))
    return Route("pair of idx files", read_idx, (images, labels))


def _path(text: str | os.PathLike[str]) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # "~name" of a user who does not exist
        return Path(text)


def _refusal(source: Any) -> str:
    found = f"{type(source).__name__} is not a source of labelled images"
    if isinstance(source, np.ndarray | Tensor):
        return f"{found} without labels; give both: load_data((X, y))."
    if isinstance(source, dict) and source:
        return f"{found}; give its images and labels as a pair: load_data((X, y)). " + (
            f"It has {listed(source)}."
        )
    if isinstance(source, tuple | list):
        found = f"{type(source).__name__} of {len(source)} is not a source of labelled images"
    elif hasattr(source, "dataset"):
        return f"{found}; give what it loads from: load_data(loader.dataset)."
    return f"{found}; wanted {ACCEPTED}."
