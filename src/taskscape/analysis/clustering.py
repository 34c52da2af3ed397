"""Embeddings → groups of rows: spherical k-means with a given or a chosen k, or density without one.

Instruction embeddings are compared by cosine, so the k-means is spherical (unit centroids). It is faiss's, fitted on a
seeded sample and applied to all rows by block: scikit-learn's mini-batch version took twenty times as long at 1,353
clusters of 47,161 rows and found next to nothing. Clusters are numbered by size, the largest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.errors import UsageError
from taskscape.vectors.neighbors import nearest, threads_for, unit_blocks, unit_rows

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

FIT_ROWS = 100_000  # most rows that k-means is fitted on
CHOICE_ROWS = 10_000  # most rows by which k is chosen
_STEPS = 20
_SAME = 1e-6  # rows whose cosine is nearer to 1 than this are duplicates
_SHOWN = 10  # clusters in a notebook
_TRIES = 3  # k-means from so many starts; the best is kept


@dataclass(frozen=True, eq=False)
class Clustering:
    """Rows in groups.

    Parameters
    ----------
    labels
        Cluster of each row, int32, shape ``(n,)``, 0 to k - 1 by falling size; -1 for rows in none (density only).
    centroids
        Float32 rows of unit length, shape ``(k, d)``.
    similarities
        Cosine of each row to the centroid of its cluster (to the nearest for rows in none), float32, shape ``(n,)``.
    method
        ``"kmeans"`` or ``"density"``.
    seed
        Seed of the sample and of the starts.
    """

    labels: NDArray[np.int32]
    centroids: NDArray[np.float32]
    similarities: NDArray[np.float32]
    method: str
    seed: int

    def __repr__(self) -> str:
        return f"Clustering({len(self.labels)} rows in {self.k} clusters, {self.method})"

    def _repr_html_(self) -> str:
        """Show the largest clusters in a notebook."""
        sizes = self.sizes
        means = [self.similarities[self.labels == number].mean() for number in range(min(self.k, _SHOWN))]
        lines = "".join(
            f"<tr><td>{number}</td><td>{size:,}</td><td>{mean:.3f}</td></tr>"
            for number, (size, mean) in enumerate(zip(sizes, means, strict=False))
        )
        rest = f"<tr><td>{self.k - _SHOWN} others</td><td>{sizes[_SHOWN:].sum():,}</td></tr>" if self.k > _SHOWN else ""
        head = "<tr><th>cluster</th><th>rows</th><th>mean cosine to the centroid</th></tr>"
        return f"<table><caption>{self!r}</caption>{head}{lines}{rest}</table>"

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.centroids)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each cluster, shape ``(k,)``, falling."""
        return np.bincount(self.labels[self.labels >= 0], minlength=self.k)

    def to_table(self) -> pa.Table:
        """Give one row per embedding: ``cluster`` (null for none) and ``similarity``."""
        import pyarrow as pa

        labels = pa.array(self.labels, mask=self.labels < 0)
        return pa.table({"cluster": labels, "similarity": pa.array(self.similarities)})


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
        There is no row, k is below 1 or above n, k was given for density, or the method is unknown.

    Notes
    -----
    Source: Dhillon and Modha, 2001 (spherical k-means); Campello et al., 2013 (HDBSCAN). Cost of k-means: about
    60 × n × k × d multiplications for n up to 100,000, then linear; memory n × d × 4 bytes for as many. Cost of
    density: that of `taskscape.vectors.nearest`.

    Examples
    --------
    >>> two = np.repeat(np.eye(2, dtype=np.float32), [3, 2], axis=0)
    >>> cluster(two, k=2).labels.tolist()
    [0, 0, 0, 1, 1]
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no row to group.")
    if method == "density":
        if k != "auto":
            raise UsageError(f"k is {k}, and density finds the number itself: leave k away, or use kmeans.")
        from taskscape.analysis.density import density_labels

        labels = density_labels(embeddings)
        return _finished(embeddings, labels, _centroids(embeddings, labels), method, seed)
    if method != "kmeans":
        raise UsageError(f"The method {method!r} is unknown: take 'kmeans' or 'density'.")
    if k == "auto":
        k = choose_k(embeddings, seed=seed)
    if not 1 <= k <= n:
        raise UsageError(f"k is {k} and there are {n} rows: take 1 to {n}.")
    centroids = spherical_kmeans(_sample(embeddings, FIT_ROWS, seed), k, seed=seed)
    labels, similarities = assign(embeddings, centroids)
    centroids = _fill_empty(embeddings, labels, similarities, centroids)
    return _finished(embeddings, labels, centroids, method, seed)


