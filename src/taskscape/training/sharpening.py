"""A linear map of pooled vectors that shrinks what differs within tasks.

Why: after contrastive training the rows of one task still scatter, mostly along the same directions for all tasks: the
topic, the length, the form of the input. Dividing by that scatter, learned in closed form from the training tasks, also
helps on tasks that were never seen, and costs no training step.

The price: one encoding of some training texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LEAST = 4  # rows of a task whose scatter counts


def task_scatter(vectors: NDArray[np.float32], tasks: Sequence[str]) -> NDArray[np.float64]:
    """Give the mean scatter of rows around their task's mean.

    Parameters
    ----------
    vectors
        Shape ``(n, d)``.
    tasks
        Task of each row. A task of n rows weighs √n, and one of fewer than four nothing.

    Returns
    -------
    NDArray
        Shape ``(d, d)``, symmetric, positive semidefinite.

    Raises
    ------
    ValueError
        No task has four rows.
    """
    _, places, counts = np.unique(list(tasks), return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(sums, places, vectors)
    apart = vectors - (sums / counts[:, None])[places]
    weights = np.where(counts >= _LEAST, counts**-0.5, 0.0)[places]
    if not weights.any():
        raise ValueError(f"no task has {_LEAST} rows")
    return np.asarray((apart * weights[:, None]).T @ apart / weights.sum(), dtype=np.float64)


def sharpening(scatter: NDArray[np.float64], *, floor: float = 1.0) -> NDArray[np.float32]:
    """Give the linear map that makes a scatter even.

    Parameters
    ----------
    scatter
        Shape ``(d, d)``, as `task_scatter` gives it.
    floor
        Multiple of the mean scatter that is added in each direction, so that those with next to none are not blown up.

    Returns
    -------
    NDArray
        The symmetric ``(scatter + floor · mean)^(-1/2)``, float32 ``(d, d)``, scaled to a mean singular value of 1. A
        vector keeps roughly its direction.

    Notes
    -----
    Source: the within-class whitening of linear discriminant analysis, regularised as by Friedman (1989), "Regularized
    discriminant analysis".
    """
    energy, directions = np.linalg.eigh(scatter)
    scales = (energy.clip(min=0) + floor * energy.mean()) ** -0.5
    return np.asarray((directions * (scales / scales.mean())) @ directions.T, dtype=np.float32)
