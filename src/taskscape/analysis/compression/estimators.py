"""From a model's scores on the chosen items to its score on all: an estimate with its standard error.

Two estimators. `WeightedMean` knows nothing but weights. `Expectation` knows how the items' scores go together: the
conditional mean of a Gaussian over items (`taskscape.analysis.compression.item_prior`), mixed with what the curves of
item response expect at the model's ability. Both take gaps, and both are plain arrays, so that they can be kept in a
file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from taskscape.analysis.compression.item_response import ABILITIES, Curves, ability_posterior, expected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from taskscape.analysis.compression.item_prior import ItemPrior

_FREEDOM = 4.0  # scores on the chosen items count against so many pseudo-scores when a model's spread is judged


class Forecast(NamedTuple):
    """Estimates for k models.

    Attributes
    ----------
    mean
        Shape ``(k,)``, in the unit of the scores; NaN for a model without any score.
    error
        Standard errors as the estimator sees them, not yet calibrated, shape ``(k,)``, above 0.
    """

    mean: NDArray[np.float64]
    error: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WeightedMean:
    """The weighted mean of the scores that there are.

    Attributes
    ----------
    weights
        Of the chosen items, shape ``(s,)``, not negative, sum 1.
    items
        Number of all items, n.
    """

    weights: NDArray[np.float64]
    items: int

    @property
    def size(self) -> int:
        """Number of chosen items."""
        return len(self.weights)

    def forecast(self, scores: NDArray[np.float64]) -> Forecast:
        """Estimate the mean over all items.

        Parameters
        ----------
        scores
            Shape ``(s, k)``, NaN for a gap.
        """
        known = np.isfinite(scores)
        share = np.where(known, self.weights[:, None], 0)
        total = share.sum(axis=0)
        share = np.divide(share, total, out=np.full_like(share, np.nan), where=total > 0)  # NaN: no score at all
        mean = (share * np.where(known, scores, 0)).sum(axis=0)
        counts = known.sum(axis=0)
        squares = np.where(known, (scores - mean) ** 2, 0).sum(axis=0)
        # A handful of equal scores is no certainty: at least the variance of one success among so many and four more.
        unit = np.abs(np.where(known, scores, 0)).max(axis=0)
        least = np.where(unit > 0, unit, 1) ** 2 / (counts + 4)
        variance = np.maximum(squares / np.maximum(counts - 1, 1), least)
        left = 1 - np.minimum(counts / self.items, 1)
        return Forecast(mean, np.sqrt(np.maximum(variance * (share**2).sum(axis=0) * left, 1e-12)))


@dataclass(frozen=True, eq=False)
class Expectation:
    """The expected mean over all items, given the scores of the chosen ones; scores are 0 to 1 inside.

    Attributes
    ----------
    mean, covariance
        Of the chosen items' scores, shapes ``(s,)`` and ``(s, s)``; the noise is in the covariance.
    link
        Covariance of the chosen items with the mean over all, shape ``(s,)``.
    whole
        Mean over all items and its variance, shape ``(2,)``.
    slope, intercept
        Curves of the chosen items, shape ``(s,)``.
    others
        Mean over all n items of the curves of those that were not chosen (as a part of the whole), shape ``(81,)``.
    by_curves
        Share of the curves in the estimate, 0 to 1.
    items
        Number of all items, n.
    low, high
        Scores that became 0 and 1.
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    link: NDArray[np.float64]
    whole: NDArray[np.float64]
    slope: NDArray[np.float64]
    intercept: NDArray[np.float64]
    others: NDArray[np.float64]
    by_curves: float
    items: int
    low: float
    high: float

    @property
    def size(self) -> int:
        """Number of chosen items."""
        return len(self.mean)

    def forecast(self, scores: NDArray[np.float64]) -> Forecast:
        """Estimate the mean over all items.

        Parameters
        ----------
        scores
            Shape ``(s, k)``, NaN for a gap.
        """
        share = (scores - self.low) / (self.high - self.low)
        known = np.isfinite(share)
        mean, error = self._by_covariance(share, known)
        if self.by_curves:
            mean = (1 - self.by_curves) * mean + self.by_curves * self._by_curves(share, known)
        mean = np.where(known.any(axis=0), mean, np.nan)
        return Forecast(self.low + (self.high - self.low) * mean, (self.high - self.low) * error)

    def _by_covariance(
        self, share: NDArray[np.float64], known: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the conditional mean and its error, widened where a model's scores are unlike what was expected."""
        means, errors = np.empty(share.shape[1]), np.empty(share.shape[1])
        patterns, group = np.unique(known, axis=1, return_inverse=True)
        for number in range(patterns.shape[1]):
            here, models = patterns[:, number], np.flatnonzero(group.ravel() == number)
            rest = share[np.ix_(here, models)] - self.mean[here, None]
            solved = np.linalg.solve(self.covariance[np.ix_(here, here)], np.column_stack([self.link[here], rest]))
            means[models] = self.whole[0] + self.link[here] @ solved[:, 1:]
            left = max(self.whole[1] - float(self.link[here] @ solved[:, 0]), 1e-12)
            surprise = np.einsum("sk,sk->k", rest, solved[:, 1:])
            errors[models] = np.sqrt(left * (_FREEDOM + surprise) / (_FREEDOM + len(rest)))
        return means, errors

    def _by_curves(self, share: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Give what the curves expect on all items that have no score, with the scores that there are."""
        clipped = np.where(known, share, 0).clip(0, 1)
        likely = ability_posterior(self.slope, self.intercept, clipped, known)
        missing = (~known).T @ expected(self.slope, self.intercept, ABILITIES)
        unknown = (likely * missing).sum(axis=1) / self.items + likely @ self.others
        return np.asarray(np.where(known, share, 0).sum(axis=0) / self.items + unknown)


def expectation(
    prior: ItemPrior, curves: Curves, indices: NDArray[np.int64], *, by_curves: float, low: float, high: float
) -> Expectation:
    """Make the estimator for chosen items.

    Parameters
    ----------
    prior
        Gaussian over all items.
    curves
        Of all items.
    indices
        The chosen items, shape ``(s,)``.
    by_curves
        Share of the curves in the estimate.
    low, high
        Scores that became 0 and 1.
    """
    n = len(prior.mean)
    chosen, centre = prior.loadings[indices], prior.loadings.mean(axis=0)
    others = curves.at(ABILITIES).sum(axis=0) - expected(
        curves.slope[indices], curves.intercept[indices], ABILITIES
    ).sum(axis=0)
    return Expectation(
        mean=prior.mean[indices],
        covariance=chosen @ chosen.T + np.diag(prior.noise[indices]),
        link=chosen @ centre + prior.noise[indices] / n,
        whole=np.array([prior.mean.mean(), centre @ centre + prior.noise.mean() / n]),
        slope=curves.slope[indices],
        intercept=curves.intercept[indices],
        others=others / n,
        by_curves=by_curves,
        items=n,
        low=low,
        high=high,
    )


def plain_weights(estimator: Expectation) -> NDArray[np.float64]:
    """Give the weights of a plain weighted mean that comes nearest to the estimator: not negative, sum 1.

    Source: least squares with the sum as a heavy row (Lawson and Hanson, 1974, for the signs). Cost: s³.
    """
    from scipy.optimize import nnls

    root = np.linalg.cholesky(estimator.covariance)
    heavy = 1e3 * float(np.sqrt(estimator.covariance.diagonal().mean()))
    rows = np.vstack([root.T, estimator.mean, np.full(len(root), heavy)])
    wanted = np.concatenate([np.linalg.solve(root, estimator.link), [estimator.whole[0], heavy]])
    weights = np.asarray(nnls(rows, wanted)[0])
    return np.asarray(weights / weights.sum())


def to_arrays(estimator: WeightedMean | Expectation) -> dict[str, NDArray[Any]]:
    """Give an estimator as plain arrays, to be kept in a file."""
    return {field.name: np.asarray(getattr(estimator, field.name)) for field in fields(estimator)}


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> WeightedMean | Expectation:
    """Make an estimator from `to_arrays`; other arrays among them are left alone.

    Raises
    ------
    KeyError
        An array is missing.
    """
    kind = Expectation if "covariance" in arrays else WeightedMean
    values: dict[str, Any] = {field.name: arrays[field.name] for field in fields(kind)}
    return kind(**{name: value.item() if value.ndim == 0 else value for name, value in values.items()})
