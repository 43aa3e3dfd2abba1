"""A folder of image files, flat or nested, with a table that says the label of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import ENDINGS, OnBad
from condgan.data.readers.images_of_files import labelled_files
from condgan.data.readers.label_columns import explained
from condgan.data.readers.paths import OnMissing, images_in, located, warn_of_unnamed
from condgan.data.readers.table import FILE_NAMES, Table
from condgan.data.readers.table_files import declares_labels, lists_files, read_table
from condgan.errors import ConfigError, DataError, MissingFileError, listed
from condgan.manifest import NAME, labels_of_folders


def read_listed(
    folder: str | Path,
    *,
    labels: str | Path | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
    label_columns: Sequence[str] | None = None,
    on_missing: OnMissing = "error",
    image_size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    on_bad: OnBad = "error",
    workers: int = 0,
    cache: bool | str | Path = False,
    classes: int | Iterable[Label] | Condition | None = None,
    name: str | None = None,
) -> LabelledImages:
    """Images of a folder and the folders in it, labelled by a CSV or JSON file.

    Images that the table does not name are left out, with one warning. What the labels mean,
    classes, attributes or quantities, is said in `label_columns.explained`.

    Args:
        folder: what the paths in the table are relative to.
        labels: the table, of a form that `read_table` knows; left out, the one such file in the
            folder itself.
        file_column, label_column: what the columns are called, if not as in `FILE_NAMES` and
            `LABEL_NAMES`. A path may lack its ending.
        label_columns: several columns of labels.
        on_missing: "error", or "skip" to leave out rows whose file is not there, with one warning.
        image_size, fit, max_pixels, channels, background, orient, on_bad, workers, cache: as in
            `read_folder`.
        classes: what the labels mean, if they do not tell; `Attributes` or `Quantities` by the
            names of columns picks these columns.
        name: what to call the set; that of the folder if left out.

    Raises:
        MissingFileError: no such folder or table, or files that the table names.
        FileFormatError: the table is none, or an image cannot be decoded.
        ConfigError: it is not clear which table or column is meant, or it is not there.
        DataError: a path that leaves the folder or comes twice; images of different sizes.
        LabelError: labels that are empty, or not among the classes.
        WriteError: the cache cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> from PIL import Image
        >>> folder = pathlib.Path(tempfile.mkdtemp(), "faces")
        >>> folder.mkdir()
        >>> for k in range(3):
        ...     Image.new("L", (8, 8)).save(folder / f"{k}.png")
        >>> _ = (folder / "labels.csv").write_text(
        ...     "file,hat,smile\\n0.png,1,1\\n1.png,0,1\\n2.png,0,0\\n")
        >>> read_listed(folder)
        LabelledImages('faces', 3 x (1, 8, 8), Attributes(['hat', 'smile']))
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MissingFileError(f"there is no folder {folder}.")
    table = read_table(_table_of(folder) if labels is None else _asked_for(folder, labels))
    files = _file_column(table, file_column)
    found = located(folder, list(table.columns[files]), table.source, table.place, on_missing)
    if not found.files:
        raise DataError(f"none of the files that {table.source} names is in {folder}.")
    columns = table.label_columns(label_column, label_columns, classes, [files])
    kept = {column: [cells[row] for row in found.rows] for column, cells in columns.items()}
    meant, condition = explained(kept, classes, lambda i: table.place(found.rows[i]))
    warn_of_unnamed(folder, found.files, table.source)
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels)
    return labelled_files(
        folder,
        found.files,
        meant,
        condition,
        decode,
        on_bad=on_bad,
        workers=workers,
        cache=cache,
        name=name,
    )


def is_listed(folder: Path) -> bool:
    """Whether a folder is labelled by a table rather than by class folders.

    It is if there is a table and no two class folders with images; or a table that NVIDIA's tools
    write, whose folders are no classes; or images but no folder at all.
    """
    tables = tables_in(folder)
    if any(declares_labels(table) for table in tables):
        return True
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    filled = [entry for entry in entries if entry.is_dir() and _holds_images(entry)]
    if tables:
        return len(filled) < 2
    folders = any(entry.is_dir() for entry in entries)
    return not folders and next(images_in(folder), None) is not None


def tables_in(folder: Path) -> list[Path]:
    """The tables of files that lie in a folder, but the one that `condgan export` leaves there."""
    own = NAME if labels_of_folders(folder) is not None else None
    return sorted(
        entry
        for entry in folder.iterdir()
        # There may be very many images, none of which calls itself an image in vain.
        if not entry.name.startswith(".") and entry.suffix.lower() not in ENDINGS
        if entry.is_file() and entry.name != own and lists_files(entry)
    )


def _holds_images(folder: Path) -> bool:
    return any("/" not in path for path in images_in(folder))


def _table_of(folder: Path) -> Path:
    tables = tables_in(folder)
    if len(tables) == 1:
        return tables[0]
    if tables:
        raise ConfigError(
            f"{folder} has {len(tables)} tables of files: "
            f"{listed(table.name for table in tables)}. Say which: "
            f'labels="{tables[0].as_posix()}".'
        )
    raise MissingFileError(
        f"{folder} has {sum(1 for _ in images_in(folder))} images but no table of their labels, a "
        "CSV or JSON file with a column called file or image. Put it there, name it with "
        f"labels=..., or put the images of each class in a folder such as {folder / 'cat'}."
    )


def _asked_for(folder: Path, labels: str | Path) -> Path:
    path = Path(labels).expanduser()
    return path if path.exists() or not (folder / path).exists() else folder / path


def _file_column(table: Table, asked: str | None) -> str:
    if asked is not None:
        return table.asked_for(asked, "file_column")
    found = table.named(FILE_NAMES)
    if found is None:
        raise ConfigError(
            f"{table.source} has no column called {listed(FILE_NAMES[:6])}; it has "
            f'{listed(table.columns)}. Say which holds the paths: file_column="...".'
        )
    return found
