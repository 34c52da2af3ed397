"""Greedy selections that look at what is chosen already: k-center, maximal marginal relevance, DPP, score-first.

Each costs one product of all rows with one row per choice, so n × size × d multiplications; 20,814 rows of 384
dimensions and 1,041 choices take seconds, a million rows and 1,000 choices minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from taskscape.analysis.selection.method_input import Problem

NOISE = 0.01  # of the DPP's kernel: how unlike two equal rows are held to be
_BLOCK = 1024  # candidates compared with the chosen rows at once


def farthest_first(problem: Problem) -> NDArray[np.int64]:
    """Choose again and again the row that is farthest from all chosen ones (k-center).

    With scores, distances are weighted with quality.

    Parameters
    ----------
    problem
        What to choose from. Without kept rows and scores the first row is drawn by the seed.

    Returns
    -------
    array, int64
        The kept rows, then the chosen ones in the order of choice.

    Notes
    -----
    Source: Gonzalez 1985. Without scores the radius (largest Euclidean distance between unit rows) is at most twice the
    smallest possible. It goes to outliers, which is what it is for. Cost: n × size × d multiplications.
    """
    nearest = _Nearest(problem.rows)
    return _grow(problem, lambda: (1 - nearest.cosines) * problem.quality, nearest.take)


def marginal_relevance(problem: Problem, *, diversity: float) -> NDArray[np.int64]:
    """Choose again and again the row that is relevant and unlike all chosen ones (MMR).

    Parameters
    ----------
    problem
        What to choose from. A row's relevance is its quality where there are scores, else its cosine to the mean of all
        rows.
    diversity
        Weight of being unlike, 0 to 1; relevance has the rest.

    Returns
    -------
    array, int64
        The kept rows, then the chosen ones in the order of choice.

    Notes
    -----
    Source: Carbonell and Goldstein, SIGIR 1998. Cost: n × size × d multiplications.
    """
    rows = problem.rows
    middle = rows.mean(axis=0)
    relevance = problem.quality if problem.judged else rows @ (middle / max(float(np.linalg.norm(middle)), 1e-12))

    nearest = _Nearest(rows)
    return _grow(
        problem,
        lambda: (1 - diversity) * relevance - diversity * nearest.cosines,
        nearest.take,
        first=int(np.argmax(np.where(problem.free, relevance, -np.inf))),
    )


class _Nearest:
    """The cosine of each row to the nearest chosen one, -1 before any is chosen."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self._rows = rows
        self.cosines = np.full(len(rows), -1, np.float32)

    def take(self, chosen: NDArray[np.int64]) -> None:
        """Count rows as chosen, by block."""
        for start in range(0, len(chosen), _BLOCK):
            block = self._rows[chosen[start : start + _BLOCK]]
            np.maximum(self.cosines, (self._rows @ block.T).max(axis=1), out=self.cosines)


def _grow(
    problem: Problem,
    worth: Callable[[], NDArray[np.floating[Any]]],
    take: Callable[[NDArray[np.int64]], None],
    *,
    first: int | None = None,
) -> NDArray[np.int64]:
    """Begin with the kept rows and choose again and again the free row of most worth, until there are enough.

    Parameters
    ----------
    worth
        Gives what each row would add now, shape ``(n,)``.
    take
        Is told of rows that are chosen.
    first
        Row to begin with where none is kept; None takes the best by score, or draws one.
    """
    chosen = problem.kept.tolist()
    free = problem.free.copy()
    take(problem.kept)
    while len(chosen) < problem.size:
        if chosen:
            row = int(np.argmax(np.where(free, worth(), -np.inf)))
        else:
            row = _first(problem) if first is None else first
        chosen.append(row)
        free[row] = False
        take(np.array([row]))
        problem.tick(len(chosen))
    return np.array(chosen, np.int64)


def _first(problem: Problem) -> int:
    """Give the row to begin with where all are as good: the best by score, or one drawn by the seed."""
    free = np.flatnonzero(problem.free)
    if problem.judged:
        return int(free[np.argmax(problem.quality[free])])
    return int(np.random.default_rng(problem.seed).choice(free))


def determinantal(problem: Problem) -> NDArray[np.int64]:
    """Choose greedily the rows whose vectors span the largest volume: a determinantal point process's likeliest set.

    The kernel is quality(i) × cosine(i, j) × quality(j), plus `NOISE` on the diagonal. It has rank d, so the volume
    that a row adds follows from a d × d matrix, which each choice updates: the cost does not grow with the square of
    the choices, and more rows than dimensions can be chosen.

    Parameters
    ----------
    problem
        What to choose from. Without kept rows and scores the first row is drawn by the seed.

    Returns
    -------
    array, int64
        The kept rows, then the chosen ones in the order of choice.

    Notes
    -----
    Source: Kulesza and Taskar 2012; greedy MAP as in Chen, Zhang and Zhou, NeurIPS 2018, here by rank-one updates of
    the d × d inverse (as in D-optimal design). Cost: n × size × d multiplications.
    """
    rows = problem.rows if not problem.judged else problem.rows * problem.quality[:, None]
    inverse = np.eye(rows.shape[1])  # of I + (sum of outer products of the chosen rows) / NOISE
    volume = np.einsum("nd,nd->n", rows, rows).astype(np.float64)  # what each row would add, up to NOISE

    def take(chosen: NDArray[np.int64]) -> None:
        nonlocal inverse, volume
        for row in chosen.tolist():
            direction = inverse @ rows[row]
            scale = NOISE + float(rows[row] @ direction)
            volume -= (rows @ direction.astype(np.float32)).astype(np.float64) ** 2 / scale
            inverse -= np.outer(direction, direction) / scale

    return _grow(problem, lambda: volume, take)


def score_first(problem: Problem, *, ceiling: float) -> tuple[NDArray[np.int64], int]:
    """Go through the rows from the best score down, and take each that is not too like a taken one (DEITA).

    Where too few rows pass, the best of those that were passed over fill up.

    Parameters
    ----------
    problem
        What to choose from, with scores.
    ceiling
        Cosine from which on two rows are too alike.

    Returns
    -------
    chosen : array, int64
        The kept rows, then the chosen ones in the order of choice.
    filled : int
        How many of them were taken in spite of the ceiling.

    Notes
    -----
    Source: Liu et al., What makes good data for alignment?, ICLR 2024. Cost: at most n × size × d multiplications.
    """
    rows = problem.rows
    chosen = problem.kept.tolist()
    kept = np.empty((problem.size, rows.shape[1]), np.float32)
    kept[: len(chosen)] = rows[chosen]
    candidates = np.flatnonzero(problem.free)
    candidates = candidates[np.argsort(-problem.quality[candidates], kind="stable")]
    passed_over: list[int] = []
    for start in range(0, len(candidates), _BLOCK):
        block = candidates[start : start + _BLOCK]
        known = len(chosen)
        nearest = (rows[block] @ kept[:known].T).max(axis=1, initial=-1)
        for row, similarity in zip(block.tolist(), nearest.tolist(), strict=True):
            if len(chosen) == problem.size:
                return np.array(chosen, np.int64), 0
            among = (kept[known : len(chosen)] @ rows[row]).max(initial=-1)
            if max(similarity, float(among)) >= ceiling:
                passed_over.append(row)
                continue
            kept[len(chosen)] = rows[row]
            chosen.append(row)
            problem.tick(len(chosen))
    filled = problem.size - len(chosen)
    return np.array(chosen + passed_over[:filled], np.int64), filled
