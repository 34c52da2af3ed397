from __future__ import annotations

import numpy as np
import pytest

from taskscape.training.sharpening import sharpening, task_scatter


def test_scatter_is_that_around_the_means_of_tasks() -> None:
    """Two tasks that differ in one direction and scatter in another: only the second counts."""
    rng = np.random.default_rng(0)
    topic = rng.normal(size=200)
    vectors = np.stack([np.repeat([-3.0, 3.0], 100), topic, np.zeros(200)], axis=1).astype(np.float32)
    scatter = task_scatter(vectors, ["write|poem"] * 100 + ["read|letter"] * 100)
    expected = np.mean([topic[:100].var(), topic[100:].var()])
    np.testing.assert_allclose(scatter, np.diag([0, expected, 0]), atol=1e-5)


def test_tasks_of_few_rows_count_for_nothing() -> None:
    vectors = np.eye(8, dtype=np.float32)
    every, without = (task_scatter(vectors[:count], (["a|a"] * 5 + ["b|b"] * 3)[:count]) for count in (8, 5))
    np.testing.assert_allclose(every, without, atol=1e-12)
    with pytest.raises(ValueError, match="no task has 4 rows"):
        task_scatter(vectors, ["a|a", "b|b"] * 3 + ["c|c"] * 2)


def test_the_map_evens_a_scatter_and_keeps_directions() -> None:
    factor = np.random.default_rng(1).normal(size=(6, 6))
    scatter = factor @ factor.T
    even = sharpening(scatter, floor=1e-9)
    after = even @ scatter @ even
    np.testing.assert_allclose(after / after[0, 0], np.eye(6), atol=1e-3)
    mild = sharpening(scatter)
    np.testing.assert_allclose(mild, mild.T, atol=1e-6)
    assert np.linalg.eigvalsh(mild).min() > 0
    np.testing.assert_allclose(np.linalg.eigvalsh(mild).mean(), 1.0, atol=1e-5)
