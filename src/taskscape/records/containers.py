"""What a file is as a container of rows, whatever the rows mean: one `Record` per row, in the order of the file.

JSON files are told apart by their first bytes, not by their suffix, because ``.json`` is used for arrays, lines and
keyed objects alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from taskscape.records.sources import SUFFIXES
from taskscape.records.streams import open_bytes, split_suffix

if TYPE_CHECKING:
    from taskscape.records.jsonfiles import Group


class Container(StrEnum):
    """How rows lie in a file."""

    LINES = "JSON Lines"
    ARRAY = "a JSON array"
    KEYED = "a JSON object of tasks"
    OBJECT = "one JSON object"
    CSV = "a CSV table"
    TEXT = "lines of text"
    PARQUET = "Parquet"
    ARROW = "Arrow"


class Record(NamedTuple):
    """One row of a file, good or bad.

    Attributes
    ----------
    line
        Line it begins in, from 1; None in binary files.
    raw
        Its bytes: the JSON value, or the whole line or lines of text with their end; empty in binary files.
    value
        What it says: a dict, a string …; None where `error` is set.
    error
        Why it cannot be read.
    space
        White space before it in a JSON array.
    group
        The task that it is listed under in a keyed object.
    """

    line: int | None
    raw: bytes
    value: Any
    error: str | None = None
    space: bytes = b""
    group: Group | None = None


Read: TypeAlias = Callable[[Path, Sequence[str] | None], Iterator[Record]]


def container_of(path: Path) -> Container | None:
    """Tell what a file is; None when it is empty.

    Raises
    ------
    DataError
        It cannot be read.
    """
    family = SUFFIXES[split_suffix(path)[0]]
    if family in ("json", "csv", "txt"):
        with open_bytes(path) as stream:
            if not stream.peek(1):
                return None
    if family == "json":
        from taskscape.records.jsonfiles import json_container

        return json_container(path)
    return {"csv": Container.CSV, "txt": Container.TEXT, "parquet": Container.PARQUET, "arrow": Container.ARROW}[family]


def read_records(path: Path, container: Container, columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read the rows of a file, good and bad.

    Parameters
    ----------
    path
        The file.
    container
        What `container_of` told.
    columns
        Top-level fields that are wanted: binary files then read no others. Text files give all.
    """
    return _reader(container)(path, columns)


def _reader(container: Container) -> Read:
    if container in (Container.PARQUET, Container.ARROW):
        from taskscape.records.columnar import read_columnar

        return read_columnar
    if container in (Container.CSV, Container.TEXT):
        from taskscape.records.delimited import read_csv, read_text

        return read_csv if container is Container.CSV else read_text
    from taskscape.records.jsonfiles import READERS

    return READERS[container]
