"""Embeddings → a map: two coordinates per row, near rows near each other.

t-SNE by openTSNE, fed with our own exact cosine neighbours. It was chosen over UMAP and PaCMAP by measurement
(``benchmarks/layout.py``, figures in ``benchmarks/LOG.md``): it keeps the most neighbours, and it is the only one whose
first map does not wait for a compiler. Beyond `FIT_ROWS` rows the map is fitted on a seeded sample, and every other row
is put between the fitted rows that it resembles most.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite
from taskscape.vectors.neighbors import nearest, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIT_ROWS = 100_000
NEIGHBORS = 45  # three times the perplexity, as t-SNE's authors advise
EARLY_STEPS = 100
LATE_STEPS = 200
EARLY_EXAGGERATION = 12.0  # of attraction: clusters come together
LATE_EXAGGERATION = 1.5  # clusters stand apart a little more than in plain t-SNE, and keep as many neighbours
_FEW = 16
_EXAGGERATED_ROWS = 200  # of fewer, each is a neighbour of most others, and all would fall into one point
_FFT_ROWS = 2000  # from here on interpolation by FFT is quicker than a tree
_PARALLEL_ROWS = 50_000  # below, two threads wait for each other longer than they save; dearly so on a busy machine
_DRAWN = 2000  # points of the picture in a notebook
_ANCHORS = 5  # fitted rows that place a row which was not fitted


@dataclass(frozen=True, eq=False)
class Projection:
    """A map.

    Parameters
    ----------
    coordinates
        float32, shape ``(n, 2)``, centred; the unit has no meaning.
    fitted
        Rows that the map was fitted on, int64, ascending; all of them up to `FIT_ROWS`.
    method
        How it was made.
    seed
        Seed of the sample and of the start.
    """

    coordinates: NDArray[np.float32]
    fitted: NDArray[np.int64]
    method: str
    seed: int

    def __repr__(self) -> str:
        return f"Projection({len(self.coordinates)} rows, {len(self.fitted)} fitted, {self.method})"

    def _repr_html_(self) -> str:
        """Draw the rows as points, in a notebook; of many rows an even choice."""
        chosen = self.coordinates[:: max(1, -(-len(self.coordinates) // _DRAWN))]
        low, high = chosen.min(axis=0), chosen.max(axis=0)
        scale = 590 / max(float((high - low).max()), 1e-9)
        width, height = (high - low) * scale + 10
        points = "".join(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='2'/>" for x, y in (chosen - low) * scale + 5)
        return (
            f"<figure><svg width='{width:.0f}' height='{height:.0f}' fill='#3366aa' fill-opacity='.5' role='img'>"
            f"{points}</svg><figcaption>{self!r}</figcaption></figure>"
        )


def project(
    embeddings: NDArray[np.floating[Any]], *, seed: int = 0, fit_rows: int = FIT_ROWS, threads: int | None = None
) -> Projection:
    """Lay embeddings out in two dimensions.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, n at least 1, any float type; compared by cosine.
    seed
        Same seed, same map (on one machine).
    fit_rows
        Most rows to fit on.
    threads
        Processor threads; None takes all.

    Returns
    -------
    Projection
        The coordinates.

    Raises
    ------
    UsageError
        There is no row, a number is not finite, or ``fit_rows`` is too small.

    Notes
    -----
    Source: van der Maaten and Hinton, 2008; FIt-SNE, Linderman et al., 2019; PCA start and learning rate after Kobak
    and Berens, 2019. Cost: n² × d for the neighbours up to 50,000 rows, about n^1.5 × d beyond; then linear in n.
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no row to lay out.")
    check_finite(embeddings, "embeddings")
    if fit_rows < _ANCHORS:
        raise UsageError(f"fit_rows is {fit_rows}: take at least {_ANCHORS}.")
    fitted = np.arange(n)
    if n > fit_rows:
        fitted = np.sort(np.random.default_rng(seed).permutation(n)[:fit_rows])
    anchors = embeddings if len(fitted) == n else embeddings[fitted]
    placed = _fit(anchors, seed, threads)
    if len(fitted) == n:
        coordinates = placed
    else:
        rest = np.setdiff1d(np.arange(n), fitted, assume_unique=True)
        coordinates = np.empty((n, 2), np.float32)
        coordinates[fitted] = placed
        coordinates[rest] = _place(embeddings[rest], anchors, placed)
    return Projection(coordinates - coordinates.mean(axis=0), fitted, "t-SNE", seed)


def _fit(embeddings: NDArray[np.floating[Any]], seed: int, threads: int | None) -> NDArray[np.float32]:
    """Fit a layout. Few rows, or rows that are all the same, have no neighbourhoods to keep: the start is the map."""
    n = len(embeddings)
    start = _start(embeddings, seed)
    if n < _FEW or not np.ptp(start, axis=0).max() > 1e-4:
        return (start * 1e4).astype(np.float32)
    from openTSNE import TSNEEmbedding, affinity, nearest_neighbors

    k = min(NEIGHBORS, n - 1)
    found = nearest(embeddings, k=k)
    distances = np.sqrt(2 - 2 * found.similarities.astype(np.float64).clip(-1, 1))
    jobs = (threads or _processors()) if n >= _PARALLEL_ROWS else 1
    affinities = affinity.PerplexityBasedNN(
        perplexity=k / 3,
        knn_index=nearest_neighbors.PrecomputedNeighbors(found.indices, distances),
        n_jobs=jobs,
    )
    layout = TSNEEmbedding(
        start,
        affinities,
        negative_gradient_method="fft" if n >= _FFT_ROWS else "bh",
        learning_rate="auto",
        ints_in_interval=2,  # a coarser grid: half the time, .007 fewer neighbours kept
        random_state=seed,
        n_jobs=jobs,
    )
    early, late = (EARLY_EXAGGERATION, LATE_EXAGGERATION) if n >= _EXAGGERATED_ROWS else (1.0, 1.0)
    layout = layout.optimize(EARLY_STEPS, exaggeration=early, momentum=0.5)
    return np.asarray(layout.optimize(LATE_STEPS, exaggeration=late, momentum=0.8), np.float32)


def _start(embeddings: NDArray[np.floating[Any]], seed: int) -> NDArray[np.float64]:
    """Start from the two main axes, tiny, with a trace of noise that takes duplicates apart."""
    rows = unit_rows(embeddings)
    rows -= rows.mean(axis=0)
    if rows.shape[1] == 1:
        rows = np.pad(rows, ((0, 0), (0, 1)))
    random = np.random.default_rng(seed)
    axes = random.normal(size=(rows.shape[1], 2)).astype(np.float32)
    for _ in range(10):  # subspace iteration: no covariance matrix, whose eigenvectors cost d³
        axes, _ = np.linalg.qr(rows.T @ (rows @ axes))
    start = (rows @ axes).astype(np.float64)
    spread = start[:, 0].std()
    start = start / spread if spread > 1e-6 else np.zeros_like(start)
    return (start + random.normal(scale=0.01, size=start.shape)) * 1e-4


def _place(
    embeddings: NDArray[np.floating[Any]], anchors: NDArray[np.floating[Any]], placed: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Put each row at the mean of the anchors nearest to it, the nearer the heavier."""
    found = nearest(embeddings, anchors, k=_ANCHORS)
    distances = 1 - found.similarities
    weights = 1 / (distances + 0.1 * distances.mean(axis=1, keepdims=True) + 1e-6)
    weights /= weights.sum(axis=1, keepdims=True)
    coordinates: NDArray[np.float32] = np.einsum("nk,nkc->nc", weights, placed[found.indices]).astype(np.float32)
    return coordinates


def _processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
