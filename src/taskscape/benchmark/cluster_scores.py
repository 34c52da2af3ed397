"""The figures of the clustering test: how well clusters agree with tasks, over seeds, and beside the random floor.

The random floor is what the found clusters would give with rows dealt out anew: same sizes, no knowledge. Purity and
homogeneity mean little without it, as 3,000 clusters of 3,291 rows are nearly pure by chance. The published code's
floor draws as many labels as there are tasks at random; ours keeps the sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.measures import Agreement, agreement, numbered, silhouette
from taskscape.benchmark.clusterings import SEEDLESS, Found, find_clusters
from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskscape.benchmark.clusterings import Floats, Groups

SEEDS = 5
DEALS = 20  # random deals of which the floor is the mean


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
        Over all seeds; the standard deviation is that of a sample, 0 for a single seed.
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
        The group of each row, strings or numbers.
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


def _spread(figures: list[float]) -> float:
    return float(np.std(figures, ddof=1)) if len(figures) > 1 else 0.0


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
        ari_sd=_spread(aris),
        purity_mean=float(np.mean(purities)),
        purity_sd=_spread(purities),
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
