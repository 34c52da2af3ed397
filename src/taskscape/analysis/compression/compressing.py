"""A benchmark → a tiny one: a few items, their weights, and an estimator of the score on all.

Without other models' scores, items are drawn evenly over the embeddings and a weighted mean is the estimate. With them,
items are chosen because their scores tell most about the mean, and the estimate is what a new model's mean is expected
to be given its scores on them. This module checks what it is given; the parts are in

- `taskscape.analysis.compression.anchors`: items by embeddings
- `taskscape.analysis.compression.item_prior`: what is expected of a new model, and which items tell most
- `taskscape.analysis.compression.item_response`: the curves in it
- `taskscape.analysis.compression.estimators`: the estimate and its error
- `taskscape.analysis.compression.leave_models_out`: which recipe, and how far it is off
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from taskscape.analysis.compression.anchors import balanced_sample, medoids, with_tasks
from taskscape.analysis.compression.estimators import WeightedMean, expectation, plain_weights
from taskscape.analysis.compression.intervals import Errors, random_error
from taskscape.analysis.compression.item_prior import KnownModels, item_prior, likeness_parts
from taskscape.analysis.compression.leave_models_out import CURVES, LEAST_MODELS, RECIPES, try_recipes
from taskscape.analysis.compression.tiny_benchmark import TinyBenchmark
from taskscape.analysis.sizes import count_of
from taskscape.errors import UsageError
from taskscape.vectors.index import check_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis.compression.leave_models_out import Trial

    Progress = Callable[[int, int | None], None]

Method: TypeAlias = Literal["auto", "expectation", "curves", "anchors", "balanced", "medoids", "random"]
METHODS: tuple[Method, ...] = get_args(Method)
NEED_SCORES = ("expectation", "curves", "anchors")
MIN_MODELS = 3  # fewer say nothing about how scores go together


def compress(
    embeddings: NDArray[np.floating[Any]],
    *,
    size: float,
    scores: ArrayLike | None = None,
    tasks: Sequence[object] | None = None,
    method: Method = "auto",
    seed: int = 0,
    progress: Progress | None = None,
) -> TinyBenchmark:
    """Choose a few items of a benchmark, and fit an estimator of the score on all.

    Parameters
    ----------
    embeddings
        Of the items, shape ``(n, d)``.
    size
        How many: an int from 1 to n, or a float above 0 to 1, the share of all items.
    scores
        Of other models on the items, higher is better or not, in any unit; shape ``(n, m)``, NaN for a gap.
    tasks
        Task of each item, as `Task` or text; makes items of one task more alike.
    method
        ``"auto"``: `expectation` with the scores of 3 models or more, else `balanced`.
        ``"expectation"``: the items that tell most about the mean; their expected mean is the estimate. The recipe is
        chosen by leaving models out, with 6 models or more.
        ``"curves"``: the same by item response alone.
        ``"anchors"``: medoids of the other models' scores, weighted mean.
        ``"balanced"``: drawn evenly over the embeddings, plain mean.
        ``"medoids"``: medoids of the embeddings, weighted mean.
        ``"random"``: drawn by the seed, plain mean.
    seed
        Of what is drawn. Same seed, same result.
    progress
        Called with (folds done, folds) while models are left out.

    Returns
    -------
    TinyBenchmark
        Items, weights, estimator.

    Raises
    ------
    UsageError
        There is no item; `size` is out of range; lengths differ; a number of the embeddings is not finite; a score is
        infinite; the method is unknown or needs scores that were not given.

    Notes
    -----
    Source: tinyBenchmarks (Polo et al., ICML 2024) for the task, anchors and curves; the Gaussian over items is ridge
    regression in its dual form with items chosen one by one, as sensors in Krause et al., 2008. Cost for n items, m
    models and s chosen ones: 32 × s × n × (m + 66) multiplications, 1 to 3 s for 805 items and 30 models; without
    scores n × d × log n.

    Examples
    --------
    >>> tiny = compress(np.eye(8), size=0.5, method="random")
    >>> tiny.estimate([1, 0, 1, 1]).mean
    0.75
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no item to choose from.")
    check_finite(embeddings, "embeddings")
    if method not in METHODS:
        raise UsageError(f"The method {method!r} is unknown: take one of {', '.join(METHODS)}.")
    if tasks is not None and len(tasks) != n:
        raise UsageError(f"There are {len(tasks)} tasks for {n} items.")
    count = count_of(size, n)
    matrix = None if scores is None else _checked_scores(scores, n)
    usable, notes = _usable(matrix, method)
    vectors = with_tasks(embeddings, tasks)
    if usable is None or method in ("balanced", "medoids", "random"):
        return _by_vectors(vectors, count, _without_scores(method), seed, notes)
    if method == "anchors":
        known = np.isfinite(usable)
        filled = KnownModels.of(_scaled(usable), known).scores
        # With what was missed beside what was got, the cosine of two items is how often models do alike on them.
        return _weighted(*medoids(np.hstack([filled, 1 - filled]), size=count, seed=seed), n, method, notes)
    return _by_scores(usable, vectors, count, method, seed, notes, progress)


