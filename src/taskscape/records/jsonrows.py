"""Rows as JSON text: the bytes of a JSON row kept, new members put in; rows of other files made into objects.

The bytes of a row are edited, never parsed and written again, so all that it said it says still: ``1.0`` stays ``1.0``,
``1e400`` stays, escapes, the order of keys and the indentation stay.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from taskscape.errors import DataError
from taskscape.records.containers import Container, Record
from taskscape.records.jsonvalues import parse
from taskscape.records.scanning import members

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTRUCTION = "instruction"  # key of a text that had none, where it becomes an object
LABEL = "label"  # key of the task that a row was listed under, where it leaves its keyed object

JSON = frozenset({Container.LINES, Container.ARRAY, Container.KEYED, Container.OBJECT})
_STRING_OR_SPACE = re.compile(rb'("[^"\\]*+(?:\\.[^"\\]*+)*+")|[ \t\r\n]++', re.DOTALL)
_WHITE = b" \t\r\n"


class Style(NamedTuple):
    """How a file writes its objects: what stands between two members, and between a key and its value."""

    separator: bytes = b", "
    colon: bytes = b": "

    @classmethod
    def of(cls, raw: bytes) -> Style:
        """Learn it from one object."""
        found = members(raw)
        if not found:
            return cls()
        first, last = found[0], found[-1]
        between = raw[first.start : first.value]
        colon = between[between.rindex(b":") :]
        if first is last:
            space = raw[raw.index(b"{") + 1 : first.start]
            return cls(b"," + (space or b" "), colon)
        return cls(raw[found[-2].end : last.start], colon)


class JsonRows:
    """Makes records into JSON text.

    Parameters
    ----------
    source
        What the records come from.
    keyed
        Whether they go back under their tasks; else the task of a record from a keyed object becomes its member
        `label`.
    """

    def __init__(self, source: Container, *, keyed: bool = False) -> None:
        self._source = source
        self._labels = source is Container.KEYED and not keyed
        self._style: Style | None = None

    def render(self, record: Record, added: Mapping[str, Any]) -> bytes:
        """Give a record as one JSON value, with members added; a member of the same name is replaced where it stands.

        A text that is given members becomes an object, with the text as its `instruction`.
        """
        if self._labels and record.group is not None and LABEL not in record.value:
            added = {LABEL: record.group.label, **added}
        if self._source not in JSON:
            value = record.value if isinstance(record.value, dict) else {INSTRUCTION: record.value}
            return encode({**value, **added})
        if not added:
            return record.raw
        raw, value = record.raw, record.value
        if not isinstance(value, dict):
            raw, value = b'{"instruction": ' + raw.strip(_WHITE) + b"}", {INSTRUCTION: value}
        if self._style is None:
            self._style = Style.of(raw)
        return _with_members(raw, value, {name: encode(item) for name, item in added.items()}, self._style)


def _with_members(raw: bytes, value: Mapping[str, Any], added: Mapping[str, bytes], style: Style) -> bytes:
    if any(name in value for name in added):
        for member in reversed(members(raw)):
            if member.key in added:
                raw = raw[: member.value] + added[member.key] + raw[member.end :]
    new = [encode(name) + style.colon + item for name, item in added.items() if name not in value]
    if not new:
        return raw
    head = raw[: raw.rindex(b"}")].rstrip(_WHITE)
    return head + (style.separator if value else b"") + style.separator.join(new) + raw[len(head) :]


def compact(raw: bytes) -> bytes:
    """Leave out all white space between the tokens of a JSON value."""
    return _STRING_OR_SPACE.sub(lambda match: match[1] or b"", raw)


def encode(value: Any) -> bytes:
    """Write a value as JSON: NaN as null, dates by ISO 8601, decimals and durations as text.

    Raises
    ------
    DataError
        JSON has no way to say it (bytes, say).
    """
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError as error:
        raise DataError(f"a value cannot be written as JSON: {error}. Write Parquet or Arrow instead.") from error


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | timedelta):
        return str(value)
    if isinstance(value, date):  # of a subclass, such as those of pandas: orjson knows the plain ones
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def flat_cells(raw: bytes) -> dict[str, str]:
    """Give the members of a flat object as the texts of table cells: numbers to the digit, null as an empty text.

    Raises
    ------
    DataError
        A member is an object or a list.
    """
    cells = {}
    for member in members(raw):
        token = raw[member.value : member.end]
        if token[:1] in (b"{", b"["):
            raise DataError(f"the field {member.key!r} is nested, which a table of text cannot hold. Write .jsonl.")
        if token[:1] == b'"':
            cells[member.key] = parse(token)
        else:
            cells[member.key] = "" if token == b"null" else token.decode()
    return cells
