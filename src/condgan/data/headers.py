"""What the image files of a folder say of themselves, told from their headers alone."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from condgan.data.readers.decode import DEEP_GRAY
from condgan.data.readers.files import FORMATS
from condgan.data.readers.folder import CLUTTER, labelled, read_folder, scan
from condgan.data.readers.listed import listing, read_listed
from condgan.data.readers.stack import fitting_size
from condgan.data.readers.unlabelled import Unlabelled
from condgan.data.routes import route_of
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
        """A side length to resize to that enlarges few images."""
        shorter = sorted(min(size) for size, count in self.sizes.items() for _ in range(count))
        return fitting_size(shorter[len(shorter) // 4])

    @property
    def depths(self) -> set[int]:
        """How many bits the values of the images take: 8, 16, or either."""
        return {16 if mode in DEEP_GRAY else 8 for mode in self.modes}


def read_headers(source: Any, options: Mapping[str, Any]) -> Headers | None:
    """The headers of a folder of class folders, or of one with a table of labels; else None.

    Args:
        source, options: as `load_data` takes them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            route = route_of(source, options)
            if route.reader is read_folder:
                return _of_class_folders(route.arguments[0], options)
            if route.reader is read_listed:
                return _of_table(route.arguments[0], {**options, **route.settled})
    # Whatever is wrong, the reader says it better.
    except (CondganError, OSError, LookupError, TypeError, ValueError, RuntimeError):
        pass
    return None


def _of_class_folders(folder: Path, options: Mapping[str, Any]) -> Headers:
    found = scan(folder)
    taken = {*found.files, *([folder / NAME] if labels_of_folders(folder) is not None else [])}
    others = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in taken)
    files = labelled(found, _skipping(options)).files
    return _told(folder, files, options, (path for path in others if _is_meant(path, folder)))


def _skipping(options: Mapping[str, Any]) -> Unlabelled:
    return Unlabelled("skip", options.get("unlabelled", ()))


def _is_meant(path: Path, folder: Path) -> bool:
    """Whether a person put a file there, rather than a system that hides it."""
    parts = path.relative_to(folder).parts
    return not any(part.startswith(".") or part in CLUTTER for part in parts)


OF_LISTING = ("labels", "file_column", "label_column", "label_columns", "encoding", "classes")


def _of_table(folder: Path, options: Mapping[str, Any]) -> Headers:
    asked = {option: options[option] for option in OF_LISTING if option in options}
    found = listing(folder, on_missing="skip", unlabelled=_skipping(options), **asked)
    return _told(folder, found.files, options, ())


def _told(
    folder: Path, files: Sequence[Path], options: Mapping[str, Any], others: Iterable[Path]
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
