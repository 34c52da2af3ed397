from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.task_counts import kept_by_task
from taskscape.tasks import Task


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=20))
def test_every_row_is_counted_once_the_largest_task_first(rows: list[tuple[str, bool]]) -> None:
    kept = np.flatnonzero([stays for _, stays in rows]).astype(np.int64)
    lines = kept_by_task([task for task, _ in rows], kept).to_pylist()
    assert sum(line["rows"] for line in lines) == len(rows)
    assert sum(line["kept"] for line in lines) == len(kept)
    assert [line["rows"] for line in lines] == sorted((line["rows"] for line in lines), reverse=True)
    for line in lines:
        assert line["kept"] == sum(task == line["task"] and stays for task, stays in rows)


def test_tasks_and_texts_are_alike() -> None:
    told = kept_by_task([Task("write", "poem"), "write|poem"], np.array([1])).to_pylist()
    assert told == [{"task": "write|poem", "rows": 2, "kept": 1}]
