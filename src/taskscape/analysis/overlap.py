"""Which rows of each data set occur in which other: near-duplicates across many sets, found in one pass over all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.candidates import find_candidates
from taskscape.analysis.deduplication import AUTO

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
    """

    counts: NDArray[np.int64]
    pairs: dict[tuple[int, int], list[tuple[int, int]]]


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
    counts = np.stack([near[found.group[owner == one]].sum(axis=0) for one in range(len(sizes))]).astype(np.int64)
    neighbours: dict[int, list[int]] = {}
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    members = _first_rows(found.group, owner)
    pairs = {}
    for one in range(len(sizes)):
        mine = found.group[begins[one] : begins[one + 1]]
        for other in range(one + 1, len(sizes)):
            rows = np.flatnonzero(near[mine, other])[:shown].tolist()
            pairs[one, other] = [
                (
                    row,
                    members[
                        next(g for g in [mine[row], *neighbours.get(int(mine[row]), ())] if there[g, other]), other
                    ],
                )
                for row in rows
            ]
    return Overlap(
        counts, {pair: [(row, int(of - begins[pair[1]])) for row, of in rows] for pair, rows in pairs.items()}
    )


def _first_rows(group: NDArray[np.int64], owner: NDArray[np.int64]) -> dict[tuple[int, int], int]:
    """Give the first row of each group in each set."""
    found: dict[tuple[int, int], int] = {}
    for row, key in enumerate(zip(group.tolist(), owner.tolist(), strict=True)):
        found.setdefault(key, row)
    return found
