from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from taskscape.benchmark.ieb import PAIRS_FILE, TASKS_FILE, read_ieb
from taskscape.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

TASKS = {
    "write|poem##compose|poem": {"number": 1, "samples": [{"instruction": "Write a poem.", "input": "", "output": ""}]},
    "list|river": {"number": 1, "samples": [{"instruction": "List rivers.", "input": "", "output": ""}]},
}
PAIR = {
    "instruction1": "Write a poem.",
    "intention1": "write|poem##compose|poem",
    "instruction2": "List rivers.",
    "intention2": "list|river",
    "label": 0,
}


def write(folder: Path, tasks: Any = TASKS, pairs: Any = (PAIR,)) -> Path:
    (folder / TASKS_FILE).write_text(tasks if isinstance(tasks, str) else json.dumps(tasks))
    (folder / PAIRS_FILE).write_text(pairs if isinstance(pairs, str) else json.dumps(list(pairs)))
    return folder


def test_reads_the_published_form(tmp_path: Path) -> None:
    ieb = read_ieb(write(tmp_path))
    assert ieb.labelled.texts == ["Write a poem.", "List rivers."]
    assert ieb.labelled.labels == ["write|poem##compose|poem", "list|river"]
    assert ieb.labelled.tasks == 2
    assert ieb.pairs is not None
    assert (ieb.pairs.first, ieb.pairs.second) == (["Write a poem."], ["List rivers."])
    assert not ieb.pairs.same[0]


def test_pairs_of_unseen_tasks_know_all_names_of_a_task(tmp_path: Path) -> None:
    pairs = read_ieb(write(tmp_path)).pairs
    assert pairs is not None
    assert pairs.unseen(["draw|map"]).tolist() == [True]
    assert pairs.unseen(["compose|poem##rhyme|poem"]).tolist() == [False]
    assert pairs.unseen(["list|river"]).tolist() == [False]


def test_missing_file_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Put the published IEB files.*taskscape ieb fetch"):
        read_ieb(tmp_path)


@pytest.mark.parametrize(
    ("tasks", "pairs", "message"),
    [
        ("{", [PAIR], "is not JSON"),
        ([], [PAIR], "holds no tasks"),
        ({"write|poem": []}, [PAIR], r"task 'write\|poem': no list `samples`"),
        ({"write|poem": {"samples": [{"instruction": " "}]}}, [PAIR], "sample 0: `instruction` is missing or empty"),
        ({"write|poem": {"samples": ["Write."]}}, [PAIR], "sample 0: `instruction` is missing or empty"),
        (TASKS, [], "holds no pairs"),
        (TASKS, [PAIR, PAIR | {"label": 2}], "pair 1: `label` is 2, not 0 or 1"),
        (TASKS, [{key: value for key, value in PAIR.items() if key != "intention2"}], "pair 0: `intention2`"),
    ],
)
def test_ill_formed_file_is_told_by_place(tmp_path: Path, tasks: Any, pairs: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_ieb(write(tmp_path, tasks, pairs))
