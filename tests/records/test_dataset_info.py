from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.errors import DataError
from taskscape.records import open_dataset
from taskscape.records.dataset_info import add_entry, describe

if TYPE_CHECKING:
    from pathlib import Path


def described(folder: Path, row: Any, *, output: str = "out.jsonl", **reading: Any) -> dict[str, Any]:
    source = folder / "rows.jsonl"
    source.write_text(json.dumps(row) + "\n", encoding="utf8")
    return describe(open_dataset(source, **reading), folder / output, folder / "dataset_info.json")


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"instruction": "Add.", "input": "1 2", "output": "3"}, {"query": "input", "response": "output"}),
        ({"instruction": "Add.", "context": "1 2", "response": "3"}, {"query": "context", "response": "response"}),
        ({"instruction": "Add.", "system": "Be kind."}, {"system": "system"}),
    ],
)
def test_single_instructions(tmp_path: Path, row: Any, columns: dict[str, str]) -> None:
    assert described(tmp_path, row) == {
        "file_name": "out.jsonl",
        "formatting": "alpaca",
        "columns": {"prompt": "instruction", **columns},
    }


def test_a_field_that_was_named(tmp_path: Path) -> None:
    entry = described(tmp_path, {"q": "Add.", "answer": "3"}, field="q")
    assert entry["columns"] == {"prompt": "q", "response": "answer"}


@pytest.mark.parametrize(
    ("row", "columns", "tags"),
    [
        (
            {"messages": [{"role": "user", "content": "Add."}], "tools": "[]"},
            {"messages": "messages", "tools": "tools"},
            ("role", "content", "user", "assistant", "system", "tool", "function_call"),
        ),
        (
            {"conversations": [{"from": "human", "value": "Add."}]},
            {"messages": "conversations"},
            ("from", "value", "human", "gpt", "system", "observation", "function_call"),
        ),
    ],
)
def test_turns(tmp_path: Path, row: Any, columns: dict[str, str], tags: tuple[str, ...]) -> None:
    entry = described(tmp_path, row)
    assert entry["formatting"] == "sharegpt"
    assert entry["columns"] == columns
    assert tuple(entry["tags"].values()) == tags


@pytest.mark.parametrize(
    ("row", "output", "message"),
    [
        ({"conversations": ["Add.", "3"]}, "out.jsonl", "need roles"),
        ({"instruction": "a", "instances": [{"input": "1", "output": "2"}]}, "out.jsonl", "instances.0.input"),
        ("Just a text", "out.jsonl", "Bare texts"),
        ({"instruction": "a"}, "out.jsonl.gz", "LLaMA-Factory reads"),
    ],
)
def test_what_llama_factory_cannot_read(tmp_path: Path, row: Any, output: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        described(tmp_path, row, output=output)


def test_rows_under_tasks(tmp_path: Path) -> None:
    source = tmp_path / "ieb.json"
    samples = [{"category": "", "instruction": "Add.", "input": "Add.", "output": ""}]
    source.write_text(json.dumps({"add|number": {"number": 1, "samples": samples}}), encoding="utf8")
    dataset = open_dataset(source)
    with pytest.raises(DataError, match=r"name the output \.jsonl"):
        describe(dataset, tmp_path / "out.json", tmp_path / "dataset_info.json")


def test_other_entries_stay(tmp_path: Path) -> None:
    info = tmp_path / "dataset_info.json"
    assert not add_entry(info, "first", {"file_name": "1.json"})
    assert not add_entry(info, "second", {"file_name": "2.json"})
    assert add_entry(info, "first", {"file_name": "3.json"})
    assert json.loads(info.read_bytes()) == {"first": {"file_name": "3.json"}, "second": {"file_name": "2.json"}}


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_file_that_is_something_else(tmp_path: Path, text: str) -> None:
    info = tmp_path / "dataset_info.json"
    info.write_text(text, encoding="latin1")
    with pytest.raises(DataError, match=r"dataset_info\.json"):
        add_entry(info, "name", {})
    assert info.read_text(encoding="latin1") == text
