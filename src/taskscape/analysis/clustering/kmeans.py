"""Spherical k-means: fitting it, finding the nearest centroid of a row, choosing the number of clusters.

Instruction embeddings are compared by cosine, so centroids are unit rows. The fit is faiss's: scikit-learn's mini-batch
version took twenty times as long at 1,353 clusters of 47,161 rows and found next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.vectors.neighbors import nearest, threads_for, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray


FIT_ROWS = 100_000  # most rows that k-means is fitted on


CHOICE_ROWS = 10_000  # most rows by which k is chosen
_FEWEST_ROWS = 16  # fewer are one cluster


_STEPS = 20


_TRIES = 3  # k-means from so many starts; the best is kept


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
        √m / 2 to 2 √m for a sample of m rows, at most 10,000; 1 for fewer than 16 rows, 2 for up to 23. The lower end
        is there because any silhouette likes two clusters, which say nothing about instructions; the upper one because
        clusters are to be read: an encoder trained on tasks finds as many as there are, 512 in 20,814 rows.

    Notes
    -----
    Source: simplified silhouette, Hruschka et al., 2004, taken on rows left out as in cross-validation. On 77 and 64
    known intents it chose 64 to 91 and 45 (``benchmarks/LOG.md``). Cost: at most 10,000 × 2,000 × 20 × d
    multiplications, whatever n (1 s of processor time at 384 dimensions).
    """
    rows = sample_rows(embeddings, CHOICE_ROWS, seed)
    rows = rows[np.random.default_rng(seed).permutation(len(rows))]
    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    root = len(rows) ** 0.5
    grid = [k for step in range(2, 16) if root / 2 <= (k := round(2 ** (step / 2))) <= min(2 * root, len(rows) / 8)]
    if not grid:
        return 2 if len(rows) >= _FEWEST_ROWS else 1
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


def sample_rows(embeddings: NDArray[np.floating[Any]], size: int, seed: int) -> NDArray[np.float32]:
    """Take a seeded sample of rows, as unit rows, in their order."""
    if len(embeddings) <= size:
        return unit_rows(embeddings)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(embeddings))[:size])
    return unit_rows(embeddings[chosen])
