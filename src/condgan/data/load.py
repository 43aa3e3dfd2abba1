"""`load_data`: labelled images from whatever holds them."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.arrays import read_arrays
from condgan.data.readers.csv import read_csv
from condgan.data.readers.datasets import is_dataset, read_dataset
from condgan.data.readers.folder import read_folder
from condgan.data.readers.frame import read_frame
from condgan.data.readers.idx import holds_idx, read_idx
from condgan.data.readers.listed import is_listed, read_listed, tables_in
from condgan.data.readers.npz import read_npy, read_npz
from condgan.data.readers.pixel_table import read_pixel_table
from condgan.data.readers.sniff import sniff
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
    "parquet file, a pair of paths, a pair (X, y), a data frame, a Dataset, or LabelledImages"
)


def load_data(
    source: Any,
    *,
    name: str | None = None,
    classes: int | Iterable[Label] | Condition | None = None,
    **options: Any,
) -> LabelledImages:
    """Labelled images from a name, a path, arrays or a data set.

    Args:
        source: the name of a registered data set ("digits", "mnist", ...); the path of a folder
            of class folders, of a folder of images with a table of their labels, or of idx files;
            the path of such a table (CSV or JSON), of a CSV of pixels, of an idx, `.npz`, `.npy`
            or parquet file; a pair of idx or `.npy` paths `(images, labels)`; a pair `(X, y)` of
            arrays, tensors or lists; a pandas DataFrame; any `Dataset` of torch or Hugging Face;
            or `LabelledImages`. Files are known by their content.
        name: what to call the set in files and messages.
        classes: what the labels mean: how many, a list of them, or `Classes`, `Attributes`,
            `Quantities`. Left out, it is found in the data.
        options: what the reader of this kind of source takes: see `read_arrays`, `read_csv`,
            `read_dataset`, `read_folder`, `read_frame`, `read_idx`, `read_listed`, `read_npy`,
            `read_npz` and `read_pixel_table` in `condgan.data.readers`. `labels`, or an
            option of `read_listed`'s about columns, says that a table has the labels of a folder;
            `label_columns` that a CSV of pixels has them in several columns.

    Returns:
        Images `(N, C, H, W)`, uint8 in 0..255 or float32 in [-1, 1], with canonical labels.

    Raises:
        UnknownNameError: nothing of that name, neither a data set nor a path.
        MissingFileError: there is nothing at that path.
        ArgumentTypeError: an option, or a source, that is not taken.
        DataError: what was read holds no sound images; `FileFormatError` names the file.
        LabelError: labels that are not among the classes.

    Example:
        >>> import numpy as np
        >>> from condgan.data.load import load_data
        >>> X = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
        >>> load_data((X, ["cat", "dog", "cat", "dog"]), name="pets")
        LabelledImages('pets', 4 x (1, 8, 8), Classes(['cat', 'dog']))
    """
    route = _route(source, options.keys())
    taken = _options_of(route.reader)
    if taken is not None:
        what = f"data set {source!r}" if route.kind == KIND else route.kind
        _refuse_unknown(options, taken - {"name", "classes", *route.settled}, what)
    own = {key: value for key, value in (("name", name), ("classes", classes)) if value is not None}
    if route.kind != KIND:
        data: LabelledImages = route.reader(*route.arguments, **route.settled, **own, **options)
        return data
    passed = {key: value for key, value in own.items() if taken is not None and key in taken}
    # What the factory took is settled; only the rest is left to say of what it made.
    rest: dict[str, Any] = {key: value for key, value in own.items() if key not in passed}
    return read_dataset(route.reader(**passed, **options), **rest)


class _Route(NamedTuple):
    """Which function reads a source, in words and in deed; `settled` are options that follow."""

    kind: str
    reader: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    settled: Mapping[str, Any] = MappingProxyType({})


OF_TABLES = {"labels", "file_column", "label_column", "label_columns", "on_missing"}
"""Options by which a folder is known to have a table of labels."""


def _route(source: Any, options: Collection[str]) -> _Route:
    if isinstance(source, str):
        return _route_of_text(source, options)
    if isinstance(source, os.PathLike):
        return _route_of_path(_path(source), options)
    if isinstance(source, tuple | list) and len(source) == 2:
        paths = [isinstance(part, str | os.PathLike) for part in source]
        if all(paths):
            return _route_of_pair(*map(_path, source))
        if not any(paths):
            return _Route("pair (X, y)", read_arrays, tuple(source))
    if hasattr(source, "columns") and hasattr(source, "to_numpy"):
        return _Route("data frame", read_frame, (source,))
    if is_dataset(source):
        return _Route("data set object", read_dataset, (source,))
    raise ArgumentTypeError(_refusal(source))


def _route_of_text(text: str, options: Collection[str]) -> _Route:
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
        return _Route(KIND, known[text])
    if there:
        return _route_of_path(path, options)
    names = ", ".join(known) or "none"
    if any(mark in text for mark in "/\\.~") or not text:
        raise MissingFileError(f"there is no file or folder {text!r}. Data sets by name: {names}.")
    raise UnknownNameError(
        f"no data set is called {text!r}{did_you_mean(text, known)} Known: {names}. And there is "
        f"no such path: {path.absolute()}."
    )


def _route_of_path(path: Path, options: Collection[str]) -> _Route:
    if not path.exists():
        raise MissingFileError(f"there is no file or folder {path}.")
    if path.is_dir():
        if holds_idx(path):
            return _Route("folder of idx files", read_idx, (path,))
        if OF_TABLES & set(options) or is_listed(path):
            return _Route("folder with a table of labels", read_listed, (path,))
        unused = tables_in(path)
        if unused:
            warnings.warn(
                f"{path}: the labels are the names of its folders; {listed(t.name for t in unused)}"
                f", which lists labels too, is not used. To use it: "
                f'labels="{unused[0].as_posix()}".',
                stacklevel=4,
            )
        return _Route("folder of class folders", read_folder, (path,))
    found = sniff(path)
    match found.kind:
        case "idx file":
            return _Route("idx file", read_idx, (path,))
        case "zip archive":
            return _Route("file of arrays", read_npz, (path,))
        case "numpy file":
            return _Route("file of an array", read_npy, (path,))
        case "parquet file":
            return _Route("parquet file", read_frame, (path,))
        case "JSON file":
            return _Route("table of labels", read_listed, (path.parent,), {"labels": path})
        case "text file" if lists_files(path) or "file_column" in options:
            return _Route("table of labels", read_listed, (path.parent,), {"labels": path})
        case "text file" if "label_columns" in options:
            return _Route("CSV file with several columns of labels", read_pixel_table, (path,))
        case "text file":
            return _Route("CSV file", read_csv, (path,))
    raise found.refusal("a file of labelled images (CSV, JSON, idx, .npz, .npy or parquet)")


def _route_of_pair(images: Path, labels: Path) -> _Route:
    if images.is_file() and sniff(images).kind == "numpy file":
        return _Route("pair of .npy files", read_npy, (images, labels))
    return _Route("pair of idx files", read_idx, (images, labels))


def _path(text: str | os.PathLike[str]) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # "~name" of a user who does not exist
        return Path(text)


def _refusal(source: Any) -> str:
    found = f"{type(source).__name__} is not a source of labelled images"
    if isinstance(source, np.ndarray | Tensor):
        return f"{found} without labels; give both: load_data((X, y))."
    if isinstance(source, tuple | list):
        found = f"{type(source).__name__} of {len(source)} is not a source of labelled images"
    elif hasattr(source, "dataset"):
        return f"{found}; give what it loads from: load_data(loader.dataset)."
    return f"{found}; wanted {ACCEPTED}."


def _options_of(reader: Callable[..., Any]) -> set[str] | None:
    """The names of the options that a function takes; None if it takes any, or does not say."""
    try:
        parameters = inspect.signature(reader).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    # What is given by position: the source itself.
    first = SOURCES.get(reader, set())
    return {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY} - first


SOURCES: dict[Callable[..., Any], set[str]] = {
    read_arrays: {"images", "labels"},
    read_csv: {"path"},
    read_dataset: {"dataset"},
    read_folder: {"path"},
    read_frame: {"frame"},
    read_idx: {"images", "labels"},
    read_listed: {"folder"},
    read_npy: {"images"},
    read_npz: {"path"},
    read_pixel_table: {"path"},
}
"""The arguments of each reader that are the source, and so no options."""


def _refuse_unknown(options: dict[str, Any], taken: set[str], what: str) -> None:
    for option in options:
        if option not in taken:
            also = ", ".join(["name", "classes", *sorted(taken)])
            raise ArgumentTypeError(
                f"{option!r} is not an option of a {what}{did_you_mean(option, taken)} "
                f"It takes: {also}."
            )
