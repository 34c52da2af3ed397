"""Any instruction file → Arrow batches of row numbers and instructions; bad rows set aside.

A dataset is opened (its files found, its format recognised by its first rows) and then read as often as wanted, a
batch at a time: memory holds one batch. Rows are known by their number in the source, good and bad rows counted, so
that an analysis, the rejects and the writer speak of the same rows.

Price on one core: 300,000 to 600,000 rows/s from JSON Lines, JSON arrays or Parquet with short texts
(`benchmarks/records.py`).
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pyarrow as pa

from taskscape.errors import DataError, FormatError, UsageError
from taskscape.records.containers import Container, Record, container_of, read_records
from taskscape.records.formats import (
    MISSING,
    Layout,
    RowError,
    check_names,
    find,
    layout_for_columns,
    layout_for_field,
    layout_named,
    recognise,
    seen,
    with_tags,
)
from taskscape.records.rejects import Reject, Rejects, shown
from taskscape.records.sources import SourceFile, find_files
from taskscape.records.texts import TURNS, Turn, instruction_reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SAMPLE = 64  # good rows that decide on the format of a file
LOOKED_AT = 1000  # rows among which they are sought
CHARACTERS = 32 << 20  # of one batch, however few rows that is


class Located(NamedTuple):
    """A record with its place: number in the dataset, file."""

    row: int
    file: SourceFile
    record: Record


def open_dataset(
    data: str | Path,
    *,
    field: str | None = None,
    format: str | None = None,  # noqa: A002 - a flag and a keyword have one spelling
    turn: Turn = "first",
    with_input: bool = False,
    columns: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    label: str | None = None,
    strict: bool = False,
) -> Dataset:
    """Open instruction data of any known format.

    Parameters
    ----------
    data
        A file, a folder or a glob of files of one kind, a folder made by `datasets.save_to_disk`, or the id of a
        dataset on the Hugging Face hub (``owner/name``, ``owner/name:split``; needs ``taskscape[hub]``).
    field
        Field that holds the instruction, as a dotted path (``meta.prompt``, ``messages.0.content``); it may hold a list
        of turns.
    format
        Name of the format, where it is not recognised: ``alpaca``, ``sharegpt``, ``messages`` …
    turn
        Which of the user's turns of a conversation is the instruction; ``all`` joins them by a blank line.
    with_input
        Append the row's input after a blank line.
    columns, tags
        What LLaMA-Factory's ``dataset_info.json`` calls so: ``{"prompt": "question"}``, ``{"role_tag": "who"}``.
    label
        Field that holds the row's known label, for a column `label`. IEB's files have one without.
    strict
        Raise at the first bad row; without, bad rows are set aside in `Dataset.rejects`.

    Returns
    -------
    Dataset
        Open, nothing read yet but the first rows.

    Raises
    ------
    DataError
        There is no such file, it is empty, or no row can be read.
    FormatError
        The format is not recognised; names the keys that were seen.
    UsageError
        A setting is unknown, or two do not fit together.

    Examples
    --------
    >>> dataset = open_dataset("examples/instructions.jsonl")  # doctest: +SKIP
    >>> dataset.recognised  # doctest: +SKIP
    'Alpaca rows (instruction, input, output) in JSON Lines'
    """
    given = [name for name, value in (("field", field), ("format", format), ("columns", columns)) if value]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} both say where the instruction is: give one of them.")
    if turn not in TURNS:
        raise UsageError(f"turn: unknown {turn!r}. Known: {', '.join(TURNS)}.")
    check_names(columns, "columns")
    check_names(tags, "tags")
    files, container = _containers(data, find_files(data))
    samples = _samples(files, container)
    layout = _choose(field, format, columns, samples[0].rows, keyed=container is Container.KEYED, where=samples[0].file)
    if tags:
        layout = with_tags(layout, tags)
    _check_fits(layout, samples, recognised=not given)
    options = {
        "field": field,
        "format": format,
        "turn": turn,
        "with_input": with_input,
        "columns": dict(columns) if columns else None,
        "tags": dict(tags) if tags else None,
        "label": label,
    }
    return Dataset(
        tuple(files), container, layout, options, _recognised(layout, container, files, samples), strict=strict
    )


class _Sample(NamedTuple):
    file: SourceFile
    rows: list[Any]


def _containers(data: str | Path, files: Sequence[SourceFile]) -> tuple[list[SourceFile], Container]:
    """Give the files that are not empty, and what all of them are."""
    kinds = [(file, container_of(file.path)) for file in files]
    full = [(file, kind) for file, kind in kinds if kind is not None]
    if not full:
        raise DataError(
            f"{data}: the file is empty." if len(files) == 1 else f"{data}: all {len(files)} files are empty."
        )
    file, container = full[0]
    for other, kind in full:
        if kind is not container:
            raise DataError(f"{file.path} is {container}, {other.path} is {kind}. Open files of one kind together.")
    return [file for file, _ in full], container


def _samples(files: Sequence[SourceFile], container: Container) -> list[_Sample]:
    """Read the first good rows of each file; files without any are left out."""
    samples: list[_Sample] = []
    problem = ""
    for file in files:
        looked_at = list(islice(read_records(file.path, container), LOOKED_AT if not samples else SAMPLE))
        good = [record.value for record in looked_at if record.error is None][:SAMPLE]
        if good:
            samples.append(_Sample(file, good))
        elif looked_at and not problem:
            bad = looked_at[0]
            problem = f"no row can be read; the first: {bad.error}" + (f" (line {bad.line})" if bad.line else "")
    if not samples:
        raise DataError(f"{files[0].path}: {problem or 'there are no rows'}.")
    return samples


def _choose(
    field: str | None,
    name: str | None,
    columns: Mapping[str, str] | None,
    rows: Sequence[Any],
    *,
    keyed: bool,
    where: SourceFile,
) -> Layout:
    try:
        if field:
            return layout_for_field(field, rows)
        if name:
            return layout_named(name)
        if columns:
            return layout_for_columns(columns)
        return recognise(rows, keyed=keyed)
    except FormatError as error:
        raise FormatError(f"{where.path}: {error}") from error


def _check_fits(layout: Layout, samples: Sequence[_Sample], *, recognised: bool) -> None:
    """Raise `FormatError` where no row of a file fits: all of it would be set aside."""
    for file, rows in samples:
        if any(layout.fits(row) for row in rows):
            continue
        if not recognised:
            raise FormatError(f"{file.path}: the first rows are no {layout.title}: {layout.needs()}. {seen(rows)}")
        try:
            other = f"holds {recognise(rows).title}"
        except FormatError:
            other = "is of no known format"
        raise FormatError(f"{samples[0].file.path} holds {layout.title}, {file.path} {other}. Open them one at a time.")


def _recognised(layout: Layout, container: Container, files: Sequence[SourceFile], samples: Sequence[_Sample]) -> str:
    rows = samples[0].rows
    roles = [
        path.partition(".")[0] for path in (layout.instruction, *layout.input, *layout.answer, *layout.also) if path
    ]
    present = [role for role in dict.fromkeys(roles) if any(isinstance(row, dict) and role in row for row in rows)]
    fields = f" ({', '.join(present)})" if present else ""
    many = f", {len(files):,} files" if len(files) > 1 else ""
    return f"{layout.title}{fields} in {container.value}{many}"


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
