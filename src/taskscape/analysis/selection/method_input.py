"""What every method of selection is given: the rows, how many to choose, which are settled, and what each is worth.

`pose` makes a `Problem` of what a user gave and refuses what cannot be; the methods need no checks of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.sizes import count_of
from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite
from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, eq=False, repr=False)
class Problem:
    """Rows to choose from.

    Parameters
    ----------
    embeddings
        Shape ``(n, d)``, any float type.
    size
        Rows to choose, those of `kept` included.
    kept
        Rows that are in whatever the method, int64, ascending.
    free
        Rows that the method may choose, boolean, shape ``(n,)``: neither kept nor excluded.
    quality
        Worth of each row, float32, shape ``(n,)``, above 0 to 1; all 1 without scores.
    seed
        Of whatever the method draws.
    progress
        Called with (rows chosen, size).
    """

    embeddings: NDArray[np.floating[Any]]
    size: int
    kept: NDArray[np.int64]
    free: NDArray[np.bool_]
    quality: NDArray[np.float32]
    seed: int = 0
    progress: Progress | None = None

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """The embeddings as float32 rows of unit length."""
        return unit_rows(self.embeddings)

    @property
    def judged(self) -> bool:
        """Whether rows differ in quality."""
        return bool(np.ptp(self.quality) > 0)

    def tick(self, chosen: int) -> None:
        """Report progress."""
        if self.progress is not None:
            self.progress(chosen, self.size)


def rank_quality(scores: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Turn scores of any unit into worth: the share of rows that score no better.

    Parameters
    ----------
    scores
        Shape ``(n,)``, finite, higher is better.

    Returns
    -------
    array, float32, shape (n,)
        Above 0 to 1; equal scores share the mean of their ranks, and the best ones are brought to 1.
    """
    from scipy.stats import rankdata

    ranks = rankdata(scores, method="average")
    return np.asarray(ranks / ranks.max(), np.float32)


def pose(
    embeddings: NDArray[np.floating[Any]],
    *,
    size: float,
    scores: ArrayLike | None,
    must_keep: ArrayLike | None,
    exclude: ArrayLike | None,
    seed: int,
    progress: Progress | None,
) -> Problem:
    """Check what was given to `taskscape.select`, and make a problem of it.

    Raises
    ------
    UsageError
        See there.
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no row to choose from.")
    check_finite(embeddings, "embeddings")
    kept = _numbers(must_keep, n, "must_keep")
    left_out = _numbers(exclude, n, "exclude")
    quality = np.ones(n, np.float32) if scores is None else rank_quality(_checked_scores(scores, n))
    problem = Problem(embeddings, count_of(size, n), kept, _free(n, kept, left_out), quality, seed, progress)
    _check_room(problem, left_out)
    return problem


def _numbers(given: ArrayLike | None, n: int, name: str) -> NDArray[np.int64]:
    found = np.asarray([] if given is None else given)
    if found.size == 0:
        return np.empty(0, np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise UsageError(f"{name} takes numbers of rows; got {found.dtype} of shape {found.shape}.")
    if found.min() < 0 or found.max() >= n:
        raise UsageError(f"{name} names row {found[(found < 0) | (found >= n)][0]}: there are 0 to {n - 1}.")
    return np.unique(found).astype(np.int64)


def _checked_scores(scores: ArrayLike, n: int) -> NDArray[np.float64]:
    found = np.asarray(scores, np.float64)
    if found.shape != (n,):
        raise UsageError(f"scores have the shape {found.shape}, and there are {n} rows: give one number for each.")
    bad = np.flatnonzero(~np.isfinite(found))
    if len(bad):
        raise UsageError(
            f"The score of row {bad[0]} is {found[bad[0]]} ({len(bad)} such): each must be a finite number."
        )
    return found


def _free(n: int, kept: NDArray[np.int64], left_out: NDArray[np.int64]) -> NDArray[np.bool_]:
    both = np.intersect1d(kept, left_out)
    if len(both):
        raise UsageError(f"Row {both[0]} must be kept and is excluded ({len(both)} such rows): decide for one.")
    free = np.ones(n, np.bool_)
    free[kept] = free[left_out] = False
    return free


def _check_room(problem: Problem, left_out: NDArray[np.int64]) -> None:
    kept, free = len(problem.kept), int(problem.free.sum())
    if kept > problem.size:
        raise UsageError(f"{kept} rows must be kept and size is {problem.size}: take {kept} or more.")
    if problem.size > kept + free:
        raise UsageError(
            f"size is {problem.size}, and {len(left_out)} of {len(problem.free)} rows are excluded: "
            f"take at most {kept + free}."
        )
