"""The result of `taskscape.compress`: a few items, and estimates of models' scores on all.

Price: an estimate for k models on s items costs s³ + s² × k multiplications, whatever the number of all items.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from taskscape.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from taskscape.analysis.compression.estimators import Expectation, WeightedMean
    from taskscape.analysis.compression.intervals import Errors

LEVEL = 0.9  # chance that an interval holds the true score


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

    @property
    def expected_error(self) -> float | None:
        """Mean absolute error over models that were left out; None where none were."""
        return self.errors.mean

    @property
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
