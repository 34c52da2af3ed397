"""Rows of Parquet and Arrow files, read a batch at a time and only the columns that are wanted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from taskscape.errors import DataError
from taskscape.records.containers import Container, Record, container_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

ROWS = 4096  # of one batch in memory


def read_schema(path: Path) -> pa.Schema:
    """Give the schema of a Parquet or Arrow file, with its metadata.

    Raises
    ------
    DataError
        The file is damaged or something else.
    """
    try:
        if container_of(path) is Container.PARQUET:
            return pq.read_schema(path)
        with pa.memory_map(str(path)) as source:
            return _open_arrow(source).schema
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def refuse_twins(names: Sequence[str], path: Path) -> None:
    """Raise `DataError` where two columns have one name: a row could not keep both."""
    twins = [name for name, count in Counter(names).items() if count > 1]
    if twins:
        raise DataError(f"{path}: two columns are named {twins[0]!r}. Rename one first.")


def is_arrow_stream(path: Path) -> bool:
    """Tell an Arrow stream from an Arrow file, which begins with ``ARROW1``."""
    with path.open("rb") as file:
        return file.read(6) != b"ARROW1"


def _open_arrow(source: Any) -> Any:
    begins = source.read(6)
    source.seek(0)
    return pa.ipc.open_file(source) if begins == b"ARROW1" else pa.ipc.open_stream(source)


def read_batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Read a Parquet or Arrow file in batches of at most `ROWS` rows.

    Parameters
    ----------
    path
        The file.
    columns
        Names of top-level columns; None for all.

    Raises
    ------
    DataError
        The file is damaged, or two columns have one of the names.
    """
    try:
        if container_of(path) is Container.PARQUET:
            with pq.ParquetFile(path) as file:
                wanted = None if columns is None else _wanted(file.schema_arrow.names, columns, path)
                yield from file.iter_batches(batch_size=ROWS, columns=wanted)
            return
        with pa.memory_map(str(path)) as source:
            reader = _open_arrow(source)
            count = getattr(reader, "num_record_batches", None)
            whole = reader if count is None else (reader.get_batch(index) for index in range(count))
            for batch in whole:
                part = batch if columns is None else batch.select(_wanted(batch.schema.names, columns, path))
                for start in range(0, batch.num_rows, ROWS):
                    yield part.slice(start, ROWS)
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error


def _wanted(names: Sequence[str], columns: Sequence[str], path: Path) -> list[str]:
    """Give those of some columns that are there."""
    refuse_twins([name for name in names if name in columns], path)
    return [name for name in columns if name in names]


def read_columnar(path: Path, columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read the rows of a Parquet or Arrow file as dicts of the wanted columns, times to the microsecond."""
    for batch in read_batches(path, columns):
        try:
            values = _values(batch)
        except (ValueError, OverflowError):  # a string that is no UTF-8, a date beyond Python's: find the rows
            yield from (_single(batch.slice(index, 1)) for index in range(batch.num_rows))
        else:
            yield from (Record(None, b"", value) for value in values)


def _values(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    columns = [as_microseconds(column) for column in batch.columns]
    schema = pa.schema([field.with_type(column.type) for field, column in zip(batch.schema, columns, strict=True)])
    # A batch without columns still has its number of rows, which would be lost by making it anew.
    readable = batch if schema.equals(batch.schema) else pa.RecordBatch.from_arrays(columns, schema=schema)
    return list(readable.to_pylist())


def as_microseconds(array: pa.Array) -> pa.Array:
    """Cut nanoseconds off the times in an array: Python's own have none, and without pandas Arrow would give up."""
    kind = _microsecond_type(array.type)
    return array if kind == array.type else array.cast(kind, safe=False)


def _microsecond_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_struct(kind):
        return pa.struct([_microsecond_field(field) for field in kind])
    if pa.types.is_map(kind):
        key, item = _microsecond_field(kind.key_field), _microsecond_field(kind.item_field)
        return pa.map_(key, item, kind.keys_sorted)
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _microsecond_type(kind.value_type), kind.ordered)
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(_microsecond_field(kind.value_field), kind.list_size)
    if pa.types.is_large_list(kind):
        return pa.large_list(_microsecond_field(kind.value_field))
    if pa.types.is_list(kind):
        return pa.list_(_microsecond_field(kind.value_field))
    return kind


def _microsecond_field(field: pa.Field) -> pa.Field:
    return field.with_type(_microsecond_type(field.type))


def _single(batch: pa.RecordBatch) -> Record:
    try:
        return Record(None, b"", _values(batch)[0])
    except UnicodeDecodeError as error:
        return Record(None, b"", None, f"invalid UTF-8 at byte {error.start} of a text")
    except (ValueError, OverflowError) as error:
        return Record(None, b"", None, f"a value cannot be read: {error}")
