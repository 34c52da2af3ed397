"""A benchmark → a tiny one: a few items, their weights, and an estimator of the score on all.

Without other models' scores, items are drawn evenly over the embeddings and a weighted mean is the estimate. With them,
items are chosen because their scores tell most about the mean, and the estimate is what a new model's mean is expected
to be given its scores on them. This module checks what it is given; the parts are in

- `taskscape.analysis.anchors`: items by embeddings
- `taskscape.analysis.item_prior`: what is expected of a new model, and which items tell most
- `taskscape.analysis.item_response`: the curves in it
- `taskscape.analysis.estimators`: the estimate and its error
- `taskscape.analysis.leave_out`: which recipe, and how far it is off
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np

from taskscape.analysis.anchors import balanced_sample, medoids, with_tasks
from taskscape.analysis.estimators import Expectation, WeightedMean, expectation, plain_weights
from taskscape.analysis.intervals import Errors, random_error
from taskscape.analysis.item_prior import KnownModels, item_prior, likeness_parts
from taskscape.analysis.leave_out import CURVES, LEAST_MODELS, RECIPES, try_recipes
from taskscape.analysis.problem import count_of
from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis.leave_out import Trial

    Progress = Callable[[int, int | None], None]

Method: TypeAlias = Literal["auto", "expectation", "curves", "anchors", "balanced", "medoids", "random"]
METHODS: tuple[Method, ...] = get_args(Method)
NEED_SCORES = ("expectation", "curves", "anchors")
MIN_MODELS = 3  # fewer say nothing about how scores go together
LEVEL = 0.9  # of intervals


@dataclass(frozen=True)
class Estimate:
    """What a model would score on the whole benchmark.

    Attributes
    ----------
    mean
        Best guess, in the unit of the scores.
    low, high
        Ends of the interval that holds the true score with the chance `level`.
    level
        That chance, 0 to 1.
    items
        Scores that it stands on.
    """

    mean: float
    low: float
    high: float
    level: float
    items: int


@dataclass(frozen=True, eq=False)
class Ranking:
    """Several models by their estimated score, the best first.

    Attributes
    ----------
    names
        Of the models.
    estimates
        One for each.
    """

    names: tuple[str, ...]
    estimates: tuple[Estimate, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def ties(self) -> tuple[bool, ...]:
        """Whether each model's interval reaches the one before it: their order may be chance."""
        pairs = zip(self.estimates, self.estimates[1:], strict=False)
        return (False, *(later.high >= earlier.low for earlier, later in pairs))[: len(self.names)]

    def to_table(self) -> pa.Table:
        """Give one line per model: ``rank`` from 1, ``model``, ``mean``, ``low``, ``high``, ``items``."""
        import pyarrow as pa

        rows = [
            {"rank": rank, "model": name, "mean": own.mean, "low": own.low, "high": own.high, "items": own.items}
            for rank, (name, own) in enumerate(zip(self.names, self.estimates, strict=True), start=1)
        ]
        return pa.Table.from_pylist(rows)

    def _repr_html_(self) -> str:
        """Show the table."""
        lines = "".join(
            f"<tr><td>{rank}</td><td>{escape(name)}</td><td>{own.mean:.3f}</td><td>{own.low:.3f} to {own.high:.3f}</td>"
            "</tr>"
            for rank, (name, own) in enumerate(zip(self.names, self.estimates, strict=True), start=1)
        )
        return f"<table><tr><th>rank</th><th>model</th><th>score</th><th>interval</th></tr>{lines}</table>"


