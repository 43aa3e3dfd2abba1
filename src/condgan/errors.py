"""The errors condgan raises: what came, what was wanted, what to do.

Every one is a `CondganError`, and also the built-in kind a caller would expect
(`ValueError`, `TypeError`, `FileNotFoundError`, `ImportError`).
"""

import difflib
from collections.abc import Iterable


class CondganError(Exception):
    """Parent of every error that condgan raises on purpose."""


class DataError(CondganError, ValueError):
    """Images, a batch or a loader are not what training needs."""


class FileFormatError(DataError):
    """A file is not what its name or its first bytes promise."""


class MissingFileError(DataError, FileNotFoundError):
    """A path that was named does not exist."""


class WriteError(CondganError, OSError):
    """A file cannot be written."""


class LabelError(CondganError, ValueError):
    """A label is unknown, out of range, or of a wrong shape."""


class RankError(CondganError, RuntimeError):
    """Another process of a run that trains on several is gone, or differs."""


class NonFiniteError(CondganError, FloatingPointError):
    """A loss, a gradient or a weight is no finite number any more."""


class ConfigError(CondganError, ValueError):
    """An argument has a value that cannot work."""


class ArgumentTypeError(CondganError, TypeError):
    """An argument is of a kind that cannot work."""


class UnknownNameError(CondganError, ValueError):
    """A name that nothing is registered under."""


class PluginError(CondganError, ValueError):
    """A plugin, or what it adds, breaks the rules."""


class MissingExtraError(CondganError, ImportError):
    """A feature needs an optional package that is not installed."""

    def __init__(self, feature: str, package: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs {package}, which is not installed. "
            f'Install it with: pip install "condgan[{extra}]"'
        )
        self.args = (feature, package, extra)  # what pickle makes the error again from


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean 'hinge'?`, or a full stop when no known name comes near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(wrong.casefold(), list(folded), n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else "."


def listed(items: Iterable[object], most: int = 12) -> str:
    """The items as a line of text, shortened when there are very many."""
    texts = [repr(item) for item in items]
    shown = ", ".join(texts[:most])
    return shown if len(texts) <= most else f"{shown}, ... ({len(texts)} in all)"


def reason(error: BaseException) -> str:
    """Why a file could not be read or written, in the system's words or the first of torch's.

    Torch's writer tells of a full disk as a position that it did not expect, and its reader
    advises to trust a file that it has just refused.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return str(cause)
        cause = cause.__context__
    said = str(error).rpartition("WeightsUnpickler error:")[2].strip()
    return said.partition("\n")[0].partition(". Please use ")[0]
