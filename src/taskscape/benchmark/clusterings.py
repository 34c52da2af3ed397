"""The clusterings that IEB's published code can run, with its settings, and the figures of the clustering test.

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

Beside each stands its random floor: the figures of the found clusters with rows dealt out anew, so same sizes, no
knowledge. Purity and homogeneity mean little without it: 3,000 clusters of 3,291 rows are nearly pure by chance.

Source: github.com/Yiwei98/instruction-embedding-benchmark, utils/cluster_eval.py and clustering-eval, read at cecb90f;
fuzzy c-means: Bezdek, 1981.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from taskscape.analysis.measures import Agreement, agreement, kmeans_groups, numbered, silhouette
from taskscape.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Groups = NDArray[np.int64]

CLUSTERINGS = ("kmeans", "agglomerative", "spectral", "dbscan", "fuzzy-cmeans")
SEEDLESS = frozenset({"agglomerative", "dbscan"})
SEEDS = 5
SPECTRAL_SEED = 42
EPS = tuple(round(0.01 * step, 2) for step in range(1, 21)) + tuple(round(0.05 * step, 2) for step in range(5, 27))
FUZZINESS, FUZZY_ERROR, FUZZY_STEPS = 2.0, 0.005, 1000
DEALS = 20  # random deals of which the floor is the mean


class Found(NamedTuple):
    """Clusters of one run: the number of each row's cluster, and the eps that was chosen (DBSCAN)."""

    groups: Groups
    eps: float | None = None


@dataclass(frozen=True, slots=True)
class ClusterScores:
    """Figures of a clustering test, each from 0 (silhouette: -1) to 1.

    Attributes
    ----------
    clustering
        Which: one of `CLUSTERINGS`, or ``"labels"``.
    k
        Number of clusters asked for.
    found
        Number of clusters there are, with the first seed.
    ari, purity, homogeneity, v_measure, silhouette
        With the first seed, which by default is the published one. No silhouette where it is not defined.
    ari_mean, ari_sd, purity_mean, purity_sd
        Over all seeds.
    seeds
        How many seeds; 1 where a clustering has none.
    floor
        What the clusters of the first seed would give with rows dealt out at random: mean of `DEALS` deals.
    eps
        What the search chose for DBSCAN.
    """

    clustering: str
    k: int
    found: int
    ari: float
    purity: float
    homogeneity: float
    v_measure: float
    silhouette: float | None
    ari_mean: float
    ari_sd: float
    purity_mean: float
    purity_sd: float
    seeds: int
    floor: Agreement
    eps: float | None = None


def score_clusters(
    embeddings: Floats,
    labels: Sequence[str],
    *,
    clustering: str = "kmeans",
    k: int | None = None,
    seed: int = 0,
    seeds: int = SEEDS,
) -> ClusterScores:
    """Run the clustering test.

    Parameters
    ----------
    embeddings
        ``(n, d)``.
    labels
        The task of each row.
    clustering
        One of `CLUSTERINGS`.
    k
        Number of clusters; by default as many as there are tasks. DBSCAN has none.
    seed, seeds
        First seed, and how many.

    Returns
    -------
    ClusterScores
        The figures.

    Raises
    ------
    DataError
        There are too few rows or tasks for a test.
    UsageError
        The clustering is unknown; names all.
    """
    truth = numbered(labels)
    count = k or int(truth.max(initial=-1)) + 1
    if not 2 <= count < len(truth):
        raise DataError(
            f"a clustering test needs at least 2 tasks, and more rows than clusters: {len(truth)} rows, k={count}."
        )
    states = range(seed, seed + (1 if clustering in SEEDLESS else seeds))
    runs = [find_clusters(clustering, embeddings, count, truth, seed=state) for state in states]
    compared = [agreement(truth, run.groups) for run in runs]
    return _summed_up(
        clustering, count, truth, runs[0], compared, silhouette(embeddings, runs[0].groups), floor_seed=seed
    )


def score_groups(groups: Sequence[Any], labels: Sequence[str], *, clustering: str = "labels") -> ClusterScores:
    """Score groups that are there already, such as labels taken as clusters: one run, no silhouette.

    Parameters
    ----------
    groups
        The group of each row, of any sortable type.
    labels
        The task of each row.
    clustering
        What to call it.

    Returns
    -------
    ClusterScores
        The figures; `k` is the number of groups.
    """
    truth, found = numbered(labels), numbered(groups)
    compared = [agreement(truth, found)]
    return _summed_up(clustering, int(found.max(initial=-1)) + 1, truth, Found(found), compared, None, floor_seed=0)


def _summed_up(
    clustering: str,
    k: int,
    truth: Groups,
    first: Found,
    compared: list[Agreement],
    width: float | None,
    *,
    floor_seed: int,
) -> ClusterScores:
    aris = [one.ari for one in compared]
    purities = [one.purity for one in compared]
    return ClusterScores(
        clustering=clustering,
        k=k,
        found=len(np.unique(first.groups)),
        ari=compared[0].ari,
        purity=compared[0].purity,
        homogeneity=compared[0].homogeneity,
        v_measure=compared[0].v_measure,
        silhouette=width,
        ari_mean=float(np.mean(aris)),
        ari_sd=float(np.std(aris)),
        purity_mean=float(np.mean(purities)),
        purity_sd=float(np.std(purities)),
        seeds=len(compared),
        floor=random_floor(truth, first.groups, seed=floor_seed),
        eps=first.eps,
    )


def random_floor(truth: Groups, groups: Groups, *, seed: int = 0) -> Agreement:
    """Give the mean figures of groups of the same sizes, with rows dealt out at random.

    Parameters
    ----------
    truth, groups
        Numbers, ``(n,)``.
    seed
        Of the deals.

    Returns
    -------
    Agreement
        Means of `DEALS` deals.
    """
    rng = np.random.default_rng(seed)
    dealt = [agreement(truth, rng.permutation(groups)) for _ in range(DEALS)]
    means = np.mean([(one.ari, one.purity, one.homogeneity, one.v_measure) for one in dealt], axis=0)
    return Agreement(*map(float, means))


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
