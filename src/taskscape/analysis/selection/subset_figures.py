"""How well a subset stands for the rows it was taken from: coverage, radius, diversity, tasks.

Pure functions over embeddings and the numbers of the rows that were kept; `describe_subset` gives them all. Coverage
and radius are measured from a seeded sample of the rows beyond `SAMPLE_ROWS`: an exact search of a million rows among
50,000 kept ones would take longer than most selections.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.errors import UsageError
from taskscape.vectors.neighbors import nearest, unit_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TAU = 0.8  # cosine from which on a kept row stands for another; the shipped encoder puts most rows of one task above it
SAMPLE_ROWS = 50_000
LEAST_ROWS = 20  # rows from which on a task's kept share says something: of fewer, 5 % is less than one row


@dataclass(frozen=True, slots=True)
class SubsetFigures:
    """How well a subset stands for the rows it was taken from.

    Attributes
    ----------
    size
        Rows kept.
    coverage
        Share of all rows whose cosine to a kept row is at least `tau`, 0 to 1.
    tau
        That cosine.
    radius
        Largest cosine distance (1 - cosine) of a row to its nearest kept one, 0 to 2.
    vendi
        Vendi score of the kept rows: the number of unlike rows that would be as diverse, 1 to `size` or to the
        number of dimensions, whichever is less.
    tasks_kept, tasks
        Different tasks among the kept rows and among all; None where no tasks were given.
    worst_share
        Smallest kept share of a task that has `LEAST_ROWS` rows or more; None without such a task.
    """

    size: int
    coverage: float
    tau: float
    radius: float
    vendi: float
    tasks_kept: int | None
    tasks: int | None
    worst_share: float | None

    def to_dict(self) -> dict[str, Any]:
        """Give the figures as plain JSON data."""
        return asdict(self)


def describe_subset(
    embeddings: NDArray[np.floating[Any]],
    kept: NDArray[np.int64],
    *,
    tasks: Sequence[object] | None = None,
    tau: float = TAU,
    seed: int = 0,
) -> SubsetFigures:
    """Measure a subset.

    Parameters
    ----------
    embeddings
        All rows, shape ``(n, d)``, any float type.
    kept
        Numbers of the kept rows, shape ``(m,)``, m at least 1.
    tasks
        One per row of `embeddings`; compared by their text.
    tau
        Cosine from which on a kept row stands for another, -1 to 1.
    seed
        Of the sample by which more than `SAMPLE_ROWS` rows are measured.

    Returns
    -------
    SubsetFigures
        All figures.

    Raises
    ------
    UsageError
        No row is kept, or there are not as many tasks as rows.

    Notes
    -----
    Cost: min(n, 50,000) × m × d multiplications for coverage and radius, m × d² for the Vendi score.
    """
    similarities = nearest_kept(embeddings, kept, seed=seed)
    names = None if tasks is None else _as_array(tasks, len(embeddings))
    return SubsetFigures(
        size=len(kept),
        coverage=float(np.mean(similarities >= tau)),
        tau=tau,
        radius=float(1 - similarities.min()),
        vendi=vendi_score(embeddings[kept]),
        tasks_kept=None if names is None else len(np.unique(names[kept])),
        tasks=None if names is None else len(np.unique(names)),
        worst_share=None if names is None else worst_share(names.tolist(), kept),
    )


def nearest_kept(
    embeddings: NDArray[np.floating[Any]], kept: NDArray[np.int64], *, seed: int = 0
) -> NDArray[np.float32]:
    """Give the cosine of each row to the kept row nearest to it.

    Parameters
    ----------
    embeddings
        All rows, shape ``(n, d)``.
    kept
        Numbers of the kept rows.
    seed
        Of the sample taken of more than `SAMPLE_ROWS` rows.

    Returns
    -------
    array, float32, shape (min(n, 50,000),)
        Cosines, -1 to 1.

    Raises
    ------
    UsageError
        No row is kept.
    """
    if len(kept) == 0:
        raise UsageError("No row is kept, so there is nothing to measure.")
    n = len(embeddings)
    if n > SAMPLE_ROWS:
        embeddings, pool = embeddings[np.sort(np.random.default_rng(seed).permutation(n)[:SAMPLE_ROWS])], embeddings
    else:
        pool = embeddings
    return nearest(embeddings, pool[kept], k=1, method="exact").similarities[:, 0]


def vendi_score(embeddings: NDArray[np.floating[Any]]) -> float:
    """Count how many unlike rows would be as diverse as these.

    The exponential of the entropy of the eigenvalues of the matrix of cosines divided by m. Its eigenvalues other than
    0 are those of the d × d matrix of second moments, which is what is computed.

    Parameters
    ----------
    embeddings
        Shape ``(m, d)``, any float type.

    Returns
    -------
    float
        1 (all the same) to min(m, d); 0 for no row.

    Notes
    -----
    Source: Friedman and Dieng, The Vendi Score, TMLR 2023. Cost: m × d² multiplications and d³ for the eigenvalues.

    Examples
    --------
    >>> round(vendi_score(np.repeat(np.eye(3), 4, axis=0)), 6)
    3.0
    """
    if len(embeddings) == 0:
        return 0.0
    moments = np.zeros((embeddings.shape[1], embeddings.shape[1]))
    for _, rows in unit_blocks(embeddings):
        moments += (rows.T @ rows).astype(np.float64)
    values = np.linalg.eigvalsh(moments / len(embeddings))
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def worst_share(tasks: Sequence[object], kept: NDArray[np.int64], *, least: int = LEAST_ROWS) -> float | None:
    """Give the smallest kept share of any task that has enough rows for a share to mean something.

    Parameters
    ----------
    tasks
        One per row.
    kept
        Numbers of the kept rows.
    least
        Rows that a task needs.

    Returns
    -------
    float or None
        0 to 1; None where no task has so many rows.
    """
    _, codes, counts = np.unique(_as_array(tasks, len(tasks)), return_inverse=True, return_counts=True)
    found = np.bincount(codes[kept], minlength=len(counts))
    large = counts >= least
    return float((found[large] / counts[large]).min()) if large.any() else None


def _as_array(tasks: Sequence[object], n: int) -> NDArray[np.str_]:
    if len(tasks) != n:
        raise UsageError(f"There are {len(tasks)} tasks for {n} rows.")
    return np.array([str(task) for task in tasks])
