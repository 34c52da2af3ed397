"""Item response: how the score of each item grows with the ability of a model (two-parameter logistic curves).

Fitted to few models (tens, where the literature has thousands), so both parameters are drawn to what the items have in
common: slopes to their median, intercepts to their mean. Scores between 0 and 1 count as shares of a success.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

ABILITIES = np.linspace(-4, 4, 81)  # where curves are looked up; the models' abilities have mean 0 and spread 1
SPREAD = 1.3  # of the prior of a new model's ability: a little wider than the models known
_SLOPE_VARIANCE = 0.3
_INTERCEPT_PRECISION = 0.1
_ROUNDS = 4  # of items given abilities, abilities given items
_STEPS = 8  # of Newton's method
_STEEPEST = 4.0
_FARTHEST = 8.0


@dataclass(frozen=True, eq=False)
class Curves:
    """Curves of items: the expected score at ability t is ``1 / (1 + exp(-(slope · t + intercept)))``.

    Attributes
    ----------
    slope, intercept
        Shape ``(n,)``; slopes are above 0.
    abilities
        Of the models that they were fitted to, shape ``(m,)``.
    """

    slope: NDArray[np.float64]
    intercept: NDArray[np.float64]
    abilities: NDArray[np.float64]

    def at(self, abilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give expected scores, shape ``(n, len(abilities))``."""
        return expected(self.slope, self.intercept, abilities)


def expected(
    slope: NDArray[np.float64], intercept: NDArray[np.float64], abilities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the expected score of each item at each ability, shape ``(n, len(abilities))``."""
    return np.asarray(expit(slope[:, None] * abilities + intercept[:, None]))


def fit_curves(scores: NDArray[np.float64], known: NDArray[np.bool_]) -> Curves:
    """Fit curves to the scores of several models.

    Parameters
    ----------
    scores
        Shape ``(n, m)``, 0 to 1; any number where unknown.
    known
        Which scores there are, shape ``(n, m)``; each model has at least one.

    Returns
    -------
    Curves
        Of the items; one without any score has the curve that they have in common.

    Notes
    -----
    Source: Birnbaum, 1968, by alternating penalised maximum likelihood (items) and expected a posteriori (abilities).
    Cost: about 100 × n × m operations and 81 × n × m multiplications.
    """
    share = np.where(known, scores, 0)
    counts = known.sum(axis=0)
    means = (share.sum(axis=0) / counts).clip(0.5 / counts, 1 - 0.5 / counts)
    abilities = _standardised(np.asarray(logit(means)))
    trials = known.sum(axis=1)
    overall = share.sum() / counts.sum()
    slope = np.ones(len(scores))
    intercept = np.asarray(logit(((share.sum(axis=1) + overall) / (trials + 1)).clip(0.02, 0.98)))
    for turn in range(_ROUNDS):
        common = float(np.median(slope)) if turn else 1.0
        slope, intercept = _fit_items(share, known, abilities, slope, intercept, common)
        posterior = ability_posterior(slope, intercept, scores, known)
        abilities = _standardised(posterior @ ABILITIES)
    return Curves(slope, intercept, abilities)


def ability_posterior(
    slope: NDArray[np.float64],
    intercept: NDArray[np.float64],
    scores: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Tell how likely each ability is for each model.

    Parameters
    ----------
    slope, intercept
        Of s items.
    scores, known
        Of k models on these items, shape ``(s, k)``.

    Returns
    -------
    array, float64, shape (k, 81)
        Probabilities over `ABILITIES`.
    """
    share = np.where(known, scores, 0)
    level = slope[:, None] * ABILITIES + intercept[:, None]
    right, wrong = -np.logaddexp(0, -level), -np.logaddexp(0, level)
    weight = share.T @ right + (known - share).T @ wrong - 0.5 * (ABILITIES / SPREAD) ** 2
    likely: NDArray[np.float64] = np.exp(weight - weight.max(axis=1, keepdims=True))
    return np.asarray(likely / likely.sum(axis=1, keepdims=True))


def ability_density(abilities: NDArray[np.float64], width: float = 0.4) -> NDArray[np.float64]:
    """Smooth the abilities of known models into weights over `ABILITIES`, which sum to 1."""
    weights: NDArray[np.float64] = np.exp(-0.5 * ((ABILITIES[:, None] - abilities) / width) ** 2).sum(axis=1)
    return np.asarray(weights / weights.sum())


def _fit_items(
    share: NDArray[np.float64],
    known: NDArray[np.bool_],
    abilities: NDArray[np.float64],
    slope: NDArray[np.float64],
    intercept: NDArray[np.float64],
    common: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit slopes and intercepts to given abilities by Newton's method, all items at once."""
    middle = float(intercept.mean())
    for _ in range(_STEPS):
        curve = expected(slope, intercept, abilities)
        weight = np.where(known, np.maximum(curve * (1 - curve), 1e-4), 0)
        rest = np.where(known, share - curve, 0)
        to_slope = rest @ abilities - (slope - common) / _SLOPE_VARIANCE
        to_intercept = rest.sum(axis=1) - _INTERCEPT_PRECISION * (intercept - middle)
        ss = weight @ abilities**2 + 1 / _SLOPE_VARIANCE
        ii = weight.sum(axis=1) + _INTERCEPT_PRECISION
        si = weight @ abilities
        determinant = ss * ii - si**2
        slope = slope + ((ii * to_slope - si * to_intercept) / determinant).clip(-1, 1)
        intercept = intercept + ((ss * to_intercept - si * to_slope) / determinant).clip(-1.5, 1.5)
        slope, intercept = slope.clip(0.05, _STEEPEST), intercept.clip(-_FARTHEST, _FARTHEST)
    return slope, intercept


def _standardised(abilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give abilities mean 0 and spread 1; all 0 where they are equal."""
    centred: NDArray[np.float64] = abilities - abilities.mean()
    spread = float(centred.std())
    return centred / spread if spread > 1e-9 else np.zeros_like(centred)
