"""Parquet files as data frames, in no more memory than their size makes likely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from condgan.data.readers.class_names import names_in_metadata
from condgan.data.readers.sniff import FLOOR, RATIO, sniff
from condgan.errors import CondganError, FileFormatError, MissingExtraError

CELL = 8
"""Bytes that a number takes in a frame, at most."""


def read_parquet(path: Path) -> tuple[Any, dict[str, list[str]]]:
    """The frame in a parquet file, and the names of classes that are written into it, by column.

    Raises:
        MissingExtraError: pandas and pyarrow must be installed.
        MissingFileError: there is no such file.
        FileFormatError: it is no parquet file, cannot be read, or unpacks to 100 times its size
            (8 MiB are allowed in any case).
    """
    found = sniff(path)
    if found.kind != "parquet file":
        raise found.refusal("a parquet file")
    try:
        import pandas  # noqa: F401 - makes the frame
        import pyarrow.parquet  # noqa: F401 - reads the file
    except ImportError:
        raise MissingExtraError(
            f"reading the parquet file {path}", "pandas with pyarrow", "parquet"
        ) from None
    try:
        table = _table(path, max(FLOOR, RATIO * found.size))
        if table is None:
            raise FileFormatError(
                f"{path} takes {found.size} bytes and would unpack to so many times its size that "
                "it is hardly data. If it is, read it with pandas and pass the frame."
            )
        table.validate(full=True)
        return table.to_pandas(), names_in_metadata(table.schema.metadata or {})
    except CondganError:
        raise
    # Damaged metadata makes pyarrow and pandas raise almost anything.
    except Exception as error:
        raise FileFormatError(
            f"{path} ({found.size} bytes) begins as a parquet file but cannot be read: {error}. "
            "Fetch it again."
        ) from None


def _table(path: Path, most: int) -> Any:
    """The table in a file; None if it takes more than so many bytes.

    A value that comes again and again takes hardly any room in a file, so numbers are counted
    before they are read, and text is first read as numbers of different texts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if CELL * sum(map(_values, _groups(file))) > most:
            return None
        texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        table = file.read()
    if sum(_length(column) for column in table.columns) > most:
        return None
    columns = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, table.column_names).replace_schema_metadata(
        table.schema.metadata
    )


def _groups(file: Any) -> Any:
    """What the metadata say of the parts of a file."""
    for group in range(file.num_row_groups):
        # Damage that this raises an error of would end the process in the looks that follow.
        next(file.iter_batches(batch_size=1, row_groups=[group]), None)
        yield file.metadata.row_group(group)


def _values(group: Any) -> int:
    """How many cells there are, each entry of a list counted."""
    return sum(group.column(column).num_values for column in range(group.num_columns))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind))


def _length(column: Any) -> int:
    """The bytes of all texts of a column that is read as numbers of them; 0 of another column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return 0
    lengths = (
        pc.sum(pc.take(pc.binary_length(chunk.dictionary), chunk.indices)).as_py()
        for chunk in column.chunks
    )
    return sum(length or 0 for length in lengths)
