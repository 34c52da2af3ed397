"""What is expected of a new model's scores before it has run: a Gaussian over the items of a benchmark.

How a new model will do on one item tells something about the others, for four reasons, and each is a part of the
covariance: a model may be better or worse everywhere (`level`), it may be like a known model (`models`), it follows the
curves of item response (`curves`), and it does alike on like items (`likeness`, from embeddings and tasks). The rest is
noise of each item, largest where scores are undecided. No part alone is good: the known models are too few to give a
covariance of hundreds of items, and chosen items would fit their accidents; shrunk towards the other parts they serve.

The conditional mean given the chosen items is ridge regression in its dual form, shrunk towards the plain mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from taskscape.analysis.compression.item_response import ABILITIES, Curves, ability_density, fit_curves

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CURVE_PARTS = 6  # directions in which curves differ; more are below a thousandth
LIKENESS_PARTS = 60  # directions of the embeddings that are kept


@dataclass(frozen=True)
class Recipe:
    """How much of each part goes into the covariance; all but `models` and `curves` are in units of the score variance.

    Attributes
    ----------
    name
        For people.
    models
        Share of the covariance over known models.
    curves
        Share of the covariance of curves over abilities.
    likeness
        Variance explained by embeddings.
    level
        Spread of a shift that all items share, in units of twice the spread of scores.
    noise
        Variance that belongs to single items.
    undecided
        Share of the noise that follows ``p (1 - p)`` of an item's curve; the rest is the same for all.
    by_curves
        Share of the estimate that is what the curves expect at the model's ability; the rest is by the covariance.
    """

    name: str
    models: float
    curves: float
    likeness: float
    level: float
    noise: float
    undecided: float
    by_curves: float


@dataclass(frozen=True, eq=False)
class KnownModels:
    """Scores of other models, and what was fitted to them.

    Attributes
    ----------
    scores
        Shape ``(n, m)``, 0 to 1, gaps filled.
    curves
        Fitted to them.
    """

    scores: NDArray[np.float64]
    curves: Curves

    @classmethod
    def of(cls, scores: NDArray[np.float64], known: NDArray[np.bool_]) -> KnownModels:
        """Fit curves to scores with gaps, and fill the gaps with what the curves expect."""
        curves = fit_curves(scores, known)
        return cls(np.where(known, scores, curves.at(curves.abilities)), curves)


@dataclass(frozen=True, eq=False)
class ItemPrior:
    """A Gaussian over items: ``mean + loadings · z + noise``, z standard normal.

    Attributes
    ----------
    mean
        Shape ``(n,)``.
    loadings
        Shape ``(n, q)``.
    noise
        Variance of single items, shape ``(n,)``, above 0.
    """

    mean: NDArray[np.float64]
    loadings: NDArray[np.float64]
    noise: NDArray[np.float64]

    def most_telling(self, size: int) -> NDArray[np.int64]:
        """Choose items so that the mean over all items is left as sure as can be, one at a time.

        Parameters
        ----------
        size
            How many, 1 to n.

        Returns
        -------
        array, int64, shape (size,)
            In the order of choice.

        Notes
        -----
        Source: greedy reduction of the posterior variance of the mean over all items (c-optimal design), chosen one by
        one as sensors are in Krause, Singh and Guestrin, JMLR 2008. Cost: size × n × q multiplications.
        """
        n, parts = self.loadings.shape
        spread = np.einsum("nq,nq->n", self.loadings, self.loadings)
        link = self.loadings @ self.loadings.mean(axis=0) + self.noise / n  # covariance with the mean over all items
        left = np.eye(parts)  # covariance of z, given the items chosen so far
        chosen = np.empty(size, np.int64)
        free = np.ones(n, bool)
        for place in range(size):
            variance = spread + self.noise
            item = int(np.argmax(np.where(free, link**2 / variance, -1)))
            chosen[place], free[item] = item, False
            direction = left @ self.loadings[item]
            shared = self.loadings @ direction
            left -= np.outer(direction, direction) / variance[item]
            link = link - shared * link[item] / variance[item]
            spread = np.maximum(spread - shared**2 / variance[item], 0)
        return chosen


def likeness_parts(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Reduce embeddings to their main directions, with a mean squared length of at most 1.

    Parameters
    ----------
    vectors
        Shape ``(n, d)``.

    Returns
    -------
    array, float64, shape (n, at most 60)
        Zero columns never occur; no column at all where all rows are equal.
    """
    centred = np.asarray(vectors, np.float64)
    centred = centred - centred.mean(axis=0)
    total = float((centred**2).sum(axis=1).mean())
    if total < 1e-12:
        return np.empty((len(centred), 0))
    values, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, values > 1e-9 * values[-1]][:, -LIKENESS_PARTS:] / total**0.5)


def item_prior(known: KnownModels, likeness: NDArray[np.float64], recipe: Recipe) -> ItemPrior:
    """Put the parts together.

    Parameters
    ----------
    known
        The other models.
    likeness
        From `likeness_parts`.
    recipe
        How much of each.
    """
    n, m = known.scores.shape
    mean = known.scores.mean(axis=1)
    rest = known.scores - mean[:, None]
    variance = max(float(rest.var()), 1e-9)
    parts = [np.full((n, 1), recipe.level * 2 * variance**0.5)]
    if recipe.models:
        parts.append(rest * (recipe.models / (m - 1)) ** 0.5)
    density = ability_density(known.curves.abilities)
    grid = known.curves.at(ABILITIES)
    if recipe.curves:
        parts.append(_curve_parts(grid, density) * recipe.curves**0.5)
    if recipe.likeness and likeness.shape[1]:
        parts.append(likeness * (recipe.likeness * variance) ** 0.5)
    own = known.curves.at(known.curves.abilities)
    undecided = (grid * (1 - grid)) @ density
    undecided *= ((known.scores - own) ** 2).sum() / (own * (1 - own)).sum()  # scores between 0 and 1 vary less
    noise = recipe.noise * ((1 - recipe.undecided) * variance + recipe.undecided * undecided)
    return ItemPrior(mean, np.hstack(parts), np.maximum(noise, 1e-9))


def _curve_parts(grid: NDArray[np.float64], density: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the main directions of curves about their mean, over the abilities of known models."""
    about = (grid - (grid @ density)[:, None]) * density**0.5
    _, directions = np.linalg.eigh(about.T @ about)
    return np.asarray(about @ directions[:, -_CURVE_PARTS:])
