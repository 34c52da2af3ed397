from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from taskscape.benchmark.labelled import read_labelled_file
from taskscape.errors import DataError, FormatError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def natural_instructions(folder: Path) -> Path:
    """Three task files in the form of Super-NaturalInstructions."""
    folder.mkdir()
    for number, category in enumerate(["Translation", "Translation", "Summarization"]):
        task = {
            "Categories": [category],
            "Definition": [f"In this task, do the thing number {number}."],
            "Instances": [
                {"id": f"{number}-{i}", "input": f"text {i} of {number}" if i else "", "output": ["x"]}
                for i in range(number + 3)
            ],
        }
        (folder / f"task00{number}_name.json").write_text(json.dumps(task))
    return folder


def test_intents_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "intents.csv"
    path.write_text(
        'text,category\n"my card, it is gone",lost_card\nhow much is it,price\nwhat does it cost,price\nhm,\n'
    )
    found = read_labelled_file(path, text_field="text", label_field="category")
    assert found.labelled.texts == ["my card, it is gone", "how much is it", "what does it cost"]
    assert found.labelled.labels == ["lost_card", "price", "price"]
    assert any("1 rows without a label" in note for note in found.notes)
    assert any("1 labels have a single text" in note for note in found.notes)


def test_definitions_under_their_category(tmp_path: Path) -> None:
    found = read_labelled_file(
        natural_instructions(tmp_path / "tasks"), text_field="Definition", label_field="Categories.0"
    )
    assert found.labelled.labels == ["Translation", "Translation", "Summarization"]
    assert found.labelled.texts[2].endswith("number 2.")


def test_inputs_under_their_task_file_or_category(tmp_path: Path) -> None:
    folder = natural_instructions(tmp_path / "tasks")
    by_file = read_labelled_file(folder, text_field="Instances.*.input", label_field="@file").labelled
    assert Counter(by_file.labels) == {"task000_name": 2, "task001_name": 3, "task002_name": 4}  # empty inputs left out
    assert by_file.texts[:2] == ["text 1 of 0", "text 2 of 0"]
    by_category = read_labelled_file(folder, text_field="Instances.*.input", label_field="Categories.0").labelled
    assert Counter(by_category.labels) == {"Translation": 5, "Summarization": 4}
    definitions = read_labelled_file(folder, text_field="Definition", label_field="@file").labelled
    assert definitions.labels == ["task000_name", "task001_name", "task002_name"]


def test_cap_draws_the_same_texts_by_seed_and_keeps_their_order(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": f"t{i:02}", "label": "ab"[i % 10 == 0]}) + "\n" for i in range(40)))
    one, same, other = (
        read_labelled_file(path, label_field="label", cap=5, seed=seed).labelled.texts for seed in (1, 1, 2)
    )
    assert one == same == sorted(one)
    assert one != other
    assert len(one) == 9  # five of one label, all four of the other


def test_file_of_the_benchmark_says_its_labels_itself(tmp_path: Path) -> None:
    path = tmp_path / "eft_test.json"
    rows = {"write|poem": {"number": 1, "samples": [{"instruction": "Write.", "input": "", "output": ""}]}}
    path.write_text(json.dumps(rows))
    assert read_labelled_file(path).labelled.labels == ["write|poem"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "kind": "x"}\n')
    with pytest.raises(UsageError, match=r"--label-field.*text, kind"):
        read_labelled_file(path)
    with pytest.raises(DataError, match=r"no row has a label in 'label'.*text, kind"):
        read_labelled_file(path, label_field="label")
    with pytest.raises(FormatError, match="no row has a field 'body'"):
        read_labelled_file(path, text_field="body", label_field="kind")
    with pytest.raises(DataError, match=r"no row has a text in 'parts\.\*'"):
        read_labelled_file(path, text_field="parts.*", label_field="kind")


def test_lists_in_rows_of_no_known_format(tmp_path: Path) -> None:
    row = {"cat": "travel", "items": [{"q": "Book a seat"}, {"q": " "}, {"q": "Cancel it"}, {"a": "no"}]}
    (tmp_path / "one.json").write_text(json.dumps(row, indent=1))
    found = read_labelled_file(tmp_path / "one.json", text_field="items.*.q", label_field="cat")
    assert found.labelled.texts == ["Book a seat", "Cancel it"]
    assert found.labelled.labels == ["travel", "travel"]
    assert found.notes == ["every 'items.*.q' in one JSON object"]
    lines = [json.dumps(row), "{", json.dumps({"items": [{"q": "Nameless"}]})]
    (tmp_path / "more.jsonl").write_text("\n".join(lines))
    notes = read_labelled_file(tmp_path / "more.jsonl", text_field="items.*.q", label_field="cat").notes
    assert notes[1:] == ["1 bad rows left out", "1 rows without a label left out"]
    both = read_labelled_file(tmp_path / "*.json*", text_field="items.*.q", label_field="@file")
    assert Counter(both.labelled.labels) == {"one": 2, "more": 3}
    assert "2 files" in both.notes[0]
    with pytest.raises(UsageError, match=r"--label-field.*cat, items"):
        read_labelled_file(tmp_path / "one.json", text_field="items.*.q")
    (tmp_path / "empty.json").write_text("")
    with pytest.raises(DataError, match="only empty files"):
        read_labelled_file(tmp_path / "empty.json", text_field="items.*.q", label_field="cat")
