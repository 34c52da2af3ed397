"""What is written is what was read: every format, any rows, any way of writing them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.records import open_dataset, write_dataset
from tests.records.strategies import (
    array,
    choices,
    exact,
    grids,
    instructions,
    lines,
    objects,
    read_exact,
    tables,
    writings,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# No deadline: each example syncs a file to disk, which takes as long as the disk likes.
checked = settings(deadline=None, max_examples=40)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a folder in memory, where the system has one

rows_of_objects = st.lists(objects(), min_size=1, max_size=6)
PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
}


def unpack(path: Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".zst":
        return bytes(pa.input_stream(io.BytesIO(data), compression="zstd").read())
    return {".gz": gzip.decompress, ".xz": lzma.decompress}.get(path.suffix, bytes)(data)


def through(name: str, content: bytes, rows: list[int] | None, columns: Any = None, output: str | None = None) -> bytes:
    """Read a file of this name and content and write it back; None for all rows."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        path = Path(folder, name)
        path.write_bytes(PACK.get(path.suffix, bytes)(content))
        dataset = open_dataset(path)
        good = [row for batch in dataset.batches() for row in batch["row"].to_pylist()]
        assert dataset.rejects.count == 0, next(iter(dataset.rejects)).reason
        target = Path(folder, output or f"out-{name}")
        write_dataset(dataset, target, rows=good if rows is None else rows, columns=columns)
        assert {entry.name for entry in Path(folder).iterdir()} == {path.name, target.name}  # no temporary file is left
        return unpack(target)


def names_of(rows: list[int]) -> dict[str, list[Any]]:
    return {"task": [f"t|{row}" for row in rows], "confidence": [row / 4 for row in rows]}


