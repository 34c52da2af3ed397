"""Queries and a pool → the rows of the pool that serve each query best as demonstrations.

The nearest rows by cosine are the ground; on it stand four wishes, any of them together: rows of the query's own task,
rows that are not all alike (MMR), rows that are near by topic too (a second pair of embeddings, blended), and never the
query itself or a near-duplicate of it. Wishes are met exactly: where rows fall away, the search goes deeper until there
are k again or the pool is at its end. Only MMR looks at a bounded number of candidates.

Price: that of `taskscape.vectors.nearest`; the text evidence adds about 60 µs for each text looked at, MMR about
0.3 ms a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.retrieval.blending import blended
from taskscape.analysis.retrieval.query_copies import Copies
from taskscape.analysis.retrieval.result import Matches
from taskscape.errors import UsageError
from taskscape.vectors.index import Index, check_finite, passing_index
from taskscape.vectors.neighbors import check_dimensions, unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis.retrieval.blending import Blend
    from taskscape.tasks.label import Task
    from taskscape.vectors.index import Method

    Embeddings = NDArray[np.floating[Any]]
    Progress = Callable[[int, int | None], None]

CANDIDATES = 100  # rows, at least, among which MMR chooses
_BLOCK = 4096  # queries worked on at a time


def retrieve(
    queries: Embeddings,
    pool: Embeddings | Index | None = None,
    *,
    k: int,
    diversity: float | None = None,
    tasks: tuple[Sequence[str | Task], Sequence[str | Task]] | None = None,
    blend: Blend | None = None,
    texts: tuple[Sequence[str], Sequence[str]] | None = None,
    method: Method = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> Matches:
    """Find the k best rows of a pool for each query.

    Parameters
    ----------
    queries
        Embeddings, shape ``(m, d)``, any float type.
    pool
        Embeddings to search, shape ``(n, d)``, by the same encoder, or what `taskscape.vectors.build_index` made of
        them, which answers single queries at once. None searches the queries themselves, each without itself.
    k
        How many, 1 to n (n - 1 without a pool).
    diversity
        0 to 1: how much being unlike the others counts against being near (maximal marginal relevance); 0 and None
        give the nearest.
    tasks
        Tasks of the queries and of the pool: only rows of the query's own task are taken.
    blend
        A second view of both sides, by topic say.
    texts
        Texts of the queries and of the pool, the whole of each row: near-duplicates of the query by its words are left
        out (`taskscape.analysis.retrieval.query_copies`).
    method
        ``"exact"``, ``"ivf"`` (approximate), or ``"auto"``: exact up to 50,000 rows of pool, and up to 10,000 queries
        whatever the pool. An `Index` brings its own.
    seed
        Seed of the sample that recall is measured on.
    progress
        Called with (queries done, m).

    Returns
    -------
    Matches
        Rows and similarities, nearest first; -1 where a query has fewer than k.

    Raises
    ------
    UsageError
        k is below 1 or more than there are, `diversity` or the blend's weight lies outside 0 to 1, a number is not
        finite, or two things do not belong together: dimensions, numbers of rows, of tasks or of texts.

    Notes
    -----
    Source: Carbonell and Goldstein, 1998 (MMR, here over the 100 nearest rows, or 10 k where that is more); Li et al.,
    2024 (demonstrations by instruction embedding). Cost: m × n × d multiplications and about 120 MB when
    exact.

    Examples
    --------
    >>> retrieve(np.eye(3, 2, dtype=np.float32), np.eye(2, dtype=np.float32), k=1).indices[:2].tolist()
    [[0], [1]]
    """
    own = pool is None
    rows = queries if pool is None else pool.embeddings if isinstance(pool, Index) else pool
    _check(queries, rows, k, diversity, own=own)
    ready = pool if isinstance(pool, Index) and blend is None else None
    if blend is not None:
        queries, rows = blended(queries, rows, blend)
    search = _Search(queries, k, diversity, own, _copies(texts, len(queries), len(rows)), seed, progress)
    if tasks is None:
        everything = ready or passing_index(rows, queries=len(queries), method=method, seed=seed)
        search.run(np.arange(len(queries)), everything, None)
        return search.matches
    numbers = _by_task(tasks[1], len(rows), "pool")
    for task, asking in _by_task(tasks[0], len(queries), "queries").items():
        if task in numbers:
            part = passing_index(rows[numbers[task]], queries=len(asking), method=method, seed=seed)
            search.run(asking, part, numbers[task])
    return search.matches


class _Search:
    """One retrieval under way: what is asked, and what was found so far."""

    def __init__(
        self,
        queries: Embeddings,
        k: int,
        diversity: float | None,
        own: bool,  # noqa: FBT001 - private, and always named where it is read
        copies: Copies | None,
        seed: int,
        progress: Progress | None,
    ) -> None:
        self._queries = queries
        self._diversity = diversity or 0.0
        self._wanted = max(CANDIDATES, 10 * k) if diversity else k
        self._own = own
        self._copies = copies
        self._seed = seed
        self._progress = progress
        self._done = 0
        self.matches = Matches(
            np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -1, np.float32), "exact", 1.0
        )

    def run(self, asking: NDArray[np.int64], index: Index, numbers: NDArray[np.int64] | None) -> None:
        """Search for some queries in the whole pool, or in the part of it that `numbers` lists."""
        k = self.matches.k
        for start in range(0, len(asking), _BLOCK):
            block = asking[start : start + _BLOCK]
            places, similarities = self._candidates(block, index, numbers)
            if self._diversity:
                places, similarities = self._diversified(places, similarities, index)
            found = places if numbers is None else np.where(places < 0, -1, numbers[places])
            width = min(k, found.shape[1])
            self.matches.indices[block, :width] = found[:, :width]
            self.matches.similarities[block, :width] = similarities[:, :width]
            self._done += len(block)
            if self._progress is not None:
                self._progress(self._done, len(self._queries))
        if index.method != "exact":
            measured = index.recall if self._own else index.recall_for(self._queries[asking], seed=self._seed)
            recall = min(measured, self.matches.recall)
            self.matches = Matches(self.matches.indices, self.matches.similarities, index.method, recall)

    def _candidates(
        self, asking: NDArray[np.int64], index: Index, numbers: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Give the nearest allowed rows, as many as are wanted: deeper where some fell away."""
        wanted = min(self._wanted, len(index))
        places = np.full((len(asking), wanted), -1, np.int64)
        similarities = np.full((len(asking), wanted), -1, np.float32)
        still = np.arange(len(asking))
        depth = min(len(index), wanted + self._own + 2 * (self._copies is not None))
        while len(still):
            found = index.search(self._queries[asking[still]], depth)
            allowed = self._allowed(asking[still], found.indices, numbers)
            enough = (allowed.sum(axis=1) >= wanted) | (found.indices[:, -1] < 0) | (depth == len(index))
            first = np.argsort(~allowed[enough], axis=1, kind="stable")[:, :wanted]
            kept = np.take_along_axis(allowed[enough], first, axis=1)
            here = still[enough]
            places[here] = np.where(kept, np.take_along_axis(found.indices[enough], first, axis=1), -1)
            similarities[here] = np.where(kept, np.take_along_axis(found.similarities[enough], first, axis=1), -1)
            still = still[~enough]
            depth = min(len(index), 4 * depth)
        return places, similarities

    def _allowed(
        self, asking: NDArray[np.int64], places: NDArray[np.int64], numbers: NDArray[np.int64] | None
    ) -> NDArray[np.bool_]:
        """Tell which rows may be taken: not the query itself, nor its near-duplicate."""
        rows = places if numbers is None else np.where(places < 0, -1, numbers[places])
        allowed = rows >= 0
        if self._own:
            allowed &= rows != asking[:, None]
        if self._copies is not None:
            for query, line, free in zip(asking.tolist(), rows.tolist(), allowed, strict=True):
                free &= [row < 0 or not self._copies.are(query, row) for row in line]
        return allowed

    def _diversified(
        self, places: NDArray[np.int64], similarities: NDArray[np.float32], index: Index
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Choose k of each query's candidates by MMR; they come nearest first again."""
        k = min(self.matches.k, places.shape[1])
        chosen = np.empty((len(places), k), np.int64)
        for query, (line, near) in enumerate(zip(places, similarities, strict=True)):
            rows = unit_rows(index.embeddings[line])
            chosen[query] = _marginal(rows @ rows.T, np.where(line < 0, -np.inf, near), k, self._diversity)
        return np.take_along_axis(places, chosen, axis=1), np.take_along_axis(similarities, chosen, axis=1)


def _marginal(alike: NDArray[np.float32], near: NDArray[np.float32], k: int, diversity: float) -> NDArray[np.int64]:
    """Choose k places by maximal marginal relevance, in ascending order; places with -inf come last."""
    chosen = [0]
    closest = alike[0].copy()
    for _ in range(k - 1):
        worth = np.where(np.isinf(near), -np.inf, (1 - diversity) * near - diversity * closest)
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        if worth[best] == -np.inf:  # nothing but empty places is left
            best = next(place for place in range(len(near)) if place not in chosen)
        chosen.append(best)
        np.maximum(closest, alike[best], out=closest)
    return np.sort(np.array(chosen))


def _check(queries: Embeddings, pool: Embeddings, k: int, diversity: float | None, *, own: bool) -> None:
    check_finite(queries, "queries")
    if pool.ndim == 2:
        check_dimensions(queries, pool)
    available = len(pool) - own
    if not 1 <= k <= available:
        raise UsageError(f"k is {k}: there are {max(available, 0):,} rows to find, so take 1 to that many.")
    if diversity is not None and not 0 <= diversity <= 1:
        raise UsageError(f"diversity is {diversity}: take 0 (the nearest) to 1 (as unlike each other as can be).")


def _by_task(tasks: Sequence[str | Task], count: int, name: str) -> dict[str, NDArray[np.int64]]:
    """Give the rows of each task."""
    if len(tasks) != count:
        raise UsageError(f"There are {len(tasks):,} tasks for {count:,} rows of {name}: give one for each.")
    rows: dict[str, list[int]] = {}
    for row, task in enumerate(tasks):
        rows.setdefault(str(task), []).append(row)
    return {task: np.array(members, np.int64) for task, members in rows.items()}


def _copies(texts: tuple[Sequence[str], Sequence[str]] | None, queries: int, pool: int) -> Copies | None:
    if texts is None:
        return None
    for name, given, count in (("queries", texts[0], queries), ("pool", texts[1], pool)):
        if len(given) != count:
            raise UsageError(f"There are {len(given):,} texts for {count:,} rows of {name}: give one for each.")
    return Copies(*texts)
