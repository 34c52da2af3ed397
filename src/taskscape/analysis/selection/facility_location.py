"""Facility location: choose rows so that every row has a chosen one near it, greedily and exactly on a sparse graph.

The worth of a selection S is the sum over all rows i of the largest quality(j) × cosine(i, j) with j in S; cosines of
rows that are not neighbours count as 0. This is monotone and submodular, so the greedy choice reaches at least 1 - 1/e
of the best possible worth (1/2 under limits on groups). A row's gain only falls while others are chosen, so the last
known gain is an upper bound: the lazy greedy recomputes a row only when its bound comes to the top of the heap, and
chooses exactly the rows that the plain greedy would.

Groups with limits make it the default method of selection too: quotas over tasks are limits, and within them the rows
are those that stand for most others.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from taskscape.vectors.neighbors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from taskscape.analysis.selection.method_input import Problem

NEIGHBORS = 32


class Graph(NamedTuple):
    """Neighbours both ways, each row its own neighbour: those of row i lie at ``starts[i]:starts[i + 1]``.

    Attributes
    ----------
    starts
        int64, shape ``(n + 1,)``.
    ends
        Numbers of neighbours, int32.
    similarities
        Their cosines, float32, 0 to 1: negative ones count as 0.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int32]
    similarities: NDArray[np.float32]


class Stage(NamedTuple):
    """One stage of a choice: until so many rows are chosen in all, and at most so many of each group.

    Attributes
    ----------
    size
        Rows chosen in all when the stage ends.
    limits
        Most rows of each group, chosen before included, shape ``(groups,)``.
    """

    size: int
    limits: NDArray[np.int64]


def neighbor_graph(embeddings: NDArray[np.floating[Any]], *, k: int = NEIGHBORS) -> Graph:
    """Link each row with its nearest rows and with those whose nearest it is.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, n at least 1, any float type.
    k
        Nearest rows of each; n - 1 where there are no more.

    Returns
    -------
    Graph
        At least one neighbour per row, itself.

    Notes
    -----
    Cost: the search (`taskscape.vectors.nearest`); 16 bytes × k × n at most, 0.5 GB for a million rows.
    """
    from scipy.sparse import coo_array

    n = len(embeddings)
    k = min(k, n - 1)
    own = np.arange(n)
    if k == 0:
        return Graph(np.arange(n + 1), own.astype(np.int32), np.ones(n, np.float32))
    found = nearest(embeddings, k=k)
    shape = (n, n)
    found_rows = (np.repeat(own, k), found.indices.ravel())
    one_way = coo_array((found.similarities.ravel().clip(0, 1), found_rows), shape=shape).tocsr()
    itself = coo_array((np.ones(n, np.float32), (own, own)), shape=shape).tocsr()
    both = one_way.maximum(one_way.T).maximum(itself).tocsr()
    both.sort_indices()
    return Graph(both.indptr.astype(np.int64), both.indices.astype(np.int32), both.data.astype(np.float32))


def facility_location(
    problem: Problem,
    *,
    groups: NDArray[np.int64] | None = None,
    stages: Sequence[Stage] | None = None,
    graph: Graph | None = None,
) -> NDArray[np.int64]:
    """Choose the rows that stand for most others.

    Parameters
    ----------
    problem
        What to choose from.
    groups
        Group of each row, 0 and up, shape ``(n,)``; None puts all rows into one.
    stages
        Limits on the groups, stage by stage; None has none.
    graph
        The neighbours; None searches them.

    Returns
    -------
    array, int64
        The kept rows, then the chosen ones in the order of choice; fewer than asked for where limits forbid more.

    Notes
    -----
    Source: lazy greedy, Minoux 1978; facility location as in Wei, Iyer and Bilmes, ICML 2015. Cost: the neighbour
    search, and about 5 µs for each row and each recomputed gain. 20,814 rows of 384 dimensions: see ``docs/select.md``.
    """
    graph = neighbor_graph(problem.embeddings) if graph is None else graph
    n = len(problem.embeddings)
    groups = np.zeros(n, np.int64) if groups is None else groups
    if stages is None:
        stages = [Stage(problem.size, np.full(int(groups.max()) + 1, n))]
    run = _Run(graph, problem.quality)
    for row in problem.kept.tolist():
        run.take(row)
    taken = np.bincount(groups[problem.kept], minlength=len(stages[0].limits)).tolist()
    group_of = groups.tolist()
    bounds = [(-run.gain(row), row) for row in np.flatnonzero(problem.free).tolist()]
    for stage in stages:
        bounds = _choose(run, bounds, stage, taken, group_of, problem)
    return np.array(run.chosen, np.int64)


def _choose(
    run: _Run,
    bounds: list[tuple[float, int]],
    stage: Stage,
    taken: list[int],
    group_of: list[int],
    problem: Problem,
) -> list[tuple[float, int]]:
    """Choose rows for one stage; give the bounds of the rows that were not chosen, which hold for the next one."""
    limits = stage.limits.tolist()
    heapq.heapify(bounds)
    barred = []  # of groups that are full in this stage
    while bounds and len(run.chosen) < stage.size:
        top = heapq.heappop(bounds)
        row = top[1]
        group = group_of[row]
        if taken[group] >= limits[group]:
            barred.append(top)
            continue
        now = (-run.gain(row), row)
        if bounds and now > bounds[0]:
            heapq.heappush(bounds, now)
            continue
        run.take(row)
        taken[group] += 1
        problem.tick(len(run.chosen))
    return bounds + barred


class _Run:
    """The state of a greedy choice: what was chosen, and how well each row is stood for."""

    def __init__(self, graph: Graph, quality: NDArray[np.float32]) -> None:
        self._starts = graph.starts.tolist()
        self._ends = graph.ends
        self._similarities = graph.similarities
        self._quality = quality.tolist()
        self._best = np.zeros(len(quality), np.float32)
        self.chosen: list[int] = []

    def gain(self, row: int) -> float:
        """Tell how much a row would add."""
        here = slice(self._starts[row], self._starts[row + 1])
        more = self._similarities[here] * np.float32(self._quality[row]) - self._best[self._ends[here]]
        return float(np.maximum(more, 0).sum())  # 0 stays in place: a sum of fewer terms may round upwards

    def take(self, row: int) -> None:
        """Choose a row."""
        here = slice(self._starts[row], self._starts[row + 1])
        ends = self._ends[here]
        self._best[ends] = np.maximum(self._best[ends], self._similarities[here] * np.float32(self._quality[row]))
        self.chosen.append(row)
