from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.records import scanning
from taskscape.records.scanning import Broken, Scan, elements, members
from tests.records.strategies import array, exact, read_exact, values, writings

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined]


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a socket would: every token is cut somewhere."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__()
        self._content = io.BytesIO(content)
        self._step = step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._content.read(self._step)

    def readinto(self, buffer: Buffer) -> int:
        raise NotImplementedError


@settings(deadline=None)
@given(st.lists(values, max_size=5), writings(), st.integers(1, 7))
def test_elements_are_those_that_json_parses(rows: list[Any], encoder: json.JSONEncoder, step: int) -> None:
    content = array(rows, encoder)
    found = list(elements(Scan(Dribble(content, step))))  # type: ignore[arg-type]
    assert [element.error for element in found] == [None] * len(rows)
    assert [exact(read_exact(element.raw.decode())) for element in found] == [exact(row) for row in rows]
    first = content.index(b"[") + 1
    for element in found:  # each stands where it was said to stand
        place = content.index(element.space + element.raw, first)
        first = place + len(element.space + element.raw)
        assert element.line == content.count(b"\n", 0, place + len(element.space)) + 1


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('[]{}",: \n\\a1', max_size=40).map(str.encode), st.integers(1, 7))
def test_any_bytes_come_to_an_end(content: bytes, step: int) -> None:
    content = b"[" + content
    covered = b"".join(element.raw for element in elements(Scan(Dribble(content, step))))  # type: ignore[arg-type]
    assert len(covered) < len(content)


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(max_size=4), values), max_size=5), writings())
def test_members_are_those_of_the_object(pairs: list[tuple[str, Any]], encoder: json.JSONEncoder) -> None:
    raw = encoder.encode(dict(pairs)).encode()
    found = members(raw)
    assert [member.key for member in found] == list(dict(pairs))
    for member, value in zip(found, dict(pairs).values(), strict=True):
        assert json.loads(raw[member.start : member.value].rstrip(b": \n\t")) == member.key
        assert exact(read_exact(raw[member.value : member.end].decode())) == exact(value)


@pytest.mark.parametrize("raw", [b"[1]", b'{"a" 1}', b'{"a": 1 "b": 2}', b"", b'{"a": 1'])
def test_members_of_no_object(raw: bytes) -> None:
    with pytest.raises(Broken):
        members(raw)


def test_element_that_never_ends_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LONGEST", 4 << 20)
    content = b'[{"a": 1}, {"a": [' + b"1, " * (4 << 20)
    good, bad = elements(Scan(io.BytesIO(content)))
    assert good.raw == b'{"a": 1}'
    assert bad.error is not None
    assert "no end within 4 MiB" in bad.error


def test_many_broken_elements_take_no_square_of_time() -> None:
    rows = [f'\n{{"text": "{n}", "x": [1]{"" if n % 3 == 1 else "}"}' for n in range(9_000)]
    content = f"[{','.join(rows)}\n]".encode()
    found = list(elements(Scan(io.BytesIO(content))))  # half a minute when each is followed to the end of the file
    assert [element.error is None for element in found] == [n % 3 != 1 for n in range(9_000)]


def test_huge_element_is_read_whole() -> None:
    row = {"text": "x" * (3 << 20), "list": list(range(200_000))}
    (found,) = elements(Scan(io.BytesIO(json.dumps([row]).encode())))
    assert json.loads(found.raw) == row
