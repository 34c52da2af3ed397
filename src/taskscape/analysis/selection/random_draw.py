"""Selection by lot: the method that every other one must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from taskscape.analysis.selection.method_input import Problem


def draw(problem: Problem) -> NDArray[np.int64]:
    """Draw rows by the seed, without replacement, in proportion to their quality.

    Parameters
    ----------
    problem
        What to choose from.

    Returns
    -------
    array, int64
        The kept rows, then the drawn ones.

    Notes
    -----
    Source: Efraimidis and Spirakis, 2006. Cost: n log n.
    """
    free = np.flatnonzero(problem.free)
    keys = np.log(problem.quality[free]) + np.random.default_rng(problem.seed).gumbel(size=len(free))
    drawn = free[np.argsort(-keys, kind="stable")[: problem.size - len(problem.kept)]]
    return np.concatenate([problem.kept, drawn])
