"""What `taskscape.analysis.comparison.comparing` needs of each two sets: common histograms, nearest rows, examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from taskscape.analysis.clustering.kmeans import assign, spherical_kmeans
from taskscape.analysis.comparison.distances import wasserstein, wasserstein_spread
from taskscape.vectors.neighbors import nearest, unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GROUPS = 128  # groups of the histograms
DRAWS = 10  # of the rows, for the spread
SHOWN = 5  # example rows of each kind and pair
_FIT_ROWS = 2000  # rows of each set that the groups are fitted on


@dataclass(frozen=True, slots=True)
class PairExamples:
    """Rows that show what two sets have and lack.

    Parameters
    ----------
    only_first, only_second
        Rows of the one that are farthest from any row of the other, farthest first.
    closest
        Rows of the first with their nearest row of the second and the cosine, nearest first, none of them shared.
    shared
        Rows of the first with the row of the second that they are near-duplicates of.
    """

    only_first: tuple[int, ...]
    only_second: tuple[int, ...]
    closest: tuple[tuple[int, int, float], ...]
    shared: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Nearest:
    """For some rows of one set the nearest row of another.

    Parameters
    ----------
    rows
        Rows of the one set, int64, ascending.
    others
        Nearest row of the other set of each.
    cosines
        Their cosines, float32.
    """

    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    cosines: NDArray[np.float32]

    def covered(self, tau: float) -> float:
        """Share of the rows whose nearest one has a cosine of `tau` or more."""
        return float((self.cosines >= tau - 1e-6).mean())  # rounding makes a row differ from itself


@dataclass(frozen=True, eq=False)
class Sampled:
    """A set with a seeded sample of its rows.

    Parameters
    ----------
    embeddings
        All rows, shape ``(n, d)``.
    chosen
        Rows of the sample, int64, ascending.
    rows
        Their embeddings as unit rows, float32.
    """

    embeddings: NDArray[np.floating[Any]]
    chosen: NDArray[np.int64]
    rows: NDArray[np.float32]

    @classmethod
    def of(cls, embeddings: NDArray[np.floating[Any]], size: int, seed: int) -> Self:
        """Take a sample of at most `size` rows."""
        chosen = np.sort(np.random.default_rng(seed).permutation(len(embeddings))[:size])
        return cls(embeddings, chosen, unit_rows(embeddings[chosen]))

    def part(self, size: int, seed: int) -> NDArray[np.float32]:
        """Give at most `size` rows of the sample."""
        return self.rows[np.sort(np.random.default_rng(seed).permutation(len(self.rows))[:size])]

    def nearest_in(self, other: Sampled) -> Nearest:
        """Find the nearest of all rows of another set for each row of the sample."""
        found = nearest(self.rows, other.embeddings, k=1, method="exact")  # cells would cost more than so few queries
        return Nearest(self.chosen, found.indices[:, 0], found.similarities[:, 0])


@dataclass(frozen=True, eq=False)
class Histograms:
    """Sets as counts over common groups.

    Parameters
    ----------
    counts
        Rows of each set in each group, int64, shape ``(sets, groups)``.
    costs
        Distance between the centroids, float64, shape ``(groups, groups)``.
    """

    counts: NDArray[np.int64]
    costs: NDArray[np.float64]

    def distance(self, one: int, other: int) -> float:
        """Wasserstein distance of two sets."""
        return wasserstein(self.counts[one], self.counts[other], self.costs)

    def spread(self, one: int, other: int, seed: int) -> float:
        """Its standard deviation over draws of the rows; the same whichever set is named first."""
        low, high = sorted((one, other))
        return wasserstein_spread(self.counts[low], self.counts[high], self.costs, draws=DRAWS, seed=seed)


def common_histograms(sets: Sequence[NDArray[np.floating[Any]]], seed: int) -> Histograms:
    """Fit groups on a sample of each set, and count each set's rows in them.

    Parameters
    ----------
    sets
        Embeddings of one encoder.
    seed
        Seed of samples and groups.
    """
    rng = np.random.default_rng(seed)
    pooled = np.concatenate([unit_rows(rows[np.sort(rng.permutation(len(rows))[:_FIT_ROWS])]) for rows in sets])
    centroids = spherical_kmeans(pooled, min(GROUPS, len(pooled)), seed=seed)
    counts = np.stack([np.bincount(assign(rows, centroids)[0], minlength=len(centroids)) for rows in sets])
    costs = np.sqrt(np.maximum(0, 2 - 2 * (centroids @ centroids.T).astype(np.float64)))
    np.fill_diagonal(costs, 0)  # but for rounding it is
    return Histograms(counts.astype(np.int64), costs)


def choose_examples(
    there: Nearest, back: Nearest, pairs: Sequence[tuple[int, int]] = (), shared: NDArray[np.bool_] | None = None
) -> PairExamples:
    """Choose rows to show of two sets.

    Parameters
    ----------
    there, back
        Nearest rows from the first to the second set, and from the second to the first.
    pairs
        Some pairs of near-duplicates.
    shared
        Which rows of the first set have a near-duplicate in the second, shape ``(n,)``; None where it is not known.
    """
    by_nearness = np.argsort(-there.cosines, kind="stable")
    if shared is not None:
        by_nearness = by_nearness[~shared[there.rows[by_nearness]]]
    close = tuple(
        (int(there.rows[place]), int(there.others[place]), float(there.cosines[place]))
        for place in by_nearness[:SHOWN].tolist()
    )
    return PairExamples(_farthest(there), _farthest(back), close, tuple(pairs[:SHOWN]))


def _farthest(found: Nearest) -> tuple[int, ...]:
    return tuple(found.rows[np.argsort(found.cosines, kind="stable")[:SHOWN]].tolist())
