"""Rows back in their own format and order, with columns added or rows dropped.

A second pass over the source copies the rows that stay: their bytes where the file is text, whole Arrow batches where
it is not. So every field survives, known or not, and memory does not grow with the file. The output appears in one
step, so that it may be the source itself.

Price: about the time of reading.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from taskscape.errors import DataError, UsageError
from taskscape.records.columnar import as_microseconds, read_schema, refuse_twins
from taskscape.records.containers import Container
from taskscape.records.delimited import Header, read_header
from taskscape.records.delimited_output import CsvSink, TextSink
from taskscape.records.json_output import ArraySink, KeyedSink, LinesSink, ObjectSink, closing
from taskscape.records.jsonrows import INSTRUCTION, LABEL
from taskscape.records.output import check_place, replacing
from taskscape.records.scanning import members
from taskscape.records.sources import SUFFIXES, require_suffix
from taskscape.records.streams import has_byte_order_mark, open_for_writing, split_suffix
from taskscape.records.tables import TableFile, common_schema, copy_tables, inferred_schema, row_batches, with_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO, TypeAlias

    from numpy.typing import NDArray

    from taskscape.records.dataset import Dataset, Located
    from taskscape.records.output import Sink

    Progress: TypeAlias = Callable[[int, int | None], None]

STEP = 4096  # rows whose added values are Python objects at one time, and between two calls of progress
_TABLES = (Container.PARQUET, Container.ARROW)


def write_dataset(
    dataset: Dataset,
    output: str | Path,
    *,
    rows: NDArray[np.int64] | Sequence[int],
    columns: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write chosen rows of a dataset, in its own format and order, all fields kept.

    A file with the suffix of the source is written as the source is: a JSON array as an array with its indentation, a
    CSV table with its delimiter, Parquet with its schema and metadata. Another suffix converts: JSON Lines, JSON
    arrays, Parquet and Arrow take any rows, CSV takes flat ones, ``.txt`` takes bare texts. Several source files
    become one. Rows that are bare texts become objects with the text as `instruction` when they are given columns.
    Rows that leave IEB's object of tasks carry their task as `label`.

    Parameters
    ----------
    dataset
        From `taskscape.open_dataset`; its files must not have changed since.
    output
        The file to write; its suffix says how (``.jsonl.gz`` compresses). It may be the source itself.
    rows
        int64 (n,), strictly ascending: the numbers of the rows that stay, as in the batches' column `row`.
    columns
        Name → n values (an Arrow array, NumPy array or list). Where the rows have a field of that name, it is replaced.
        NaN is written as null.
    progress
        Called with (rows written, n).

    Raises
    ------
    UsageError
        `rows` or `columns` do not fit the data, or the suffix is unknown.
    DataError
        The source changed, a chosen row cannot be read, or the output's kind of file cannot hold the rows.
    """
    path = Path(output)
    check_output(dataset, path, columns=list(columns or ()))
    suffix, _ = require_suffix(path)
    chosen = _checked_rows(rows)
    added = _checked_columns(columns or {}, len(chosen))
    target = _target(dataset, suffix, len(chosen))
    with replacing(path) as temporary:
        if target in _TABLES:
            _write_table(dataset, temporary, target, chosen, added, progress)
        else:
            with open_for_writing(temporary, like=path) as stream:
                _write_text(dataset, stream, target, suffix, chosen, added, progress)


def check_output(dataset: Dataset, output: str | Path, *, columns: Sequence[str] = ()) -> None:
    """Find out whether `write_dataset` could write there, before hours of work: what can be told without the rows.

    Parameters
    ----------
    dataset
        What is to be written.
    output
        The file that is to be written.
    columns
        Names of the columns that will be added.

    Raises
    ------
    UsageError
        The suffix is unknown.
    DataError
        There is no such folder, a ``.txt`` file has no place for columns, or two columns of the source have one name
        (which CSV that is copied as it is may have).
    """
    path = Path(output)
    suffix, _ = require_suffix(path)
    check_place(path)
    target = _target(dataset, suffix, 1)
    if target is Container.TEXT and columns:
        raise DataError(f"{path}: a .txt file has no place for columns. Write .jsonl, .json, .csv or .parquet.")
    if dataset.container in _TABLES:
        refuse_twins(read_schema(dataset.files[0].path).names, dataset.files[0].path)
    if dataset.container is Container.CSV and (target is not Container.CSV or columns):
        refuse_twins(read_header(dataset.files[0].path).names, dataset.files[0].path)


