r"""Rows of CSV, TSV and plain text files, with the bytes that each was read from.

A quoted CSV field may hold line breaks, so a record is as many lines as the parser takes for it. Where the quoting
breaks, the first of those lines is set aside and reading goes on behind it: one stray quote does not swallow the
file.

Text has one row a line. An empty line in the middle is a (bad) row, so that row numbers stay line numbers.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from taskscape.errors import DataError
from taskscape.records.containers import Record
from taskscape.records.streams import open_bytes, read_lines, split_suffix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FIELD_LIMIT = 16 << 20  # characters of one field; beyond that a quote is taken as never closed


class Lines:
    """Lines of a stream as the `csv` module wants them, remembering the bytes of those it took."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = read_lines(stream)
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []
        self.begun = 0  # lines before the record that is being read
        self.damaged = False  # a line was no UTF-8

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source) + b"\n"
        self.taken.append(line)
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.damaged = True
            return line.decode(errors="replace")

    def finish(self) -> bytes:
        """Begin a new record; give the bytes of the one before."""
        raw = b"".join(self.taken)
        self.begun += len(self.taken)
        self.taken.clear()
        self.damaged = False
        return raw

    def finish_first(self) -> bytes:
        """Begin a new record behind the first line that was taken; the others are read again."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken.clear()
        self.begun += 1
        self.damaged = False
        return first


def delimiter_of(path: Path, header: bytes) -> str:
    r"""Tell what separates fields: a tab in ``.tsv``; else the first of ``, ; \t`` that the header line has."""
    if split_suffix(path)[0] == ".tsv":
        return "\t"
    return next((mark for mark in (",", ";", "\t") if mark.encode() in header), ",")


class Header(NamedTuple):
    """The head of a CSV file.

    Attributes
    ----------
    names
        Of the columns.
    delimiter
        Between cells.
    raw
        Its bytes, with the line end.
    """

    names: list[str]
    delimiter: str
    raw: bytes


def read_header(path: Path) -> Header:
    """Read the head of a CSV file.

    Raises
    ------
    DataError
        The file is empty or its header cannot be read.
    """
    with open_bytes(path) as stream:
        delimiter = delimiter_of(path, stream.readline(FIELD_LIMIT))
    with open_bytes(path) as stream:
        lines = Lines(stream)
        try:
            for names in _parser(lines, delimiter):
                raw = lines.finish()
                if names:
                    return Header(names, delimiter, raw)
        except csv.Error as error:
            raise DataError(
                f"{path}: the header line cannot be read (line {lines.begun + 1}): {error}. Mend its quotes."
            ) from error
    raise DataError(f"{path}: the file is empty.")


def _parser(lines: Lines, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), FIELD_LIMIT))  # the module's own is 128 KiB, for the process
    return csv.reader(lines, delimiter=delimiter, strict=True)


def read_csv(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read the rows under the header of a CSV or TSV file as dicts of strings; blank lines are no rows."""
    header, delimiter, _ = read_header(path)
    with open_bytes(path) as stream:
        lines = Lines(stream)
        seen_header = False
        while True:
            try:
                for fields in _parser(lines, delimiter):
                    line, damaged = lines.begun + 1, lines.damaged
                    raw = lines.finish()
                    if not fields:
                        continue
                    if not seen_header:
                        seen_header = True
                    elif damaged:
                        yield Record(line, raw, None, "invalid UTF-8")
                    elif len(fields) != len(header):
                        yield Record(line, raw, None, f"{len(fields)} fields; the header has {len(header)}")
                    else:
                        yield Record(line, raw, dict(zip(header, fields, strict=True)))
            except csv.Error as error:
                line = lines.begun + 1
                yield Record(line, lines.finish_first(), None, f"broken quoting: {error}")
            else:
                return


def read_text(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read one row a line; empty lines at the end are none."""
    with open_bytes(path) as stream:
        empty: list[Record] = []
        for number, line in enumerate(read_lines(stream), start=1):
            if not line or line.isspace():
                empty.append(Record(number, line + b"\n", ""))
                continue
            yield from empty
            empty.clear()
            try:
                yield Record(number, line + b"\n", line.decode().rstrip("\r"))
            except UnicodeDecodeError as error:
                yield Record(number, line + b"\n", None, f"invalid UTF-8 at byte {error.start} of the row")
