"""`load_data`: labelled images from whatever holds them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.datasets import read_dataset, restated
from condgan.data.routes import KIND, READERS, Route, route_of
from condgan.errors import ArgumentTypeError, did_you_mean


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
            arrays, tensors or lists, or of pictures or their paths and labels; a list of pairs
            `(image, label)`; a pandas DataFrame; any `Dataset` of torch or Hugging Face; or
            `LabelledImages`. Files are known by their content.
        name: what to call the set in files and messages.
        classes: what the labels mean: how many, a list of them, or `Classes`, `Attributes`,
            `Quantities`. Left out, it is found in the data.
        options: what the reader of this kind of source takes: see `read_arrays`, `read_csv`,
            `read_dataset`, `read_folder`, `read_frame`, `read_idx`, `read_listed`, `read_npy`,
            `read_npz`, `read_pictures` and `read_pixel_table` in `condgan.data.readers`. `labels`,
            or an option of `read_listed`'s about columns, says that a table has the labels of a
            folder; `label_columns` that a CSV of pixels has them in several columns; `split` which
            folder within a folder is meant.

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
    route = route_of(source, options)
    rest = {option: value for option, value in options.items() if option not in route.used}
    taken = _taken(route)
    if taken is not None:
        what = f"data set {source!r}" if route.kind == KIND else route.kind
        _refuse_unknown(rest, taken, what)
    name = route.name if name is None else name
    own = {key: value for key, value in (("name", name), ("classes", classes)) if value is not None}
    if route.kind != KIND:
        data: LabelledImages = route.reader(*route.arguments, **route.settled, **own, **rest)
        return data
    known = _parameters(route.reader) or set()
    passed = {key: value for key, value in own.items() if key in known}
    _refuse_too_few(route.reader, {**passed, **rest}, source)
    made = route.reader(**passed, **rest)
    # What the factory took is settled; only the rest is left to say of what it made.
    left: dict[str, Any] = {key: value for key, value in own.items() if key not in passed}
    return (restated if isinstance(made, LabelledImages) else read_dataset)(made, **left)


def options_of(source: Any, options: Mapping[str, Any]) -> set[str]:
    """The names of the options that `load_data` takes of a source, as far as that is known.

    Raises:
        CondganError: it takes no such source.

    Example:
        >>> "on_unlabelled" in options_of(([[[0, 255]]], ["cat"]), {})
        True
    """
    return _taken(route_of(source, options)) or set()


def _taken(route: Route) -> set[str] | None:
    """The options of a route's reader; None if it takes any, or does not say."""
    found = _parameters(route.reader)
    itself = next((own for reader, own in READERS.values() if reader is route.reader), set())
    return None if found is None else found - itself - {"name", "classes", *route.settled}


def _parameters(reader: Callable[..., Any]) -> set[str] | None:
    try:
        parameters = inspect.signature(reader).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY}


def _refuse_too_few(factory: Callable[..., Any], given: Mapping[str, Any], name: str) -> None:
    """Whether a data set by name is given all that it cannot do without."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    lacking = [p.name for p in named if p.default is p.empty and p.name not in given]
    if lacking:
        raise ArgumentTypeError(
            f"data set {name!r} needs {', '.join(lacking)}: "
            f"load_data({name!r}, {', '.join(f'{each}=...' for each in lacking)}), or on the "
            f"command line {' '.join(f'--option {each}=...' for each in lacking)}."
        )


def _refuse_unknown(options: Mapping[str, Any], taken: set[str], what: str) -> None:
    for option in options:
        if option in taken:
            continue
        takers = [
            kind
            for kind, (reader, itself) in READERS.items()
            if option in (_parameters(reader) or set()) - itself
        ]
        hint = f", but of these: {', '.join(takers)}." if takers else did_you_mean(option, taken)
        also = ", ".join(["name", "classes", *sorted(taken)])
        raise ArgumentTypeError(f"{option!r} is not an option of a {what}{hint} It takes: {also}.")
