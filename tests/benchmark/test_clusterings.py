from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score

from taskscape.benchmark.clusterings import (
    CLUSTERINGS,
    EPS,
    SEEDLESS,
    dbscan_groups,
    find_clusters,
    fuzzy_groups,
    random_floor,
    score_clusters,
    score_groups,
)
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def groups(count: int = 4, size: int = 15, spread: float = 0.05) -> tuple[NDArray[np.float32], list[str]]:
    """Unit rows around `count` orthogonal directions, and the direction of each."""
    rng = np.random.default_rng(3)
    rows = np.repeat(np.eye(count, 8), size, axis=0) + rng.normal(0, spread, (count * size, 8))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), [f"task{number // size}" for number in range(count * size)]


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_every_clustering_finds_groups_that_are_there(clustering: str) -> None:
    rows, labels = groups()
    scores = score_clusters(rows, labels, clustering=clustering, seeds=2)
    assert (scores.clustering, scores.k, scores.found) == (clustering, 4, 4)
    assert scores.ari == scores.purity == 1
    assert scores.v_measure == pytest.approx(1)
    assert scores.seeds == (1 if clustering in SEEDLESS else 2)
    assert scores.floor.purity < 0.6
    assert abs(scores.floor.ari) < 0.1
    assert (scores.eps is not None) == (clustering == "dbscan")


@pytest.mark.parametrize("clustering", CLUSTERINGS)
def test_same_seed_same_clusters(clustering: str) -> None:
    rows, labels = groups(spread=0.4)
    truth = np.unique(labels, return_inverse=True)[1]
    one, other = (find_clusters(clustering, rows, 4, truth, seed=1) for _ in range(2))
    assert (one.groups == other.groups).all()


def test_kmeans_is_the_published_call() -> None:
    rows, labels = groups(spread=0.5)
    published = KMeans(n_clusters=4, random_state=0, n_init="auto").fit(rows).labels_
    scores = score_clusters(rows, labels)
    assert scores.ari == adjusted_rand_score(labels, published)
    assert scores.ari_sd > 0


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


def test_floor_keeps_sizes_so_single_rows_look_pure() -> None:
    truth = np.repeat(np.arange(4), 10)
    assert random_floor(truth, np.arange(40)).purity == 1
    assert random_floor(truth, np.zeros(40, np.int64)).purity == 0.25
    assert abs(random_floor(truth, truth).ari) < 0.1


def test_labels_as_groups() -> None:
    scores = score_groups(["x", "x", "y", "z"], ["a", "a", "b", "b"])
    assert (scores.clustering, scores.k, scores.seeds, scores.silhouette) == ("labels", 3, 1, None)
    assert scores.purity == 1
    assert scores.homogeneity == pytest.approx(1)
    assert scores.ari < 1


def test_too_few_tasks_or_rows_are_no_test() -> None:
    rows = np.eye(4, dtype=np.float32)
    with pytest.raises(DataError, match="at least 2 tasks"):
        score_clusters(rows, ["a"] * 4)
    with pytest.raises(DataError, match="more rows than clusters"):
        score_clusters(rows, list("abcd"))


def test_unknown_clustering_names_the_known_ones() -> None:
    rows, labels = groups()
    with pytest.raises(UsageError, match="kmeans, agglomerative, spectral, dbscan, fuzzy-cmeans"):
        score_clusters(rows, labels, clustering="guess")


def test_another_number_of_clusters_can_be_asked_for() -> None:
    rows, labels = groups()
    assert score_clusters(rows, labels, k=2, seeds=2).homogeneity < 0.6
