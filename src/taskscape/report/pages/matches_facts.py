"""What the page of demonstrations shows beside the counts: how tasks agree, how often rows are used, which to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from taskscape.analysis import Matches

WEAKEST, DRAWN = 10, 15  # queries shown: those served worst, and others at random
USED = 10  # rows of the pool that are named as used most
USES = ((0, 0), (1, 1), (2, 3), (4, 7), (8, 15), (16, None))  # groups of rows by how often they are used


@dataclass(frozen=True, eq=False)
class Agreement:
    """Whether queries and their demonstrations ask for the same task.

    Attributes
    ----------
    same
        Whether each demonstration has its query's task, bool, shape ``(m, k)``; False where there is none.
    queries, pool
        Names of the tasks.
    """

    same: NDArray[np.bool_]
    queries: Sequence[object]
    pool: Sequence[object]

    @classmethod
    def of(cls, matches: Matches, queries: Sequence[object], pool: Sequence[object]) -> Agreement:
        """Compare the tasks."""
        number: dict[str, int] = {}
        asked, shown = (
            np.fromiter((number.setdefault(str(task), len(number)) for task in tasks), np.int64, len(tasks))
            for tasks in (queries, pool)
        )
        found = matches.indices >= 0
        return cls(found & (shown[matches.indices] == asked[:, None]), queries, pool)

    @property
    def served(self) -> float:
        """Share of the queries with a demonstration of their task."""
        return float(self.same.any(axis=1).mean()) if len(self.same) else 0.0


@dataclass(frozen=True, eq=False)
class Use:
    """How often rows of the pool are shown.

    Attributes
    ----------
    groups
        Least and most uses (None: no end), and how many rows are used so often.
    most
        Rows that are used most, int64, and how often each is.
    rows
        Different rows that are used.
    """

    groups: list[tuple[int, int | None, int]]
    most: list[tuple[int, int]]
    rows: int

    @classmethod
    def of(cls, matches: Matches, pool: int) -> Use:
        """Count uses in a pool of so many rows."""
        used, uses = np.unique(matches.indices[matches.indices >= 0], return_counts=True)
        groups = []
        for least, most in USES:
            here = (uses >= least) & (uses <= (np.inf if most is None else most))
            groups.append((least, most, int(here.sum()) if least else pool - len(used)))
        order = np.lexsort((used, -uses))[:USED]
        return cls(groups, list(zip(used[order].tolist(), uses[order].tolist(), strict=True)), len(used))


def queries_to_read(matches: Matches) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose queries: those whose nearest demonstration is farthest, and others drawn the same each time."""
    nearest = matches.similarities[:, 0]
    weakest = np.argsort(nearest, kind="stable")[:WEAKEST]
    others = np.setdiff1d(np.arange(len(nearest)), weakest)
    return weakest, np.sort(np.random.default_rng(0).permutation(others)[:DRAWN])
