"""A pool made ready once and searched many times, and what of that can be kept on disk.

`taskscape.vectors.nearest` answers one question over two arrays; an `Index` answers the next one without preparing the
pool again: the rows at unit length for exact search (4 × n × d bytes), or the cells of an inverted file beyond a size
(2 × n × d bytes). Recall of the cells is measured against exact search: when they are made for a sample of the pool's
own rows, and on request for a sample of the queries. An index of a store is kept in the store, as plain arrays
(`open_index`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskscape.errors import UsageError
from taskscape.vectors.neighbors import (
    EXACT_LIMIT,
    Neighbors,
    ordered,
    search_exact,
    search_ivf,
    share_found,
    threads_for,
    train_ivf,
    unit_blocks,
    unit_rows,
    without_self,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.vectors.store import Store

    Method = Literal["auto", "exact", "ivf"]

FEW_QUERIES = 10_000  # k-means of 4 √n cells on 64 rows each, ten steps: 10,240 × n × d multiplications
SAMPLE = 200  # rows by which recall is measured
SAMPLE_K = 10  # of whose nearest rows


@dataclass(frozen=True, eq=False, repr=False)
class Index:
    """A pool ready to be searched. Made by `build_index` and `open_index`.

    Parameters
    ----------
    embeddings
        The pool as it was given, shape ``(n, d)``.
    method
        ``"exact"`` or ``"ivf"``.
    recall
        Share of the true ten nearest rows that it finds, 0 to 1, measured on a sample of the pool; 1 for exact search.
    prepared
        Unit rows, or the faiss index; None for rows that are made ready again for each search (`passing_index`).
    """

    embeddings: NDArray[np.floating[Any]]
    method: Literal["exact", "ivf"]
    recall: float
    prepared: Any

    def __len__(self) -> int:
        return len(self.embeddings)

    def __repr__(self) -> str:
        return f"Index({len(self):,} rows of {self.dimension}, {self.method}, recall {self.recall:.3f})"

    @property
    def dimension(self) -> int:
        """Length of a row."""
        return int(self.embeddings.shape[1])

    def search(self, queries: NDArray[np.floating[Any]], k: int) -> Neighbors:
        """Find the k nearest rows of each query.

        Parameters
        ----------
        queries
            Embeddings, shape ``(m, d)``, any float type.
        k
            How many, 1 to n.

        Returns
        -------
        Neighbors
            Indices and cosines, nearest first; -1 where the cells hold fewer.
        """
        with threads_for(float(len(queries)) * len(self) * self.dimension):
            if self.prepared is None:
                found = search_exact(queries, self.embeddings, k)
            else:
                found = (search_ivf if self.method == "ivf" else _search_units)(self.prepared, queries, k)
        return Neighbors(*ordered(*found), self.method)

    def recall_for(self, queries: NDArray[np.floating[Any]], *, seed: int = 0) -> float:
        """Measure which share of the ten nearest rows is found for these queries.

        Rows of the pool lie nearer to their cells than queries from elsewhere do, so this may be less than `recall`.

        Parameters
        ----------
        queries
            Shape ``(m, d)``; a sample of 200 is searched exactly.
        seed
            Seed of the sample.

        Returns
        -------
        float
            0 to 1; `recall` where there are fewer than 200 queries.
        """
        if self.method == "exact" or len(queries) < SAMPLE:
            return self.recall
        rows = np.sort(np.random.default_rng(seed).permutation(len(queries))[:SAMPLE])
        k = min(SAMPLE_K, len(self))
        found = self.search(queries[rows], k)
        with threads_for(float(SAMPLE) * len(self) * self.dimension):
            return share_found(found.similarities, found.indices, search_exact(queries[rows], self.embeddings, k)[0])


def build_index(embeddings: NDArray[np.floating[Any]], *, method: Method = "auto", seed: int = 0) -> Index:
    """Make a pool ready to be searched many times.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, n at least 1, any float type, any length of row.
    method
        ``"exact"``, ``"ivf"``, or ``"auto"``: exact up to 50,000 rows.
    seed
        Seed of the sample that recall is measured on.

    Returns
    -------
    Index
        For `Index.search` and `taskscape.retrieve`.

    Raises
    ------
    UsageError
        There is no row, a number is not finite, or the method is unknown.

    Notes
    -----
    Cost: one copy of the rows; for ``"ivf"`` a k-means of 4 √n cells and an exact search for 200 rows.

    Examples
    --------
    >>> build_index(np.eye(3, dtype=np.float32)).search(np.ones((1, 3), np.float32), 2).indices.tolist()
    [[0, 1]]
    """
    if method not in ("auto", "exact", "ivf"):
        raise UsageError(f"The method {method!r} is unknown: take 'auto', 'exact' or 'ivf'.")
    check_finite(embeddings, "pool")
    if len(embeddings) == 0:
        raise UsageError("The pool has no row to search.")
    if method == "exact" or (method == "auto" and len(embeddings) <= EXACT_LIMIT):
        return Index(embeddings, "exact", 1.0, unit_rows(embeddings))
    with threads_for(float(len(embeddings)) ** 1.5 * embeddings.shape[1]):
        cells = train_ivf(embeddings)
        return Index(embeddings, "ivf", _recall(embeddings, cells, seed), cells)


def passing_index(
    embeddings: NDArray[np.floating[Any]], *, queries: int, method: Method = "auto", seed: int = 0
) -> Index:
    """Make a pool ready for one question.

    Parameters
    ----------
    embeddings
        As of `build_index`.
    queries
        How many queries the question has.
    method
        ``"exact"``, ``"ivf"``, or ``"auto"``: exact up to 50,000 rows, and up to 10,000 queries whatever the rows:
        making cells costs as much as searching exactly for so many.
    seed
        As of `build_index`.

    Returns
    -------
    Index
        Exact search copies nothing: it works in blocks of 100 MB.
    """
    if method == "exact" or (method == "auto" and (len(embeddings) <= EXACT_LIMIT or queries <= FEW_QUERIES)):
        check_finite(embeddings, "pool")
        return Index(embeddings, "exact", 1.0, None)
    return build_index(embeddings, method=method, seed=seed)


def open_index(store: Store, *, method: Method = "auto", seed: int = 0) -> Index:
    """Give the index of a store: that of its folder, where cells were made before.

    Parameters
    ----------
    store
        What `taskscape.embed` gave.
    method, seed
        As of `build_index`.

    Returns
    -------
    Index
        The same as `build_index` gives of its embeddings. Cells are kept in the store as a plain array of bytes.
    """
    embeddings = store.embeddings()
    if method == "exact" or (method == "auto" and len(embeddings) <= EXACT_LIMIT):
        return build_index(embeddings, method="exact")
    import faiss

    from taskscape.vectors.derived import derive

    def compute() -> dict[str, NDArray[Any]]:
        made = build_index(embeddings, method="ivf", seed=seed)
        return {"cells": faiss.serialize_index(made.prepared), "recall": np.array([made.recall])}

    kept = derive(store, "index", {"method": "ivf", "seed": seed, "faiss": faiss.__version__}, compute)
    try:
        cells = faiss.deserialize_index(kept["cells"])
        measured = float(kept["recall"][0])
        whole = (cells.ntotal, cells.d) == embeddings.shape
    except (RuntimeError, KeyError, IndexError):  # what was kept is damaged
        whole = False
    return Index(embeddings, "ivf", measured, cells) if whole else build_index(embeddings, method="ivf", seed=seed)


def check_finite(embeddings: NDArray[np.floating[Any]], name: str) -> None:
    """Refuse what is no table of finite numbers.

    Parameters
    ----------
    embeddings
        Should have shape ``(n, d)``.
    name
        What it is, for the message: ``"pool"``.

    Raises
    ------
    UsageError
        It has another number of axes, or a number is NaN or infinite; names the row.
    """
    if embeddings.ndim != 2:
        raise UsageError(f"The {name} has shape {embeddings.shape}: give one row for each text, shape (n, d).")
    for start in range(0, len(embeddings), 65_536):
        whole = np.isfinite(embeddings[start : start + 65_536]).all(axis=1)
        if not whole.all():
            row = start + int(np.argmin(whole))
            raise UsageError(
                f"Row {row} of the {name} has a number that is not finite: embed it anew, or leave it out."
            )


def _search_units(
    units: NDArray[np.float32], queries: NDArray[np.floating[Any]], k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    import faiss

    similarities = np.empty((len(queries), k), np.float32)
    indices = np.empty((len(queries), k), np.int64)
    for start, block in unit_blocks(queries):
        here = slice(start, start + len(block))
        similarities[here], indices[here] = faiss.knn(block, units, k, metric=faiss.METRIC_INNER_PRODUCT)
    return similarities, indices


def _recall(embeddings: NDArray[np.floating[Any]], cells: Any, seed: int) -> float:
    """Share of the true nearest rows that the cells give, for a sample of rows, each without itself."""
    rows = np.sort(np.random.default_rng(seed).permutation(len(embeddings))[:SAMPLE])
    k = min(SAMPLE_K, len(embeddings) - 1)
    if k < 1:
        return 1.0
    found = without_self(*search_ivf(cells, embeddings[rows], k + 1), rows=rows)
    exact = without_self(*search_exact(embeddings[rows], embeddings, k + 1), rows=rows)
    return share_found(*found, exact[0])
