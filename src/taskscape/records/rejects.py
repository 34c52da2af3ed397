"""Rows that were set aside, with their reasons: kept on disk when they are many, written out when asked."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

from taskscape.records.jsonvalues import without_halves
from taskscape.records.output import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_MEMORY = 1 << 20  # bytes of rejects before they go to a temporary file
LONGEST_RAW = 1 << 20  # characters of a bad row that are kept


@dataclass(frozen=True, slots=True)
class Reject:
    r"""One row that was set aside.

    Attributes
    ----------
    file
        Where it comes from.
    row
        Its number in the dataset, from 0, good and bad rows counted.
    line
        Line of the file it begins in, from 1; None in binary files.
    reason
        Why, for people.
    raw
        What was there; bytes that are no UTF-8 are written as ``\xNN``.
    """

    file: str
    row: int
    line: int | None
    reason: str
    raw: str

    def __str__(self) -> str:
        place = f"row {self.row:,}" if self.line is None else f"line {self.line:,} (row {self.row:,})"
        return f"{self.file}, {place}: {self.reason}"


class Rejects:
    """The rows that one pass over a dataset set aside.

    Attributes
    ----------
    count
        How many.
    reasons
        How many of each reason.
    """

    def __init__(self) -> None:
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as this object
        weakref.finalize(self, self._spool.close)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Reject]:
        position = 0
        while True:  # seeks each time, so that rows can be added meanwhile
            self._spool.seek(position)
            line = self._spool.readline()
            if not line:
                return
            position = self._spool.tell()
            yield Reject(**orjson.loads(line))

    def add(self, reject: Reject) -> None:
        """Set a row aside."""
        reject = Reject(**without_halves(asdict(reject)))  # keys in its reason and its file's name may be no UTF-8
        self.count += 1
        self.reasons[reject.reason] += 1
        self._spool.seek(0, 2)
        self._spool.write(orjson.dumps(asdict(reject)) + b"\n")

    def clear(self) -> None:
        """Forget all: a new pass begins."""
        self.count = 0
        self.reasons.clear()
        self._spool.seek(0)
        self._spool.truncate()

    def write(self, path: str | Path) -> int:
        """Write the rejects as JSON Lines with `file`, `row`, `line`, `reason`, `raw`; the file appears whole or not.

        Returns
        -------
        int
            How many were written.
        """
        with replacing(path) as temporary, temporary.open("wb") as file:
            self._spool.seek(0)
            shutil.copyfileobj(self._spool, file)
        return self.count


def shown(raw: bytes) -> str:
    """Make bytes of a bad row readable, cut where they are very long."""
    text = raw[: LONGEST_RAW * 4].decode("utf-8", "backslashreplace")
    return text if len(text) <= LONGEST_RAW else f"{text[:LONGEST_RAW]}…"
