"""Rows and files as hypothesis draws them: any text, any nesting, any way that people write JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import string
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

# Whatever Unicode has but halves of characters; often what breaks readers.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "",
        "\x00",
        "\u2028",
        "\ufeff",
        '"',
        "\\",
        "\\u0041",
        "\r\n",
        "]",
        "},{",
        '","',
        "é",
        "\U0001f600",
        "\x85\x0c",
        "NaN",
    ]
)
instructions = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30
).filter(lambda text: not text.isspace())
# Numbers as they are written: what a float or a 64-bit integer cannot hold must survive too.
numbers = st.sampled_from(
    [
        "0",
        "-0",
        "1.0",
        "-1.50",
        "1e400",
        "1E+2",
        "-0.0",
        "123456789012345678901234567890",
        "0.1000000000000000055",
        "NaN",
    ]
) | st.integers().map(str)


class Number(float):
    """A number that JSON writes as its own digits."""

    digits: str

    def __new__(cls, digits: str) -> Number:
        number = super().__new__(cls, digits)
        number.digits = digits
        return number

    def __repr__(self) -> str:
        return self.digits


values = st.recursive(
    st.none() | st.booleans() | numbers.map(Number) | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a row with an instruction at any place among any other fields."""
    row: dict[str, Any] = draw(st.dictionaries(anything, values, max_size=3))
    row.pop("instruction", None)
    row.pop("input", None)
    items = list(row.items())
    items.insert(draw(st.integers(0, len(items))), ("instruction", draw(instructions)))
    return dict(items)


def exact(row: Any) -> str:
    """Write a value so that two are equal only where each number has the same digits."""
    if isinstance(row, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{exact(value)}" for key, value in row.items()) + "}"
    if isinstance(row, list):
        return "[" + ",".join(map(exact, row)) + "]"
    return row.digits if isinstance(row, Number) else json.dumps(row)


def read_exact(text: str) -> Any:
    """Parse JSON with its numbers kept as `Number`."""
    return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=Number)


class _Encoder(json.JSONEncoder):
    """Python's own writer, with the digits of `Number`; the C writer would print the float."""

    def iterencode(self, o: Any, _one_shot: bool = False) -> Any:
        floats = lambda number: number.digits  # noqa: E731
        text = json.encoder.encode_basestring_ascii if self.ensure_ascii else json.encoder.encode_basestring
        return json.encoder._make_iterencode(  # type: ignore[attr-defined]
            {}, self.default, text, self.indent, floats, self.key_separator, self.item_separator, False, False, False
        )(o, 0)


@st.composite
def writings(draw: st.DrawFn) -> json.JSONEncoder:
    """Draw a way to write JSON: indented or not, escaped or not, spaced or not."""
    indent = draw(st.sampled_from([None, None, 1, 2, 4, "\t"]))
    separators = draw(st.sampled_from([(", ", ": "), (",", ":"), (" ,", " : ")]))
    if isinstance(indent, int):
        indent = " " * indent
    return _Encoder(indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))


def lines(rows: list[Any], encoder: json.JSONEncoder, end: str = "\n") -> bytes:
    """Write JSON Lines; an indentation is left out."""
    flat = _Encoder(separators=(encoder.item_separator, encoder.key_separator), ensure_ascii=encoder.ensure_ascii)
    return "".join(flat.encode(row) + end for row in rows).encode()


def array(rows: list[Any], encoder: json.JSONEncoder) -> bytes:
    """Write a JSON array."""
    return encoder.encode(rows).encode()


@st.composite
def grids(draw: st.DrawFn) -> tuple[list[list[str]], bytes]:
    """Draw a table of texts with a column `instruction`, and the bytes of a CSV file that holds it."""
    names = draw(st.lists(st.text(string.ascii_letters, min_size=1, max_size=5), unique=True, max_size=3))
    header = [name for name in names if name not in ("instruction", "input", "task", "output")]
    header.insert(draw(st.integers(0, len(header))), "instruction")
    place = header.index("instruction")
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        row = [draw(anything) for _ in header]
        row[place] = draw(instructions)
        rows.append(row)
    buffer = io.StringIO()
    quoting: Any = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    # The module quotes carriage returns only where they are part of the line end.
    end = draw(st.sampled_from(["\r\n", "\n"]))
    writer = csv.writer(buffer, quoting=quoting, lineterminator="\r\n")
    out = ""
    for row in [header, *rows]:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(row)
        out += buffer.getvalue()[:-2] + end
    return [header, *rows], out.encode()


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Draw an Arrow table of many types with a column `instruction`, in several chunks, with metadata."""
    count = draw(st.integers(1, 9))

    def column(entries: st.SearchStrategy[Any]) -> list[Any]:
        return draw(st.lists(st.none() | entries, min_size=count, max_size=count))

    pieces = {
        "number": pa.array(column(st.integers(-(2**63), 2**63 - 1)), pa.int64()),
        "score": pa.array(column(st.floats(allow_nan=False)), pa.float64()),
        "flag": pa.array(column(st.booleans()), pa.bool_()),
        "day": pa.array(column(st.dates(date(1970, 1, 1), date(2100, 1, 1))), pa.date32()),
        "time": pa.array(column(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))), pa.timestamp("us")),  # noqa: DTZ001
        "bytes": pa.array(column(st.binary(max_size=5)), pa.binary()),
        "list": pa.array(column(st.lists(anything, max_size=3)), pa.list_(pa.string())),
        "struct": pa.array(column(st.fixed_dictionaries({"a": anything})), pa.struct({"a": pa.string()})),
        "kind": pa.array(column(st.sampled_from(["x", "y"])), pa.string()).dictionary_encode(),
        "long": pa.array(column(anything), pa.large_string()),
    }
    names = draw(st.lists(st.sampled_from(sorted(pieces)), unique=True, max_size=4))
    columns = {name: pieces[name] for name in names}
    columns["instruction"] = pa.array(draw(st.lists(instructions, min_size=count, max_size=count)), pa.string())
    return pa.table(columns, metadata={"note": "kept"})


@st.composite
def choices(draw: st.DrawFn, count: int) -> list[int]:
    """Draw some row numbers, ascending."""
    return sorted(draw(st.sets(st.integers(0, count - 1))))