def _checked_rows(rows: NDArray[np.int64] | Sequence[int]) -> NDArray[np.int64]:
    chosen = np.asarray(rows)
    if chosen.size == 0:
        return np.empty(0, np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise UsageError(f"rows must be one-dimensional integers; got {chosen.dtype} of shape {chosen.shape}.")
    chosen = chosen.astype(np.int64)
    if chosen[0] < 0 or (np.diff(chosen) <= 0).any():
        raise UsageError("rows must be row numbers from 0, each once, in ascending order.")
    return chosen


def _checked_columns(columns: Mapping[str, Any], count: int) -> dict[str, pa.Array]:
    added = {}
    for name, values in columns.items():
        try:
            array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise UsageError(f"the column {name!r} cannot be written: {error}") from error
        if len(array) != count:
            raise UsageError(f"the column {name!r} has {len(array):,} values for {count:,} rows.")
        whole = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
        added[name] = whole.dictionary_decode() if pa.types.is_dictionary(whole.type) else whole
    return added


def _target(dataset: Dataset, suffix: str, count: int) -> Container:
    """Tell what the output will be: as the source where the suffix is the same, else what the suffix says."""
    source = dataset.container
    own = split_suffix(dataset.files[0].path)[0]
    if source is Container.OBJECT and suffix == ".json":
        return source if len(dataset.files) == 1 and count == 1 else Container.ARRAY
    if suffix == own and source is not Container.OBJECT:
        return source
    family = SUFFIXES[suffix]
    if family == "json":
        return Container.ARRAY if suffix == ".json" else Container.LINES
    return {"csv": Container.CSV, "txt": Container.TEXT, "parquet": Container.PARQUET, "arrow": Container.ARROW}[family]


def _selected(dataset: Dataset, rows: NDArray[np.int64]) -> Iterator[Located]:
    """Read the chosen rows.

    Raises
    ------
    DataError
        One cannot be read, or is not there.
    """
    wanted = iter(rows.tolist())
    due = next(wanted, None)
    if due is None:
        return
    for located in dataset.records():
        if located.row != due:
            continue
        if located.record.error is not None:
            line = f"line {located.record.line}, " if located.record.line else ""
            raise DataError(f"{located.file.path}, {line}row {due}: cannot be written: {located.record.error}.")
        yield located
        due = next(wanted, None)
        if due is None:
            return
    raise UsageError(f"row {due} is chosen, but the data has fewer rows.")


def _write_text(
    dataset: Dataset,
    stream: BinaryIO,
    target: Container,
    suffix: str,
    rows: NDArray[np.int64],
    added: Mapping[str, pa.Array],
    progress: Progress | None,
) -> None:
    sink = _sink(dataset, stream, target, suffix, rows, list(added))
    values = _values(added, len(rows))
    for done, located in enumerate(_selected(dataset, rows)):
        try:
            sink.add(located.record, next(values))
        except DataError as error:
            raise DataError(f"row {located.row} of {located.file.path}: {error}") from error
        if progress and done % STEP == 0:
            progress(done, len(rows))
    sink.finish()
    if progress:
        progress(len(rows), len(rows))


def _values(added: Mapping[str, pa.Array], count: int) -> Iterator[dict[str, Any]]:
    for start in range(0, count, STEP):
        lists = [_python_values(array.slice(start, STEP)) for array in added.values()]
        for index in range(min(STEP, count - start)):
            yield dict(zip(added, (values[index] for values in lists), strict=True))


def _python_values(array: pa.Array) -> list[Any]:
    """Give values as Python objects; short floats by their shortest digits (0.1, not 0.10000000149011612)."""
    if pa.types.is_float32(array.type) or pa.types.is_float16(array.type):
        short = array.to_numpy(zero_copy_only=False)
        return [None if np.isnan(value) else float(str(value)) for value in short]
    return list(as_microseconds(array).to_pylist())


def _sink(
    dataset: Dataset, stream: BinaryIO, target: Container, suffix: str, rows: NDArray[np.int64], added: Sequence[str]
) -> Sink:
    source = dataset.container
    if target is Container.LINES:
        return LinesSink(stream, source)
    if target is Container.KEYED:
        return KeyedSink(stream, _closing(dataset, b"}"))
    if target is Container.OBJECT:
        return ObjectSink(stream)
    if target is Container.TEXT:
        return TextSink(stream, source)
    if target is Container.ARRAY:
        return ArraySink(stream, source, _closing(dataset, b"]") if source is Container.ARRAY else b"")
    delimiter = "\t" if suffix == ".tsv" else ","
    if source is not Container.CSV:
        return CsvSink(stream, source, Header(_fields(dataset, rows), delimiter, b""), added)
    first = dataset.files[0].path
    header = read_header(first)
    for file in dataset.files[1:]:
        if read_header(file.path)[:2] != header[:2]:
            raise DataError(f"{first} and {file.path} have different columns. Write them one at a time.")
    if suffix == split_suffix(first)[0]:
        return CsvSink(stream, source, header, added, copies=True, mark=has_byte_order_mark(first))
    return CsvSink(stream, source, header._replace(delimiter=delimiter), added)


def _closing(dataset: Dataset, bracket: bytes) -> bytes:
    """Look up how the source closes; only where that can be seen without unpacking it whole."""
    last = dataset.files[-1].path
    if split_suffix(last)[1]:
        return b""
    with last.open("rb") as file:
        file.seek(max(0, last.stat().st_size - 4096))
        return closing(file.read(), bracket)


def _fields(dataset: Dataset, rows: NDArray[np.int64]) -> list[str]:
    """Find the fields of the chosen rows, in the order in which they first appear: one pass more."""
    if dataset.container in _TABLES:
        return list(read_schema(dataset.files[0].path).names)
    names: dict[str, None] = {}
    for located in _selected(dataset, rows):
        record = located.record
        if not isinstance(record.value, dict):
            names.setdefault(INSTRUCTION)
            continue
        if record.group is not None:
            names.setdefault(LABEL)
        if not names.keys() >= record.value.keys():
            names.update(dict.fromkeys(member.key for member in members(record.raw)))
    return list(names)


def _write_table(
    dataset: Dataset,
    temporary: Path,
    target: Container,
    rows: NDArray[np.int64],
    added: Mapping[str, pa.Array],
    progress: Progress | None,
) -> None:
    try:
        copy = _copied_table if dataset.container in _TABLES else _made_table
        done = 0
        for done in copy(dataset, temporary, target, rows, added):
            if progress:
                progress(done, len(rows))
        if done < len(rows):
            raise UsageError(f"row {rows[done]} is chosen, but the data has fewer rows.")
    except pa.ArrowException as error:
        raise DataError(f"the rows cannot be written as {target.value}: {error}") from error


def _copied_table(
    dataset: Dataset, temporary: Path, target: Container, rows: NDArray[np.int64], added: Mapping[str, pa.Array]
) -> Iterator[int]:
    """Copy batches; give the numbers of rows written so far."""
    for file in dataset.files:
        file.check_unchanged()
    paths = [file.path for file in dataset.files]
    schema = with_fields(common_schema(paths), added)
    with TableFile(temporary, schema, target, paths[0] if dataset.container is target else None) as table:
        yield from copy_tables(paths, table, schema, rows, added)


def _made_table(
    dataset: Dataset, temporary: Path, target: Container, rows: NDArray[np.int64], added: Mapping[str, pa.Array]
) -> Iterator[int]:
    """Make rows of text files into a table; give the numbers of rows written so far."""
    schema = with_fields(inferred_schema(located.record for located in _selected(dataset, rows)), added)
    records = (located.record for located in _selected(dataset, rows))
    done = 0
    with TableFile(temporary, schema, target) as table:
        for batch in row_batches(records, schema, added):
            table.write(batch)
            done += batch.num_rows
            yield done
