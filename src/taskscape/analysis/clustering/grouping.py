"""Embeddings → groups of rows: spherical k-means with a given or a chosen k, or density without one.

K-means is fitted on a seeded sample and applied to all rows by block. Clusters are numbered by size, the largest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.analysis.clustering.kmeans import FIT_ROWS, assign, choose_k, sample_rows, spherical_kmeans
from taskscape.analysis.clustering.result import Clustering
from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite
from taskscape.vectors.neighbors import unit_blocks, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAME = 1e-6  # rows whose cosine is nearer to 1 than this are duplicates


def cluster(
    embeddings: NDArray[np.floating[Any]],
    *,
    k: int | Literal["auto"] = "auto",
    method: Literal["kmeans", "density"] = "kmeans",
    seed: int = 0,
) -> Clustering:
    """Group embeddings by cosine.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, n at least 1, any float type.
    k
        Number of clusters for ``"kmeans"``, 1 to n; ``"auto"`` chooses (see `choose_k`). Where fewer rows are distinct
        than asked for, there are only so many clusters.
    method
        ``"kmeans"``, or ``"density"``, which finds the number itself and leaves rows between groups in none.
    seed
        Same seed, same clusters (on one machine).

    Returns
    -------
    Clustering
        Labels, centroids and similarities.

    Raises
    ------
    UsageError
        There is no row, a number is not finite, k is below 1 or above n, k was given for density, or the method is
        unknown.

    Notes
    -----
    Source: Dhillon and Modha, 2001 (spherical k-means); Chazal et al., 2013 (ToMATo: peaks of density). Cost of
    k-means: about 60 × n × k × d multiplications for n up to 100,000, then linear; memory n × d × 4 bytes for as many.
    Cost of density: that of `taskscape.vectors.nearest`.

    Examples
    --------
    >>> two = np.repeat(np.eye(2, dtype=np.float32), [3, 2], axis=0)
    >>> cluster(two, k=2).labels.tolist()
    [0, 0, 0, 1, 1]
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no row to group.")
    check_finite(embeddings, "embeddings")
    if method == "density":
        if k != "auto":
            raise UsageError(f"k is {k}, and density finds the number itself: leave k away, or use kmeans.")
        from taskscape.analysis.clustering.density import density_labels

        labels = density_labels(embeddings)
        return _finished(embeddings, labels, _centroids(embeddings, labels), method, seed)
    if method != "kmeans":
        raise UsageError(f"The method {method!r} is unknown: take 'kmeans' or 'density'.")
    if k == "auto":
        k = choose_k(embeddings, seed=seed)
    if not 1 <= k <= n:
        raise UsageError(f"k is {k} and there are {n} rows: take 1 to {n}.")
    centroids = spherical_kmeans(sample_rows(embeddings, max(FIT_ROWS, k), seed), k, seed=seed)
    labels, similarities = assign(embeddings, centroids)
    centroids = _fill_empty(embeddings, labels, similarities, centroids)
    return _finished(embeddings, labels, centroids, method, seed)


def _fill_empty(
    embeddings: NDArray[np.floating[Any]],
    labels: NDArray[np.int32],
    similarities: NDArray[np.float32],
    centroids: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Give each empty cluster the row that fits worst where it is, with its duplicates, as far as others stay there."""
    empties = list(np.flatnonzero(np.bincount(labels, minlength=len(centroids)) == 0))
    for row in np.argsort(similarities, kind="stable"):
        if not empties:
            break
        if similarities[row] >= 1 - _SAME:  # at its centroid, or moved there as a twin of an earlier one
            continue
        members = np.flatnonzero(labels == labels[row])
        own = unit_rows(embeddings[row : row + 1])[0]
        twins = members[unit_rows(embeddings[members]) @ own > 1 - _SAME]
        if len(twins) < len(members):
            empty = empties.pop(0)
            labels[twins], similarities[twins], centroids[empty] = empty, 1, own
    return centroids


def _centroids(embeddings: NDArray[np.floating[Any]], labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Mean direction of each group; rows with label -1 are in none."""
    sums = np.zeros((int(labels.max(initial=-1)) + 1, embeddings.shape[1]), np.float32)
    for start, rows in unit_blocks(embeddings):
        here = labels[start : start + len(rows)]
        np.add.at(sums, here[here >= 0], rows[here >= 0])
    return unit_rows(sums)


def _finished(
    embeddings: NDArray[np.floating[Any]],
    labels: NDArray[np.int32],
    centroids: NDArray[np.float32],
    method: str,
    seed: int,
) -> Clustering:
    """Drop empty clusters, number the others by size, and measure how near each row is to its own."""
    sizes = np.bincount(labels[labels >= 0], minlength=len(centroids))
    order = np.argsort(-sizes, kind="stable")[: int((sizes > 0).sum())]
    number = np.full(len(centroids) + 1, -1, np.int32)  # the last entry maps -1 to itself
    number[order] = np.arange(len(order))
    labels, centroids = number[labels], centroids[order]
    similarities = np.empty(len(labels), np.float32)
    for start, rows in unit_blocks(embeddings):
        here = labels[start : start + len(rows)]
        own = np.einsum("nd,nd->n", rows, centroids[here]) if len(centroids) else np.zeros(len(rows))
        if len(centroids) and (here < 0).any():
            own[here < 0] = (rows[here < 0] @ centroids.T).max(axis=1)
        similarities[start : start + len(rows)] = own.clip(-1, 1)
    return Clustering(labels, centroids, similarities, method, seed)