def _by_scores(
    scores: NDArray[np.float64],
    vectors: NDArray[np.float32],
    size: int,
    method: str,
    seed: int,
    notes: list[str],
    progress: Progress | None,
) -> TinyBenchmark:
    """Choose the items that tell most, by the recipe that did best on models left out."""
    known, share = np.isfinite(scores), _scaled(scores)
    low, high = float(np.nanmin(scores)), float(np.nanmax(scores))
    likeness = likeness_parts(vectors)
    recipes = {CURVES: 1.0} if method == "curves" else RECIPES
    recipe, trial = next(iter(recipes)), None
    if scores.shape[1] >= LEAST_MODELS:
        trial = try_recipes(share, known, likeness, size=size, recipes=recipes, seed=seed, progress=progress)
        recipe = trial.recipe
    else:
        notes.append(f"{scores.shape[1]} models are too few to leave some out: intervals are wide guesses")
    models = KnownModels.of(share, known)
    prior = item_prior(models, likeness, recipe)
    indices = np.sort(prior.most_telling(size))
    made = expectation(prior, models.curves, indices, by_curves=recipe.by_curves, low=low, high=high)
    return TinyBenchmark(
        indices,
        plain_weights(made),
        len(scores),
        recipe.name,
        tuple(notes),
        made,
        _errors(trial, models.scores, size, low, high),
    )


def _errors(trial: Trial | None, filled: NDArray[np.float64], size: int, low: float, high: float) -> Errors:
    """Take the errors of left-out models into the unit of the scores."""
    if trial is None:
        return Errors(low=low, high=high)
    return Errors(
        ratios=np.sort(trial.ratios),
        low=low,
        high=high,
        mean=float(np.abs(trial.errors).mean()) * (high - low),
        random=random_error(filled, size) * (high - low),
    )


def _by_vectors(vectors: NDArray[np.float32], size: int, method: str, seed: int, notes: list[str]) -> TinyBenchmark:
    """Choose items without scores."""
    n = len(vectors)
    if method == "medoids":
        return _weighted(*medoids(vectors, size=size, seed=seed), n, method, notes)
    if method == "balanced":
        indices = balanced_sample(vectors, size=size, seed=seed)
    else:
        indices = np.sort(np.random.default_rng(seed).permutation(n)[:size])
    return _weighted(indices, np.full(size, 1 / size), n, method, notes)


def _weighted(
    indices: NDArray[np.int64], weights: NDArray[np.float64], n: int, method: str, notes: list[str]
) -> TinyBenchmark:
    return TinyBenchmark(indices, weights, n, method, tuple(notes), WeightedMean(weights, n), Errors())


def _without_scores(method: str) -> str:
    """Give the method for when there are no usable scores."""
    return method if method in ("balanced", "medoids", "random") else "balanced"


def _checked_scores(scores: ArrayLike, n: int) -> NDArray[np.float64]:
    try:
        matrix = np.asarray(scores, np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"scores must be numbers, NaN for a gap: {error}") from error
    if matrix.ndim != 2 or len(matrix) != n:
        raise UsageError(f"scores have shape {matrix.shape}: take one row for each of the {n} items, a column a model.")
    if np.isinf(matrix).any():
        row, column = np.argwhere(np.isinf(matrix))[0]
        raise UsageError(f"the score of item {row} by model {column} is infinite: take a number, or NaN for a gap.")
    return matrix


def _usable(scores: NDArray[np.float64] | None, method: str) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Drop models without a score; refuse or fall back where too little is left. Gives scores and notes."""
    if scores is None:
        if method in NEED_SCORES:
            raise UsageError(f"{method} needs other models' scores: give scores, or take balanced.")
        return None, []
    full = np.isfinite(scores).any(axis=0)
    empty = int((~full).sum())
    notes = [f"{empty} model{' was' if empty == 1 else 's were'} left out for having no score"] if empty else []
    scores = scores[:, full]
    if scores.shape[1] < MIN_MODELS:
        why = f"scores of {scores.shape[1]} models are too few to learn from, {MIN_MODELS} are the least"
    elif np.nanmax(scores) == np.nanmin(scores):
        why = "all scores are equal, so nothing can be learned from them"
    else:
        return scores, notes
    return None, [*notes, f"{why}: items were chosen without scores"]


def _scaled(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring scores to 0 to 1; gaps become 0."""
    low, high = np.nanmin(scores), np.nanmax(scores)
    return np.nan_to_num((scores - low) / (high - low))