def with_names(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {**row, "task": f"t|{number}", "confidence": number / 4}


@checked
@given(rows_of_objects, writings(), st.sampled_from(["\n", "\r\n"]))
def test_lines_stay_byte_for_byte(rows: list[Any], encoder: json.JSONEncoder, end: str) -> None:
    content = lines(rows, encoder, end)
    assert through("a.jsonl", content, None) == content


@checked
@given(rows_of_objects | st.lists(instructions, min_size=1), writings())
def test_arrays_stay_byte_for_byte(rows: list[Any], encoder: json.JSONEncoder) -> None:
    content = array(rows, encoder)
    if encoder.item_separator.startswith(","):
        assert through("a.json", content, None) == content
    else:  # white space before a comma is the one thing that is not kept
        assert exact(read_exact(through("a.json", content, None).decode())) == exact(read_exact(content.decode()))


@checked
@given(st.data(), rows_of_objects, writings(), st.sampled_from(sorted(PACK)), st.booleans())
def test_rows_are_dropped_and_columns_added(
    data: st.DataObject, rows: list[Any], encoder: json.JSONEncoder, pack: str, in_lines: bool
) -> None:
    chosen = data.draw(choices(len(rows)))
    name, content = ("a.jsonl", lines(rows, encoder)) if in_lines else ("a.json", array(rows, encoder))
    written = through(name + pack, content, chosen, names_of(chosen)).decode()
    got = [read_exact(line) for line in written.split("\n")[:-1]] if in_lines else read_exact(written)
    assert [exact(row) for row in got] == [exact(with_exact(rows[n], n)) for n in chosen]


def with_exact(row: dict[str, Any], number: int) -> dict[str, Any]:
    """Give what a written row should parse to; a field of an added column's name is replaced where it stands."""
    return dict(read_exact(exact(with_names(row, number))))


@checked
@given(st.data(), st.lists(instructions, min_size=1, max_size=6), writings())
def test_texts_with_columns_become_objects(data: st.DataObject, texts: list[str], encoder: json.JSONEncoder) -> None:
    chosen = data.draw(choices(len(texts)))
    got = json.loads(through("a.json", array(texts, encoder), chosen, names_of(chosen)))
    assert got == [with_names({"instruction": texts[n]}, n) for n in chosen]


@checked
@given(st.data(), st.dictionaries(instructions, rows_of_objects, min_size=1, max_size=4), writings())
def test_keyed_objects(data: st.DataObject, tasks: dict[str, list[Any]], encoder: json.JSONEncoder) -> None:
    whole = {key: {"samples": rows, "number": len(rows), "more": [1]} for key, rows in tasks.items()}
    flat = [(key, row) for key, rows in tasks.items() for row in rows]
    chosen = data.draw(choices(len(flat)))
    content = encoder.encode({key: {**value, "number": value["number"]} for key, value in whole.items()}).encode()
    got = json.loads(through("a.json", content, chosen, names_of(chosen)))
    assert list(got) == list(dict.fromkeys(flat[n][0] for n in chosen))
    for value in got.values():
        assert value["number"] == len(value["samples"])
        assert value["more"] == [1]
    written = [exact(row) for value in got.values() for row in value["samples"]]
    assert written == [exact(json.loads(exact(with_names(flat[n][1], n)))) for n in chosen]


@checked
@given(st.data(), grids())
def test_csv(data: st.DataObject, grid: tuple[list[list[str]], bytes]) -> None:
    (header, *rows), content = grid
    assert through("a.csv", content, None) == content
    chosen = data.draw(choices(len(rows)))
    written = through("a.csv", content, chosen, names_of(chosen)).decode()
    got = list(csv.reader(io.StringIO(written, newline=""), strict=True))
    assert got == [[*header, "task", "confidence"], *([*rows[n], f"t|{n}", str(n / 4)] for n in chosen)]
    replaced = through("a.csv", content, chosen, {"instruction": [f"x\n{n}" for n in chosen]}).decode()
    got = list(csv.reader(io.StringIO(replaced, newline=""), strict=True))
    place = header.index("instruction")
    assert got == [header, *([*rows[n][:place], f"x\n{n}", *rows[n][place + 1 :]] for n in chosen)]


@checked
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"), min_size=1), min_size=1))
def test_text(texts: list[str]) -> None:
    texts = [text for text in texts if not text.encode().isspace() and not text.isspace()]
    texts = [text.lstrip("\ufeff") or "x" for text in texts] or ["x"]
    texts = [text if text.strip() else "x" for text in texts]
    content = "".join(f"{text}\n" for text in texts).encode()
    assert through("a.txt", content, None) == content
    assert through("a.txt", content, [0]) == f"{texts[0]}\n".encode()


@checked
@given(st.data(), tables(), st.sampled_from(["parquet", "file", "stream"]), st.integers(1, 4))
def test_tables(data: st.DataObject, table: pa.Table, kind: str, chunk: int) -> None:
    buffer = io.BytesIO()
    if kind == "parquet":
        pq.write_table(table, buffer, row_group_size=chunk, compression="zstd")
    else:
        with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(buffer, table.schema) as writer:
            writer.write_table(table, max_chunksize=chunk)
    suffix = ".parquet" if kind == "parquet" else ".arrow"
    chosen = data.draw(choices(table.num_rows))
    written = io.BytesIO(through(f"a{suffix}", buffer.getvalue(), chosen, {"task": [f"t{n}" for n in chosen]}))
    if kind == "parquet":
        got = pq.read_table(written)
        metadata = pq.read_metadata(written)
        assert all(metadata.row_group(n).column(0).compression == "ZSTD" for n in range(metadata.num_row_groups))
    else:
        got = (pa.ipc.open_file if kind == "file" else pa.ipc.open_stream)(written).read_all()
    expected = table.take(pa.array(chosen, pa.int64()))
    task = pa.array([f"t{n}" for n in chosen], pa.string() if chosen else pa.null())
    assert got.schema == expected.append_column("task", task).schema
    assert got.schema.metadata == table.schema.metadata
    assert got.to_pylist() == expected.append_column("task", task).to_pylist()


@pytest.mark.parametrize("output", ["b.jsonl", "b.json", "b.jsonl.gz"])
@checked
@given(rows=rows_of_objects, encoder=writings(), in_lines=st.booleans())
def test_json_becomes_other_json_to_the_digit(
    output: str, rows: list[Any], encoder: json.JSONEncoder, in_lines: bool
) -> None:
    name, content = ("a.ndjson", lines(rows, encoder)) if in_lines else ("a.json.xz", array(rows, encoder))
    written = through(name, content, None, output=output).decode()
    got = read_exact(written) if ".jsonl" not in output else [read_exact(line) for line in written.split("\n")[:-1]]
    assert [exact(row) for row in got] == [exact(read_exact(exact(row))) for row in rows]


@checked
@given(grids())
def test_csv_becomes_json(grid: tuple[list[list[str]], bytes]) -> None:
    (header, *rows), content = grid
    written = through("a.csv", content, None, output="b.json")
    assert json.loads(written) == [dict(zip(header, row, strict=True)) for row in rows]
    table = pq.read_table(io.BytesIO(through("a.csv", content, None, output="b.parquet")))
    assert table.to_pylist() == json.loads(written)
    again = through("b.json", written, None, output="c.csv").decode()
    assert list(csv.reader(io.StringIO(again, newline=""))) == [header, *rows]
