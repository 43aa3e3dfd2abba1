"""The warning that images are left out because an option says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class LeftOut(UserWarning):
    """Images are left out; without the option there would be an error.

    Args:
        message: how many, which, and why.
        option: which one says so: "on_bad", "on_missing" or "on_unlabelled".
        files: those left out, if they are image files.
    """

    def __init__(self, message: str, option: str, files: Sequence[Path] = ()) -> None:
        super().__init__(message)
        self.option = option
        self.files = files
