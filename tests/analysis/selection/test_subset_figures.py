from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.selection import subset_figures
from taskscape.analysis.selection.subset_figures import describe_subset, nearest_kept, vendi_score, worst_share
from taskscape.errors import UsageError


def rows_at(degrees: list[float]) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_coverage_and_radius() -> None:
    figures = describe_subset(rows_at([0, 10, 60, 90]), np.array([0, 3]), tau=np.cos(np.radians(20)))
    assert figures.coverage == 0.75
    assert figures.radius == pytest.approx(1 - np.cos(np.radians(30)), abs=1e-5)
    assert figures.size == 2
    assert figures.tasks is figures.tasks_kept is figures.worst_share is None


def test_tasks_and_the_worst_share() -> None:
    tasks = ["a"] * 20 + ["b"] * 30 + ["c"]
    figures = describe_subset(np.ones((51, 2)), np.array([0, 1, 20, 50]), tasks=tasks)
    assert (figures.tasks_kept, figures.tasks) == (3, 3)
    assert figures.worst_share == pytest.approx(1 / 30)
    assert worst_share(tasks, np.array([0]), least=100) is None
    assert figures.to_dict()["tasks"] == 3


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 5))
def test_vendi_is_that_of_the_matrix_of_cosines(n: int, d: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / n)
    values = values[values > 1e-12]
    assert vendi_score(rows) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-4)


def test_vendi_of_nothing_and_of_the_same() -> None:
    assert vendi_score(np.empty((0, 3))) == 0
    assert vendi_score(np.ones((5, 3))) == pytest.approx(1)


def test_many_rows_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).normal(size=(2000, 4)).astype(np.float32)
    kept = np.arange(0, 2000, 50)
    whole = nearest_kept(rows, kept)
    monkeypatch.setattr(subset_figures, "SAMPLE_ROWS", 500)
    some = nearest_kept(rows, kept, seed=1)
    assert (len(whole), len(some)) == (2000, 500)
    assert some.mean() == pytest.approx(whole.mean(), abs=0.02)


def test_wrong_input() -> None:
    with pytest.raises(UsageError, match="No row is kept"):
        nearest_kept(np.eye(3), np.empty(0, np.int64))
    with pytest.raises(UsageError, match="2 tasks for 3 rows"):
        describe_subset(np.eye(3), np.array([0]), tasks=["a", "b"])


def test_a_row_just_as_near_as_asked_is_covered() -> None:
    figures = describe_subset(np.eye(2, dtype=np.float32), np.array([0]), tau=0.0)
    assert figures.coverage == 1.0


def test_a_task_with_just_enough_rows_has_a_share() -> None:
    assert worst_share(["a"] * 20, np.array([0, 1])) == pytest.approx(0.1)


def test_the_sample_is_that_of_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    kept = np.arange(0, 300, 30)
    monkeypatch.setattr(subset_figures, "SAMPLE_ROWS", 100)
    np.testing.assert_array_equal(nearest_kept(rows, kept, seed=4), nearest_kept(rows, kept, seed=4))
    assert describe_subset(rows, kept, seed=4) == describe_subset(rows, kept, seed=4)
    assert describe_subset(rows, kept, seed=4) != describe_subset(rows, kept, seed=5)
    assert describe_subset(rows, kept) == describe_subset(rows, kept, seed=0)


def test_vendi_of_more_rows_than_a_block_holds() -> None:
    rows = np.repeat(np.eye(3, dtype=np.float32), [9000, 1, 1], axis=0)
    shares = np.array([9000, 1, 1]) / 9002
    assert vendi_score(rows) == pytest.approx(float(np.exp(-(shares * np.log(shares)).sum())))
