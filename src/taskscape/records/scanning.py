r"""Where JSON values begin and end in a stream of bytes, without parsing them.

A JSON array is cut into the bytes of its elements, each parsed by itself afterwards. So the bytes of a row can be
copied into the output (numbers such as ``1.0`` or ``1e400``, escapes, the order of keys, indentation: all survive),
memory holds one element and not the file, and a broken element costs itself and not the rows behind it. An event
parser such as ijson gives none of the three.

A lexical break is certain: strings cannot hold a raw newline, and brackets must match. Reading goes on at the next
place that begins as the first element did (``, {"instruction"``): unescaped quotes cannot be part of a text, so it is
a place in the structure. Where the first element shows no such beginning, or none follows, reading stops and says
where.

Price: about 100 MB/s, one regular expression step per string or bracket.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from taskscape.records.jsonvalues import parse
from taskscape.records.streams import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 256 << 20  # bytes of one element; beyond that the array is taken as never closed
PATIENCE = 4 << 10  # bytes that a value in a broken file may go on behind what looks like the next row

_SPACE = re.compile(rb"[ \t\r\n]*+")
_STRING = rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
_FLAT = rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+"
# A whole string, or an object or array without others inside (most often that is the row, in one step);
# else a quote that does not close before its line or the buffer ends, or a bracket.
_TOKEN = re.compile(_STRING + rb"|\{" + _FLAT + rb"\}|\[" + _FLAT + rb'\]|["\[\]{}]')
_NEXT = re.compile(rb"[ \t\r\n]*+,([ \t\r\n]*+)(?=[^ \t\r\n\]])")  # on to the next element, where the buffer holds it
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]++')
_OPENING = re.compile(rb'\{\s*"(?:[^"\\\n]|\\[^\n])*"\s*:|"')
_QUOTE = ord('"')
_CLOSERS = {ord("{"): ord("}"), ord("["): ord("]")}


class Broken(Exception):  # noqa: N818 - a turn in the scan, caught in this package, not an error that users see
    """The bytes at the current position are no JSON value."""


class Scan:
    """A position in a stream of JSON text.

    Parameters
    ----------
    stream
        The bytes; read forward only, in chunks.
    line
        Number of the line that the stream begins in.
    """

    def __init__(self, stream: BinaryIO, line: int = 1) -> None:
        self._stream = stream
        self._base = 0
        self._ended = False
        self.buffer = b""
        self.position = 0
        self.line = line

    @property
    def offset(self) -> int:
        """Bytes of the stream before the position."""
        return self._base + self.position

    def _more(self) -> bool:
        """Forget what is behind the position and read on, doubling the buffer: a huge value is scanned about twice."""
        if self._ended:
            return False
        held = len(self.buffer) - self.position
        if held > LONGEST:
            raise Broken(f"no end within {LONGEST >> 20} MiB")
        chunk = self._stream.read(max(CHUNK, held))
        if not chunk:
            self._ended = True
            return False
        self.buffer = self.buffer[self.position :] + chunk
        self._base += self.position
        self.position = 0
        return True

    def take(self, end: int) -> bytes:
        """Give the bytes up to `end`, an index of the buffer, and go there."""
        raw = self.buffer[self.position : end]
        self.line += raw.count(b"\n")
        self.position = end
        return raw

    def space(self) -> bytes:
        """Pass over white space and give it."""
        passed = b""
        while True:
            match = _SPACE.match(self.buffer, self.position)
            passed += self.take(match.end() if match else self.position)
            if self.position < len(self.buffer) or not self._more():
                return passed

    def peek(self) -> bytes:
        """Pass over white space and give the next byte; empty at the end."""
        self.space()
        return self.buffer[self.position : self.position + 1]

    def expect(self, byte: bytes) -> None:
        """Pass over white space and one given byte."""
        found = self.peek()
        if found != byte:
            what = f"{found.decode('latin-1')!r}" if found else "the end of the file"
            raise Broken(f"expected {byte.decode()!r}, found {what}")
        self.position += 1

    def value(self, anchor: re.Pattern[bytes] | None = None) -> bytes:
        """Pass over one value at the position and give its bytes.

        Parameters
        ----------
        anchor
            Give up a little behind the first place where this matches: in a file that is known to be broken a value
            that goes on there was most likely never closed, and each would else be followed to the end of the file.

        Raises
        ------
        Broken
            There is no whole value. The position stays.
        """
        first = self.buffer[self.position : self.position + 1]
        if first not in (b'"', b"{", b"["):
            return self._scalar()
        expected = bytearray()  # the closing brackets that are due
        at = self.position
        while True:
            reached = end = at
            ahead = anchor.search(self.buffer, self.position) if anchor else None
            stop = min(len(self.buffer), ahead.end() + PATIENCE) if ahead else len(self.buffer)
            for match in _TOKEN.finditer(self.buffer, at, stop):
                reached, end = match.span()
                if end - reached == 1:
                    byte = self.buffer[reached]
                    if byte in _CLOSERS:
                        expected.append(_CLOSERS[byte])
                    elif byte == _QUOTE:
                        if self.buffer.find(b"\n", reached) >= 0:
                            raise Broken("a string is not closed on its line")
                        break
                    elif not expected or expected.pop() != byte:
                        raise Broken(f"{chr(byte)!r} closes nothing")
                if not expected:
                    return self.take(end)
            else:
                reached = len(self.buffer)
            if stop < len(self.buffer):
                raise Broken("it is not closed where the next row begins")
            passed = reached - self.position
            if not self._more():
                raise Broken("the file ends inside it")
            at = self.position + passed

    def _scalar(self) -> bytes:
        while True:
            match = _SCALAR.match(self.buffer, self.position)
            if match is None:
                raise Broken("expected a value")
            if match.end() < len(self.buffer) or not self._more():
                return self.take(match.end())

    def opening(self, space: bytes) -> re.Pattern[bytes] | None:
        """Learn how elements begin: a pattern for a comma and the same beginning; None where that says too little.

        Parameters
        ----------
        space
            The white space before the first element: the same is expected before others where it has a line break.
        """
        while True:
            match = _OPENING.match(self.buffer, self.position)
            if match or len(self.buffer) - self.position >= CHUNK or not self._more():
                break
        if match is None or (match[0] == b'"' and b"\n" not in space):
            return None
        indent = re.escape(space) if b"\n" in space else rb"\s*"
        return re.compile(rb",(?=" + indent + re.escape(match[0]) + rb")")

    def skip_to(self, anchor: re.Pattern[bytes] | None) -> bytes:
        """Go to the next comma at which `anchor` matches, or to the end of the stream; give the bytes passed over."""
        begin = 0
        while True:
            match = anchor.search(self.buffer, self.position + begin) if anchor else None
            if match:
                return self.take(match.start())
            # An anchor is shorter than 4 KiB in all but absurd files; one that straddles two reads is found this way.
            begin = max(0, len(self.buffer) - self.position - 4096)
            try:
                if self._more():
                    continue
            except Broken:
                self._ended = True
            return self.take(len(self.buffer))


class Element(NamedTuple):
    """One element of an array, or a broken stretch of it."""

    line: int
    space: bytes  # white space before it
    raw: bytes
    error: str | None  # why it is no element


def elements(scan: Scan) -> Iterator[Element]:
    """Cut the array at the position of `scan` into its elements.

    Parameters
    ----------
    scan
        Before the ``[``; afterwards behind the ``]``.

    Yields
    ------
    Element
        With `error` where the array is broken; then reading goes on where it soundly can.
    """
    scan.expect(b"[")
    space = first = scan.space()
    anchor = scan.opening(space)
    learned = broken = False
    if scan.peek() == b"]":
        scan.position += 1
        return
    while True:
        line = scan.line
        try:
            raw = scan.value(anchor if broken else None)
        except Broken as reason:
            broken = True
            yield _broken(scan, str(reason), space, anchor if learned or b"\n" in first else None)
        else:
            yield Element(line, space, raw, None)
            if not learned:
                # An object of the same beginning inside a row would be taken for a row.
                anchor = None if anchor is None or anchor.search(raw) else anchor
                learned = True
            following = _NEXT.match(scan.buffer, scan.position)
            if following:
                space = following[1]
                scan.take(following.end())
                continue
            if scan.peek() not in (b",", b"]"):
                problem = "no ',' or ']' before it" if scan.peek() else "the file ends before the array is closed"
                yield _broken(scan, problem, b"", anchor if learned or b"\n" in first else None)
        closing = scan.peek()
        scan.position += len(closing)
        if closing != b",":
            return
        space = scan.space()
        if scan.peek() == b"]":  # a comma after the last element: no row is lost by it
            scan.position += 1
            return


def _broken(scan: Scan, reason: str, space: bytes, anchor: re.Pattern[bytes] | None) -> Element:
    """Pass over a broken stretch, and say what becomes of the rows behind."""
    line = scan.line
    raw = scan.skip_to(anchor)
    if scan.peek():
        outlook = "reading goes on behind it"
    else:
        outlook = "no later row could be told apart" if anchor else "what follows cannot be cut into rows"
    return Element(line, space, raw, f"broken JSON: {reason}; {outlook}")


class Member(NamedTuple):
    """One ``"key": value`` of an object: indices into its bytes."""

    key: str
    start: int  # of the key
    value: int
    end: int  # of the value


def members(raw: bytes) -> list[Member]:
    """Find the members of a JSON object.

    Parameters
    ----------
    raw
        A valid object, from ``{`` to ``}``.

    Raises
    ------
    Broken
        It is none.
    """
    scan = Scan(io.BytesIO(raw))
    scan.expect(b"{")
    found: list[Member] = []
    while scan.peek() != b"}":
        if found:
            scan.expect(b",")
            scan.space()
        start = scan.offset
        key = parse(scan.value())
        scan.expect(b":")
        scan.space()
        value = scan.offset
        scan.value()
        found.append(Member(key, start, value, scan.offset))
    return found
