"""Writing JSON: lines, an array, IEB's object of tasks, one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from taskscape.errors import DataError
from taskscape.records.containers import Container
from taskscape.records.jsonfiles import SAMPLES
from taskscape.records.jsonrows import JsonRows, compact
from taskscape.records.jsonvalues import parse
from taskscape.records.output import Sink
from taskscape.records.scanning import members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskscape.records.containers import Record
    from taskscape.records.jsonfiles import Group

_WHITE = b" \t\r\n"


class LinesSink(Sink):
    """JSON Lines."""

    def __init__(self, stream: BinaryIO, source: Container) -> None:
        super().__init__(stream)
        self._rows = JsonRows(source)
        self._copies = source is Container.LINES

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        raw = self._rows.render(record, added)
        return (raw if self._copies or not (b"\n" in raw or b"\r" in raw) else compact(raw)) + b"\n"


class ArraySink(Sink):
    """A JSON array, laid out as the source was where that was one.

    Parameters
    ----------
    stream
        Where to write.
    source
        What the records come from.
    end
        The closing bracket with the white space around it; empty for the usual.
    """

    def __init__(self, stream: BinaryIO, source: Container, end: bytes = b"") -> None:
        super().__init__(stream)
        self._rows = JsonRows(source)
        self._spaced = source is Container.ARRAY
        self._closing = end or b"\n]\n"
        self._before = b"["

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        raw = self._rows.render(record, added).strip(_WHITE)
        before, self._before = self._before, b","
        space = record.space if self._spaced else b"\n"
        if before == b"[" and b"\n" not in space:
            space = b""  # the first row that stays may have stood behind another: "[a, b]" becomes "[b]", not "[ b]"
        return before + space + raw

    def _end(self) -> bytes:
        return b"[]\n" if self._before == b"[" else self._closing


def closing(tail: bytes, bracket: bytes = b"]") -> bytes:
    """Find a closing bracket, with the white space around it, at the end of some bytes; empty where there is none."""
    body = tail.rstrip(_WHITE)
    if not body.endswith(bracket):
        return b""
    return tail[len(body[:-1].rstrip(_WHITE)) :]


class KeyedSink(Sink):
    """IEB's object of tasks; a task without rows is left out, and its `number` goes on counting its samples.

    Parameters
    ----------
    stream
        Where to write.
    end
        The closing brace with the white space around it; empty for the usual.
    """

    def __init__(self, stream: BinaryIO, end: bytes = b"") -> None:
        super().__init__(stream)
        self._rows = JsonRows(Container.KEYED, keyed=True)
        self._closing = end or b"\n}\n"
        self._group: Group | None = None
        self._labels: set[str] = set()
        self._kept: list[bytes] = []
        self._before = b"{"

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        whole = b""
        group = record.group
        if group is not None and group is not self._group:
            if group.label in self._labels:  # of another file: readers of an object keep one value of a key
                raise DataError(
                    f"the task {group.label!r} was written already, from another place, and a JSON object has each key "
                    "once. Write .jsonl, where each row carries its task."
                )
            self._labels.add(group.label)
            whole = self._task()
            self._group = group
        self._kept.append(record.space + self._rows.render(record, added))
        return whole

    def _task(self) -> bytes:
        """Give the task whose rows are held, and hold none."""
        group = self._group
        if group is None:
            return b""
        samples = group.raw[group.start : group.end]
        end = closing(samples)
        edits = [(group.start, group.end, b"[" + b",".join(self._kept) + end)]
        number = self._number(group)
        if number:
            edits.append((*number, str(len(self._kept)).encode()))
        raw = group.raw
        for start, stop, new in sorted(edits, reverse=True):
            raw = raw[:start] + new + raw[stop:]
        before, self._before = self._before, b","
        self._kept.clear()
        return before + group.space + group.key + group.colon + raw

    def _number(self, group: Group) -> tuple[int, int] | None:
        """Find the member that counts the samples, where it is right in the source."""
        try:
            whole = parse(group.raw)
        except ValueError:
            return None
        if whole.get("number") != len(whole[SAMPLES]):
            return None
        return next((member.value, member.end) for member in members(group.raw) if member.key == "number")

    def _end(self) -> bytes:
        last = self._task()
        return last + (b"{}\n" if self._before == b"{" else self._closing)


class ObjectSink(Sink):
    """One JSON object: the only row of its source."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)
        self._rows = JsonRows(Container.OBJECT)

    def _row(self, record: Record, added: Mapping[str, Any]) -> bytes:
        return self._rows.render(record, added).strip(_WHITE) + b"\n"
