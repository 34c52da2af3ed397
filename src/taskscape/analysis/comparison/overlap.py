"""Which rows of each data set occur in which other: near-duplicates across many sets, found in one pass over all."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.deduplication.candidate_pairs import find_candidates
from taskscape.analysis.deduplication.deciding import AUTO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Overlap:
    """Rows that sets share.

    Parameters
    ----------
    counts
        Rows of set i that occur in set j, int64, shape ``(k, k)``; on the diagonal all rows.
    pairs
        For i before j: some pairs ``(row of i, row of j)``, in the order of the rows of i.
    shared
        For each set i of n rows: which of them occur in which set j, bool, shape ``(n, k)``.
    """

    counts: NDArray[np.int64]
    pairs: dict[tuple[int, int], list[tuple[int, int]]]
    shared: tuple[NDArray[np.bool_], ...]


def find_overlap(
    texts: Sequence[Sequence[str]],
    embeddings: Sequence[NDArray[np.floating[Any]]],
    *,
    shown: int = 8,
    progress: Callable[[int, int | None], None] | None = None,
) -> Overlap:
    """Find the rows that occur in more than one set, by the rules of `taskscape.dedup` at its default threshold.

    Parameters
    ----------
    texts, embeddings
        Of each set, k of them.
    shown
        Most pairs that are kept of each two sets.
    progress
        Called with (texts read, texts in all).

    Notes
    -----
    Cost: that of `taskscape.dedup` for all rows together, however many sets there are.
    """
    sizes = [len(rows) for rows in texts]
    begins = np.concatenate([[0], np.cumsum(sizes)])
    found = find_candidates(
        [text for rows in texts for text in rows], np.concatenate(list(embeddings)), progress=progress
    )
    owner = np.repeat(np.arange(len(sizes)), sizes)
    groups = int(found.group.max()) + 1
    there = np.zeros((groups, len(sizes)), bool)  # which sets have a row of a group
    there[found.group, owner] = True
    close = found.similarity >= AUTO
    left, right = found.left[close], found.right[close]
    near = there.copy()  # … or of a group that is a near-duplicate of it
    np.logical_or.at(near, left, there[right])
    np.logical_or.at(near, right, there[left])
    shared = tuple(near[found.group[owner == one]] for one in range(len(sizes)))
    counts = np.stack([rows.sum(axis=0) for rows in shared]).astype(np.int64)
    beside = _Beside(found.group, owner, begins, there, shared, _neighbours(left, right))
    pairs = {pair: beside.pairs(*pair, shown) for pair in combinations(range(len(sizes)), 2)}
    return Overlap(counts, pairs, shared)


def _neighbours(left: NDArray[np.int64], right: NDArray[np.int64]) -> dict[int, list[int]]:
    """Give the groups that are near-duplicates of each."""
    found: dict[int, list[int]] = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


class _Beside:
    """Which row of one set stands beside which row of another."""

    def __init__(
        self,
        group: NDArray[np.int64],
        owner: NDArray[np.int64],
        begins: NDArray[np.int64],
        there: NDArray[np.bool_],
        shared: tuple[NDArray[np.bool_], ...],
        neighbours: dict[int, list[int]],
    ) -> None:
        self._group = group
        self._begins = begins
        self._there = there
        self._shared = shared
        self._neighbours = neighbours
        self._first = _first_rows(group, owner)

    def pairs(self, one: int, other: int, shown: int) -> list[tuple[int, int]]:
        """Give the first rows of one set that the other has, each with its row there."""
        rows = np.flatnonzero(self._shared[one][:, other])[:shown].tolist()
        return [(row, self._counterpart(int(self._group[self._begins[one] + row]), other)) for row in rows]

    def _counterpart(self, group: int, other: int) -> int:
        near = next(here for here in [group, *self._neighbours.get(group, ())] if self._there[here, other])
        return int(self._first[near, other] - self._begins[other])


def _first_rows(group: NDArray[np.int64], owner: NDArray[np.int64]) -> dict[tuple[int, int], int]:
    """Give the first row of each group in each set."""
    found: dict[tuple[int, int], int] = {}
    for row, key in enumerate(zip(group.tolist(), owner.tolist(), strict=True)):
        found.setdefault(key, row)
    return found
