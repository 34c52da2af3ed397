from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.compression.anchors import balanced_sample, medoids, with_tasks


def groups() -> np.ndarray:
    """Forty rows about each of four far directions."""
    random = np.random.default_rng(0)
    return np.repeat(np.eye(4), 40, axis=0) + 0.05 * random.normal(size=(160, 4))


def test_every_region_has_its_share_and_every_item_the_same_chance() -> None:
    counts = np.zeros(160)
    for seed in range(80):
        chosen = balanced_sample(groups(), size=16, seed=seed)
        assert np.abs(np.bincount(chosen // 40, minlength=4) - 4).max() <= 1
        counts[chosen] += 1
    assert counts.sum() == 80 * 16
    assert counts.min() > 0  # 8 each on average
    assert counts.max() < 20


def test_medoids_weigh_what_they_stand_for() -> None:
    rows = groups()[:130]  # the last group has ten
    indices, weights = medoids(rows, size=4)
    assert sorted((indices // 40).tolist()) == [0, 1, 2, 3]
    np.testing.assert_allclose(weights[np.argsort(indices // 40)], np.array([40, 40, 40, 10]) / 130)


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 40), distinct=st.integers(1, 40), seed=st.integers(0, 9))
def test_any_rows(n: int, distinct: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(distinct, 4))[random.integers(0, distinct, n)]
    size = int(random.integers(1, n + 1))
    assert len(np.unique(balanced_sample(rows, size=size, seed=seed))) == size
    indices, weights = medoids(rows, size=size, seed=seed)
    assert len(np.unique(indices)) == size
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1)


def test_items_of_one_task_are_nearer() -> None:
    rows = with_tasks(np.eye(3), ["a", "b", "a"])
    cosines = rows @ rows.T
    assert cosines[0, 2] > cosines[0, 1]
