"""Data sets side by side: how far apart they are, what one has and the other lacks, and what they share.

One figure does not tell whether two sets are the same thing, so several are given, each with its question:

* *Wasserstein distance*, with its spread: how different are the mixes of what is asked?
* *energy distance*: the same from the rows themselves, without groups.
* *mean maximum cosine*, both ways: how near is the nearest row over there? The paper's two figures.
* *coverage*: which share of that set has a row of this one nearby?
* *task divergence*, and tasks that only one has: in names.
* *overlap*: which rows are near-duplicates of rows over there?
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.distances import energy_distance, mean_distance, task_divergence
from taskscape.analysis.overlap import find_overlap
from taskscape.analysis.pairwise import PairExamples, Sampled, choose_examples, common_histograms
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    Progress = Callable[[int, int | None], None]
    Matrix = NDArray[np.float64]

TAU = 0.8  # cosine from which on a row covers another


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """k data sets side by side; row i and column j of every matrix belong to sets i and j.

    Parameters
    ----------
    names, sizes
        Of the sets.
    wasserstein, wasserstein_spread
        Distance between their histograms over common groups, 0 to 2, and its standard deviation; float64 ``(k, k)``.
    energy
        Energy distance of samples, 0 to 2.
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
    energy: Matrix
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
    def linkage(self) -> Matrix:
        """Tree of the sets by average linkage of the Wasserstein distance, as `scipy.cluster.hierarchy` writes it."""
        from scipy.cluster.hierarchy import linkage
        from scipy.spatial.distance import squareform

        if len(self.names) < 2:
            return np.empty((0, 4))
        return np.asarray(linkage(squareform(self.wasserstein, checks=False), "average", optimal_ordering=True))

    @property
    def order(self) -> list[int]:
        """The sets in the order of the tree's leaves, so that similar ones stand together."""
        from scipy.cluster.hierarchy import leaves_list

        return leaves_list(self.linkage).tolist() if len(self.linkage) else list(range(len(self.names)))

    def nearest_to(self, name: str) -> str:
        """Name the set that is nearest to one, by the Wasserstein distance."""
        place = self.names.index(name)
        others = [other for other in range(len(self.names)) if other != place]
        return self.names[min(others, key=lambda other: self.wasserstein[place, other])]

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
            "wasserstein": float(self.wasserstein[first, second]),
            "wasserstein_spread": float(self.wasserstein_spread[first, second]),
            "energy": float(self.energy[first, second]),
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

        pairs = sorted(combinations(range(len(self.names)), 2), key=lambda pair: self.wasserstein[pair])
        return pa.Table.from_pylist([self.pair(*pair) for pair in pairs])

    def _repr_html_(self) -> str:
        """Show the Wasserstein distances in a notebook, similar sets together."""
        order = self.order
        head = "".join(f"<th>{escape(self.names[place])}</th>" for place in order)
        rows = "".join(
            f"<tr><th>{escape(self.names[one])}</th>"
            + "".join(f"<td>{self.wasserstein[one, other]:.3f}</td>" for other in order)
            + "</tr>"
            for one in order
        )
        return f"<table><caption>Wasserstein distance</caption><tr><th></th>{head}</tr>{rows}</table>"


