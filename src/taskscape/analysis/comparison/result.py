"""The result of `taskscape.compare`: every figure of every two data sets, and the tree of their likeness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections import Counter

    import pyarrow as pa
    from numpy.typing import NDArray

    from taskscape.analysis.comparison.pairwise import PairExamples

    Matrix = NDArray[np.float64]

_CHANCE = 0.05  # p-value above which two sets are not told apart


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """k data sets side by side; row i and column j of every matrix belong to sets i and j.

    Parameters
    ----------
    names, sizes
        Of the sets.
    wasserstein, wasserstein_spread
        Distance between their histograms over common groups, 0 to 2, and its standard deviation; float64 ``(k, k)``.
    energy_squared
        Squared energy distance, estimated from samples without bias: about 0, and as often below, where two sets are
        drawn alike.
    p_value
        How often rows of both sets, regrouped at random, lie as far apart: .01 (they are told apart) to 1.
    nearest_cosine
        Mean over rows of i of the highest cosine to a row of j; 1 on the diagonal.
    coverage
        Share of the rows of j with a row of i at a cosine of `tau` or more, 0 to 1.
    task_divergence
        Jensen–Shannon divergence of their tasks, 0 to 1; None without tasks.
    overlap
        Rows of i that occur in j, int64; None without texts.
    task_counts
        Rows of each task, for each set; None without tasks.
    examples
        For i before j.
    tau, sample, seed
        As given to `compare`.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    wasserstein: Matrix
    wasserstein_spread: Matrix
    energy_squared: Matrix
    p_value: Matrix
    nearest_cosine: Matrix
    coverage: Matrix
    task_divergence: Matrix | None
    overlap: NDArray[np.int64] | None
    task_counts: tuple[Counter[str], ...] | None
    examples: dict[tuple[int, int], PairExamples]
    tau: float
    sample: int
    seed: int

    def __repr__(self) -> str:
        return f"Comparison({len(self.names)} sets: {', '.join(self.names[:6])}{' …' if len(self.names) > 6 else ''})"

    @cached_property
    def energy(self) -> Matrix:
        """Energy distance, 0 to 2: the one that sets are ordered by."""
        return np.sqrt(np.maximum(0, self.energy_squared))

    @cached_property
    def linkage(self) -> Matrix:
        """Tree of the sets by average linkage of the energy distance, as `scipy.cluster.hierarchy` writes it."""
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform

        if len(self.names) < 2:
            return np.empty((0, 4))
        return np.asarray(linkage(squareform(self.energy, checks=False), "average", optimal_ordering=True))

    @property
    def order(self) -> list[int]:
        """The sets in the order of the tree's leaves, so that similar ones stand together."""
        from scipy.cluster.hierarchy import leaves_list

        return leaves_list(self.linkage).tolist() if len(self.linkage) else list(range(len(self.names)))

    def nearest_to(self, name: str) -> str:
        """Name the set that is nearest to one, by the energy distance."""
        place = self.names.index(name)
        others = [other for other in range(len(self.names)) if other != place]
        return self.names[min(others, key=lambda other: self.energy_squared[place, other])]

    def told_apart(self, first: int, second: int) -> bool:
        """Tell whether two sets differ by more than chance explains, at a p-value of .05."""
        return bool(self.p_value[first, second] <= _CHANCE)

    def only_tasks(self, first: int, second: int) -> list[tuple[str, int]]:
        """List the tasks that set `first` has and set `second` lacks, with their rows, most frequent first."""
        if self.task_counts is None:
            return []
        mine, others = self.task_counts[first], self.task_counts[second]
        return sorted(
            ((task, n) for task, n in mine.items() if task not in others), key=lambda item: (-item[1], item[0])
        )

    def pair(self, first: int, second: int) -> dict[str, Any]:
        """Give every figure of two sets as plain JSON data, "first" and "second" being their names."""
        figures: dict[str, Any] = {
            "first": self.names[first],
            "second": self.names[second],
            "energy": float(self.energy[first, second]),
            "p_value": float(self.p_value[first, second]),
            "told_apart": self.told_apart(first, second),
            "wasserstein": float(self.wasserstein[first, second]),
            "wasserstein_spread": float(self.wasserstein_spread[first, second]),
            "nearest_cosine_first_to_second": float(self.nearest_cosine[first, second]),
            "nearest_cosine_second_to_first": float(self.nearest_cosine[second, first]),
            "second_covered_by_first": float(self.coverage[first, second]),
            "first_covered_by_second": float(self.coverage[second, first]),
        }
        if self.task_divergence is not None:
            figures["task_divergence"] = float(self.task_divergence[first, second])
            figures["tasks_only_first"] = len(self.only_tasks(first, second))
            figures["tasks_only_second"] = len(self.only_tasks(second, first))
        if self.overlap is not None:
            figures["rows_of_first_in_second"] = int(self.overlap[first, second])
            figures["rows_of_second_in_first"] = int(self.overlap[second, first])
        return figures

    def to_table(self) -> pa.Table:
        """Give one row per pair of sets, nearest first."""
        import pyarrow as pa

        pairs = sorted(combinations(range(len(self.names)), 2), key=lambda pair: self.energy_squared[pair])
        return pa.Table.from_pylist([self.pair(*pair) for pair in pairs])

    def _repr_html_(self) -> str:
        """Show the energy distances in a notebook, similar sets together."""
        order = self.order
        head = "".join(f"<th>{escape(self.names[place])}</th>" for place in order)
        rows = "".join(
            f"<tr><th>{escape(self.names[one])}</th>"
            + "".join(f"<td>{self.energy[one, other]:.3f}</td>" for other in order)
            + "</tr>"
            for one in order
        )
        return f"<table><caption>Energy distance</caption><tr><th></th>{head}</tr>{rows}</table>"
