"""`inspect_data`: what was understood of labelled images, before anybody trains on them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from condgan.data.findings import Inspection
from condgan.data.headers import read_headers
from condgan.data.load import load_data
from condgan.data.readers.decode import PIXELS, Decoder
from condgan.data.readers.files import decoded
from condgan.data.twins import flat, twins
from condgan.errors import CondganError


def inspect_data(source: Any, **options: Any) -> Inspection:
    """Reads labelled images as `load_data` does, and looks for what is odd about them.

    Of files in a folder it goes on where `load_data` stops: if images differ in size, they are
    read at a size that suits most of them, and files that cannot be decoded are left out. Either
    is then a problem of the `Inspection`.

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
    problems = []
    passed = dict(options)
    if headers is not None:
        passed.setdefault("on_bad", "skip")
        if len(headers.sizes) > 1 and options.get("image_size") is None:
            side = passed["image_size"] = headers.fitting_size()
            problems.append(
                f"images differ in size; make them one size: --image-size {side}, in Python "
                f"image_size={side}."
            )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")  # other people's deprecations are no oddities
        warnings.simplefilter("always", UserWarning)
        data = load_data(source, **passed)
    files: tuple[Path, ...] = () if headers is None else headers.files
    lost = max(0, len(files) - len(data))
    if lost:
        if options.get("on_bad") != "skip":
            problems.append(
                f"{lost} of {len(files)} files cannot be decoded; replace or delete them, or leave "
                'them out, in Python: on_bad="skip".'
            )
        files = tuple(file for file in files if _is_sound(file, passed))
    return Inspection(
        data,
        twins(data),
        flat(data),
        tuple(str(warning.message) for warning in caught),
        tuple(problems),
        headers,
        files if len(files) == len(data) else (),
        passed,
    )


def _is_sound(file: Path, options: dict[str, Any]) -> bool:
    try:
        decoded(file, Decoder(max_pixels=options.get("max_pixels", PIXELS)))
    except CondganError:
        return False
    return True
