"""What the page of duplicates shows beside the counts: other thresholds, doubtful pairs, groups. All bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.analysis.deduplication.candidate_pairs import LEAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.analysis import Duplicates

THRESHOLDS = (LEAST, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)  # told of beside the one that was taken
DOUBTFUL = 12  # pairs on each side of the threshold
EXAMPLES = 5  # rows of each kind
GROUPS, MEMBERS, COPIES = 15, 6, 20  # groups, and of each the copies shown, and those named that are the same


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows with the row that each repeats.

    Attributes
    ----------
    rows, targets
        Their numbers, int64, shape ``(p,)``; targets are rows of the other data where there is other data.
    similarity
        0 to 1, float32.
    kind
        Of the duplicate.
    """

    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.str_]

    @classmethod
    def of(cls, found: Duplicates, rows: NDArray[np.int64]) -> Pairs:
        """Take some removed rows."""
        return cls(rows, found.duplicate_of[rows], found.similarity[rows], found.kind[rows])

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What a threshold decides.

    Attributes
    ----------
    counts
        Threshold → removed rows of each kind, the one that was taken among them; ascending.
    similarities
        Of all near and semantic duplicates that some threshold finds, float32.
    going, staying
        Pairs just above the threshold, the least similar first, and just below, the most similar first.
    """

    counts: dict[float, dict[str, int]]
    similarities: NDArray[np.float32]
    going: Pairs
    staying: Pairs

    @classmethod
    def of(cls, found: Duplicates) -> Thresholds:
        """Decide anew at some thresholds, from the pairs that were found."""
        every = {value: found.at(value) for value in sorted({*THRESHOLDS, found.threshold})}
        loosest = every[LEAST]
        by_likeness = np.flatnonzero(_decided_by_likeness(loosest))
        above = np.flatnonzero(_decided_by_likeness(found))
        above = above[np.argsort(found.similarity[above], kind="stable")]
        below = by_likeness[found.keep[by_likeness]]
        below = below[np.argsort(-loosest.similarity[below], kind="stable")]
        return cls(
            {value: decided.counts for value, decided in every.items()},
            loosest.similarity[by_likeness],
            Pairs.of(found, above[:DOUBTFUL]),
            Pairs.of(loosest, below[:DOUBTFUL]),
        )


def examples_of(found: Duplicates, kind: str) -> Pairs:
    """Draw some removed rows of a kind, the same for the same result."""
    rows = np.flatnonzero(found.kind == kind)
    return Pairs.of(found, np.sort(np.random.default_rng(0).permutation(rows)[:EXAMPLES]))


@dataclass(frozen=True, eq=False)
class Group:
    """Rows that repeat one row.

    Attributes
    ----------
    target
        The row that is repeated.
    kinds
        How many repeat it in which way.
    exact
        The first of those that have the very same text.
    others
        Others, the least similar first.
    """

    target: int
    kinds: dict[str, int]
    exact: NDArray[np.int64]
    others: Pairs

    @property
    def size(self) -> int:
        """How many repeat it."""
        return sum(self.kinds.values())


def largest_groups(found: Duplicates) -> tuple[list[Group], int]:
    """Give the groups with most copies, and the number of all groups."""
    removed = found.removed
    targets, codes, sizes = np.unique(found.duplicate_of[removed], return_inverse=True, return_counts=True)
    order = np.lexsort((targets, -sizes))[:GROUPS]
    by_target = np.argsort(codes, kind="stable")
    ends = np.cumsum(sizes)
    groups = []
    for code in order.tolist():
        members = removed[by_target[ends[code] - sizes[code] : ends[code]]]
        kinds = Counter(found.kind[members].tolist())
        exact = found.kind[members] == "exact"
        others = members[~exact][np.argsort(found.similarity[members[~exact]], kind="stable")]
        groups.append(
            Group(
                int(targets[code]),
                {kind: kinds[kind] for kind in found.counts if kinds[kind]},
                members[exact][:COPIES],
                Pairs.of(found, others[:MEMBERS]),
            )
        )
    return groups, len(targets)


def _decided_by_likeness(found: Duplicates) -> NDArray[np.bool_]:
    return np.isin(found.kind, ("near", "semantic"))