def compare(
    embeddings: Mapping[str, NDArray[np.floating[Any]]],
    *,
    tasks: Mapping[str, Sequence[object]] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    tau: float = TAU,
    sample: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Compare data sets.

    Parameters
    ----------
    embeddings
        Name → rows of one encoder, shape ``(n, d)``, n at least 1; two sets or more.
    tasks
        Name → task of each row, strings or `Task`s.
    texts
        Name → text of each row (with its input), for rows that sets share.
    tau
        Cosine from which on a row covers another, -1 to 1.
    sample
        Rows of a set that are compared with the others where it has more: a seeded sample. Histograms, tasks and
        overlap take all rows.
    seed
        Same seed, same result. Two sets of the same rows in the same order are at distance 0.
    progress
        Called with (pairs done, pairs in all).

    Returns
    -------
    Comparison
        Every figure for every pair.

    Raises
    ------
    UsageError
        There are fewer than two sets, one is empty, dimensions or lengths differ, or a setting is out of range.

    Notes
    -----
    Source: mean maximum cosine as in Li et al., 2024; the others are told in `taskscape.analysis.distances`.
    Cost: for k sets of n rows, k² × sample × n × d multiplications, and that of `taskscape.dedup` for all rows.

    Examples
    --------
    >>> rows = np.eye(4, dtype=np.float32)
    >>> compare({"a": rows[:2], "b": rows[:2], "c": rows[2:]}).nearest_to("a")
    'b'
    """
    names = tuple(embeddings)
    _check(embeddings, tasks, texts, tau, sample)
    sets = [Sampled.of(embeddings[name], sample, seed) for name in names]
    histograms = common_histograms([one.embeddings for one in sets], seed)
    shared = None if texts is None else find_overlap([texts[name] for name in names], [one.embeddings for one in sets])
    task_counts = None if tasks is None else tuple(Counter(map(str, tasks[name])) for name in names)
    pairs = list(combinations(range(len(names)), 2))
    within = [mean_distance(one.rows, one.rows) for one in sets]
    matrices = _Matrices(len(names))
    examples = {}
    for done, (one, other) in enumerate(pairs):
        matrices.both("wasserstein", one, other, histograms.distance(one, other))
        matrices.both("spread", one, other, histograms.spread(one, other, seed))
        between = mean_distance(sets[one].rows, sets[other].rows)
        matrices.both("energy", one, other, energy_distance(between, within[one], within[other]))
        if task_counts is not None:
            matrices.both("divergence", one, other, task_divergence(task_counts[one], task_counts[other]))
        there, back = sets[one].nearest_in(sets[other]), sets[other].nearest_in(sets[one])
        matrices["nearest"][[one, other], [other, one]] = there.cosines.mean(), back.cosines.mean()
        matrices["coverage"][[one, other], [other, one]] = back.covered(tau), there.covered(tau)
        examples[one, other] = choose_examples(there, back, [] if shared is None else shared.pairs[one, other])
        if progress is not None:
            progress(done + 1, len(pairs))
    return Comparison(
        names,
        tuple(len(one.embeddings) for one in sets),
        matrices["wasserstein"],
        matrices["spread"],
        matrices["energy"],
        matrices["nearest"],
        matrices["coverage"],
        None if task_counts is None else matrices["divergence"],
        None if shared is None else shared.counts,
        task_counts,
        examples,
        tau,
        sample,
        seed,
    )


class _Matrices(dict[str, "Matrix"]):
    """Square matrices by name, made when they are first asked for: 1 on the diagonal for what a set is to itself."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __missing__(self, name: str) -> Matrix:
        self[name] = np.eye(self._size) if name in {"nearest", "coverage"} else np.zeros((self._size, self._size))
        return self[name]

    def both(self, name: str, one: int, other: int, value: float) -> None:
        """Set a figure that is the same both ways."""
        self[name][[one, other], [other, one]] = value


def _check(
    embeddings: Mapping[str, NDArray[np.floating[Any]]],
    tasks: Mapping[str, Sequence[object]] | None,
    texts: Mapping[str, Sequence[str]] | None,
    tau: float,
    sample: int,
) -> None:
    if len(embeddings) < 2:
        raise UsageError(f"There are {len(embeddings)} sets: give two or more to compare.")
    if not -1 <= tau <= 1:
        raise UsageError(f"tau is {tau}: a cosine is -1 to 1.")
    if sample < 2:
        raise UsageError(f"sample is {sample}: take 2 rows or more.")
    first = next(iter(embeddings))
    for name, rows in embeddings.items():
        if not len(rows):
            raise UsageError(f"{name} has no row.")
        if rows.shape[1] != embeddings[first].shape[1]:
            raise UsageError(
                f"{first} has {embeddings[first].shape[1]} dimensions and {name} {rows.shape[1]}: take one encoder."
            )
        for what, given in (("tasks", tasks), ("texts", texts)):
            if given is not None and len(given.get(name, ())) != len(rows):
                raise UsageError(f"{name} has {len(rows)} rows and {len(given.get(name, ()))} {what}: give one each.")
