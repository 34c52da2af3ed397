"""Instruction data that is open: read as often as wanted, a batch at a time, bad rows set aside.

Rows are known by their number in the source, good and bad rows counted, so that an analysis, the rejects and the writer
speak of the same rows.

Price on one core: PRICE
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pyarrow as pa

from taskscape.errors import DataError, UsageError
from taskscape.records.containers import Container, Record, read_records
from taskscape.records.formats import MISSING, Layout, RowError, find
from taskscape.records.rejects import Reject, Rejects, shown
from taskscape.records.texts import instruction_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskscape.records.sources import SourceFile

CHARACTERS = 32 << 20  # of one batch, however few rows that is


class Located(NamedTuple):
    """A record with its place: number in the dataset, file."""

    row: int
    file: SourceFile
    record: Record


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

    @property
    def labelled(self) -> bool:
        """Whether batches have a column `label`."""
        return self.options["label"] is not None or self.container is Container.KEYED

    @property
    def schema(self) -> pa.Schema:
        """Schema of the batches: `row` int64, `instruction` string, and `label` string where labels are known."""
        fields = [pa.field("row", pa.int64(), nullable=False), pa.field("instruction", pa.string(), nullable=False)]
        if self.labelled:
            fields.append(pa.field("label", pa.string()))
        return pa.schema(fields)

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

    def batches(self, rows: int = 8192) -> Iterator[pa.RecordBatch]:
        """Read the good rows; the others go to `rejects`, which begins anew.

        Parameters
        ----------
        rows
            Most rows in a batch; fewer where the texts are very long.

        Yields
        ------
        pyarrow.RecordBatch
            `row` (int64: number in the source from 0, good and bad rows counted, ascending), `instruction` (string, not
            empty), and `label` where `labelled`.

        Raises
        ------
        DataError
            `strict`, and a row is bad; or the file was changed or is damaged.
        """
        self.rejects.clear()
        label = self.options["label"]
        numbers: list[int] = []
        texts: list[str] = []
        labels: list[str | None] = []
        characters = 0
        for row, file, record in self.records(self._columns()):
            if record.error is not None:
                self._reject(row, file, record, record.error)
                continue
            try:
                text = self._read(record.value)
            except RowError as reason:
                self._reject(row, file, record, str(reason))
                continue
            numbers.append(row)
            texts.append(text)
            if label is not None:
                labels.append(_label(record.value, label))
            elif record.group is not None:
                labels.append(record.group.label)
            characters += len(text)
            if len(numbers) >= rows or characters >= CHARACTERS:
                yield self._batch(numbers, texts, labels)
                numbers, texts, labels, characters = [], [], [], 0
        if numbers:
            yield self._batch(numbers, texts, labels)

    def texts(self) -> list[str]:
        """Give all instructions; for data that fits in memory."""
        return [text for batch in self.batches() for text in batch.column("instruction").to_pylist()]

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

    def _columns(self) -> tuple[str, ...] | None:
        fields = self.format.fields()
        label = self.options["label"]
        return (*fields, *dict.fromkeys((label, label.partition(".")[0]))) if label else fields

    def _batch(self, rows: list[int], texts: list[str], labels: list[str | None]) -> pa.RecordBatch:
        arrays = [pa.array(rows, pa.int64()), pa.array(texts, pa.string())]
        if self.labelled:
            arrays.append(pa.array(labels, pa.string()))
        return pa.record_batch(arrays, schema=self.schema)

    def _reject(self, row: int, file: SourceFile, record: Record, reason: str) -> None:
        raw = shown(record.raw or orjson.dumps(record.value, default=str))
        reject = Reject(str(file.path), row, record.line, reason, raw)
        if self.strict:
            raise DataError(f"{reject}. Mend the row, or leave strict away to set bad rows aside.")
        self.rejects.add(reject)


def _label(row: Any, path: str) -> str | None:
    value = find(row, path)
    return None if value is None or value is MISSING else str(value)
