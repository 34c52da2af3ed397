"""What every method of selection is given: the rows, how many to choose, which are settled, and what each is worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.vectors.neighbors import unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

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
