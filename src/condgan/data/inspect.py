"""`inspect_data`: what was understood of labelled images, before anybody trains on them."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from condgan.data.findings import Inspection
from condgan.data.headers import Headers, read_headers
from condgan.data.labelled import LabelledImages
from condgan.data.load import load_data, options_of
from condgan.data.readers.left_out import LeftOut
from condgan.data.readers.needed import OptionNeededError
from condgan.data.twins import flat, twins

POLICIES = ("on_bad", "on_missing", "on_unlabelled")
"""Options that say whether a fault is an error, or its image is left out."""


def inspect_data(source: Any, **options: Any) -> Inspection:
    """Reads labelled images as `load_data` does, and looks for what is odd about them.

    It goes on where `load_data` stops: images without a label, files that are missing or cannot be
    decoded are left out; if images differ in size, they are read at a size that suits most of
    them; if it is not clear which values mean black and white, in the range that there is. Each
    of these is then a problem of the `Inspection`.

    Args:
        source, options: as `load_data` takes them.

    Raises:
        CondganError: what cannot be read, as `load_data` says it.

    Example:
        >>> from condgan.data.inspect import inspect_data
        >>> found = inspect_data("digits")
        >>> len(found.data), found.headers, found.problems
        (1797, None, ())
    """
    headers = read_headers(source, options)
    passed, problems = dict(options), list[str]()
    if headers is not None and len(headers.sizes) > 1 and options.get("image_size") is None:
        side = passed["image_size"] = headers.fitting_size()
        problems.append(
            f"images differ in size; make them one size: --image-size {side}, in Python "
            f"image_size={side}."
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")  # other people's deprecations are no oddities
        warnings.simplefilter("always", UserWarning)
        taken = options_of(source, options)
        for policy in POLICIES:
            if policy in taken:
                passed.setdefault(policy, "skip")
        caught.clear()
        data, settled = _read(source, passed, taken)
    said = {str(warning.message): warning.message for warning in caught}
    left_out = [found for found in said.values() if isinstance(found, LeftOut)]
    faults = [found for found in left_out if options.get(found.option) != "skip"]
    lost = {file for found in left_out for file in found.files}
    return Inspection(
        data,
        twins(data),
        flat(data),
        tuple(text for text, found in said.items() if found not in faults),
        (*problems, *settled, *map(_as_problem, faults)),
        headers,
        _those_of(data, headers, lost),
        passed,
    )


def _read(
    source: Any, passed: dict[str, Any], taken: set[str]
) -> tuple[LabelledImages, Iterable[str]]:
    """The data, and the errors that an option settled, which is then among those `passed`."""
    settled: dict[str, str] = {}
    while True:
        try:
            return load_data(source, **passed), dict.fromkeys(settled.values())
        except OptionNeededError as error:
            needed = error.options.keys() - set(POLICIES)
            if not needed <= taken or needed & settled.keys():
                raise
            settled.update(dict.fromkeys(needed, str(error)))
            marks = _several(passed.get("unlabelled", ())) + error.options.get("unlabelled", ())
            passed.update(error.options)
            if marks:
                passed["unlabelled"] = marks


def _several(marks: Any) -> tuple[Any, ...]:
    return tuple(marks) if isinstance(marks, list | tuple | set) else (marks,)


def _as_problem(left_out: LeftOut) -> str:
    return f'{left_out} Mend that, or train without them: {left_out.option}="skip".'


def _those_of(
    data: LabelledImages, headers: Headers | None, lost: Collection[Path]
) -> tuple[Path, ...]:
    """The file of each image, if that is known."""
    if headers is None:
        return ()
    files = tuple(file for file in headers.files if file not in lost)
    return files if len(files) == len(data) else ()
