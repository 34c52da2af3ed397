from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from taskscape.errors import DataError
from taskscape.training.guards import read_test_sets, refuse_leaks
from taskscape.training.pairs import Example
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path

    from taskscape.training.guards import TestSet


@pytest.fixture
def test_set(tmp_path: Path) -> TestSet:
    file = tmp_path / "eft_test.json"
    entries = {"decide|statement##determine|statement": {"samples": [{"instruction": "Decide  if it is TRUE."}]}}
    file.write_text(json.dumps(entries))
    return read_test_sets([file])


def test_clean_data_passes(test_set: TestSet) -> None:
    refuse_leaks(examples(), test_set)


def test_a_planted_text_is_caught(test_set: TestSet) -> None:
    planted = [*examples(), Example("decide if it is true", "judge|truth")]
    with pytest.raises(DataError, match=r"1 training texts occur in a test file \(row 72"):
        refuse_leaks(planted, test_set)


@pytest.mark.parametrize(
    "text",
    [
        "Decide: “if” it is true…",
        "decide, if it is true",
        "Decide if it is true？！",
        "Ｄｅｃｉｄｅ if it is true",
        "Dec\u200bide if it is\u00a0true",
        "(Decide if it ‘is’ true) —",
    ],
)
def test_another_writing_of_a_text_is_the_same_text(test_set: TestSet, text: str) -> None:
    with pytest.raises(DataError, match="1 training texts occur in a test file"):
        refuse_leaks([*examples(), Example(text, "judge|truth")], test_set)


def test_a_text_without_words_is_caught_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "test.jsonl"
    file.write_text('{"instruction": "+++ ", "task": "mend|it"}\n')
    test = read_test_sets([file])
    refuse_leaks([Example("???", "judge|truth")], test)
    with pytest.raises(DataError, match="1 training texts occur in a test file"):
        refuse_leaks([Example("+++", "judge|truth")], test)


@pytest.mark.parametrize(
    "task",
    [
        "determine|statement",
        "determine|statement##settle|statement",
        "Determine|Statement",
        "determine|statement ",
        "settle|statement## determine|statement",
    ],
)
def test_a_planted_task_is_caught_by_any_alternative(test_set: TestSet, task: str) -> None:
    with pytest.raises(DataError, match=r"1 tasks of a test are among the training labels"):
        refuse_leaks([*examples(), Example("some text", task)], test_set)


def test_a_test_file_without_labels_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plain.jsonl"
    file.write_text('{"instruction": "x"}\n')
    with pytest.raises(DataError, match="cannot guard"):
        read_test_sets([file])


def test_a_test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_test_sets([tmp_path / "tset.json"])


def test_test_rows_are_read_by_the_given_fields_and_other_forms_by_their_own(tmp_path: Path) -> None:
    rows, ieb = tmp_path / "rows.jsonl", tmp_path / "ieb.json"
    rows.write_text('{"instruction": "other", "said": "Mend it", "wants": "mend|it"}\n')
    ieb.write_text('{"sew|hem": {"samples": [{"instruction": "Sew the hem"}]}}')
    found = read_test_sets([rows, ieb], field="said", label="wants")
    assert found.texts == {"mend it", "sew the hem"}
    assert found.tasks == {"mend|it", "sew|hem"}


@pytest.mark.parametrize("field", [None, "said", "instruction"])
def test_test_rows_without_the_given_label_are_read_by_the_usual_one(tmp_path: Path, field: str | None) -> None:
    file = tmp_path / "test.jsonl"
    file.write_text('{"instruction": "Mend it", "task": "mend|it"}\n' * 2 + '{"instruction": 5}\n')
    said: list[str] = []
    found = read_test_sets([file], field=field, label="intent", notes=said.append)
    assert found.texts == {"mend it"}
    assert found.tasks == {"mend|it"}
    assert [note.split(";")[0] for note in said] == ["1 bad rows left out"]
