from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis import Selection, select
from taskscape.analysis.selection.selecting import METHODS
from taskscape.errors import UsageError
from taskscape.tasks import Task


def groups_of_rows(n: int, seed: int = 0, groups: int = 5) -> tuple[np.ndarray, list[str]]:
    """Rows about a few centres, of unequal sizes, and the group of each as its task."""
    random = np.random.default_rng(seed)
    labels = (random.power(2, n) * groups).astype(int)
    centres = random.normal(size=(groups, 8))
    return (centres[labels] + 0.3 * random.normal(size=(n, 8))).astype(np.float32), [f"do|{g}" for g in labels]


@settings(max_examples=80, deadline=None)
@given(data=st.data(), method=st.sampled_from(METHODS), n=st.integers(1, 50), seed=st.integers(0, 5))
def test_what_every_method_promises(data: Any, method: Any, n: int, seed: int) -> None:
    """Exact size, ascending, kept rows in, excluded ones out, and the same again; duplicates among the rows too."""
    rows, tasks = groups_of_rows(n, seed)
    rows = rows[np.random.default_rng(seed).integers(0, n, n)]
    numbers = data.draw(st.permutations(range(n)))
    out = data.draw(st.integers(0, n - 1))
    size = data.draw(st.integers(1, n - out))
    keep = data.draw(st.integers(0, size))
    exclude, must_keep = numbers[:out], numbers[out : out + keep]
    scores = np.random.default_rng(seed).integers(0, 4, n) if method == "deita" or data.draw(st.booleans()) else None
    options: dict[str, Any] = {"method": method, "must_keep": must_keep, "exclude": exclude, "scores": scores}
    selection = select(rows, size=size, tasks=tasks, seed=seed, **options)
    assert len(selection) == size
    assert selection.indices.dtype == np.int64
    assert (np.diff(selection.indices) > 0).all()
    assert set(must_keep) <= set(selection.indices.tolist())
    assert not set(exclude) & set(selection.indices.tolist())
    again = select(rows, size=size, tasks=tasks, seed=seed, **options)
    np.testing.assert_array_equal(again.indices, selection.indices)


@pytest.mark.parametrize("method", METHODS)
def test_scores_raise_the_quality(method: Any) -> None:
    rows, tasks = groups_of_rows(400)
    scores = np.random.default_rng(1).normal(size=400)
    plain = None if method == "deita" else select(rows, size=80, method=method, tasks=tasks)
    weighted = select(rows, size=80, method=method, tasks=tasks, scores=scores)
    before = 0 if plain is None else scores[plain.indices].mean()
    assert scores[weighted.indices].mean() > before + 0.2


def test_the_unit_of_scores_does_not_matter() -> None:
    rows, tasks = groups_of_rows(100)
    scores = np.random.default_rng(1).normal(size=100)
    one, other = (select(rows, size=10, tasks=tasks, scores=s).indices for s in (scores, np.exp(scores) * 1000))
    np.testing.assert_array_equal(one, other)


def test_uniform_quotas_give_each_task_as_many() -> None:
    rows, tasks = groups_of_rows(300)
    assert min(np.unique(tasks, return_counts=True)[1]) > 8
    table = select(rows, size=40, tasks=tasks, quota="uniform").task_table()
    assert table["kept"].to_pylist() == [8] * 5


def test_quotas_follow_the_rows_of_a_task() -> None:
    tasks = ["a"] * 90 + ["b"] * 10
    rows = np.random.default_rng(0).normal(size=(100, 4))
    kept = {
        quota: select(rows, size=20, tasks=tasks, quota=quota).task_table()["kept"].to_pylist()
        for quota in ("uniform", "sqrt", "proportional")
    }
    assert kept == {"uniform": [10, 10], "sqrt": [15, 5], "proportional": [18, 2]}
    assert select(rows, size=20, tasks=tasks).task_table()["kept"].to_pylist() == kept["sqrt"]


def test_proportional_quotas_keep_the_share_of_a_large_task_beside_many_small_ones() -> None:
    tasks = ["large"] * 500 + [f"small {number // 10}" for number in range(500)]
    rows = np.random.default_rng(0).normal(size=(1000, 4))
    table = select(rows, size=200, tasks=tasks, quota="proportional").task_table()
    assert table["kept"].to_pylist()[table["task"].to_pylist().index("large")] == 100


def test_a_mix_is_met_and_the_rest_is_free() -> None:
    rows, tasks = groups_of_rows(300)
    selection = select(rows, size=50, tasks=tasks, quota={"do|0": 0.2, "do|1": 0.4})
    kept = dict(zip(*selection.task_table().select(["task", "kept"]).to_pydict().values(), strict=True))
    assert kept["do|0"] >= 10
    assert kept["do|1"] >= 20
    assert selection.notes == ()
    short = select(rows, size=200, tasks=tasks, quota={"do|0": 0.9})
    assert len(short) == 200
    assert "fewer rows than their share (do|0)" in short.notes[0]


def test_tasks_that_are_kept_take_seats() -> None:
    tasks = ["a"] * 10 + ["b"] * 10
    rows = np.random.default_rng(0).normal(size=(20, 4))
    selection = select(rows, size=6, tasks=tasks, must_keep=[0, 1, 2])
    assert selection.task_table()["kept"].to_pylist() == [3, 3]
    outside = select(np.eye(20), size=6, tasks=tasks, must_keep=[0, 1, 2], quota={"b": 1.0})
    assert outside.task_table()["kept"].to_pylist() == [3, 3]


