from __future__ import annotations

import statistics

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from taskscape.benchmark.cluster_scores import random_floor, score_clusters, score_groups
from taskscape.benchmark.clusterings import CLUSTERINGS, SEEDLESS
from taskscape.errors import DataError, UsageError
from tests.benchmark.rows import groups


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


def test_kmeans_is_the_published_call() -> None:
    rows, labels = groups(spread=0.5)
    published = KMeans(n_clusters=4, random_state=0, n_init="auto").fit(rows).labels_
    scores = score_clusters(rows, labels)
    assert scores.ari == adjusted_rand_score(labels, published)
    aris = [
        adjusted_rand_score(labels, KMeans(n_clusters=4, random_state=seed, n_init="auto").fit(rows).labels_)
        for seed in range(scores.seeds)
    ]
    assert scores.ari_sd == pytest.approx(statistics.stdev(aris))
    assert scores.ari_sd > 0


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
