from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from taskscape.analysis.retrieval.result import Matches
from taskscape.errors import DataError, UsageError
from taskscape.records import open_dataset
from taskscape.report.demonstrations import Examples, Requests, check_lines, prompt_lines, row_lines, write_lines

if TYPE_CHECKING:
    from pathlib import Path

MATCHES = Matches(
    np.array([[1, 0], [0, -1]]), np.array([[0.9, 0.5], [0.7, -1.0]], np.float32), method="exact", recall=1.0
)


def test_rows_of_any_kind_of_file_come_as_json_lines(tmp_path: Path) -> None:
    (tmp_path / "queries.csv").write_text('question,id\n"Who, me?",7\n,8\nWhy?,9\n')
    (tmp_path / "pool.txt").write_text("First line\n\nSecond line\n")
    queries, pool = open_dataset(tmp_path / "queries.csv"), open_dataset(tmp_path / "pool.txt")
    rows, pool_rows = Examples.read(queries).rows, Examples.read(pool).rows
    write_lines(tmp_path / "out.jsonl", row_lines(queries, rows, pool, pool_rows, MATCHES))
    first, second = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (first["question"], first["id"], second["id"]) == ("Who, me?", "7", "9")  # the bad row is not there
    assert first["demonstrations"] == [
        {"row": int(pool_rows[1]), "similarity": 0.9, "record": {"instruction": "Second line"}},
        {"row": int(pool_rows[0]), "similarity": 0.5, "record": {"instruction": "First line"}},
    ]
    assert [found["record"]["instruction"] for found in second["demonstrations"]] == ["First line"]


def test_a_row_keeps_its_own_writing(tmp_path: Path) -> None:
    source = tmp_path / "rows.json"
    source.write_text('[\n  {"instruction": "A\\u00e9",\n   "n": 1.0},\n  {"instruction": "B", "n": 1e400}\n]')
    data = open_dataset(source)
    rows = Examples.read(data).rows
    first, second = row_lines(data, rows, data, rows, MATCHES)
    assert first.startswith(rb'{"instruction":"A\u00e9","n":1.0,"demonstrations"')
    assert b'"n": 1e400' in second or b'"n":1e400' in second


def test_prompts_name_where_everything_comes_from(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    rows = [
        {"instruction": "Add.", "input": "1 1", "output": "2", "dataset": "sums"},
        {"instruction": ""},
        {"instruction": "Add.", "input": "1 2", "output": "3", "dataset": 4},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = open_dataset(source)
    examples = Examples.read(data)
    first, second = map(json.loads, prompt_lines(data, examples, examples, MATCHES, form="plain"))
    assert first["dataset"] == "sums"
    assert "dataset" not in second
    assert (first["row"], second["row"], second["input"]) == (0, 2, "1 2")
    assert first["demonstrations"] == [{"row": 2, "similarity": 0.9}, {"row": 0, "similarity": 0.5}]
    assert first["prompt"].endswith("Instruction: Add.\nInput: 1 1\nResponse:")


def test_examples_are_made_when_they_are_looked_at(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    rows = [
        {"instruction": "a", "input": "", "output": ""},
        {"instruction": "b", "input": "x", "output": "y"},
        {"instruction": "c", "input": " "},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    examples = Examples.read(open_dataset(source))
    assert examples.answered.tolist() == [False, True, False]
    assert list(Requests(examples)) == ["a", "b\n\nx", "c"]
    assert [example.answer for example in examples.take(np.array([1, 0]))] == ["y", ""]


def test_where_lines_cannot_go(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"name a \.jsonl file"):
        check_lines(tmp_path / "out.parquet")
    with pytest.raises(DataError, match="no folder"):
        check_lines(tmp_path / "no" / "out.jsonl")
    check_lines(tmp_path / "out.jsonl.zst")
