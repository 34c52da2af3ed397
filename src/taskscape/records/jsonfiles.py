"""Rows of JSON files: lines, an array, one object, or IEB's object of tasks.

Each row keeps its own bytes. What orjson refuses and Python's own parser takes (``NaN``, ``1e400``) is a good row,
because Python writes such files and its bytes are copied, not its numbers.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskscape.errors import DataError
from taskscape.records.containers import Container, Record
from taskscape.records.jsonvalues import parse, without_halves
from taskscape.records.scanning import LONGEST, Broken, Scan, elements, members
from taskscape.records.streams import open_bytes, read_lines, split_suffix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from taskscape.records.containers import Read

SAMPLES = "samples"  # the member of a task in IEB's files that lists its rows


@dataclass(frozen=True, eq=False)
class Group:
    """One task of a keyed object: ``"write|poem": {"number": 2, "samples": [...]}``.

    Attributes
    ----------
    label
        The key, decoded.
    space, key, colon, raw
        Its bytes: the white space before the key, the key, the colon with the white space around it, the whole value.
    start, end
        Where the array of rows lies in `raw`.
    """

    label: str
    space: bytes
    key: bytes
    colon: bytes
    raw: bytes
    start: int
    end: int


def json_container(path: Path) -> Container | None:
    """Tell by its beginning what a JSON file is; None when it holds nothing but white space."""
    with open_bytes(path) as stream:
        scan = Scan(stream)
        first = scan.peek()
        if not first:
            return None
        if first == b"[":
            return Container.ARRAY
        if first == b"{" and _is_keyed(scan):
            return Container.KEYED
    with open_bytes(path) as stream:
        line = b"\n"
        while line.isspace():
            line = stream.readline(LONGEST)
        try:
            parse(line)
        except ValueError:
            if first != b"{" or split_suffix(path)[0] != ".json":
                return Container.LINES
        else:
            return Container.LINES
    return Container.OBJECT if _is_object(path) else Container.LINES


def _is_keyed(scan: Scan) -> bool:
    """Tell whether the object at the position begins as IEB's: its first value is an object with a list of samples."""
    try:
        scan.expect(b"{")
        scan.peek()
        scan.value()
        scan.expect(b":")
        scan.expect(b"{")
        while scan.peek() == b'"':
            key = scan.value()
            scan.expect(b":")
            if key == b'"samples"':
                return scan.peek() == b"["
            if scan.peek() in (b"{", b"["):
                return False  # nothing long comes before the samples
            scan.value()
            scan.expect(b",")
    except Broken:
        pass
    return False


def _is_object(path: Path) -> bool:
    with open_bytes(path) as stream:
        scan = Scan(stream)
        scan.space()
        try:
            scan.value()
        except Broken:
            return False
        return not scan.peek()


def _record(line: int, raw: bytes, error: str | None, space: bytes = b"", group: Group | None = None) -> Record:
    if error is not None:
        return Record(line, raw, None, error, space, group)
    try:
        return Record(line, raw, parse(raw), None, space, group)
    except ValueError as reason:
        return Record(line, raw, None, str(reason), space, group)


def read_json_lines(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read one JSON value a line; blank lines are no rows."""
    with open_bytes(path) as stream:
        for number, line in enumerate(read_lines(stream), start=1):
            if line and not line.isspace():
                yield _record(number, line, None)


def read_array(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read the elements of a JSON array.

    Raises
    ------
    DataError
        Another array follows.
    """
    with open_bytes(path) as stream:
        scan = Scan(stream)
        scan.space()
        for line, space, raw, error in elements(scan):
            yield _record(line, raw, error, space)
        if scan.peek() == b"[":  # set aside, it would take all rows behind the first array with it
            raise DataError(
                f"{path}: several JSON arrays follow one another; the second begins in line {scan.line:,}. Write their "
                "elements one a line, such as by: jq -c '.[]' FILE > FILE.jsonl"
            )
        if scan.peek():
            yield Record(scan.line, scan.skip_to(None), None, "broken JSON: content after the end of the array")


def read_object(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read a file that is one JSON object, as one row (a task file of Super-NaturalInstructions)."""
    with open_bytes(path) as stream:
        scan = Scan(stream)
        scan.space()
        line = scan.line
        yield _record(line, scan.value(), None)


def read_keyed(path: Path, _columns: Sequence[str] | None = None) -> Iterator[Record]:
    """Read the samples of each task of a keyed object; memory holds one task."""
    with open_bytes(path) as stream:
        scan = Scan(stream)
        try:
            scan.expect(b"{")
            space = scan.space()
            while scan.peek() != b"}":
                key = scan.value()
                colon = scan.space()
                scan.expect(b":")
                colon += b":" + scan.space()
                yield from _samples((space, key, colon), scan.line, scan.value())
                if scan.peek() == b"}":
                    return
                scan.expect(b",")
                space = scan.space()
        except Broken as reason:
            error = f"broken JSON: {reason}; no later row could be told apart"
            yield Record(scan.line, scan.skip_to(None), None, error)


def _samples(head: tuple[bytes, bytes, bytes], line: int, raw: bytes) -> Iterator[Record]:
    try:
        label = without_halves(str(parse(head[1])))
        found = next(member for member in members(raw) if member.key == SAMPLES)
    except (Broken, ValueError) as reason:
        yield Record(line, raw, None, f"broken JSON: {reason}")
        return
    except StopIteration:
        yield Record(line, raw, None, f"the task {label!r} has no list {SAMPLES!r}")
        return
    group = Group(label, *head, raw, found.value, found.end)
    inner = Scan(io.BytesIO(raw[found.value : found.end]), line + raw.count(b"\n", 0, found.value))
    try:
        for start, space, element, error in elements(inner):
            yield _record(start, element, error, space, group)
    except Broken as reason:  # the samples are no list
        yield Record(line, raw, None, f"the task {label!r} has no list {SAMPLES!r}: {reason}")


READERS: dict[Container, Read] = {
    Container.LINES: read_json_lines,
    Container.ARRAY: read_array,
    Container.OBJECT: read_object,
    Container.KEYED: read_keyed,
}
