from __future__ import annotations

import json
import stat
import tracemalloc
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskscape.errors import DataError, UsageError
from taskscape.records import check_output, open_dataset, write_dataset
from taskscape.records.jsonrows import encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from taskscape.records import Dataset


def lines(path: Path, *rows: Any) -> Path:
    path.write_bytes("".join(json.dumps(row) + "\n" for row in rows).encode())
    return path


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def three(folder: Path) -> Path:
    return lines(folder / "a.jsonl", *({"text": letter, "n": n} for n, letter in enumerate("abc")))


def test_columns_of_every_kind(tmp_path: Path) -> None:
    columns = {
        "list": ["x", None, "z"],
        "numpy": np.array([1, 2, 3], np.int32),
        "short": np.array([0.1, np.nan, 2.5], np.float32),
        "arrow": pa.chunked_array([[True], [False, None]]),
        "nested": pa.array([[1], [], [2, 3]]),
        "kind": pa.array(["p", "q", "p"]).dictionary_encode(),
    }
    write_dataset(open_dataset(three(tmp_path)), tmp_path / "b.jsonl", rows=[0, 1, 2], columns=columns)
    assert read(tmp_path / "b.jsonl")[1] == {
        "text": "b", "n": 1, "list": None, "numpy": 2, "short": None, "arrow": False, "nested": [], "kind": "q",
    }  # fmt: skip
    assert '"short": 0.1,' in (tmp_path / "b.jsonl").read_text()


def test_column_of_a_known_name_is_replaced_where_it_stands(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"task": {"old": [1, "}"]}, "text": "a", "x": 1.0})
    write_dataset(open_dataset(path), path, rows=[0], columns={"task": ["new"]})
    assert path.read_text() == '{"task": "new", "text": "a", "x": 1.0}\n'
    pq.write_table(pa.table({"task": [1], "text": ["a"]}), tmp_path / "a.parquet")
    write_dataset(open_dataset(tmp_path / "a.parquet"), tmp_path / "b.parquet", rows=[0], columns={"task": ["new"]})
    assert pq.read_table(tmp_path / "b.parquet").to_pylist() == [{"task": "new", "text": "a"}]
    assert pq.read_schema(tmp_path / "b.parquet").names == ["task", "text"]


def test_output_may_be_the_source(tmp_path: Path) -> None:
    path = three(tmp_path)
    path.chmod(0o640)
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    write_dataset(open_dataset(link), link, rows=[2])
    assert read(path) == [{"text": "c", "n": 2}]
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.jsonl", "link.jsonl"]


def test_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "a"}, {"text": "b", "deep": {"x": 1}})
    target = tmp_path / "b.csv"
    target.write_text("precious")
    with pytest.raises(DataError, match=r"row 1 of .*a\.jsonl: the field 'deep' is nested"):
        write_dataset(open_dataset(path), target, rows=[0, 1])
    assert target.read_text() == "precious"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.jsonl", "b.csv"]


def test_full_disk_is_told(tmp_path: Path) -> None:
    dataset = open_dataset(three(tmp_path))
    with pytest.raises(DataError, match=r"b\.jsonl cannot be written: File too large"):
        limited(lambda: write_dataset(dataset, tmp_path / "b.jsonl", rows=[0, 1, 2], columns={"x": ["y" * 9000] * 3}))
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.jsonl"]


