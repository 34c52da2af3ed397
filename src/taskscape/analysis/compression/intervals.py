"""How wide intervals must be: by how far estimates of left-out models were off (conformal), else by Student's t."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FREEDOM = 5.0  # of Student's t where nothing was measured, and beyond the largest error that was


def _none() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of estimates for models that were left out.

    Attributes
    ----------
    ratios
        Their sizes over the estimator's own standard errors, ascending, shape ``(m,)``; empty where none was left out.
    low, high
        Ends of the scores' range; NaN where unknown.
    mean
        Mean absolute error; None where unknown.
    random
        The same for the plain mean of random items; None where unknown.
    """

    ratios: NDArray[np.float64] = field(default_factory=_none)
    low: float = math.nan
    high: float = math.nan
    mean: float | None = None
    random: float | None = None

    def factor(self, level: float) -> float:
        """Tell how many standard errors the interval reaches to each side.

        Parameters
        ----------
        level
            Chance that it holds the true score, between 0 and 1.

        Notes
        -----
        Source: cross-conformal intervals (Vovk, 2015) with standard errors as the scale, without their guarantee, for
        the errors chose the recipe too. Where the level is beyond what m errors can tell, the largest is stretched as
        Student's t would be.
        """
        from scipy.stats import t

        m = len(self.ratios)
        if m == 0:
            return float(t.ppf((1 + level) / 2, _FREEDOM))
        place = math.ceil(level * (m + 1)) - 1
        if place < m:
            return float(self.ratios[place])
        return float(self.ratios[-1] * t.ppf((1 + level) / 2, _FREEDOM) / t.ppf((1 + m / (m + 1)) / 2, _FREEDOM))

    def clip(self, ends: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Keep ends of intervals within the range of known scores and of the model's own, shape ``(k,)``."""
        if math.isnan(self.low):
            return ends
        return ends.clip(np.fmin(np.nanmin(scores, axis=0), self.low), np.fmax(np.nanmax(scores, axis=0), self.high))


def random_error(scores: NDArray[np.float64], size: int) -> float:
    """Give the expected mean absolute error of the plain mean of random items.

    Parameters
    ----------
    scores
        Shape ``(n, m)``.
    size
        Items drawn.

    Notes
    -----
    By the normal law of means of samples drawn without replacement.
    """
    n = len(scores)
    spread = scores.std(axis=0) * (n / max(n - 1, 1)) ** 0.5
    return float((spread * ((1 - size / n) / size) ** 0.5).mean() * (2 / math.pi) ** 0.5)
