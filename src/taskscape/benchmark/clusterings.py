"""The clusterings that IEB's published code can run, with its settings.

=================  ====================================================================================================
``kmeans``         ``KMeans(n_clusters=k, random_state=0, n_init="auto")``: the published figures; seeds count up from 0
``agglomerative``  ``AgglomerativeClustering(n_clusters=k)``: Ward's; no seed
``spectral``       ``SpectralClustering(n_clusters=k, affinity="nearest_neighbors", random_state=42)``: seeds from 42
``dbscan``         ``DBSCAN(eps, min_samples=1)`` with the search over eps; no seed
``fuzzy-cmeans``   exponent 2, error .005, at most 1,000 steps, each row to its likeliest cluster; seeds from 0
=================  ====================================================================================================

DBSCAN's eps is searched as published, .01 to .20 by .01, and on to 1.30 by .05, since rows here have unit length where
the published code takes raw hidden states. The published script prints all and leaves the choice to the reader of the
labels; we take the eps with the highest ARI, so that its figures are an upper bound that no honest use reaches. With
``min_samples=1`` no row is noise, and clusters are the connected parts of "nearer than eps": cuts of one single-linkage
tree, which is how they are found here (the same clusters, one pass for all eps).

Source: github.com/Yiwei98/instruction-embedding-benchmark, utils/cluster_eval.py and clustering-eval, read at cecb90f;
fuzzy c-means: Bezdek, 1981.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from taskscape.analysis.measures import agreement, kmeans_groups
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Groups = NDArray[np.int64]

CLUSTERINGS = ("kmeans", "agglomerative", "spectral", "dbscan", "fuzzy-cmeans")
SEEDLESS = frozenset({"agglomerative", "dbscan"})
SPECTRAL_SEED = 42
EPS = tuple(round(0.01 * step, 2) for step in range(1, 21)) + tuple(round(0.05 * step, 2) for step in range(5, 27))
FUZZINESS, FUZZY_ERROR, FUZZY_STEPS = 2.0, 0.005, 1000


class Found(NamedTuple):
    """Clusters of one run: the number of each row's cluster, and the eps that was chosen (DBSCAN)."""

    groups: Groups
    eps: float | None = None


def find_clusters(name: str, embeddings: Floats, k: int, truth: Groups, *, seed: int = 0) -> Found:
    """Cluster embeddings by one of the published clusterings.

    Parameters
    ----------
    name
        One of `CLUSTERINGS`.
    embeddings
        ``(n, d)``.
    k
        Number of clusters.
    truth
        Numbers of the tasks, which only DBSCAN's search looks at.
    seed
        0 is the published one, of every clustering that has one.

    Returns
    -------
    Found
        The clusters.

    Raises
    ------
    UsageError
        The name is unknown; names all.
    """
    rows = np.asarray(embeddings)
    if name == "kmeans":
        return Found(kmeans_groups(rows, k, seed=seed))
    if name == "agglomerative":
        from sklearn.cluster import AgglomerativeClustering

        return Found(np.asarray(AgglomerativeClustering(n_clusters=k).fit_predict(rows), np.int64))
    if name == "spectral":
        return Found(spectral_groups(rows, k, seed=seed))
    if name == "dbscan":
        return dbscan_groups(rows, truth)
    if name == "fuzzy-cmeans":
        return Found(fuzzy_groups(rows, k, seed=seed))
    raise UsageError(f"clustering {name!r} is unknown: take one of {', '.join(CLUSTERINGS)}.")


def spectral_groups(embeddings: Floats, k: int, *, seed: int = 0) -> Groups:
    """Cluster by the spectrum of the graph of the 10 nearest neighbours, as published.

    A graph in several parts, which real data nearly always gives, makes scikit-learn warn; the published code went on,
    and so do we.
    """
    import warnings

    from sklearn.cluster import SpectralClustering

    neighbours = min(10, len(embeddings) - 1)  # 10 is scikit-learn's default
    model = SpectralClustering(
        n_clusters=k, affinity="nearest_neighbors", n_neighbors=neighbours, random_state=SPECTRAL_SEED + seed
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        warnings.filterwarnings("ignore", message="k >= N for N")  # a tiny graph is solved densely
        return np.asarray(model.fit_predict(embeddings), np.int64)


def dbscan_groups(embeddings: Floats, truth: Groups) -> Found:
    """Cluster by DBSCAN with ``min_samples=1``, at the eps of `EPS` that agrees best with the tasks (ARI).

    Cost: one single-linkage tree, n² / 2 distances of 8 bytes (43 MB at 3,291 rows).
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(np.asarray(embeddings, np.float64), "single")
    best: tuple[float, Found] | None = None
    last = -1
    for eps in EPS:
        groups = np.asarray(fcluster(tree, eps, "distance"), np.int64) - 1
        count = int(groups.max()) + 1
        if count == last:
            continue  # no two clusters met between the two values
        last = count
        ari = agreement(truth, groups).ari
        if best is None or ari > best[0]:
            best = ari, Found(groups, eps)
    assert best is not None  # noqa: S101 (EPS is not empty)
    return best[1]


def fuzzy_groups(embeddings: Floats, k: int, *, seed: int = 0) -> Groups:
    """Cluster by fuzzy c-means and give each row its likeliest cluster.

    Parameters
    ----------
    embeddings
        ``(n, d)``.
    k
        Number of clusters; some may end up as nobody's likeliest.
    seed
        Of the memberships that it starts from; the published code sets none.

    Returns
    -------
    ndarray
        int64 ``(n,)``.

    Notes
    -----
    Memberships ``u`` fall with the distance to the power of -2 / (m - 1); centres are means weighted by ``u ** m``.
    With the published m = 2 and many dimensions all centres run into one: see `docs/benchmark.md`.
    Cost: n × k × d multiplications a step; memory n × k × 8 bytes, three times.
    """
    rows = np.asarray(embeddings, np.float64)
    squares = np.einsum("ij,ij->i", rows, rows)
    shares = np.random.default_rng(seed).random((k, len(rows)))
    shares /= shares.sum(axis=0)
    for _ in range(FUZZY_STEPS):
        weights = shares**FUZZINESS
        centres = weights @ rows / weights.sum(axis=1, keepdims=True)
        distances = np.einsum("ij,ij->i", centres, centres)[:, None] - 2 * centres @ rows.T + squares
        closeness = np.maximum(distances, np.finfo(np.float64).eps) ** (-1 / (FUZZINESS - 1))
        before, shares = shares, closeness / closeness.sum(axis=0)
        if np.linalg.norm(shares - before) < FUZZY_ERROR:
            break
    return np.asarray(shares.argmax(axis=0), np.int64)
