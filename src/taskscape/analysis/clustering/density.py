"""Groups by density, without a number of groups: hill-climbing on the neighbour graph, small hills merged (ToMATo).

Each row climbs to the densest of its neighbours; rows that reach the same peak are a group. A peak that stands out from
the ridge to a higher one by less than `PROMINENCE` is no group of its own. Density is the mean cosine to the nearest
`NEIGHBORS` rows, so that the prominence has a meaning that does not depend on the data: a difference of cosines.

HDBSCAN was measured on the same graph and left three rows in four of instruction data in no group at all
(``benchmarks/LOG.md``): 384 dimensions have no empty space between tasks that would be empty enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.vectors.neighbors import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEIGHBORS = 15
PROMINENCE = 0.02


def density_labels(embeddings: NDArray[np.floating[Any]]) -> NDArray[np.int32]:
    """Group rows by density.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, any float type.

    Returns
    -------
    array, int32, shape (n,)
        Group of each row; -1 for rows whose group is too small to be one: fewer than √n / 4 rows, or than 5.

    Notes
    -----
    Source: Chazal, Guibas, Oudot and Skraba, Persistence-based clustering in Riemannian manifolds, JACM 2013. Cost: the
    neighbour search, and n × 15 steps after it (0.3 s for 20,814 rows).
    """
    n = len(embeddings)
    if n <= 2:
        return np.zeros(n, np.int32)
    found = nearest(embeddings, k=min(NEIGHBORS, n - 1))
    peaks = _peaks(found.indices, found.similarities.mean(axis=1))
    _, groups, sizes = np.unique(peaks, return_inverse=True, return_counts=True)
    least = min(max(5, int(n**0.5 / 4)), int(sizes.max()))
    kept = np.cumsum(sizes >= least) - 1
    return np.where(sizes[groups] >= least, kept[groups], -1).astype(np.int32)


def _peaks(neighbors: NDArray[np.int64], density: NDArray[np.float32]) -> NDArray[np.int64]:
    """Give the row at the peak that each row belongs to."""
    order = np.argsort(-density, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    height, place = density.tolist(), rank.tolist()  # single numbers are quicker from lists
    parent = list(range(len(order)))

    def peak(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for row in order.tolist():  # from the densest down: all higher neighbours have their peak already
        higher = [other for other in neighbors[row].tolist() if place[other] < place[row]]
        if not higher:
            continue
        own = peak(min(higher, key=place.__getitem__))
        parent[row] = own
        for other in higher:  # the row is a ridge between the peaks of its neighbours
            second = peak(other)
            low, high = (own, second) if place[own] > place[second] else (second, own)
            if low != high and height[low] - height[row] < PROMINENCE:
                parent[low] = own = high
    return np.array([peak(row) for row in range(len(order))])