def limited(action: Callable[[], None]) -> None:
    """Do something while files cannot grow beyond 4 KiB."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        action()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_new_file_has_usual_permissions(tmp_path: Path) -> None:
    write_dataset(open_dataset(three(tmp_path)), tmp_path / "b.jsonl", rows=[0])
    (tmp_path / "usual").touch()
    assert (tmp_path / "b.jsonl").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_broken_row_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\nbroken\n{"text": "c"}\n')
    dataset = open_dataset(path)
    with pytest.raises(DataError, match=r"line 2, row 1: cannot be written: broken JSON"):
        write_dataset(dataset, tmp_path / "b.jsonl", rows=[1])
    write_dataset(dataset, tmp_path / "b.jsonl", rows=[0, 2], columns={"task": ["x", "y"]})
    assert [row["task"] for row in read(tmp_path / "b.jsonl")] == ["x", "y"]


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ([1, 0], None, "ascending"),
        ([0, 0], None, "ascending"),
        ([-1], None, "from 0"),
        ([[0]], None, "one-dimensional"),
        ([0.5], None, "integers"),
        ([3], None, "row 3 is chosen, but the data has fewer rows"),
        ([0, 1], {"x": [1]}, "'x' has 1 values for 2 rows"),
        ([0], {"x": [object()]}, "'x' cannot be written"),
    ],
)
def test_wrong_arguments_are_named(tmp_path: Path, rows: Any, columns: Any, message: str) -> None:
    pq.write_table(pa.table({"text": ["a", "b", "c"]}), tmp_path / "a.parquet")
    for source, output in ((three(tmp_path), "b.jsonl"), (tmp_path / "a.parquet", "b.parquet")):
        with pytest.raises(UsageError, match=message):
            write_dataset(open_dataset(source), tmp_path / output, rows=rows, columns=columns)
        assert not (tmp_path / output).exists()


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        ("b", UsageError, "cannot tell from its name"),
        ("b.xlsx", UsageError, "cannot tell from its name"),
        ("b.parquet.gz", UsageError, "compressed inside"),
        ("nowhere/b.jsonl", DataError, "cannot be written"),
        ("folder.jsonl", DataError, "is a folder"),
        ("b.txt", DataError, "no place for columns"),
    ],
)
def test_wrong_outputs_are_named(tmp_path: Path, output: str, error: type[Exception], message: str) -> None:
    (tmp_path / "folder.jsonl").mkdir()
    dataset = open_dataset(three(tmp_path))
    with pytest.raises(error, match=message):
        write_dataset(dataset, tmp_path / output, rows=[0], columns={"x": [1]})
    with pytest.raises(error, match=message):
        check_output(dataset, tmp_path / output, columns=["x"])


def test_changed_source_is_refused(tmp_path: Path) -> None:
    dataset = open_dataset(three(tmp_path))
    lines(tmp_path / "a.jsonl", {"text": "other"})
    with pytest.raises(DataError, match="was changed"):
        write_dataset(dataset, tmp_path / "b.jsonl", rows=[0])


def test_no_rows(tmp_path: Path) -> None:
    dataset = open_dataset(three(tmp_path))
    expected = {"jsonl": "", "json": "[]\n", "csv": "task\n", "txt": ""}
    for suffix, content in expected.items():
        columns: Any = {} if suffix == "txt" else {"task": []}
        write_dataset(dataset, tmp_path / f"b.{suffix}", rows=[], columns=columns)
        assert (tmp_path / f"b.{suffix}").read_text() == content
    write_dataset(dataset, tmp_path / "b.parquet", rows=[])
    assert pq.read_table(tmp_path / "b.parquet").num_rows == 0


def test_several_files_become_one(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_text("id,text\n1,a\n2,b\n")
    (tmp_path / "in/b.csv").write_text("id,text\n3,c\n4,d\n")
    dataset = open_dataset(tmp_path / "in")
    write_dataset(dataset, tmp_path / "out.csv", rows=[1, 2], columns={"task": ["x", "y"]})
    assert (tmp_path / "out.csv").read_text() == "id,text,task\n2,b,x\n3,c,y\n"
    (tmp_path / "in/b.csv").write_text("text,id\nc,3\n")
    with pytest.raises(DataError, match="different columns"):
        write_dataset(open_dataset(tmp_path / "in"), tmp_path / "out.csv", rows=[1])


def test_tables_of_unlike_columns_are_not_joined(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "x": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["b"], "x": ["1"]}), tmp_path / "b.parquet")
    dataset = open_dataset(tmp_path)
    assert dataset.texts() == ["a", "b"]
    with pytest.raises(DataError, match=r"a\.parquet and .*b\.parquet have different columns"):
        write_dataset(dataset, tmp_path / "c.parquet", rows=[0, 1])


def test_bare_texts_become_lines_of_text_and_cells(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", "one, two", "three\nfour")
    write_dataset(open_dataset(path), tmp_path / "b.txt", rows=[0])
    assert (tmp_path / "b.txt").read_text() == "one, two\n"
    with pytest.raises(DataError, match="a text has line breaks"):
        write_dataset(open_dataset(path), tmp_path / "b.txt", rows=[0, 1])
    write_dataset(open_dataset(path), tmp_path / "b.csv", rows=[0, 1])
    assert (tmp_path / "b.csv").read_text() == 'instruction\n"one, two"\n"three\nfour"\n'
    with pytest.raises(DataError, match="these rows have fields"):
        write_dataset(open_dataset(three(tmp_path)), tmp_path / "b.txt", rows=[0])


def test_number_of_a_task_stays_where_it_counts_something_else(tmp_path: Path) -> None:
    rows = [{"instruction": "a", "input": "a"}, {"instruction": "b", "input": "b"}]
    (tmp_path / "a.json").write_text(json.dumps({"x|y": {"number": 40, "samples": rows}, "z|w": {"samples": rows}}))
    write_dataset(open_dataset(tmp_path / "a.json"), tmp_path / "b.json", rows=[0, 3])
    assert json.loads((tmp_path / "b.json").read_text()) == {
        "x|y": {"number": 40, "samples": rows[:1]}, "z|w": {"samples": rows[1:]},
    }  # fmt: skip
    write_dataset(open_dataset(tmp_path / "a.json"), tmp_path / "b.json", rows=[])
    assert json.loads((tmp_path / "b.json").read_text()) == {}


def test_csv_keeps_its_habits(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'\xef\xbb\xbf"text";id\r\n"a;b";1\r\n\'c;2')
    write_dataset(open_dataset(path), tmp_path / "b.csv", rows=[0, 1], columns={"task": ["x;y", "z"]})
    assert (tmp_path / "b.csv").read_bytes() == b'\xef\xbb\xbf"text";id;task\r\n"a;b";1;"x;y"\r\n\'c;2;z\r\n'
    write_dataset(open_dataset(path), tmp_path / "b.tsv", rows=[0])
    assert (tmp_path / "b.tsv").read_bytes() == b"text\tid\r\na;b\t1\r\n"


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,x,x\na,1,2\n")
    write_dataset(open_dataset(path), tmp_path / "b.csv", rows=[0])
    assert (tmp_path / "b.csv").read_text() == path.read_text()
    with pytest.raises(DataError, match="two columns are named 'x'"):
        write_dataset(open_dataset(path), tmp_path / "b.json", rows=[0])


def test_texts_of_an_array_become_objects_with_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[\n    "one \\u00e9",\n    "two"\n]')
    write_dataset(open_dataset(path), tmp_path / "b.json", rows=[0, 1], columns={"task": ["x", "y"]})
    assert (tmp_path / "b.json").read_text() == (
        '[\n    {"instruction": "one \\u00e9", "task": "x"},\n    {"instruction": "two", "task": "y"}\n]'
    )


def test_new_members_follow_the_indentation(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [{"instruction": "a", "input": "", "deep": {"x": [1]}}, {"instruction": "b", "input": "", "deep": {}}]
    path.write_text(json.dumps(rows, indent=2) + "\n")
    write_dataset(open_dataset(path), path, rows=[0, 1], columns={"task": ["x", "y"], "score": [1.0, 0.5]})
    expected = [{**row, "task": task, "score": score} for row, task, score in zip(rows, "xy", (1.0, 0.5), strict=True)]
    assert path.read_text() == json.dumps(expected, indent=2) + "\n"


def test_object_files_become_an_array_or_stay_one(tmp_path: Path) -> None:
    for name in "ab":
        task = {"Definition": [f"Do {name}."], "Instances": [{"input": "i", "output": ["o"]}]}
        (tmp_path / f"{name}.json").write_text(json.dumps(task, indent=4))
    write_dataset(open_dataset(tmp_path / "a.json"), tmp_path / "c.json", rows=[0], columns={"task": ["x"]})
    assert json.loads((tmp_path / "c.json").read_text())["task"] == "x"
    (tmp_path / "c.json").unlink()
    write_dataset(open_dataset(tmp_path), tmp_path / "c.json", rows=[0, 1], columns={"task": ["x", "y"]})
    assert [row["task"] for row in json.loads((tmp_path / "c.json").read_text())] == ["x", "y"]


def test_rows_that_leave_their_task_carry_it(tmp_path: Path) -> None:
    tasks = {"write|poem": {"number": 1, "samples": [{"instruction": "a", "input": "a"}]}}
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    for output in ("b.jsonl", "b.csv", "b.parquet"):
        write_dataset(open_dataset(tmp_path / "a.json"), tmp_path / output, rows=[0])
        assert open_dataset(tmp_path / output, label="label").labels() == ["write|poem"]


def test_table_becomes_text(tmp_path: Path) -> None:
    table = pa.table({"text": ["a"], "day": pa.array([0], pa.date32()), "n": [1], "x": [float("nan")], "none": [None]})
    pq.write_table(table, tmp_path / "a.parquet")
    write_dataset(open_dataset(tmp_path / "a.parquet"), tmp_path / "b.jsonl", rows=[0])
    assert read(tmp_path / "b.jsonl") == [{"text": "a", "day": "1970-01-01", "n": 1, "x": None, "none": None}]
    write_dataset(open_dataset(tmp_path / "a.parquet"), tmp_path / "b.csv", rows=[0])
    assert (tmp_path / "b.csv").read_text() == "text,day,n,x,none\na,1970-01-01,1,,\n"
    pq.write_table(pa.table({"text": ["a"], "image": [b"\xff"]}), tmp_path / "c.parquet")
    with pytest.raises(DataError, match="cannot be written as JSON"):
        write_dataset(open_dataset(tmp_path / "c.parquet"), tmp_path / "b.jsonl", rows=[0])


def test_rows_of_unlike_types_are_no_table(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "a", "x": 1}, {"text": "b", "x": 1.5, "y": "only here"})
    write_dataset(open_dataset(path), tmp_path / "b.parquet", rows=[0, 1], columns={"task": ["p", "q"]})
    assert pq.read_table(tmp_path / "b.parquet").to_pylist() == [
        {"text": "a", "x": 1.0, "y": None, "task": "p"},
        {"text": "b", "x": 1.5, "y": "only here", "task": "q"},
    ]
    lines(path, {"text": "a", "x": 1}, {"text": "b", "x": "one"})
    with pytest.raises(DataError, match="cannot be a table"):
        write_dataset(open_dataset(path), tmp_path / "c.parquet", rows=[0, 1])


def test_row_groups_stay_large(tmp_path: Path) -> None:
    table = pa.table({"text": [str(n) for n in range(20_000)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=15_000, compression="gzip")
    rows = np.arange(1, 20_000)
    write_dataset(open_dataset(tmp_path / "a.parquet"), tmp_path / "b.parquet", rows=rows)
    metadata = pq.read_metadata(tmp_path / "b.parquet")
    assert [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)] == [15_000, 4_999]
    assert metadata.row_group(0).column(0).compression == "GZIP"


@pytest.mark.parametrize("output", ["b.jsonl", "b.parquet"])
def test_progress_is_told(tmp_path: Path, output: str) -> None:
    path = lines(tmp_path / "a.jsonl", *({"text": str(n)} for n in range(10_000)))
    seen: list[tuple[int, int | None]] = []
    write_dataset(
        open_dataset(path), tmp_path / output, rows=np.arange(10_000), progress=lambda *step: seen.append(step)
    )
    assert seen == sorted(seen)
    assert len(seen) >= 2
    assert seen[-1] == (10_000, 10_000)


def peak_of_a_round_trip(folder: Path, rows: int) -> int:
    filling = "word " * 200
    with (folder / "a.json").open("w") as file:
        file.write("[")
        for n in range(rows):
            file.write(f'{"," if n else ""}\n  {{"instruction": "row {n}", "input": "{filling}"}}')
        file.write("\n]")
    tracemalloc.start()
    try:
        dataset = open_dataset(folder / "a.json", with_input=True)
        numbers = np.concatenate([batch["row"].to_numpy() for batch in dataset.batches(rows=1000)])
        write_dataset(dataset, folder / "b.json", rows=numbers, columns={"task": ["x"] * rows})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (folder / "b.json").stat().st_size > (folder / "a.json").stat().st_size > 1000 * rows
    return peak


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peak_of_a_round_trip(tmp_path, 100)  # what is imported stays
    assert peak_of_a_round_trip(tmp_path, 20_000) < 10e6  # of a file of 20 MB


def keyed(path: Path, **tasks: list[str]) -> Path:
    rows = {
        task: {"number": len(texts), "samples": [{"instruction": text, "input": text} for text in texts]}
        for task, texts in tasks.items()
    }
    path.write_text(json.dumps(rows))
    return path


def test_a_task_of_two_keyed_files_is_never_one_key_twice(tmp_path: Path) -> None:
    one = keyed(tmp_path / "k1.json", write=["a", "b"], sort=["c"])
    two = keyed(tmp_path / "k2.json", find=["d"], write=["e"])
    dataset = open_dataset(tmp_path / "k?.json")
    with pytest.raises(DataError, match=rf"row 4 of {two}: the task 'write' was written already.* Write \.jsonl"):
        write_dataset(dataset, tmp_path / "all.json", rows=range(5))
    write_dataset(dataset, tmp_path / "all.jsonl", rows=range(5))
    assert [row["label"] for row in read(tmp_path / "all.jsonl")] == ["write", "write", "sort", "find", "write"]
    write_dataset(dataset, one, rows=[0, 2, 3])
    assert list(json.loads(one.read_text())) == ["write", "sort", "find"]


def test_half_a_character_costs_itself_and_no_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = b'{"text": "b", "output": "cut \\ud83d", "k\\uD83D": [{"\\ud83d": 1}]}\n'
    path.write_bytes(b'{"text": "a"}\n' + good)
    dataset = open_dataset(path)
    write_dataset(dataset, tmp_path / "b.jsonl", rows=[1], columns={"output": ["whole"]})
    assert (tmp_path / "b.jsonl").read_bytes() == good.replace(b"cut \\ud83d", b"whole")
    write_dataset(dataset, tmp_path / "b.parquet", rows=[1])
    assert pq.read_table(tmp_path / "b.parquet").to_pylist() == [{"text": "b", "output": "cut ?", "k?": [{"?": 1}]}]
    path.write_bytes(b'{"text": "a", "output": "cut \\ud83d", "k\\uD83D": 1}\n')
    write_dataset(open_dataset(path), tmp_path / "b.csv", rows=[0])
    assert (tmp_path / "b.csv").read_text() == "text,output,k?\na,cut ?,1\n"
    keyed(tmp_path / "k.json", **{"write|\ud83d": ["a"]})
    write_dataset(open_dataset(tmp_path / "k.json"), tmp_path / "k.jsonl", rows=[0])
    assert read(tmp_path / "k.jsonl")[0]["label"] == "write|?"


def test_nanoseconds_stay_in_tables_and_texts_end_at_microseconds(tmp_path: Path) -> None:
    times = pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns"))
    nested = pa.array([{"took": [1001]}, None], pa.struct([("took", pa.list_(pa.duration("ns")))]))
    table = pa.table({"text": ["a", "b"], "at": times, "more": nested})
    pq.write_table(table, tmp_path / "a.parquet")
    dataset = open_dataset(tmp_path / "a.parquet")
    write_dataset(dataset, tmp_path / "b.jsonl", rows=[0, 1], columns={"seen": times})
    assert read(tmp_path / "b.jsonl")[0] == {
        "text": "a", "at": "2023-11-14T22:13:20.123456", "more": {"took": ["0:00:00.000001"]},
        "seen": "2023-11-14T22:13:20.123456",
    }  # fmt: skip
    write_dataset(dataset, tmp_path / "b.parquet", rows=[0, 1])
    assert pq.read_table(tmp_path / "b.parquet").equals(table)


STAMP, CUT = 1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456"
NANOSECONDS = pa.timestamp("ns")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([[STAMP]], pa.large_list(NANOSECONDS)), [CUT]),
        (pa.array([[STAMP, None]], pa.list_(NANOSECONDS, 2)), [CUT, None]),
        (pa.array([[("a", STAMP)]], pa.map_(pa.string(), NANOSECONDS)), [["a", CUT]]),
        (pa.array([[(STAMP, "a")]], pa.map_(NANOSECONDS, pa.string())), [[CUT, "a"]]),
        (pa.array([STAMP], NANOSECONDS).dictionary_encode(), CUT),
        (pa.array([[{"at": [STAMP]}]], pa.large_list(pa.struct({"at": pa.list_(NANOSECONDS, 1)}))), [{"at": [CUT]}]),
    ],
    ids=["large list", "fixed list", "map", "keys of a map", "dictionary", "nested"],
)
def test_nanoseconds_in_every_container_end_at_microseconds(tmp_path: Path, values: pa.Array, expected: Any) -> None:
    table = pa.table({"text": ["a"], "at": values})
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as sink:
        sink.write_table(table)
    dataset = open_dataset(tmp_path / "a.arrow")
    kept = [column for _, _, record in dataset.records() for column in _leaves(record.value["at"])]
    assert {type(leaf).__name__ for leaf in kept} <= {"datetime", "str", "NoneType"}  # no Timestamp of pandas
    write_dataset(dataset, tmp_path / "b.jsonl", rows=[0])
    assert read(tmp_path / "b.jsonl")[0]["at"] == expected


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    return [leaf for one in value for leaf in _leaves(one)] if isinstance(value, (list, tuple)) else [value]


def test_dates_of_other_libraries_are_written_by_iso() -> None:
    class Stamp(datetime):
        """As that of pandas."""

    class Day(date):
        """As that of others."""

    assert encode([Stamp(2024, 5, 6, 7), Day(2024, 5, 6)]) == b'["2024-05-06T07:00:00","2024-05-06"]'


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_table_with_two_columns_of_one_name_is_refused(tmp_path: Path, suffix: str) -> None:
    def opened(*names: str) -> Dataset:
        table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"]), pa.array(["c"])], names=list(names))
        path = tmp_path / f"{'-'.join(names)}.{suffix}"
        if suffix == "parquet":
            pq.write_table(table, path)
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        return open_dataset(path)

    with pytest.raises(DataError, match="two columns are named 'text'"):
        opened("text", "text", "x").texts()
    other = opened("text", "x", "x")
    assert other.texts() == ["a"]
    with pytest.raises(DataError, match="two columns are named 'x'"):
        write_dataset(other, tmp_path / "b.jsonl", rows=[0])
