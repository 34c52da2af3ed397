"""Nearest neighbours by cosine: exact in blocks, or by an index beyond a size, with its recall measurable.

Exact search multiplies blocks of queries with blocks of the pool, so that memory does not grow with either. It costs
m × n × d multiplications (20,814 rows of 384 against themselves: 6 s of processor time) and is the default while that
is cheap. Beyond, an inverted file (IVF) puts the pool into cells by k-means and searches the nearest cells: about ten
times quicker at 200,000 rows, and it may miss some neighbours. `recall` tells how many, by exact search for a seeded
sample. A graph index (HNSW) was measured too and left out: it is not quicker to build and search once, and built on
several threads it differs from run to run.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.encoders.base import of_unit_length
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

EXACT_LIMIT = 50_000  # rows of the pool up to which "auto" is exact
_QUERIES = 4096  # queries in a block
_POOL = 65_536  # pool rows in a block: 100 MB of float32 at 384 dimensions
_SAMPLE_PER_CELL = 64  # rows that the k-means of the index sees for each of its cells
_PROBED = 32  # cells searched for a query
_PARALLEL_WORK = 1e9  # multiplications from which on several threads pay: about 0.05 s of one


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The nearest rows of each query, nearest first; equal ones in the order of their numbers.

    Parameters
    ----------
    indices
        Rows of the pool, int64, shape ``(m, k)``; -1 where the cells of an `Index` hold fewer than k.
    similarities
        Their cosines, float32, shape ``(m, k)``, -1 to 1; -1 where there is none.
    method
        ``"exact"`` or ``"ivf"``.
    """

    indices: NDArray[np.int64]
    similarities: NDArray[np.float32]
    method: str