@dataclass(frozen=True, eq=False)
class TinyBenchmark:
    """A few items of a benchmark that stand for all.

    Attributes
    ----------
    indices
        Numbers of the items, int64, ascending, each once, shape ``(s,)``.
    weights
        Of a plain weighted mean, for use without this package: not negative, sum 1, shape ``(s,)``. Where other
        models' scores were given, `estimate` does better.
    items
        Number of all items, n.
    method
        How items were chosen and estimates are made, for people.
    notes
        What did not go as asked, for people.
    estimator
        What makes estimates.
    errors
        How far estimates of left-out models were off; by these, intervals are widened or narrowed.
    """

    indices: NDArray[np.int64]
    weights: NDArray[np.float64]
    items: int
    method: str
    notes: tuple[str, ...]
    estimator: WeightedMean | Expectation = field(repr=False)
    errors: Errors = field(repr=False)

    def __len__(self) -> int:
        return len(self.indices)

    def __repr__(self) -> str:
        return f"TinyBenchmark({len(self):,} of {self.items:,} items, {self.method})"

    @cached_property
    def expected_error(self) -> float | None:
        """Mean absolute error over models that were left out; None where none were."""
        return self.errors.mean

    @cached_property
    def random_error(self) -> float | None:
        """Mean absolute error of the plain mean of as many random items, for the same models; None where unknown."""
        return self.errors.random

    def estimate(self, scores: ArrayLike, *, level: float = LEVEL) -> Estimate:
        """Estimate a model's mean score over the whole benchmark.

        Parameters
        ----------
        scores
            Of one model on the chosen items, in the order of `indices`, shape ``(s,)``; NaN for a gap.
        level
            Chance that the interval holds the true score, between 0 and 1.

        Raises
        ------
        UsageError
            There are more or fewer scores than items, none is a number, one is infinite, or `level` is out of range.

        Examples
        --------
        >>> tiny = compress(np.eye(8), size=4, method="random")
        >>> tiny.estimate([1, 0, 1, 1]).mean
        0.75
        """
        return self.rank({"": scores}, level=level).estimates[0]

    def rank(self, scores: Mapping[str, ArrayLike], *, level: float = LEVEL) -> Ranking:
        """Estimate several models, and order them by their estimated score.

        Parameters
        ----------
        scores
            Name of each model → its scores, as `estimate` takes them.
        level
            As in `estimate`.

        Raises
        ------
        UsageError
            As in `estimate`; names the model.
        """
        if not 0 < level < 1:
            raise UsageError(f"level is {level}: take a chance between 0 and 1, such as 0.9.")
        if not scores:
            raise UsageError("There is no model to rank.")
        columns = [_model_scores(values, name, len(self)) for name, values in scores.items()]
        asked = np.column_stack(columns)
        found = self.estimator.forecast(asked)
        reach = self.errors.factor(level) * found.error
        counts = np.isfinite(asked).sum(axis=0)
        low, high = self.errors.clip(found.mean - reach, asked), self.errors.clip(found.mean + reach, asked)
        order = np.argsort(-found.mean, kind="stable").tolist()
        names = list(scores)
        return Ranking(
            tuple(names[model] for model in order),
            tuple(Estimate(float(found.mean[i]), float(low[i]), float(high[i]), level, int(counts[i])) for i in order),
        )

    def to_table(self) -> pa.Table:
        """Give one line per chosen item: ``row`` (int64) and ``weight``."""
        import pyarrow as pa

        return pa.table({"row": pa.array(self.indices), "weight": pa.array(self.weights)})

    def _repr_html_(self) -> str:
        """Show the figures."""
        lines = [("items", f"{len(self):,} of {self.items:,}"), ("method", self.method)]
        if self.expected_error is not None and self.random_error is not None:
            lines.append(("error on models left out", f"{self.expected_error:.4f} (random {self.random_error:.4f})"))
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in lines)
        return f"<table><caption>Tiny benchmark</caption>{cells}</table>"


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
        There is no item; `size` is out of range; lengths differ; a score is infinite; the method is unknown or needs
        scores that were not given.

    Notes
    -----
    Source: tinyBenchmarks (Polo et al., ICML 2024) for the task, anchors and curves; the Gaussian over items is ridge
    regression in its dual form with items chosen as by Krause et al., 2008. Cost for n items, m models and s chosen
    ones: 32 × s × n × (m + 66) multiplications, 1 to 3 s for 805 items and 30 models; without scores n × d × log n.

    Examples
    --------
    >>> compress(np.eye(6), size=0.5, method="random").weights.round(2).tolist()
    [0.33, 0.33, 0.33]
    """
    n = len(embeddings)
    if n == 0:
        raise UsageError("There is no item to choose from.")
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
    notes = [f"{int((~full).sum())} models without any score were left out"] if not full.all() else []
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


def _model_scores(values: ArrayLike, name: str, size: int) -> NDArray[np.float64]:
    """Check one model's scores of the chosen items."""
    whose = f"of {name} " if name else ""
    try:
        scores = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the scores {whose}must be numbers, NaN for a gap: {error}") from error
    if scores.shape != (size,):
        raise UsageError(f"the scores {whose}have shape {scores.shape}: take one for each of the {size} chosen items.")
    if np.isinf(scores).any():
        raise UsageError(f"score {int(np.argmax(np.isinf(scores)))} {whose}is infinite: take a number, or NaN.")
    if np.isnan(scores).all():
        raise UsageError(f"the scores {whose}are all missing: give at least one.")
    return scores
