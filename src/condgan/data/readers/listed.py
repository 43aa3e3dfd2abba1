"""A folder of image files, flat or nested, with a table that says the label of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from condgan.classes import Label
from condgan.conditions import Condition
from condgan.data.labelled import LabelledImages
from condgan.data.readers.decode import PIXELS, Decoder, Fit
from condgan.data.readers.files import ENDINGS, Files, OnBad
from condgan.data.readers.images_of_files import labelled_files
from condgan.data.readers.label_columns import explained
from condgan.data.readers.paths import OnMissing, images_in, located, warn_of_unnamed
from condgan.data.readers.repeats import each_once
from condgan.data.readers.table import FILE_NAMES
from condgan.data.readers.table_files import (
    columns_named,
    declares_labels,
    lists_files,
    read_table,
)
from condgan.data.readers.unlabelled import OnUnlabelled, Unlabelled
from condgan.errors import ConfigError, DataError, MissingFileError, listed
from condgan.manifest import NAME, labels_of_folders

TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".xls", ".ods", ".parquet")
"""How the names of tables end, whether they can be read or not."""


def read_listed(
    folder: str | Path,
    *,
    labels: str | Path | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
    label_columns: Sequence[str] | None = None,
    encoding: str | None = None,
    on_missing: OnMissing = "error",
    on_unlabelled: OnUnlabelled = "error",
    unlabelled: Any = (),
    image_size: int | tuple[int, int] | None = None,
    fit: Fit = "crop",
    max_pixels: int = PIXELS,
    channels: int | None = None,
    background: str | tuple[int, int, int] = "white",
    orient: bool = True,
    value_range: tuple[float, float] | None = None,
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
        encoding: of the table, if that is neither UTF-8 nor UTF-16 with a mark.
        on_missing: "error", or "skip" to leave out rows whose file is not there, with one warning.
        on_unlabelled: "error", or "skip" to leave out images without a label, or with two, with
            one warning.
        unlabelled: cells that mean "no label" as an empty one does, such as "NA" or ("NA", "?").
        image_size, fit, max_pixels, channels, background, orient, value_range, on_bad, workers,
            cache: as in `read_folder`.
        classes: what the labels mean, if they do not tell; `Attributes` or `Quantities` by the
            names of columns picks these columns.
        name: what to call the set; that of the folder if left out.

    Raises:
        MissingFileError: no such folder or table, or files that the table names.
        FileFormatError: the table is none, or an image cannot be decoded.
        ConfigError: it is not clear which table or column is meant, or it is not there.
        DataError: a path that leaves the folder; images of different sizes.
        LabelError: labels that are empty, two for one file, or not among the classes.
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
    found = listing(
        folder,
        labels=labels,
        file_column=file_column,
        label_column=label_column,
        label_columns=label_columns,
        encoding=encoding,
        on_missing=on_missing,
        unlabelled=Unlabelled(on_unlabelled, unlabelled),
        classes=classes,
    )
    warn_of_unnamed(folder, found.named, found.source)
    decode = Decoder(channels, background, image_size, orient, fit, max_pixels, value_range)
    return labelled_files(
        folder,
        found.files,
        found.labels,
        found.condition,
        decode,
        on_bad=on_bad,
        workers=workers,
        cache=cache,
        as_told=classes is not None,
        name=name,
    )


class Listing(NamedTuple):
    """What a table says of a folder: the files that are there and labelled, and their labels.

    `named` are all that the table names and that are there.
    """

    files: Files
    labels: Sequence[Any]
    condition: Condition
    named: Files
    source: str


def listing(
    folder: Path,
    *,
    labels: str | Path | None = None,
    file_column: str | None = None,
    label_column: str | None = None,
    label_columns: Sequence[str] | None = None,
    encoding: str | None = None,
    on_missing: OnMissing = "error",
    unlabelled: Unlabelled,
    classes: int | Iterable[Label] | Condition | None = None,
) -> Listing:
    """Finds and reads the table of a folder; arguments and errors as for `read_listed`."""
    if not folder.is_dir():
        raise MissingFileError(f"there is no folder {folder}.")
    path = _table_of(folder, file_column) if labels is None else _asked_for(folder, labels)
    table = read_table(path, encoding)
    of_files = table.file_column(file_column)
    columns = table.label_columns(label_column, label_columns, classes, [of_files])
    there = located(folder, table.columns[of_files], table.source, table.place, on_missing)
    if not there.files:
        raise DataError(f"none of the files that {table.source} names is in {folder}.")
    labelled = {column: [cells[row] for row in there.rows] for column, cells in columns.items()}

    def place(index: int) -> str:
        return table.place(there.rows[index])

    names = there.files.names
    once = each_once(names, labelled, table.source, place, unlabelled)
    meant = explained(
        {column: [cells[k] for k in once] for column, cells in labelled.items()},
        classes,
        lambda i: f"{names[once[i]]!r} ({place(once[i])})",
        unlabelled,
        table.source,
    )
    files = Files(folder, [names[once[row]] for row in meant.rows])
    return Listing(files, meant.labels, meant.condition, there.files, table.source)


def is_listed(folder: Path) -> bool:
    """Whether a folder is labelled by a table rather than by class folders.

    It is if there is a table, whatever its columns are called, and no two class folders with
    images; or a table that NVIDIA's tools write, whose folders are no classes; or images but no
    folder at all.
    """
    tables = tables_in(folder)
    if any(declares_labels(table) for table in tables):
        return True
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    folders = [entry for entry in entries if entry.is_dir()]
    if not folders:
        return bool(tables) or next(images_in(folder), None) is not None
    filled = sum(_holds_images(entry) for entry in folders)
    return filled < 2 and bool(tables or (filled and _possible_tables(folder)))


def tables_in(folder: Path) -> list[Path]:
    """The tables of files that lie in a folder, but the one that `condgan export` leaves there."""
    return [path for path in _files_but_images(folder) if lists_files(path)]


def _files_but_images(folder: Path) -> list[Path]:
    own = NAME if labels_of_folders(folder) is not None else None
    return sorted(
        entry
        for entry in folder.iterdir()
        # There may be very many images, none of which calls itself an image in vain.
        if not entry.name.startswith(".") and entry.suffix.lower() not in ENDINGS
        if entry.is_file() and entry.name != own
    )


def _holds_images(folder: Path) -> bool:
    return any("/" not in path for path in images_in(folder))


def _table_of(folder: Path, file_column: str | None) -> Path:
    tables = tables_in(folder)
    others = {} if tables else _possible_tables(folder)
    if file_column is not None:
        tables += [path for path, columns in others.items() if file_column in columns]
    if len(tables) == 1:
        return tables[0]
    if tables:
        raise ConfigError(
            f"{folder} has {len(tables)} tables of files: "
            f"{listed(table.name for table in tables)}. Say which: "
            f'labels="{tables[0].as_posix()}".'
        )
    if others:
        path, columns = next(iter(others.items()))
        raise ConfigError(
            f"{path} has the columns {listed(columns)}, none of which is called as columns of "
            f"files are ({listed(FILE_NAMES[:6])}, ...). If it is the table of labels, say which "
            'holds the files, file_column="...", and which the labels, label_column="...".'
        )
    near = [path.name for path in _files_but_images(folder) if path.suffix.lower() in TABLES]
    raise MissingFileError(
        f"{folder} has {sum(1 for _ in images_in(folder))} images but no table of their labels, a "
        "CSV or JSON file with a column called file or image. Put it there, name it with "
        f"labels=..., or put the images of each class in a folder such as {folder / 'cat'}."
        + (f" Not read as such a table: {listed(near)}." if near else "")
    )


def _possible_tables(folder: Path) -> dict[Path, list[str]]:
    """The text files in a folder that have columns of any name."""
    found = {path: columns_named(path) for path in _files_but_images(folder)}
    return {path: columns for path, columns in found.items() if columns}


def _asked_for(folder: Path, labels: str | Path) -> Path:
    path = Path(labels).expanduser()
    return path if path.exists() or not (folder / path).exists() else folder / path