def unit_rows(embeddings: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Copy rows as float32 of unit length; a row of zeros stays zeros.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, any float type.
    """
    return of_unit_length(embeddings)


def unit_blocks(embeddings: NDArray[np.floating[Any]], size: int = 8192) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield ``(start, rows)`` with the rows as float32 of unit length: memory for one block, whatever ``n`` is."""
    for start in range(0, len(embeddings), size):
        yield start, unit_rows(embeddings[start : start + size])


@contextlib.contextmanager
def threads_for(work: float) -> Iterator[None]:
    """Let faiss use one thread for small work, where threads that wait for each other cost more than they do.

    On a busy machine such waiting took a search of milliseconds seconds.

    Parameters
    ----------
    work
        Multiplications to be done.
    """
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(before if work >= _PARALLEL_WORK else 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def nearest(
    queries: NDArray[np.floating[Any]],
    pool: NDArray[np.floating[Any]] | None = None,
    *,
    k: int,
    method: Literal["auto", "exact", "ivf"] = "auto",
) -> Neighbors:
    """Find the k nearest rows by cosine.

    Parameters
    ----------
    queries
        Embeddings, shape ``(m, d)``; any length of row, any float type.
    pool
        Embeddings to search, shape ``(n, d)``. None searches the queries themselves, each without itself (but with its
        duplicates).
    k
        How many, 1 to n (n - 1 without a pool).
    method
        ``"exact"``, ``"ivf"``, or ``"auto"``: exact up to 50,000 rows of pool.

    Returns
    -------
    Neighbors
        Indices and cosines, nearest first, k for each query whatever the method.

    Raises
    ------
    UsageError
        k is below 1 or more than there are, the dimensions differ, or the method is unknown.

    Notes
    -----
    Cost: exact m × n × d multiplications and about 120 MB; IVF about m × n × d × 32 / (4 √n) after its training, and
    n × d × 2 bytes; a query whose cells hold fewer than k rows is searched again exactly. Both give the same result on
    every run.

    Examples
    --------
    >>> nearest(np.eye(3, 2, dtype=np.float32), k=1).indices.tolist()
    [[1], [0], [0]]
    """
    searched = queries if pool is None else pool
    available = len(searched) - (pool is None)
    if not 1 <= k <= available:
        raise UsageError(f"k is {k}: there are {max(available, 0)} rows to find, so take 1 to that many.")
    check_dimensions(queries, searched)
    if method not in ("auto", "exact", "ivf"):
        raise UsageError(f"The method {method!r} is unknown: take 'auto', 'exact' or 'ivf'.")
    if method == "auto":
        method = "exact" if len(searched) <= EXACT_LIMIT else "ivf"
    search = search_exact if method == "exact" else _search_approximately
    with threads_for(float(len(queries)) * len(searched) * queries.shape[1]):
        found = search(queries, searched, k + (pool is None))
    if pool is None:
        found = without_self(*found)
    return Neighbors(*ordered(*found), method)


def recall(
    queries: NDArray[np.floating[Any]],
    found: Neighbors,
    pool: NDArray[np.floating[Any]] | None = None,
    *,
    sample: int = 500,
    seed: int = 0,
) -> float:
    """Measure which share of the true neighbours a search found.

    A found row counts when it is as similar as the k-th true one, so that ties do not count as misses.

    Parameters
    ----------
    queries, pool
        As given to `nearest`.
    found
        Its result.
    sample
        How many queries to search exactly.
    seed
        Seed of the sample.

    Returns
    -------
    float
        Mean recall at k, 0 to 1.
    """
    rows = np.random.default_rng(seed).permutation(len(queries))[:sample]
    searched = queries if pool is None else pool
    k = found.indices.shape[1]
    exact = search_exact(queries[rows], searched, k + (pool is None))
    similarities = without_self(*exact, rows=rows)[0] if pool is None else exact[0]
    return share_found(found.similarities[rows], found.indices[rows], similarities)


def share_found(similarities: NDArray[np.float32], indices: NDArray[np.int64], exact: NDArray[np.float32]) -> float:
    """Give the share of found rows that are as similar as the k-th true one.

    Parameters
    ----------
    similarities, indices
        What a search found, shape ``(m, k)``.
    exact
        The true neighbours' cosines, shape ``(m, k)``.
    """
    kth = exact.min(axis=1, keepdims=True)
    hit = (similarities >= kth - 1e-3) & (indices >= 0)  # the index keeps float16
    return float(hit.mean())


def check_dimensions(queries: NDArray[np.floating[Any]], pool: NDArray[np.floating[Any]]) -> None:
    """Refuse queries and a pool of different dimensions, for they come from different encoders.

    Raises
    ------
    UsageError
        They differ.
    """
    if queries.shape[1] != pool.shape[1]:
        raise UsageError(
            f"The queries have {queries.shape[1]} dimensions and the pool {pool.shape[1]}: take one encoder for both."
        )


_Found = tuple["NDArray[np.float32]", "NDArray[np.int64]"]


def search_exact(queries: NDArray[np.floating[Any]], pool: NDArray[np.floating[Any]], k: int) -> _Found:
    """Search every pool row: blocks of queries against blocks of the pool, merged; gives similarities and indices."""
    import faiss

    similarities = np.full((len(queries), k), -np.inf, np.float32)
    indices = np.full((len(queries), k), -1, np.int64)
    for first, rows in unit_blocks(pool, _POOL):
        for start, block in unit_blocks(queries, _QUERIES):
            here = slice(start, start + len(block))
            new_similarities, new_indices = faiss.knn(block, rows, min(k, len(rows)), metric=faiss.METRIC_INNER_PRODUCT)
            merged = np.concatenate([similarities[here], new_similarities], axis=1)
            best = np.argsort(-merged, axis=1, kind="stable")[:, :k]
            similarities[here] = np.take_along_axis(merged, best, axis=1)
            merged_indices = np.concatenate([indices[here], new_indices + first], axis=1)
            indices[here] = np.take_along_axis(merged_indices, best, axis=1)
    return similarities, indices


def _search_approximately(queries: NDArray[np.floating[Any]], pool: NDArray[np.floating[Any]], k: int) -> _Found:
    """Search the cells nearest to each query; where they hold fewer than k rows, the whole pool."""
    similarities, indices = search_ivf(train_ivf(pool), queries, k)
    short = np.flatnonzero((indices < 0).any(axis=1))
    if len(short):
        similarities[short], indices[short] = search_exact(queries[short], pool, k)
    return similarities, indices


def train_ivf(pool: NDArray[np.floating[Any]]) -> Any:
    """Put a pool into cells: a fixed seed and no race in the filling, so the same index each time.

    Parameters
    ----------
    pool
        Embeddings, shape ``(n, d)``, n at least 1, any float type.

    Returns
    -------
    faiss.IndexIVF
        For `search_ivf`. It holds the rows as float16.
    """
    import faiss

    cells = max(1, min(int(4 * len(pool) ** 0.5), len(pool) // _SAMPLE_PER_CELL))
    index = faiss.index_factory(pool.shape[1], f"IVF{cells},SQfp16", faiss.METRIC_INNER_PRODUCT)
    sample = np.sort(np.random.default_rng(0).permutation(len(pool))[: cells * _SAMPLE_PER_CELL])
    index.train(unit_rows(pool[sample]))
    for _, rows in unit_blocks(pool, _POOL):
        index.add(rows)
    faiss.extract_index_ivf(index).nprobe = min(_PROBED, cells)
    return index


def search_ivf(index: Any, queries: NDArray[np.floating[Any]], k: int) -> _Found:
    """Search the cells nearest to each query.

    Parameters
    ----------
    index
        From `train_ivf`.
    queries
        Embeddings, shape ``(m, d)``, any float type.
    k
        How many.

    Returns
    -------
    similarities, indices
        Shape ``(m, k)``, nearest first; index -1 where the cells hold fewer.
    """
    similarities = np.empty((len(queries), k), np.float32)
    indices = np.empty((len(queries), k), np.int64)
    for start, block in unit_blocks(queries, _QUERIES):
        here = slice(start, start + len(block))
        similarities[here], indices[here] = index.search(block, k)
    return similarities, indices


def without_self(
    similarities: NDArray[np.float32], indices: NDArray[np.int64], rows: NDArray[np.int64] | None = None
) -> _Found:
    """Drop each query's own row; where its duplicates kept it out, the last one instead."""
    own = np.arange(len(indices)) if rows is None else rows
    mine = indices == own[:, None]
    mine[~mine.any(axis=1), -1] = True
    shape = (len(indices), indices.shape[1] - 1)
    return similarities[~mine].reshape(shape), indices[~mine].reshape(shape)


def ordered(similarities: NDArray[np.float32], indices: NDArray[np.int64]) -> tuple[Any, Any]:
    """Sort by similarity, then by number: rounding makes ties of what differs only by the order of addition.

    Returns
    -------
    indices, similarities
        Shape ``(m, k)``; similarity -1 where the index is -1.
    """
    similarities = np.where(indices < 0, np.float32(-1), np.clip(similarities, -1, 1))
    order = np.lexsort((indices, -similarities.round(6), indices < 0), axis=1)
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(similarities, order, axis=1)
