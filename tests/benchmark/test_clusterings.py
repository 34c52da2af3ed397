from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from taskscape.benchmark.clusterings import CLUSTERINGS, EPS, dbscan_groups, find_clusters, fuzzy_groups
from tests.benchmark.rows import groups


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_same_seed_same_clusters(clustering: str) -> None:
    rows, labels = groups(spread=0.4)
    truth = np.unique(labels, return_inverse=True)[1]
    one, other = (find_clusters(clustering, rows, 4, truth, seed=1) for _ in range(2))
    assert (one.groups == other.groups).all()


@pytest.mark.parametrize("spread", [0.1, 0.3])
def test_dbscan_is_scikit_learns_at_the_eps_that_it_chose(spread: float) -> None:
    rows, labels = groups(spread=spread)
    truth = np.unique(labels, return_inverse=True)[1]
    found = dbscan_groups(rows, truth)
    theirs = {eps: DBSCAN(eps=eps, min_samples=1).fit_predict(rows.astype(np.float64)) for eps in EPS}
    assert found.eps is not None
    assert adjusted_rand_score(theirs[found.eps], found.groups) == 1
    best = max(adjusted_rand_score(truth, labels) for labels in theirs.values())
    assert adjusted_rand_score(truth, found.groups) == pytest.approx(best)


def test_fuzzy_memberships_are_those_of_the_definition() -> None:
    rows, labels = groups(count=3, size=10, spread=0.1)
    found = fuzzy_groups(rows, 3, seed=0)
    assert adjusted_rand_score(labels, found) == 1
    assert found.dtype == np.int64
