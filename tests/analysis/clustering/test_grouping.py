from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from taskscape.analysis import cluster
from taskscape.errors import UsageError


def blobs(groups: int, each: int, spread: float = 0.15) -> tuple[np.ndarray, np.ndarray]:
    """Groups of rows about random centres, shuffled, and the group of each row."""
    random = np.random.default_rng(0)
    labels = random.permutation(np.repeat(np.arange(groups), each))
    centres = random.normal(size=(groups, 32))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return (centres[labels] + spread * random.normal(size=(len(labels), 32))).astype(np.float32), labels


@pytest.mark.parametrize("options", [{"k": 9}, {"method": "density"}])
def test_groups_are_found(options: dict[str, object]) -> None:
    embeddings, labels = blobs(9, 40, spread=0.08)
    clustering = cluster(embeddings, **options)  # type: ignore[arg-type]
    assert clustering.k == 9
    assert adjusted_rand_score(labels, clustering.labels) > 0.95


def test_auto_comes_near_the_number_of_groups() -> None:
    embeddings, _ = blobs(20, 40, spread=0.08)
    assert 14 <= cluster(embeddings).k <= 28


@pytest.mark.parametrize(("rows", "k"), [(15, 1), (16, 2), (17, 2), (23, 2)])
def test_auto_of_few_rows(rows: int, k: int) -> None:
    assert cluster(np.random.default_rng(0).normal(size=(rows, 8))).k == k


def test_what_a_clustering_holds() -> None:
    embeddings, _ = blobs(5, 30)
    clustering = cluster(embeddings, k=12, seed=3)
    assert clustering.labels.dtype == np.int32
    assert (np.diff(clustering.sizes) <= 0).all()
    assert clustering.sizes.sum() == 150
    np.testing.assert_allclose(np.linalg.norm(clustering.centroids, axis=1), 1, rtol=1e-5)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    own = (unit * clustering.centroids[clustering.labels]).sum(axis=1)
    np.testing.assert_allclose(clustering.similarities, own, atol=1e-5)
    table = clustering.to_table()
    assert table.column_names == ["cluster", "similarity"]
    assert table["cluster"].to_pylist() == clustering.labels.tolist()


def test_the_seed_decides_the_clusters() -> None:
    embeddings, _ = blobs(5, 40, spread=0.5)
    first = cluster(embeddings, k=7, seed=1).labels
    np.testing.assert_array_equal(cluster(embeddings, k=7, seed=1).labels, first)
    assert not np.array_equal(cluster(embeddings, k=7, seed=2).labels, first)


def test_rows_between_groups_are_in_none() -> None:
    embeddings, _ = blobs(3, 40, spread=0.02)
    random = np.random.default_rng(1).normal(size=(4, 32)).astype(np.float32)
    clustering = cluster(np.concatenate([embeddings, random]), method="density")
    assert clustering.k == 3
    assert clustering.to_table()["cluster"].null_count == (clustering.labels < 0).sum()


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(1, 60),
    k=st.integers(1, 60),
    distinct=st.integers(1, 60),
    method=st.sampled_from(["kmeans", "auto", "density"]),
)
@example(n=35, k=17, distinct=22, method="kmeans")  # an empty cluster, and twins among the rows that could fill it
def test_any_rows_are_grouped(n: int, k: int, distinct: int, method: str) -> None:
    """Duplicates, one row, rows all the same, as many clusters as rows."""
    random = np.random.default_rng(n)
    embeddings = random.normal(size=(distinct, 5)).astype(np.float16)[random.integers(0, distinct, n)]
    if method == "kmeans":
        k = min(k, n)
        clustering = cluster(embeddings, k=k)
        assert clustering.k == min(k, len(np.unique(embeddings, axis=0)))
    else:
        clustering = cluster(embeddings, method="density" if method == "density" else "kmeans")
    assert clustering.labels.max(initial=-1) == clustering.k - 1
    assert (clustering.sizes > 0).all()
    assert np.isfinite(clustering.similarities).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k is 0 and there are 10 rows: take 1 to 10"),
        ({"k": 11}, "k is 11 and there are 10 rows: take 1 to 10"),
        ({"k": 3, "method": "density"}, "density finds the number"),
        ({"method": "spectral"}, "'spectral' is unknown"),
    ],
)
def test_wrong_settings(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        cluster(np.eye(10, dtype=np.float32), **options)  # type: ignore[arg-type]


def test_more_clusters_than_rows_to_fit_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.clustering.grouping.FIT_ROWS", 20)
    assert cluster(blobs(5, 12)[0], k=40).k == 40


@pytest.mark.parametrize("options", [{"k": 2}, {"method": "density"}])
def test_a_number_that_is_not_finite(options: dict[str, object]) -> None:
    embeddings = np.eye(30, dtype=np.float32)
    embeddings[7, 3] = np.nan
    with pytest.raises(UsageError, match="Row 7 of the embeddings has a number that is not finite"):
        cluster(embeddings, **options)  # type: ignore[arg-type]


def test_no_row() -> None:
    with pytest.raises(UsageError, match="no row"):
        cluster(np.empty((0, 4), np.float32))
