"""Writing CSV and TSV tables, and plain lines of text."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, BinaryIO

from taskscape.errors import DataError
from taskscape.records.containers import Container
from taskscape.records.jsonfiles import parse
from taskscape.records.jsonrows import INSTRUCTION, JSON, encode, flat_cells
from taskscape.records.output import Sink
from taskscape.records.streams import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from taskscape.records.containers import Record


class TextSink(Sink):
    """Plain text, one row a line."""

    def __init__(self, stream: BinaryIO, source: Container) -> None:
        super().__init__(stream)
        self._source = source

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        if added:
            raise DataError("a .txt file has no place for columns. Write .jsonl, .json, .csv or .parquet.")
        if self._source is Container.TEXT:
            return record.raw
        text = record.value
        if not isinstance(text, str):
            raise DataError("a .txt file holds bare texts, and these rows have fields. Write .jsonl or .parquet.")
        if "\n" in text or "\r" in text:
            raise DataError("a text has line breaks, which a .txt file (one row a line) cannot hold. Write .jsonl.")
        return text.encode() + b"\n"


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
        Names of the columns of the source.
    added
        Names of the columns that are added; one that `header` has is replaced.
    delimiter
        Between cells.
    copies
        Whether the bytes of the records can be copied: same delimiter.
    mark
        Whether to begin with a byte order mark.
    """

    def __init__(
        self,
        stream: BinaryIO,
        source: Container,
        header: Sequence[str],
        added: Iterable[str],
        *,
        delimiter: str,
        copies: bool = False,
        mark: bool = False,
    ) -> None:
        super().__init__(stream)
        self._source = source
        self._header = header
        self._new = [name for name in added if name not in header]
        self._delimiter = delimiter
        self._copies = copies and not set(added) & set(header)
        self._line_end = b""
        self._mark = BYTE_ORDER_MARK if mark else b""

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        if not self._line_end:
            crlf = self._source is Container.CSV and record.raw.endswith(b"\r\n")
            return self._head(b"\r\n" if crlf else b"\n") + self._row(record, added)
        if not self._copies:
            cells = {**self._cells(record), **{name: cell(value) for name, value in added.items()}}
            return self._line([cells.get(name, "") for name in (*self._header, *self._new)]) + self._line_end
        raw = record.raw.removesuffix(b"\n").removesuffix(b"\r")
        if self._new:
            raw += self._delimiter.encode() + self._line([cell(added[name]) for name in self._new])
        return raw + self._line_end

    def _end(self) -> bytes:
        return b"" if self._line_end else self._head(b"\n")

    def _head(self, line_end: bytes) -> bytes:
        self._line_end = line_end
        return self._mark + self._line([*self._header, *self._new]) + line_end

    def _cells(self, record: Record) -> Mapping[str, str]:
        if self._source is Container.CSV:
            return dict(record.value)
        if not isinstance(record.value, dict):
            return {INSTRUCTION: record.value}
        if self._source in JSON:
            return flat_cells(record.raw)
        return {name: cell(value) for name, value in record.value.items()}

    def _line(self, cells: Sequence[str]) -> bytes:
        line = io.StringIO()
        # With this line end the module quotes every cell that has any kind of line break.
        csv.writer(line, delimiter=self._delimiter, lineterminator="\r\n").writerow(cells)
        return line.getvalue()[:-2].encode()


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
