"""Writing Parquet and Arrow: batches copied with schema and metadata, or rows of other files made into a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from taskscape.errors import DataError
from taskscape.records.columnar import ROWS, is_arrow_stream, read_batches, read_schema, refuse_twins
from taskscape.records.containers import Container, Record
from taskscape.records.jsonrows import INSTRUCTION, LABEL
from taskscape.records.jsonvalues import without_halves

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

GROUP_ROWS = 1 << 17  # rows of a Parquet row group, where the source does not say
GROUP_BYTES = 128 << 20  # bytes of Arrow data that end a row group before that


class TableFile:
    """A Parquet or Arrow file that is being written.

    Parameters
    ----------
    path
        Where to write.
    schema
        Its columns and metadata.
    container
        Parquet or Arrow.
    like
        A file of the same container whose compression, row group size and form of Arrow are taken over.
    """

    def __init__(self, path: Path, schema: pa.Schema, container: Container, like: Path | None = None) -> None:
        self._held: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._limit = GROUP_ROWS
        self._schema = schema
        if container is Container.ARROW:
            make = pa.ipc.new_stream if like is not None and is_arrow_stream(like) else pa.ipc.new_file
            self._writer = make(str(path), schema)
            return
        compression = "snappy"
        if like is not None:
            metadata = pq.read_metadata(like)
            if metadata.num_row_groups and metadata.num_columns:
                self._limit = max(1, metadata.row_group(0).num_rows)
                name = metadata.row_group(0).column(0).compression
                compression = "none" if name == "UNCOMPRESSED" else name.lower()
        self._writer = pq.ParquetWriter(path, schema, compression=compression)

    def __enter__(self) -> TableFile:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush(self._rows)
        self._writer.close()

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows; they are held until they fill a row group."""
        if not isinstance(self._writer, pq.ParquetWriter):
            self._writer.write_batch(batch)
            return
        self._held.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= self._limit or self._bytes >= GROUP_BYTES:
            self._flush(self._rows if self._bytes >= GROUP_BYTES else self._rows // self._limit * self._limit)

    def _flush(self, count: int) -> None:
        """Write the first `count` of the rows that are held."""
        if count:
            whole = pa.Table.from_batches(self._held, self._schema)
            self._writer.write_table(whole.slice(0, count), row_group_size=self._limit)
            self._held = whole.slice(count).to_batches()
            self._rows -= count
            self._bytes = sum(batch.nbytes for batch in self._held)


def common_schema(paths: Sequence[Path]) -> pa.Schema:
    """Give the schema of several files.

    Raises
    ------
    DataError
        They differ, or two columns have one name.
    """
    first = read_schema(paths[0])
    refuse_twins(first.names, paths[0])
    for path in paths[1:]:
        if not read_schema(path).equals(first):
            raise DataError(f"{paths[0]} and {path} have different columns. Write them one at a time.")
    return first


def copy_tables(
    paths: Sequence[Path], target: TableFile, schema: pa.Schema, rows: NDArray[np.int64], added: Mapping[str, pa.Array]
) -> Iterator[int]:
    """Copy chosen rows of Parquet or Arrow files, with columns added.

    Parameters
    ----------
    paths
        The files, of one schema.
    target
        Where rows go.
    schema
        Of the target.
    rows
        Numbers of the rows, ascending, counted over all files.
    added
        New columns, one value for each of `rows`.

    Yields
    ------
    int
        How many of `rows` are written so far.
    """
    passed = done = 0
    for path in paths:
        for batch in read_batches(path):
            stop = int(rows.searchsorted(passed + batch.num_rows))
            if stop > done:
                chosen = batch.take(pa.array(rows[done:stop] - passed))
                columns = dict(zip(chosen.schema.names, chosen.columns, strict=True))
                columns.update({name: array.slice(done, stop - done) for name, array in added.items()})
                target.write(pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema))
                done = stop
                yield done
            passed += batch.num_rows


def with_fields(schema: pa.Schema, added: Mapping[str, pa.Array]) -> pa.Schema:
    """Add columns to a schema: one of the same name is replaced where it stands. Metadata stays.

    The package `datasets` keeps a list of all columns in the metadata, and refuses a file where they disagree: the list
    gets the new ones.
    """
    for name, array in added.items():
        field = pa.field(name, array.type)
        index = schema.get_field_index(name)
        schema = schema.append(field) if index < 0 else schema.set(index, field)
    metadata = dict(schema.metadata or {})
    if b"huggingface" in metadata and added:
        known = json.loads(metadata[b"huggingface"])
        features = known.get("info", {}).get("features")
        if isinstance(features, dict):
            features.update({name: _feature(array.type) for name, array in added.items()})
            schema = schema.with_metadata({**metadata, b"huggingface": json.dumps(known).encode()})
    return schema


def _feature(kind: pa.DataType) -> Any:
    """Write an Arrow type as `datasets` does."""
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    return {"dtype": {"float": "float32", "double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}


def as_mapping(record: Record) -> dict[str, Any]:
    """Give a record of any file as the fields of a table row, as UTF-8 can hold them."""
    # Only an escape in JSON makes half a character, and few rows have one: the others are not looked through.
    value = without_halves(record.value) if b"\\ud" in record.raw or b"\\uD" in record.raw else record.value
    row = value if isinstance(value, dict) else {INSTRUCTION: value}
    return {LABEL: record.group.label, **row} if record.group is not None else row


def inferred_schema(records: Iterable[Record]) -> pa.Schema:
    """Find the Arrow types that hold all of some rows: one pass, a batch in memory.

    Raises
    ------
    DataError
        A field has values of types that have none in common.
    """
    found: pa.Schema | None = None
    for batch in _chunks(records):
        try:
            part = pa.schema(list(pa.array(batch).type))
            found = part if found is None else pa.unify_schemas([found, part], promote_options="permissive")
        except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
            raise DataError(f"the rows cannot be a table: {error}. Write .jsonl instead.") from error
    return found if found is not None else pa.schema([])


def row_batches(
    records: Iterable[Record], schema: pa.Schema, added: Mapping[str, pa.Array]
) -> Iterator[pa.RecordBatch]:
    """Make rows into batches of a schema, with columns added (one value for each of the records)."""
    own = pa.struct([field for field in schema if field.name not in added])
    done = 0
    for batch in _chunks(records):
        columns = dict(zip((field.name for field in own), pa.array(batch, own).flatten(), strict=True))
        columns.update({name: array.slice(done, len(batch)) for name, array in added.items()})
        done += len(batch)
        yield pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _chunks(records: Iterable[Record]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for record in records:
        chunk.append(as_mapping(record))
        if len(chunk) == ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
