"""Instruction data that is open: read as often as wanted, a batch at a time, bad rows set aside.

Rows are known by their number in the source, good and bad rows counted, so that an analysis, the rejects and the writer
speak of the same rows.

Price on one core, at 310 bytes a row: 150,000 rows/s from a JSON array, 190,000 from CSV, 300,000 from JSON Lines,
400,000 from Parquet (`benchmarks/records.py`); memory of one batch.
"""

from __future__ import annotations

from html import escape
from itertools import count, islice
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from taskscape.errors import DataError, UsageError
from taskscape.records.containers import Container, Record, read_records
from taskscape.records.formats import MISSING, Layout, RowError, find
from taskscape.records.jsonvalues import without_halves
from taskscape.records.rejects import Reject, Rejects, shown
from taskscape.records.texts import answer_reader, input_reader, instruction_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np
    from datasets import Dataset as HubDataset
    from numpy.typing import NDArray

    from taskscape.records.sources import SourceFile

CHARACTERS = 32 << 20  # of one batch, however few rows that is
SHOWN = 5  # rows in a notebook


class Located(NamedTuple):
    """A record with its place: number in the dataset, file."""

    row: int
    file: SourceFile
    record: Record


class GoodRow(NamedTuple):
    """A row that can be read: its record with its place, and the values that `Dataset.batches` has columns of."""

    found: Located
    instruction: str
    label: str | None = None
    input: str | None = None
    answer: str | None = None


