"""How far two sets of embeddings, or two mixes of tasks, are apart.

*Wasserstein* asks how far the rows of one set must be moved to become the other. Between sets of rows in 384 dimensions
that figure is mostly noise: two halves of one file are far apart, because no row has a twin. So it is taken between
histograms over common groups (k-means centroids), where halves of one file come out near 0. SciPy's linear programming
solves the transport exactly; what both sets have in a group stays there, which is optimal because the costs are a
metric. The optimal-transport package POT gives the same figures (``benchmarks/compare.py``) and is not needed.

*Energy distance* needs no groups and looks at the rows themselves; it is 0 exactly where the distributions are equal.
The usual mean over all pairs of rows counts each row's distance 0 to itself, so that small sets seem farther from all
others than large ones: 87 rows of the seed tasks of Self-Instruct seemed farther from the other 88 than from 668 rows
of another file. Here it is estimated without that bias, so that it orders sets of any size; a permutation test tells
which two sets cannot be told apart.

*Jensen–Shannon divergence* compares how often each task occurs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_ROUNDING = 1e-12  # share below which two groups hold the same


def wasserstein(first: NDArray[np.int64], second: NDArray[np.int64], costs: NDArray[np.float64]) -> float:
    """Least mean distance by which one histogram is moved to become the other.

    Parameters
    ----------
    first, second
        Rows in each group, shape ``(k,)``; each with at least one row.
    costs
        Distance between groups, shape ``(k, k)``, a metric.

    Returns
    -------
    float
        0 for equal shares, up to the largest distance.

    Notes
    -----
    Source: Kantorovich, 1942; solved by `scipy.optimize.linprog`. Cost: about 15 ms at 128 groups.
    """
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    surplus = first / first.sum() - second / second.sum()
    sources, targets = np.flatnonzero(surplus > _ROUNDING), np.flatnonzero(surplus < -_ROUNDING)
    if not len(sources) or not len(targets):
        return 0.0
    # The last target takes what is left: with a constraint of its own, rounding could leave no solution.
    leaving = kron(eye_array(len(sources)), np.ones((1, len(targets))))
    arriving = kron(np.ones((1, len(sources))), eye_array(len(targets) - 1, len(targets)))
    found = linprog(  # type: ignore[call-overload]  # its stubs know no sparse matrix
        costs[np.ix_(sources, targets)].ravel(),
        A_eq=vstack([leaving, arriving]).tocsr(),
        b_eq=np.concatenate([surplus[sources], -surplus[targets[:-1]]]),
        method="highs",
    )
    if not found.success:
        raise RuntimeError(f"the transport was not solved: {found.message}")
    return float(found.fun)


def wasserstein_spread(
    first: NDArray[np.int64], second: NDArray[np.int64], costs: NDArray[np.float64], *, draws: int, seed: int
) -> float:
    """Give the standard deviation of `wasserstein` when the rows are drawn anew with replacement.

    Parameters
    ----------
    first, second, costs
        As in `wasserstein`.
    draws
        How many times; 2 or more.
    seed
        Seed of the draws.
    """
    rng = np.random.default_rng(seed)

    def drawn(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        total = int(counts.sum())
        return rng.multinomial(total, counts / total).astype(np.int64)

    return float(np.std([wasserstein(drawn(first), drawn(second), costs) for _ in range(draws)], ddof=1))


def energy_squared(between: float, within_first: float, within_second: float) -> float:
    """Estimate the squared energy distance of what two samples were drawn from, without bias.

    Parameters
    ----------
    between
        Mean distance of a row of the one to a row of the other, see `mean_between`.
    within_first, within_second
        Mean distance of two different rows of the same sample, see `mean_within`.

    Returns
    -------
    float
        At most 4 for unit rows; 0 on average for samples of one distribution, so that about half of those are below 0.

    Notes
    -----
    Source: Székely and Rizzo, Energy statistics, 2013, with means over pairs of different rows (U-statistics), as in
    Gretton et al., A kernel two-sample test, JMLR 2012.
    """
    return 2 * between - within_first - within_second


def mean_between(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Mean Euclidean distance of a row of one sample to a row of another.

    Parameters
    ----------
    first, second
        Unit rows, shapes ``(n, d)`` and ``(m, d)``.

    Notes
    -----
    Cost: n × m × d multiplications, n × m × 4 bytes.
    """
    return float(_distances(first, second).mean(dtype=np.float64))


def mean_within(rows: NDArray[np.float32]) -> float:
    """Mean Euclidean distance of two different rows of a sample; 0 for a single one.

    Parameters
    ----------
    rows
        Unit rows, shape ``(n, d)``.

    Notes
    -----
    Cost: n² × d multiplications, n² × 4 bytes.
    """
    n = len(rows)
    return float(_distances(rows, rows).sum(dtype=np.float64)) / (n * (n - 1)) if n > 1 else 0.0


def p_value(first: NDArray[np.float32], second: NDArray[np.float32], *, draws: int, seed: int) -> float:
    """Tell how often rows of both, regrouped at random, lie as far apart as the two samples do.

    Parameters
    ----------
    first, second
        Unit rows, shapes ``(n, d)`` and ``(m, d)``.
    draws
        How many regroupings.
    seed
        Seed of the regroupings.

    Returns
    -------
    float
        1 / (draws + 1) to 1. Where both are drawn from one distribution, every value is as likely; small ones say that
        they are not.

    Notes
    -----
    Source: permutation test of the energy distance, Székely and Rizzo, 2013. Cost: (n + m)² × (d + draws)
    multiplications, (n + m)² × 4 bytes.
    """
    pooled = np.concatenate([first, second])
    share = np.repeat(np.array([1 / len(first), -1 / len(second)]), [len(first), len(second)])
    rng = np.random.default_rng(seed)
    shares = np.stack([share, *(rng.permutation(share) for _ in range(draws))], axis=1).astype(np.float32)
    energies = -(shares * (_distances(pooled, pooled) @ shares)).sum(axis=0, dtype=np.float64)
    return float((energies >= energies[0] - 1e-6).mean())  # rounding makes the same grouping differ from itself


def task_divergence(first: Mapping[str, int], second: Mapping[str, int]) -> float:
    """Jensen–Shannon divergence between two mixes of tasks.

    Parameters
    ----------
    first, second
        Rows of each task, not all 0.

    Returns
    -------
    float
        0 for equal shares to 1 for no task in common (logarithm to base 2).
    """
    names = sorted({*first, *second})
    one, other = (np.array([counts.get(name, 0) for name in names], np.float64) for counts in (first, second))
    one, other = one / one.sum(), other / other.sum()
    middle = (one + other) / 2

    def divergence(shares: NDArray[np.float64]) -> float:
        held = shares > 0
        return float((shares[held] * np.log2(shares[held] / middle[held])).sum())

    return min(1.0, max(0.0, (divergence(one) + divergence(other)) / 2))


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the Euclidean distances of unit rows, shape ``(n, m)``."""
    squares: NDArray[np.float32] = 2 - 2 * (first @ second.T)
    squares[squares < 1e-6] = 0  # what rounding leaves of the distance of a row to itself
    np.sqrt(squares, out=squares)
    return squares
