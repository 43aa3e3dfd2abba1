"""The parts of a data set, and what their files, arrays and folders are called."""

from __future__ import annotations

from pathlib import Path

from condgan.errors import ConfigError, listed

SPLITS = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "val": ("val", "valid", "validation"),
}
"""A split to the names that it goes by."""


def names_of_split(split: str) -> tuple[str, ...]:
    """What a split is called.

    Raises:
        ConfigError: it is none of `SPLITS`.
    """
    if split not in SPLITS:
        raise ConfigError(f"split must be one of {listed(SPLITS)}; got {split!r}.")
    return SPLITS[split]


def is_split(name: str) -> bool:
    """Whether a folder is called as a split is.

    Example:
        >>> is_split("Train"), is_split("cat")
        (True, False)
    """
    return any(name.casefold() in names for names in SPLITS.values())


def folder_of_split(path: Path, split: str) -> Path:
    """The folder of a split within that of a data set.

    Raises:
        ConfigError: there is none.
    """
    folders = sorted(entry.name for entry in path.iterdir() if entry.is_dir())
    names = SPLITS.get(split, (split,))
    found = [name for name in folders if name == split or name.casefold() in names]
    if split in found or len(found) == 1:
        return path / (split if split in found else found[0])
    raise ConfigError(
        f"split={split!r} is a folder within {path}, or an option of data sets that have splits; "
        f"there {'are several: ' + listed(found) if found else 'is no such folder'}. Its folders: "
        f"{listed(folders) if folders else 'none'}."
    )