class Dataset:
    """Instruction data, open for reading. Made by `open_dataset`.

    Attributes
    ----------
    files
        The files, in order, each with `path`, `size` and `digest`.
    container
        How rows lie in the files.
    format
        The instruction format; `format.name` is what ``--format`` takes.
    options
        Settings that decide which texts come out, as keywords of `open_dataset`; they survive JSON.
    recognised
        What was recognised, in one line for people.
    rejects
        The bad rows of the latest pass: complete once its batches are read.
    strict
        Whether the first bad row raises.
    """

    def __init__(
        self,
        files: tuple[SourceFile, ...],
        container: Container,
        layout: Layout,
        options: dict[str, Any],
        recognised: str,
        *,
        strict: bool,
    ) -> None:
        self.files = files
        self.container = container
        self.format = layout
        self.options = options
        self.recognised = recognised
        self.strict = strict
        self.rejects = Rejects()
        self._read = instruction_reader(layout, options["turn"], with_input=options["with_input"])

    def __repr__(self) -> str:
        names = ", ".join(file.path.name for file in self.files[:3])
        return f"<Dataset {names}{', …' if len(self.files) > 3 else ''}: {self.recognised}>"

    def _repr_html_(self) -> str:
        """Show what was recognised and the first instructions, in a notebook."""
        lines = []
        for row, _, record in islice(self.records(self._columns(parts=False)), SHOWN):
            try:
                text = self._read(record.value) if record.error is None else f"({record.error})"
            except RowError as reason:
                text = f"({reason})"
            lines.append(f"<tr><td>{row}</td><td style='text-align:left'>{escape(shorten(text, 160))}</td></tr>")
        head = "<tr><th>row</th><th style='text-align:left'>instruction</th></tr>"
        return f"<table><caption>{escape(repr(self))}</caption>{head}{''.join(lines)}</table>"

    @property
    def labelled(self) -> bool:
        """Whether batches have a column `label`."""
        return self.options["label"] is not None or self.container is Container.KEYED

    def records(self, columns: Sequence[str] | None = None) -> Iterator[Located]:
        """Read all rows, good and bad, as they lie in the files.

        Parameters
        ----------
        columns
            Top-level fields that are wanted from Parquet and Arrow files; text files always give all.

        Raises
        ------
        DataError
            A file was changed since it was opened, or its compression is damaged.
        """
        numbers = count()
        for file in self.files:
            file.check_unchanged()
            for record in read_records(file.path, self.container, columns):
                yield Located(next(numbers), file, record)

    def batches(self, rows: int = 8192, *, parts: bool = False) -> Iterator[pa.RecordBatch]:
        """Read the good rows; the others go to `rejects`, which begins anew.

        Parameters
        ----------
        rows
            Most rows in a batch; fewer where the texts are very long.
        parts
            Give `input` and `answer` too (string, null where a row has none), for prompts that show examples.

        Yields
        ------
        pyarrow.RecordBatch
            `row` (int64: number in the source from 0, good and bad rows counted, ascending), `instruction` (string, not
            empty), `label` where `labelled`, `input` and `answer` where `parts`.

        Raises
        ------
        DataError
            `strict`, and a row is bad; or the file was changed or is damaged.
        """
        extras = self._extras(parts=parts)
        gathered: dict[str, list[Any]] = {name: [] for name in ("row", "instruction", *extras)}
        numbers, texts = gathered["row"], gathered["instruction"]
        characters = 0
        for found, text in self._good(self._columns(parts=parts)):
            numbers.append(found.row)
            texts.append(text)
            for name, read in extras.items():
                gathered[name].append(read(found.record))
            characters += len(text)
            if len(numbers) >= rows or characters >= CHARACTERS:
                yield _batch(gathered)
                for values in gathered.values():
                    values.clear()
                characters = 0
        if numbers:
            yield _batch(gathered)

    def good_rows(self, *, parts: bool = False, fields: Sequence[str] = ()) -> Iterator[GoodRow]:
        """Read the good rows one at a time, each with its record; the others go to `rejects`, which begins anew.

        Parameters
        ----------
        parts
            Give `input` and `answer` too.
        fields
            Top-level fields that the records from Parquet and Arrow files hold besides; text files always give all.

        Raises
        ------
        DataError
            As `batches`.
        """
        extras = self._extras(parts=parts)
        columns = list(dict.fromkeys((*self._columns(parts=parts), *fields)))
        for found, text in self._good(columns):
            yield GoodRow(found, text, **{name: without_halves(read(found.record)) for name, read in extras.items()})

    def texts(self, rows: NDArray[np.int64] | None = None) -> list[str]:
        """Give instructions.

        Parameters
        ----------
        rows
            Numbers of the rows that are wanted, ascending, each once; no other text is kept in memory. None gives all
            good rows, for data that fits in memory.
        """
        if rows is None:
            return [text for batch in self.batches() for text in batch.column("instruction").to_pylist()]
        found: list[str] = []
        wanted = pa.array(rows)
        for batch in self.batches():
            found += batch.filter(pc.is_in(batch.column("row"), wanted)).column("instruction").to_pylist()
        return found

    def labels(self) -> list[str | None]:
        """Give the known label of each good row, in the order of `texts`.

        Raises
        ------
        UsageError
            The data carries none.
        """
        if not self.labelled:
            raise UsageError(f"{self.files[0].path}: no labels are known. Name the field that has them: label=FIELD.")
        return [label for batch in self.batches() for label in batch.column("label").to_pylist()]

    def to_dataset(
        self, *, rows: NDArray[np.int64] | Sequence[int] | None = None, columns: Mapping[str, Any] | None = None
    ) -> HubDataset:
        """Give rows as a `datasets.Dataset`, all fields kept (needs ``taskscape[hub]``).

        Parameters
        ----------
        rows
            int64 (n,), strictly ascending: the numbers of the rows that are wanted; None for all good ones.
        columns
            Columns to add: name → n values.

        Returns
        -------
        datasets.Dataset
            In memory, as Arrow.

        Raises
        ------
        DataError
            The rows do not fit into one table: a field has values of several types.
        MissingExtraError
            The package `datasets` is not installed.
        """
        from taskscape.records.exchange import to_dataset

        return to_dataset(self, rows=rows, columns=columns)

    def _good(self, columns: Sequence[str]) -> Iterator[tuple[Located, str]]:
        """Read the good rows with their instructions; set the others aside."""
        self.rejects.clear()
        for found in self.records(columns):
            row, file, record = found
            if record.error is not None:
                self._reject(row, file, record, record.error)
                continue
            try:
                text = self._read(record.value)
            except RowError as reason:
                self._reject(row, file, record, str(reason))
                continue
            yield found, text

    def _extras(self, *, parts: bool) -> dict[str, Callable[[Record], str | None]]:
        """Give the columns besides row and instruction, each with the function that takes a record to its value."""
        extras: dict[str, Callable[[Record], str | None]] = {}
        label = self.options["label"]
        if label is not None:
            extras["label"] = lambda record: _label(record.value, label)
        elif self.labelled:
            extras["label"] = lambda record: record.group.label if record.group else None
        if parts:
            read_input, read_answer = input_reader(self.format), answer_reader(self.format, self.options["turn"])
            extras["input"] = lambda record: read_input(record.value)
            extras["answer"] = lambda record: read_answer(record.value)
        return extras

    def _columns(self, *, parts: bool) -> tuple[str, ...]:
        """Give the top-level fields that a pass needs, so that others are not read from binary files."""
        layout = self.format
        paths = [layout.instruction, layout.history, self.options["label"]]
        if parts or self.options["with_input"]:
            paths += [*layout.input, layout.whole]
        if parts:
            paths += layout.answer
        # A dotted path may be one key with a dot in it, or begin with the key before the dot.
        return tuple(dict.fromkeys(name for path in paths if path for name in (path, path.partition(".")[0])))

    def _reject(self, row: int, file: SourceFile, record: Record, reason: str) -> None:
        raw = shown(orjson.dumps(record.value, default=str) if record.line is None else record.raw)
        reject = Reject(str(file.path), row, record.line, reason, raw)
        if self.strict:
            raise DataError(f"{reject}. Mend the row, or leave strict away to set bad rows aside.")
        self.rejects.add(reject)


def _batch(gathered: dict[str, list[Any]]) -> pa.RecordBatch:
    arrays = [_strings(values) if name != "row" else pa.array(values, pa.int64()) for name, values in gathered.items()]
    return pa.record_batch(arrays, names=list(gathered))


def _strings(values: list[str | None]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half a character in a label, input or answer: an instruction with one is a bad row
        return pa.array(map(without_halves, values), pa.string())


def _label(row: Any, path: str) -> str | None:
    value = find(row, path)
    return None if value is None or value is MISSING else str(value)
