"""Data sets side by side: how far apart they are, what one has and the other lacks, and what they share.

One figure does not tell whether two sets are the same thing, so several are given, each with its question:

* *energy distance*: how differently are the rows of the two spread? It orders the sets, whatever their sizes; its
  p-value says whether two can be told apart at all.
* *Wasserstein distance*, with its spread: how far must the mix of what one asks be moved to become the other's?
* *mean maximum cosine*, both ways: how near is the nearest row over there? The paper's two figures.
* *coverage*: which share of that set has a row of this one nearby?
* *task divergence*, and tasks that only one has: in names.
* *overlap*: which rows are near-duplicates of rows over there?
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.comparison.distances import energy_squared, mean_between, mean_within, p_value, task_divergence
from taskscape.analysis.comparison.overlap import find_overlap
from taskscape.analysis.comparison.pairwise import Sampled, choose_examples, common_histograms
from taskscape.analysis.comparison.result import Comparison
from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from taskscape.analysis.comparison.overlap import Overlap
    from taskscape.analysis.comparison.pairwise import PairExamples

    Progress = Callable[[int, int | None], None]
    Matrix = NDArray[np.float64]

TAU = 0.8  # cosine from which on a row covers another
TESTED = 1000  # rows of each set, at most, by which two are told apart
REGROUPED = 99  # times that they are regrouped for it


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
        There are fewer than two sets, one is empty, dimensions or lengths differ, a number is not finite, or a setting
        is out of range.

    Notes
    -----
    Source: mean maximum cosine as in Li et al., 2024; the others are told in `taskscape.analysis.comparison.distances`.
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
    shared = None if texts is None else find_overlap([texts[name] for name in names], [one.embeddings for one in sets])
    task_counts = None if tasks is None else tuple(Counter(map(str, tasks[name])) for name in names)
    matrices, examples = _compared(sets, task_counts, shared, tau, seed, progress)
    return Comparison(
        names,
        tuple(len(one.embeddings) for one in sets),
        matrices["wasserstein"],
        matrices["spread"],
        matrices["energy"],
        matrices["p_value"],
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


def _compared(
    sets: Sequence[Sampled],
    task_counts: Sequence[Counter[str]] | None,
    shared: Overlap | None,
    tau: float,
    seed: int,
    progress: Progress | None,
) -> tuple[_Matrices, dict[tuple[int, int], PairExamples]]:
    """Take the figures and the examples of each two sets."""
    histograms = common_histograms([one.embeddings for one in sets], seed)
    pairs = list(combinations(range(len(sets)), 2))
    within = [mean_within(one.rows) for one in sets]
    matrices = _Matrices(len(sets))
    examples = {}
    for done, (one, other) in enumerate(pairs):
        matrices.both("wasserstein", one, other, histograms.distance(one, other))
        matrices.both("spread", one, other, histograms.spread(one, other, seed))
        between = mean_between(sets[one].rows, sets[other].rows)
        matrices.both("energy", one, other, energy_squared(between, within[one], within[other]))
        tested = sets[one].part(TESTED, seed), sets[other].part(TESTED, seed)
        matrices.both("p_value", one, other, p_value(*tested, draws=REGROUPED, seed=seed))
        if task_counts is not None:
            matrices.both("divergence", one, other, task_divergence(task_counts[one], task_counts[other]))
        there, back = sets[one].nearest_in(sets[other]), sets[other].nearest_in(sets[one])
        matrices["nearest"][[one, other], [other, one]] = there.cosines.mean(), back.cosines.mean()
        matrices["coverage"][[one, other], [other, one]] = back.covered(tau), there.covered(tau)
        known = () if shared is None else (shared.pairs[one, other], shared.shared[one][:, other])
        examples[one, other] = choose_examples(there, back, *known)
        if progress is not None:
            progress(done + 1, len(pairs))
    return matrices, examples


class _Matrices(dict[str, "Matrix"]):
    """Square matrices by name, made when they are first asked for: 1 on the diagonal for what a set is to itself."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def __missing__(self, name: str) -> Matrix:
        self[name] = (
            np.eye(self._size) if name in {"nearest", "coverage", "p_value"} else np.zeros((self._size, self._size))
        )
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
        if len(rows) < 2:
            raise UsageError(f"{name} has {len(rows) or 'no'} row: a set that is compared has two or more.")
        check_finite(rows, f"embeddings of {name}")
        if rows.shape[1] != embeddings[first].shape[1]:
            raise UsageError(
                f"{first} has {embeddings[first].shape[1]} dimensions and {name} {rows.shape[1]}: take one encoder."
            )
        for what, given in (("tasks", tasks), ("texts", texts)):
            if given is not None and len(given.get(name, ())) != len(rows):
                raise UsageError(f"{name} has {len(rows)} rows and {len(given.get(name, ()))} {what}: give one each.")
