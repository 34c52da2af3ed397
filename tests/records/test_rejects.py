from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskscape.errors import DataError
from taskscape.records import open_dataset
from taskscape.records.rejects import IN_MEMORY, Reject, Rejects

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def read(path: Path, **settings: Any) -> tuple[list[tuple[int, str]], list[Reject]]:
    dataset = open_dataset(path, **settings)
    good = [(row["row"], row["instruction"]) for batch in dataset.batches() for row in batch.to_pylist()]
    return good, list(dataset.rejects)


BAD_LINES = [
    (b'{"text": "broken"', "broken JSON: unexpected end of data"),
    (b"no json at all", "broken JSON"),
    (b'{"id": 7, "note": "n"}', "the field 'text' is missing; there are: id, note"),
    (b'{"text": 5}', "the field 'text' is a number, not text"),
    (b'{"text": null}', "the field 'text' is null, not text"),
    (b'{"text": ["a"]}', "the field 'text' is a list, not text"),
    (b'{"text": ""}', "the text is empty"),
    (b'{"text": " \\t\\n\\u3000"}', "the text is empty"),
    (b'{"text": "\xff"}', "invalid UTF-8 at byte 10 of the row"),
    (b'{"text": "a\\u0000b"}', "the text has a NUL character"),
    (b'{"text": "a\\ud800b"}', "the text has half a character (lone surrogate) at 1"),
    (b'"a string"', "the row is text, not an object"),
    (b"[1]", "the row is a list, not an object"),
    (b"[" * 5000, "broken JSON"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD_LINES)
def test_bad_line_is_set_aside(tmp_path: Path, bad: bytes, reason: str) -> None:
    path = write(tmp_path / "a.jsonl", b'{"text": "one"}\n\n' + bad + b'\n{"text": "two"}\n{"text": "three"}\n')
    good, (reject,) = read(path)
    assert good == [(0, "one"), (2, "two"), (3, "three")]
    assert (reject.file, reject.row, reject.line) == (str(path), 1, 3)
    assert reject.reason.startswith(reason)
    assert reject.raw == bad.decode("utf-8", "backslashreplace")
    with pytest.raises(DataError) as raised:
        open_dataset(path, strict=True).texts()
    assert str(raised.value).startswith(f"{path}, line 3 (row 1): {reason}")


def test_half_a_character_in_a_key_of_a_bad_row_costs_that_row_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"text": "a"}\n{"half\\ud83d": 1}\n{"text": "c"}\n')
    good, (reject,) = read(path)
    assert good == [(0, "a"), (2, "c")]
    assert reject.reason == "the field 'text' is missing; there are: half?"
    assert reject.raw == '{"half\\ud83d": 1}'


def test_what_python_writes_is_good(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", b'{"text": "a", "x": NaN}\n{"text": "b", "x": 1e400}\n{"x": -Infinity, "text": "c"}'
    )
    assert read(path) == ([(0, "a"), (1, "b"), (2, "c")], [])


def array_of(*elements: str, joint: str = ",\n  ") -> bytes:
    return f"[\n  {joint.join(elements)}\n]\n".encode()


ROW = '{{"text": "{}", "more": [1, {{"text": "inner"}}]}}'
A, B, C = (ROW.format(letter) for letter in "abc")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('{"text": "b" "more": 1}', "broken JSON: "),  # lexically whole: only the row is bad
        ('{"text": }', "broken JSON"),
        ('{"text": "b", "more": [1}', "broken JSON: '}' closes nothing; reading goes on behind it"),
        ('{"text": "b, "more": 1}', "broken JSON: a string is not closed on its line; reading goes on behind it"),
        ('{"text": "b"', "broken JSON: ']' closes nothing; reading goes on behind it"),
        ("", "broken JSON: expected a value; reading goes on behind it"),
        ("nonsense", "broken JSON"),
    ],
)
def test_broken_element_costs_itself_only(tmp_path: Path, broken: str, reason: str) -> None:
    good, (reject,) = read(write(tmp_path / "a.json", array_of(A, broken, C)))
    assert good == [(0, "a"), (2, "c")]
    assert (reject.row, reject.line) == (1, 3)
    assert reject.reason.startswith(reason)
    assert reject.raw.strip() == broken


def test_broken_element_in_one_line(tmp_path: Path) -> None:
    rows = ['{"text": "a"}', '{"text": "b"', '{"text": "c", "more": []}']
    good, (reject,) = read(write(tmp_path / "a.json", array_of(*rows, joint=", ").replace(b"\n", b"")))
    assert good == [(0, "a"), (2, "c")]
    assert reject.raw.strip() == rows[1]


