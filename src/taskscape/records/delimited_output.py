"""Writing CSV and TSV tables, and plain lines of text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, BinaryIO

from taskscape.errors import DataError
from taskscape.records.containers import Container
from taskscape.records.jsonrows import INSTRUCTION, JSON, LABEL, encode, flat_cells
from taskscape.records.jsonvalues import parse
from taskscape.records.output import Sink
from taskscape.records.streams import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from taskscape.records.containers import Record
    from taskscape.records.delimited import Header


class TextSink(Sink):
    """Plain text, one row a line."""

    def __init__(self, stream: BinaryIO, source: Container) -> None:
        super().__init__(stream)
        self._source = source

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        if self._source is Container.TEXT:
            return record.raw
        text = record.value
        if not isinstance(text, str):
            raise DataError("a .txt file holds bare texts, and these rows have fields. Write .jsonl or .parquet.")
        if "\n" in text or "\r" in text:
            raise DataError("a text has line breaks, which a .txt file (one row a line) cannot hold. Write .jsonl.")
        return text.encode(errors="replace") + b"\n"


class CsvSink(Sink):
    """A CSV or TSV table.

    Records of a table with the same delimiter are copied as they are, and cells put behind them.

    Parameters
    ----------
    stream
        Where to write.
    source
        What the records come from.
    header
        Names of the columns of the source, the delimiter to write, and the bytes of the header where it is copied.
    added
        Names of the columns that are added; one that the header has is replaced.
    copies
        Whether the bytes of the records can be copied: CSV of the same delimiter.
    mark
        Whether to begin with a byte order mark.
    """

    def __init__(
        self,
        stream: BinaryIO,
        source: Container,
        header: Header,
        added: Iterable[str],
        *,
        copies: bool = False,
        mark: bool = False,
    ) -> None:
        super().__init__(stream)
        self._source = source
        self._names = header.names
        self._new = [name for name in added if name not in header.names]
        self._delimiter = header.delimiter
        self._copies = copies and not set(added) & set(header.names)
        self._line_end = b"\r\n" if header.raw.endswith(b"\r\n") else b"\n"
        head = self._extended(header.raw, self._new) if self._copies else self._line([*header.names, *self._new])
        stream.write((BYTE_ORDER_MARK if mark else b"") + head)

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        if self._copies:
            return self._extended(record.raw, [cell(added[name]) for name in self._new])
        cells = {**self._cells(record), **{name: cell(value) for name, value in added.items()}}
        return self._line([cells.get(name, "") for name in (*self._names, *self._new)])

    def _extended(self, raw: bytes, cells: Sequence[str]) -> bytes:
        """Put cells behind a line that is copied."""
        raw = raw.removesuffix(b"\n").removesuffix(b"\r")
        return raw + self._delimiter.encode() + self._line(cells) if cells else raw + self._line_end

    def _cells(self, record: Record) -> Mapping[str, str]:
        if self._source is Container.CSV:
            return dict(record.value)
        if not isinstance(record.value, dict):
            return {INSTRUCTION: record.value}
        if self._source in JSON:
            label = {LABEL: record.group.label} if record.group is not None else {}
            return {**label, **flat_cells(record.raw)}
        return {name: cell(value) for name, value in record.value.items()}

    def _line(self, cells: Sequence[str]) -> bytes:
        line = io.StringIO()
        # With this line end the module quotes every cell that has any kind of line break.
        csv.writer(line, delimiter=self._delimiter, lineterminator="\r\n").writerow(cells)
        return line.getvalue()[:-2].encode(errors="replace") + self._line_end  # half a character becomes "?"


def cell(value: Any) -> str:
    """Write a value as the text of a table cell.

    Raises
    ------
    DataError
        It is nested.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict | tuple | bytes):
        raise DataError(
            f"a value is {type(value).__name__}, which a table of text cannot hold. Write .jsonl or .parquet."
        )
    if isinstance(value, float) and value != value:  # NaN
        return ""
    text = encode(value)
    return str(parse(text)) if text[:1] == b'"' else text.decode()
