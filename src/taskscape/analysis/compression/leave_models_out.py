"""Which recipe to take, and how far its estimates are off: other models are left out, in turn, and estimated.

Thirty models give thirty noisy errors, and of many recipes the one that looks best by them is often the lucky one. So
there are few recipes, errors are pooled over three sizes, and another than the default must be clearly better
(``benchmarks/LOG.md`` has what freer choices cost). The errors of the chosen recipe set the width of intervals. Nothing
about a model that is left out reaches the choice of items or the fit that it is judged by. The price is a fit of curves
for each fold, and a choice of items for each fold and recipe.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskscape.analysis.compression.estimators import expectation
from taskscape.analysis.compression.item_prior import KnownModels, Recipe, item_prior

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Progress = Callable[[int, int | None], None]

MIXED = Recipe(
    "models, embeddings and curves",
    models=0.5, curves=0.25, likeness=0.1, level=0.25, noise=0.6, undecided=0.9, by_curves=0.15,
)  # fmt: skip
CURVES = Recipe(
    "curves of item response",
    models=0.1, curves=1.0, likeness=0.0, level=0.05, noise=0.8, undecided=0.9, by_curves=0.6,
)  # fmt: skip
FACTORS = Recipe(
    "factors of the models",
    models=1.0, curves=0.0, likeness=0.0, level=0.1, noise=0.001, undecided=0.0, by_curves=0.0,
)  # fmt: skip
# The first is the default; another one must bring its error down to this share. `FACTORS` believes whatever it is told,
# and is right only where scores hold no noise.
RECIPES = {MIXED: 1.0, CURVES: 0.85, FACTORS: 0.5}
FOLDS = 10
LEAST_MODELS = 6  # with fewer, nothing is left out and the first recipe is taken


@dataclass(frozen=True, eq=False)
class Trial:
    """Estimates of models that were left out.

    Attributes
    ----------
    recipe
        The one that was chosen.
    errors
        Its estimate minus the truth for each model, in units of the scores' range, shape ``(m,)``.
    ratios
        The size of the same over the estimator's own standard error, shape ``(m,)``.
    """

    recipe: Recipe
    errors: NDArray[np.float64]
    ratios: NDArray[np.float64]


def try_recipes(
    scores: NDArray[np.float64],
    known: NDArray[np.bool_],
    likeness: NDArray[np.float64],
    *,
    size: int,
    recipes: Mapping[Recipe, float] = RECIPES,
    seed: int = 0,
    progress: Progress | None = None,
) -> Trial:
    """Leave models out in turn, estimate them by every recipe, and choose one.

    Parameters
    ----------
    scores, known
        Shape ``(n, m)``, 0 to 1; which there are. m is at least 3.
    likeness
        From `likeness_parts`.
    size
        Items to choose; half and twice as many are tried too.
    recipes
        What to try, each with the share of the others' error that it must bring its own down to.
    seed
        Of the folds.
    progress
        Called with (folds done, folds).

    Returns
    -------
    Trial
        The choice, and the errors of each model under it.

    Notes
    -----
    Where a model that is left out has gaps, its truth is its mean with gaps filled by curves that saw its other scores.
    """
    n, m = scores.shape
    truth = KnownModels.of(scores, known).scores.mean(axis=0)
    sizes = sorted({max(size // 2, 1), size, min(2 * size, max(n // 2, size))})
    errors = np.empty((len(recipes), len(sizes), m))
    own = np.empty_like(errors)
    folds = np.array_split(np.random.default_rng(seed).permutation(m), min(FOLDS, m))
    for done, fold in enumerate(folds, start=1):
        rest = np.setdiff1d(np.arange(m), fold)
        others = KnownModels.of(scores[:, rest], known[:, rest])
        asked = np.where(known[:, fold], scores[:, fold], np.nan)
        for row, recipe in enumerate(recipes):
            prior = item_prior(others, likeness, recipe)
            order = prior.most_telling(sizes[-1])
            for column, first in enumerate(sizes):
                made = expectation(prior, others.curves, order[:first], by_curves=recipe.by_curves, low=0.0, high=1.0)
                mean, own[row, column, fold] = made.forecast(asked[order[:first]])
                errors[row, column, fold] = np.where(np.isfinite(mean), mean, others.scores.mean()) - truth[fold]
        if progress is not None:
            progress(done, len(folds))
    pooled = (np.abs(errors).mean(axis=2) * np.sqrt(sizes)).mean(axis=1)  # errors fall with the root of the size
    row = int(np.argmin(pooled / np.array(list(recipes.values()))))
    chosen = errors[row, sizes.index(size)]
    return Trial(list(recipes)[row], chosen, np.abs(chosen) / own[row, sizes.index(size)])