def test_part_of_a_row_is_never_taken_for_a_row(tmp_path: Path) -> None:
    content = array_of(A, '{"text": "b", "more": [2, {"text": "inner"}, {"text": "inner"', C, joint=", ").replace(
        b"\n", b""
    )
    good, (reject,) = read(write(tmp_path / "a.json", content))
    assert good == [(0, "a")]
    assert "what follows cannot be cut into rows" in reject.reason


def test_missing_comma(tmp_path: Path) -> None:
    good, (reject,) = read(write(tmp_path / "a.json", array_of(f"{A}\n  {B}", C)))
    assert good == [(0, "a"), (2, "c")]
    assert reject.reason.startswith("broken JSON: no ',' or ']' before it")
    assert reject.raw == B


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_truncated_array_keeps_the_rows_before(tmp_path: Path, cut: int) -> None:
    content = array_of(A, B, C)[:-cut]
    good, rejects = read(write(tmp_path / "a.json", content))
    whole = (content + b" ").count(b"]}")
    assert [row for row, _ in good] == list(range(whole))
    assert len(rejects) == (content.rstrip()[-1:] != b"]" or content.rstrip().endswith(b"[1]"))
    for reject in rejects:
        assert "the file ends" in reject.reason or "expected a value" in reject.reason


def test_content_after_the_array_is_told(tmp_path: Path) -> None:
    good, (reject,) = read(write(tmp_path / "a.json", array_of(A, B) + b"{3}"))
    assert [text for _, text in good] == ["a", "b"]
    assert (reject.row, reject.line, reject.raw) == (2, 5, "{3}")
    assert "after the end of the array" in reject.reason


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_arrays_that_follow_one_another_are_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, f"[{A}]\n[{B},\n{C}]\n".encode())
    with pytest.raises(DataError, match=rf"{name}: several JSON arrays .* begins in line 2\. .*jq -c '\.\[\]' FILE"):
        read(path)


def test_comma_after_the_last_element_is_no_error(tmp_path: Path) -> None:
    assert read(write(tmp_path / "a.json", array_of(A, B + ","))) == ([(0, "a"), (1, "b")], [])


def test_array_of_texts_with_a_broken_one(tmp_path: Path) -> None:
    good, (reject,) = read(write(tmp_path / "a.json", b'[\n "a",\n "b,\n "c",\n "d"\n]'))
    assert [text for _, text in good] == ["a", "c", "d"]
    assert reject.line == 3


def test_keyed_object_with_bad_rows(tmp_path: Path) -> None:
    sample = {"category": ["a", "b"], "instruction": "go", "input": "go on"}
    tasks = {
        "a|b": {"number": 3, "samples": [sample, {**sample, "instruction": 3}, sample]},
        "c|d": {"number": 1},
        "e|f": {"samples": 5},
        "g|h": {"samples": [sample]},
    }
    path = write(tmp_path / "a.json", json.dumps(tasks, indent=1).encode())
    good, rejects = read(path)
    assert [row for row, _ in good] == [0, 2, 5]
    assert [reject.row for reject in rejects] == [1, 3, 4]
    assert "'c|d' has no list 'samples'" in rejects[1].reason
    assert open_dataset(path).labels() == ["a|b", "a|b", "g|h"]
    truncated = write(tmp_path / "b.json", path.read_bytes()[:-40])
    good, rejects = read(truncated)
    assert len(good) == 2
    assert "no later row could be told apart" in rejects[-1].reason


def test_bad_csv_rows(tmp_path: Path) -> None:
    content = (
        b"id,text\n"
        b"1,good\n"
        b"2\n"
        b"3,too,many\n"
        b'4,"over\ntwo lines"\n'
        b"5,\n"
        b"6,bad \xff utf\n"
        b'7,"stray" quote\n'
        b'8,"quote that never closes\n'
        b"9,good again\n"
    )
    path = write(tmp_path / "a.csv", content)
    good, rejects = read(path)
    assert good == [(0, "good"), (3, "over\ntwo lines"), (8, "good again")]
    assert [(reject.row, reject.line) for reject in rejects] == [(1, 3), (2, 4), (4, 7), (5, 8), (6, 9), (7, 10)]
    reasons = [reject.reason for reject in rejects]
    assert reasons[:4] == [
        "1 fields; the header has 2",
        "3 fields; the header has 2",
        "the text is empty",
        "invalid UTF-8",
    ]
    assert all(reason.startswith("broken quoting") for reason in reasons[4:])
    assert rejects[-1].raw == '8,"quote that never closes\n'


def test_bad_text_lines(tmp_path: Path) -> None:
    good, rejects = read(write(tmp_path / "a.txt", b"one\r\n\r\n\xff\ntwo\n\n\n"))
    assert good == [(0, "one"), (3, "two")]
    assert [(reject.row, reject.reason) for reject in rejects] == [
        (1, "the text is empty"),
        (2, "invalid UTF-8 at byte 0 of the row"),
    ]


