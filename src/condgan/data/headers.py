"""What the image files of a folder say of themselves, told from their headers alone."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from condgan.data.load import OF_TABLES
from condgan.data.readers.files import FORMATS
from condgan.data.readers.folder import CLUTTER, scan
from condgan.data.readers.idx import holds_idx
from condgan.data.readers.listed import is_listed, tables_in
from condgan.data.readers.paths import located
from condgan.data.readers.table import FILE_NAMES
from condgan.data.readers.table_files import lists_files, read_table
from condgan.errors import CondganError
from condgan.manifest import NAME, labels_of_folders

if TYPE_CHECKING:
    import PIL.Image

ORIENTATION = 0x0112
"""The EXIF tag that says how a camera was held; from 5 on, lying on its side."""


@dataclass(frozen=True)
class Headers:
    """The image files that a folder's reader takes, and what else lies there.

    Attributes:
        folder: what the files lie in.
        files: in the order in which they are read.
        sizes: (width, height), as an image is shown, to the number of files, most frequent first;
            so are `modes`, by Pillow's names, and `endings`, in small letters.
        passed_over: the files of class folders that are not read; a table's reader tells of its.
    """

    folder: Path
    files: tuple[Path, ...]
    sizes: Mapping[tuple[int, int], int]
    modes: Mapping[str, int]
    endings: Mapping[str, int]
    passed_over: tuple[Path, ...] = ()

    def fitting_size(self) -> int:
        """A side length to resize to: a multiple of 8, from 8 to 64, that enlarges few images."""
        shorter = sorted(min(size) for size, count in self.sizes.items() for _ in range(count))
        usual = shorter[len(shorter) // 4]
        return max(8, min(64, usual // 8 * 8))


def read_headers(source: Any, options: Mapping[str, Any]) -> Headers | None:
    """The headers of a folder of class folders, or of one with a table of labels; else None.

    Args:
        source, options: as `load_data` takes them.
    """
    try:
        path = Path(source).expanduser()
        if path.is_dir() and not holds_idx(path):
            listed = OF_TABLES & options.keys() or is_listed(path)
            return (_of_table if listed else _of_class_folders)(path, options)
        if path.is_file() and lists_files(path):
            return _of_table(path.parent, {**options, "labels": path})
    # Whatever is wrong, the reader says it better.
    except (CondganError, OSError, LookupError, TypeError, ValueError, RuntimeError):
        pass
    return None


def _of_class_folders(folder: Path, options: Mapping[str, Any]) -> Headers:
    files = scan(folder).files
    taken = {*files, *([folder / NAME] if labels_of_folders(folder) is not None else [])}
    others = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in taken)
    return _told(folder, files, options, (path for path in others if _is_meant(path, folder)))


def _is_meant(path: Path, folder: Path) -> bool:
    """Whether a person put a file there, rather than a system that hides it."""
    parts = path.relative_to(folder).parts
    return not any(part.startswith(".") or part in CLUTTER for part in parts)


def _of_table(folder: Path, options: Mapping[str, Any]) -> Headers:
    asked = options.get("labels")
    tables = tables_in(folder) if asked is None else [Path(asked)]
    path = tables[0] if tables[0].exists() else folder / tables[0]
    table = read_table(path)
    column = table.columns[options.get("file_column") or table.named(FILE_NAMES) or ""]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = located(folder, list(column), table.source, on_missing="skip")
    return _told(folder, found.files, options, ())


def _told(
    folder: Path, files: list[Path], options: Mapping[str, Any], others: Iterable[Path]
) -> Headers:
    sizes: Counter[tuple[int, int]] = Counter()
    modes: Counter[str] = Counter()
    for file in files:
        header = _header(file, options.get("orient", True))
        if header is not None:
            sizes[header[0]] += 1
            modes[header[1]] += 1
    endings = Counter(file.suffix.lower() for file in files)
    return Headers(
        folder,
        tuple(files),
        dict(sizes.most_common()),
        dict(modes.most_common()),
        dict(endings.most_common()),
        passed_over=tuple(others),
    )


def _header(file: Path, orient: bool) -> tuple[tuple[int, int], str] | None:
    """Size and mode; None for a file that does not even begin as an image does."""
    import PIL.Image

    PIL.Image.init()
    known = [name for name in FORMATS if name in PIL.Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with PIL.Image.open(file, formats=known) as image:
                turned = orient and _orientation(image) >= 5
                return (image.size[::-1] if turned else image.size), image.mode
    except Exception:  # damaged files make Pillow raise almost anything
        return None


def _orientation(image: PIL.Image.Image) -> int:
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode all pixels to look behind them
    return int(image.getexif().get(ORIENTATION, 1))
