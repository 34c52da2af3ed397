from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.compression.compressing import METHODS, compress
from taskscape.errors import UsageError


def vectors(n: int, d: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def simulate(n: int, m: int, seed: int = 0) -> np.ndarray:
    """Right and wrong answers by models of several abilities: a two-parameter logistic world."""
    random = np.random.default_rng(seed)
    ability, slope, difficulty = random.normal(size=m), random.lognormal(0.1, 0.4, n), random.normal(size=n)
    chance = 1 / (1 + np.exp(-slope[:, None] * (ability - difficulty[:, None])))
    return (random.random((n, m)) < chance).astype(float)


@pytest.mark.parametrize("method", METHODS)
def test_what_every_method_promises(method: Any) -> None:
    scores = simulate(120, 12)
    scores[np.random.default_rng(1).random(scores.shape) < 0.1] = np.nan
    tiny = compress(vectors(120), size=0.1, scores=scores, method=method, tasks=["a", "b"] * 60)
    assert len(tiny) == 12
    assert (np.diff(tiny.indices) > 0).all()
    assert tiny.indices.min() >= 0
    assert tiny.indices.max() < 120
    assert (tiny.weights >= 0).all()
    assert tiny.weights.sum() == pytest.approx(1)
    own = tiny.estimate(np.nan_to_num(scores[tiny.indices, 0]))
    assert own.low <= own.mean <= own.high
    again = compress(vectors(120), size=12, scores=scores, method=method, tasks=["a", "b"] * 60)
    np.testing.assert_array_equal(again.indices, tiny.indices)
    np.testing.assert_array_equal(again.weights, tiny.weights)
    assert tiny.to_table().column_names == ["row", "weight"]
    assert "12 of 120" in tiny._repr_html_()


def test_scores_of_low_rank_are_recovered() -> None:
    random = np.random.default_rng(0)
    loadings, models = random.normal(size=(200, 3)), random.normal(size=(3, 30))
    scores = loadings @ models + random.normal(size=(200, 1))
    tiny = compress(vectors(200), size=20, scores=scores[:, :20])
    asked = scores[tiny.indices, 20:]
    estimates = [tiny.estimate(column).mean for column in asked.T]
    truth = scores[:, 20:].mean(axis=0)
    np.testing.assert_allclose(estimates, truth, atol=0.01)
    assert tiny.method == "factors of the models"
    assert np.abs(asked.mean(axis=0) - truth).mean() > 0.05


def test_new_models_are_estimated_better_than_by_random_items_and_within_their_intervals() -> None:
    scores = simulate(400, 80)
    tiny = compress(vectors(400), size=25, scores=scores[:, :40])
    ranking = tiny.rank({str(model): scores[tiny.indices, model] for model in range(40, 80)})
    truth = scores[:, [int(name) for name in ranking.names]].mean(axis=0)
    estimates = np.array([own.mean for own in ranking.estimates])
    assert tiny.random_error is not None
    assert tiny.expected_error is not None
    assert np.abs(estimates - truth).mean() < 0.85 * tiny.random_error
    assert tiny.expected_error < 0.95 * tiny.random_error
    held = [own.low <= true <= own.high for own, true in zip(ranking.estimates, truth, strict=True)]
    assert np.mean(held) >= 0.8
    assert (np.diff(estimates) <= 0).all()
    assert np.corrcoef(estimates, truth)[0, 1] > 0.9


def test_the_unit_of_scores_does_not_matter() -> None:
    scores = simulate(100, 10)
    one = compress(vectors(100), size=10, scores=scores)
    other = compress(vectors(100), size=10, scores=20 * scores - 5)
    np.testing.assert_array_equal(one.indices, other.indices)
    asked = scores[one.indices, 3]
    assert other.estimate(20 * asked - 5).mean == pytest.approx(20 * one.estimate(asked).mean - 5)
    assert other.estimate(20 * asked - 5).low == pytest.approx(20 * one.estimate(asked).low - 5)


def test_gaps_cost_sureness_only() -> None:
    scores = simulate(200, 20)
    tiny = compress(vectors(200), size=30, scores=scores)
    asked = scores[tiny.indices, 5]
    full = tiny.estimate(asked)
    asked[10:] = np.nan
    part = tiny.estimate(asked)
    assert (full.items, part.items) == (30, 10)
    assert abs(part.mean - full.mean) < 0.2
    assert part.high - part.low > 0


def test_higher_levels_are_wider() -> None:
    scores = simulate(100, 12)
    tiny = compress(vectors(100), size=10, scores=scores)
    widths = [own.high - own.low for own in (tiny.estimate(scores[tiny.indices, 2], level=p) for p in (0.5, 0.9, 0.99))]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


@pytest.mark.parametrize(
    ("scores", "note"),
    [
        (simulate(40, 2), "scores of 2 models are too few"),
        (np.ones((40, 5)), "all scores are equal"),
        (np.full((40, 5), np.nan), "scores of 0 models are too few"),
        (np.hstack([simulate(40, 4), np.full((40, 1), np.nan)]), "1 model was left out for having no score"),
    ],
)
def test_too_little_to_learn_from_is_said(scores: np.ndarray, note: str) -> None:
    tiny = compress(vectors(40), size=5, scores=scores)
    assert note in " ".join(tiny.notes)
    assert len(tiny) == 5
    assert np.isfinite(tiny.estimate([1, 0, 0, 1, 1]).mean)


@settings(max_examples=15, deadline=None)
@given(
    n=st.integers(1, 30),
    m=st.integers(0, 9),
    gaps=st.sampled_from([0.0, 0.3, 0.9]),
    levels=st.integers(1, 3),
    same=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_benchmark(n: int, m: int, gaps: float, levels: int, seed: int, *, same: bool) -> None:
    """One item, no model, equal scores, columns and rows of gaps, equal vectors."""
    random = np.random.default_rng(seed)
    scores = random.integers(0, levels, size=(n, m)).astype(float)
    scores[random.random((n, m)) < gaps] = np.nan
    size = int(random.integers(1, n + 1))
    tiny = compress(np.ones((n, 3)) if same else vectors(n, 3, seed), size=size, scores=scores, seed=seed)
    assert len(np.unique(tiny.indices)) == size
    assert tiny.weights.sum() == pytest.approx(1)
    own = tiny.estimate(random.integers(0, 2, size))
    assert np.isfinite([own.mean, own.low, own.high]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size is 0 and there are 20 rows"),
        ({"size": 21}, "size is 21 and there are 20 rows"),
        ({"size": 1.5}, "size is 1.5"),
        ({"scores": np.ones((19, 3))}, r"shape \(19, 3\): take one row for each of the 20 items"),
        ({"scores": np.ones(20)}, r"shape \(20,\)"),
        ({"scores": np.where(np.eye(20, 4) > 0, np.inf, 0)}, "item 0 by model 0 is infinite"),
        ({"scores": [["a"] * 3] * 20}, "must be numbers"),
        ({"tasks": ["a"]}, "1 tasks for 20 items"),
        ({"method": "magic"}, "'magic' is unknown"),
        ({"method": "curves"}, "curves needs other models' scores"),
    ],
)
def test_wrong_settings(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compress(vectors(20), **({"size": 5} | options))


def test_a_number_that_is_not_finite() -> None:
    embeddings = vectors(9)
    embeddings[4, 0] = np.nan
    with pytest.raises(UsageError, match="Row 4 of the embeddings has a number that is not finite"):
        compress(embeddings, size=3)


def test_no_item() -> None:
    with pytest.raises(UsageError, match="no item"):
        compress(np.empty((0, 3)), size=1)


@pytest.mark.parametrize(
    ("scores", "level", "message"),
    [
        ([1, 0], 0.9, r"of ada have shape \(2,\): take one for each of the 3"),
        ([1, 0, np.inf], 0.9, "score 2 of ada is infinite"),
        ([np.nan] * 3, 0.9, "scores of ada are all missing"),
        (["x", 0, 1], 0.9, "scores of ada must be numbers"),
        ([1, 0, 1], 1.0, "level is 1.0"),
    ],
)
def test_wrong_scores_of_a_model(scores: list[Any], level: float, message: str) -> None:
    tiny = compress(vectors(9), size=3)
    with pytest.raises(UsageError, match=message):
        tiny.rank({"ada": scores}, level=level)
    with pytest.raises(UsageError, match="no model"):
        tiny.rank({})


def test_a_ranking_shows_ties_and_escapes_names() -> None:
    tiny = compress(vectors(50), size=20, method="random")
    ranking = tiny.rank({"<b>": [1.0] * 20, "low": [0.0] * 20, "nearly": [1.0] * 19 + [0.0]})
    assert ranking.names == ("<b>", "nearly", "low")
    assert ranking.ties == (False, True, False)
    assert ranking.to_table()["rank"].to_pylist() == [1, 2, 3]
    assert "&lt;b&gt;" in ranking._repr_html_()