def spherical_kmeans(rows: NDArray[np.float32], k: int, *, seed: int = 0, tries: int = _TRIES) -> NDArray[np.float32]:
    """Fit spherical k-means on unit rows.

    Parameters
    ----------
    rows
        Unit rows, shape ``(n, d)``, n at least k.
    k
        Number of clusters.
    seed
        Seed of the starts.
    tries
        Number of starts; the one with the highest sum of cosines is kept.

    Returns
    -------
    array, float32, shape (k, d)
        Unit centroids.
    """
    import faiss

    kmeans = faiss.Kmeans(
        rows.shape[1],
        k,
        niter=_STEPS,
        nredo=tries,
        spherical=True,
        seed=seed % (1 << 31),
        min_points_per_centroid=1,  # we choose the sample, so faiss need not warn or cut
        max_points_per_centroid=len(rows),
    )
    with threads_for(float(len(rows)) * k * rows.shape[1]):
        kmeans.train(rows)
    return unit_rows(np.asarray(kmeans.centroids, np.float32))


def assign(
    embeddings: NDArray[np.floating[Any]], centroids: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Find the nearest centroid of each row, by block.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, any float type.
    centroids
        Unit rows, shape ``(k, d)``.

    Returns
    -------
    labels : int32, shape (n,)
        Number of the nearest centroid.
    similarities : float32, shape (n,)
        Cosine to it.
    """
    found = nearest(embeddings, centroids, k=1, method="exact")
    return found.indices[:, 0].astype(np.int32), found.similarities[:, 0]


def choose_k(embeddings: NDArray[np.floating[Any]], *, seed: int = 0) -> int:
    """Choose a number of clusters for k-means: the one whose clusters hold best for rows they were not fitted on.

    A sample is halved. For k of a geometric grid, centroids are fitted on one half, and the simplified silhouette is
    taken on the other: how much nearer a row is to its own centroid than to the next one. Unlike the silhouette of the
    fitted rows, which grows with k without end, it falls once clusters describe single rows. Of values within 1 % of
    the best, the smallest k is taken.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, n at least 1, any float type.
    seed
        Seed of the sample, the halves and the starts.

    Returns
    -------
    int
        √m / 2 to 2 √m for a sample of m rows, at most 10,000; 1 for fewer than 16 rows. The lower end is there because
        any silhouette likes two clusters, which say nothing about instructions; the upper one because clusters are to
        be read: an encoder trained on tasks finds as many as there are, 512 in 20,814 rows.

    Notes
    -----
    Source: simplified silhouette, Hruschka et al., 2004, taken on rows left out as in cross-validation. On 77 and 64
    known intents it chose 64 to 91 and 45 (``benchmarks/LOG.md``). Cost: at most 10,000 × 2,000 × 20 × d
    multiplications, whatever n (1 s of processor time at 384 dimensions).
    """
    rows = _sample(embeddings, CHOICE_ROWS, seed)
    rows = rows[np.random.default_rng(seed).permutation(len(rows))]
    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    root = len(rows) ** 0.5
    grid = [k for step in range(2, 16) if root / 2 <= (k := round(2 ** (step / 2))) <= min(2 * root, len(rows) / 8)]
    if not grid:
        return 1
    worth = np.array(
        [
            sum(
                _silhouette(one, spherical_kmeans(other, k, seed=seed, tries=1))
                for one, other in (halves, halves[::-1])
            )
            for k in grid
        ]
    )
    return grid[int(np.argmax(worth >= worth.max() - 0.01 * abs(worth.max())))]


def _silhouette(rows: NDArray[np.float32], centroids: NDArray[np.float32]) -> float:
    """Mean of 1 - (distance to the nearest centroid) / (distance to the second), by cosine."""
    distances = 1 - nearest(rows, centroids, k=2, method="exact").similarities
    return float(np.mean(1 - distances[:, 0] / np.maximum(distances[:, 1], 1e-6)))


def _sample(embeddings: NDArray[np.floating[Any]], size: int, seed: int) -> NDArray[np.float32]:
    """Take a seeded sample of rows, as unit rows, in their order."""
    if len(embeddings) <= size:
        return unit_rows(embeddings)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(embeddings))[:size])
    return unit_rows(embeddings[chosen])


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