def test_bad_values_in_tables(tmp_path: Path) -> None:
    raw = pa.array([b"good", b"\xff\xfe", None, b"", b"fine"], pa.binary())
    text = pa.Array.from_buffers(pa.string(), 5, raw.buffers())
    pq.write_table(pa.table({"text": text, "id": range(5)}), tmp_path / "a.parquet")
    good, rejects = read(tmp_path / "a.parquet")
    assert good == [(0, "good"), (4, "fine")]
    assert [(reject.row, reject.line) for reject in rejects] == [(1, None), (2, None), (3, None)]
    assert "invalid UTF-8" in rejects[0].reason
    assert rejects[1].reason == "the field 'text' is null, not text"
    with pytest.raises(DataError, match="row 1: invalid UTF-8"):
        open_dataset(tmp_path / "a.parquet", strict=True).texts()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": []}, "the field 'messages' has no turn of the user; roles seen: none"),
        (
            {"messages": [{"role": "system", "content": "x"}]},
            "the field 'messages' has no turn of the user; roles seen: system",
        ),
        ({"messages": [{"role": "user", "content": None}]}, "the 'content' of a user's turn is null, not text"),
        ({"messages": ["x"]}, "a turn is text, not an object"),
        ({"messages": "x"}, "the field 'messages' is text, not a list of turns"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "the text is empty"),
    ],
)
def test_bad_conversations(tmp_path: Path, row: Any, reason: str) -> None:
    fine = {"messages": [{"role": "user", "content": "hi"}]}
    lines = "".join(json.dumps(entry) + "\n" for entry in (fine, row, fine, fine))
    good, (reject,) = read(write(tmp_path / "a.jsonl", lines.encode()))
    assert [row for row, _ in good] == [0, 2, 3]
    assert reject.reason.startswith(reason)


def test_rows_are_counted_over_files(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", b'{"text": "a"}\nbad\n')
    write(tmp_path / "b.jsonl", b'bad\n{"text": "b"}\n')
    dataset = open_dataset(tmp_path)
    assert [row for batch in dataset.batches() for row in batch["row"].to_pylist()] == [0, 3]
    assert [(reject.row, reject.line, reject.file[-7:]) for reject in dataset.rejects] == [
        (1, 2, "a.jsonl"),
        (2, 1, "b.jsonl"),
    ]


def test_second_pass_begins_anew(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "a.jsonl", b'{"text": "a"}\nbad\n{"text": "b"}'))
    for _ in range(2):
        assert dataset.texts() == ["a", "b"]
        assert dataset.rejects.count == len(dataset.rejects) == 1


def test_rejects_are_written_as_lines(tmp_path: Path) -> None:
    dataset = open_dataset(write(tmp_path / "a.jsonl", b'{"text": "a"}\nbad \xff\n\n{"text": ""}'))
    dataset.texts()
    path = tmp_path / "a.rejects.jsonl"
    assert dataset.rejects.write(path) == 2
    first, second = map(json.loads, path.read_text().splitlines())
    assert first["raw"] == "bad \\xff"
    assert second == {
        "file": str(tmp_path / "a.jsonl"), "row": 2, "line": 4, "reason": "the text is empty", "raw": '{"text": ""}',
    }  # fmt: skip
    assert dataset.rejects.reasons["the text is empty"] == 1


def test_many_rejects_go_to_disk(tmp_path: Path) -> None:
    rejects = Rejects()
    raw = "x" * 1000
    for row in range(3 * IN_MEMORY // 1000):
        rejects.add(Reject("f", row, row + 1, "why", raw))
    assert rejects._spool._rolled  # type: ignore[attr-defined]
    assert [reject.row for reject in rejects] == list(range(rejects.count))
    rejects.write(tmp_path / "r.jsonl")
    assert (tmp_path / "r.jsonl").read_bytes().count(b"\n") == rejects.count
    rejects.clear()
    assert list(rejects) == []


def test_damaged_compression_at_the_start_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(b"x")[:10] + b"\xff" * 100)
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: cannot be read past byte 0 of its content: .*invalid block"):
        open_dataset(path)


def test_damaged_compression_is_no_end(tmp_path: Path) -> None:
    content = b"".join(b'{"text": "row %d"}\n' % n for n in range(100_000))
    path = write(tmp_path / "a.jsonl.gz", gzip.compress(content)[:-2000])
    seen = 0
    with pytest.raises(DataError, match=r"a\.jsonl\.gz: cannot be read past byte"):  # noqa: PT012
        for batch in open_dataset(path).batches():
            seen += batch.num_rows
    assert seen > 50_000
