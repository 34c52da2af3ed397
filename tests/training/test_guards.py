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


@pytest.mark.parametrize("task", ["determine|statement", "determine|statement##settle|statement"])
def test_a_planted_task_is_caught_by_any_alternative(test_set: TestSet, task: str) -> None:
    with pytest.raises(DataError, match=r"tasks of a test are among the training labels \(determine\|statement"):
        refuse_leaks([*examples(), Example("some text", task)], test_set)


def test_a_test_file_without_labels_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plain.jsonl"
    file.write_text('{"instruction": "x"}\n')
    with pytest.raises(DataError, match="cannot guard"):
        read_test_sets([file])
