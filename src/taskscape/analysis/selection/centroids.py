"""Selections by groups of rows: the rows nearest to the centroids of k-means or of density groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from taskscape.analysis.clustering.grouping import cluster
from taskscape.analysis.selection.quotas import allot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.analysis.selection.method_input import Problem

MOST_CLUSTERS = 1000  # beyond, several rows of each cluster are chosen: k-means costs n × k


def nearest_to_centroids(
    problem: Problem, *, method: Literal["kmeans", "density"], k: int | None = None
) -> NDArray[np.int64]:
    """Choose from each group the rows nearest to its centroid, as many from each as can be.

    With scores, nearness is weighted with quality.

    Parameters
    ----------
    problem
        What to choose from.
    method
        How rows are grouped (`taskscape.cluster`). Rows that density leaves in no group are chosen when all others are.
    k
        Number of clusters of k-means, 1 to n; None takes one for each row to choose, at most 1,000.

    Returns
    -------
    array, int64
        The kept rows, then the chosen ones.

    Notes
    -----
    Source: Li et al., 2024 (k-means, then the rows nearest to each centroid); density by ToMATo in place of DBSCAN,
    which finds next to no group in instruction data. Cost: that of `taskscape.cluster`.
    """
    if method == "kmeans":
        k = min(problem.size, MOST_CLUSTERS) if k is None else k
        found = cluster(problem.embeddings, k=k, method=method, seed=problem.seed)
    else:
        found = cluster(problem.embeddings, method=method, seed=problem.seed)
    group = np.where(found.labels < 0, found.k, found.labels)
    near = (found.similarities.clip(0, 1) + 1e-6) * problem.quality
    weights = np.ones(found.k + 1)
    weights[-1] = 1e-9  # its claims come after all others
    held = np.bincount(group[problem.kept], minlength=found.k + 1)
    rows = held + np.bincount(group[problem.free], minlength=found.k + 1)
    seats = allot(weights, rows, problem.size, held=held)
    order = np.flatnonzero(problem.free)
    order = order[np.lexsort((-near[order], group[order]))]
    ends = np.cumsum(rows - held)
    place = np.arange(len(order)) - (ends - (rows - held))[group[order]]  # of each row in its group, nearest first
    sure = order[place < (seats.certain - held)[group[order]]]
    next_ones = order[(place == (seats.certain - held)[group[order]]) & seats.contested[group[order]]]
    contested = next_ones[np.argsort(-near[next_ones], kind="stable")][: seats.left]
    return np.concatenate([problem.kept, sure, contested])
