from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from taskscape.errors import DataError
from taskscape.training.pairs import Example, read_examples, supervise, triplets
from taskscape.training.sampling import words_of
from tests.training.tiny import examples

if TYPE_CHECKING:
    from pathlib import Path


def test_ieb_form_is_read(tmp_path: Path) -> None:
    file = tmp_path / "eft_train_sup.json"
    file.write_text(json.dumps({"write|poem": {"number": 1, "samples": [{"instruction": "Write a poem."}]}}))
    assert read_examples(file) == [Example("Write a poem.", "write|poem")]
    assert read_examples(tmp_path) == read_examples(file)


def test_rows_without_labels_are_unlabelled(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"instruction": "Write a poem."}) + "\n")
    assert read_examples(file) is None


@pytest.mark.parametrize("label", ["write", "write|", "write|poem|x", "", "write|poem##find"])
def test_a_label_of_another_form_is_named_with_its_row(tmp_path: Path, label: str) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"instruction": "a", "task": "write|poem"}, {"instruction": "b", "task": label}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(DataError, match=r"row 2.*verb\|noun"):
        read_examples(file)


def test_no_task_is_both_trained_and_held_out() -> None:
    made = supervise([*examples(), Example("lone", "find|thing"), Example("  ", "write|poem")], held_out=0.25, seed=1)
    assert {e.task for e in made.train}.isdisjoint({e.task for e in made.held_out})
    assert len({e.task for e in made.held_out}) >= 2
    assert (made.dropped_tasks, made.dropped_texts) == (1, 1)


def test_fewer_than_two_tasks_is_refused_with_the_counts() -> None:
    with pytest.raises(DataError, match=r"at least two tasks.*here are 1 \(1 tasks have one example, 1 texts"):
        supervise(
            [Example("a", "write|poem"), Example("b", "write|poem"), Example("c", "find|word"), Example("", "x|y")]
        )


def test_negatives_share_a_word_and_not_the_task() -> None:
    made = examples()
    for anchor, positive, negative in triplets(made, seed=3):
        assert made[anchor].task == made[positive].task
        assert anchor != positive
        assert made[anchor].task != made[negative].task
        one, other = words_of(made[anchor].task), words_of(made[negative].task)
        assert one[0] == other[0] or one[1] == other[1]