def test_task_objects_are_tasks() -> None:
    rows = np.eye(4)
    tasks = [Task("write", "poem"), Task("write", "poem"), Task("sort", "list"), Task("write", "poem")]
    selection = select(rows, size=2, tasks=tasks)
    assert selection.tasks_kept == 2
    assert selection.to_table()["task"].to_pylist() == ["write|poem", "sort|list"]


def test_more_tasks_than_rows_to_choose() -> None:
    rows, _ = groups_of_rows(60)
    tasks = ["large"] * 12 + [f"small {n // 2}" for n in range(48)]
    table = select(rows, size=5, tasks=tasks).task_table()
    assert table["kept"].to_pylist()[0] == 1
    assert sum(table["kept"].to_pylist()) == 5
    assert max(table["kept"].to_pylist()) == 1


def test_figures_beside_random() -> None:
    rows, tasks = groups_of_rows(400, groups=40)
    selection = select(rows, size=0.1, tasks=tasks, quota="uniform")
    assert len(selection) == 40
    assert selection.tasks_kept == selection.figures.tasks == len(set(tasks))
    assert selection.random_figures.size == 40
    assert (selection.random_figures.tasks_kept or 0) < len(set(tasks))
    assert selection.coverage == selection.figures.coverage >= selection.random_figures.coverage
    assert selection.radius <= selection.random_figures.radius
    assert selection.vendi == selection.figures.vendi
    shown = selection._repr_html_()
    assert "Selection(40 of 400 rows, task-balanced)" in shown
    assert "random" in shown


def test_tasks_are_untrusted_texts() -> None:
    selection = select(np.eye(3), size=1, method="random", tasks=["<script>"] * 3)
    assert "<script>" not in selection._repr_html_()
    assert selection.to_table()["task"].to_pylist() == ["<script>"]


def test_a_share_is_a_float_and_a_count_an_int() -> None:
    rows = np.eye(10)
    assert len(select(rows, size=1, method="random")) == 1
    assert len(select(rows, size=1.0, method="random")) == 10
    assert len(select(rows, size=0.001, method="random")) == 1


def test_progress_comes_to_the_end() -> None:
    seen: list[tuple[int, int | None]] = []
    select(np.eye(10), size=4, method="k-center", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0 and there are 10 rows: take 1 to 10"),
        ({"size": 11}, "size is 11 and there are 10 rows"),
        ({"size": 1.5}, "size is 1.5: take a share"),
        ({"size": float("nan")}, "size is nan"),
        ({"size": True}, "size is True: take a share"),
        ({"size": 2, "method": "magic"}, "'magic' is unknown: take one of task-balanced"),
        ({"size": 2, "method": "task-balanced"}, "needs the task of each row"),
        ({"size": 2, "method": "deita"}, "give scores"),
        ({"size": 2, "quota": "sqrt"}, "quota is a setting of task-balanced"),
        ({"size": 2, "k": 3}, "k is a setting of kmeans"),
        ({"size": 2, "method": "kmeans", "k": 11}, "k is 11"),
        ({"size": 2, "method": "mmr", "diversity": 2}, "diversity is 2: take 0 to 1"),
        ({"size": 2, "must_keep": [1, 2, 3]}, "3 rows must be kept and size is 2: take 3 or more"),
        ({"size": 2, "must_keep": [1], "exclude": [1]}, "Row 1 must be kept and is excluded"),
        ({"size": 9, "exclude": [1, 2]}, "take at most 8"),
        ({"size": 2, "must_keep": [10]}, "must_keep names row 10: there are 0 to 9"),
        ({"size": 2, "exclude": [-1]}, "exclude names row -1"),
        ({"size": 2, "exclude": [0.5]}, "exclude takes numbers of rows"),
        ({"size": 2, "scores": [1.0] * 9}, "give one number for each"),
        ({"size": 2, "scores": [1.0] * 8 + [float("nan"), 1.0]}, r"The score of row 8 is nan \(1 such\)"),
        ({"size": 2, "tasks": ["a"] * 9}, "9 tasks for 10 rows"),
    ],
)
def test_wrong_settings(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        select(np.eye(10, dtype=np.float32), **{"method": "random", **options})


def test_more_clusters_than_rows_to_fit_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.clustering.grouping.FIT_ROWS", 5)
    assert select(np.eye(30, dtype=np.float32), size=10, method="kmeans", k=10).indices.size == 10


@pytest.mark.parametrize("method", ["random", "k-center", "dpp", "facility-location"])
def test_a_number_that_is_not_finite(method: Any) -> None:
    embeddings = np.eye(10)
    embeddings[4, 0] = np.nan
    with pytest.raises(UsageError, match="Row 4 of the embeddings has a number that is not finite"):
        select(embeddings, size=2, method=method)


def test_no_row() -> None:
    with pytest.raises(UsageError, match="no row to choose from"):
        select(np.empty((0, 4), np.float32), size=1)


def test_the_result_is_named() -> None:
    assert isinstance(select(np.eye(3), size=1, method="random"), Selection)
    with pytest.raises(UsageError, match="No tasks were given"):
        select(np.eye(3), size=1, method="random").task_table()
