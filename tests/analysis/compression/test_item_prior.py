from __future__ import annotations

import numpy as np
import pytest

from taskscape.analysis.compression.estimators import expectation, from_arrays, plain_weights, to_arrays
from taskscape.analysis.compression.item_prior import ItemPrior, KnownModels, item_prior, likeness_parts
from taskscape.analysis.compression.item_response import ABILITIES, ability_posterior, fit_curves
from taskscape.analysis.compression.leave_models_out import MIXED


def example(n: int = 40, m: int = 9) -> tuple[KnownModels, ItemPrior]:
    random = np.random.default_rng(0)
    scores = random.random((n, m))
    known = KnownModels.of(scores, np.ones((n, m), bool))
    return known, item_prior(known, likeness_parts(random.normal(size=(n, 5))), MIXED)


def full_covariance(prior: ItemPrior) -> np.ndarray:
    return prior.loadings @ prior.loadings.T + np.diag(prior.noise)


def left_variance(prior: ItemPrior, items: list[int]) -> float:
    """Variance of the mean over all items once some are known, by the textbook."""
    covariance = full_covariance(prior)
    link = covariance.mean(axis=0)[items]
    return float(covariance.mean() - link @ np.linalg.solve(covariance[np.ix_(items, items)], link))


def test_the_most_telling_items_leave_the_mean_as_sure_as_can_be() -> None:
    _, prior = example()
    chosen: list[int] = []
    for item in prior.most_telling(6).tolist():
        best = min(set(range(40)) - set(chosen), key=lambda other: left_variance(prior, [*chosen, other]))
        assert left_variance(prior, [*chosen, item]) == pytest.approx(left_variance(prior, [*chosen, best]))
        chosen.append(item)


def test_the_estimate_is_the_conditional_mean() -> None:
    known, prior = example()
    items = np.array([1, 7, 20])
    made = expectation(prior, known.curves, items, by_curves=0.0, low=0.0, high=1.0)
    scores = np.array([0.2, 0.9, 0.4])
    covariance = full_covariance(prior)
    link = covariance.mean(axis=0)[items]
    weights = np.linalg.solve(covariance[np.ix_(items, items)], link)
    wanted = prior.mean.mean() + weights @ (scores - prior.mean[items])
    assert made.forecast(scores[:, None]).mean[0] == pytest.approx(wanted)
    part = made.forecast(np.array([[0.2], [np.nan], [np.nan]])).mean[0]
    assert part == pytest.approx(prior.mean.mean() + link[0] / covariance[1, 1] * (0.2 - prior.mean[1]))


def test_curves_count_what_was_observed() -> None:
    known, prior = example()
    everything = np.arange(40)
    made = expectation(prior, known.curves, everything, by_curves=1.0, low=0.0, high=1.0)
    scores = np.random.default_rng(3).random((40, 2))
    np.testing.assert_allclose(made.forecast(scores).mean, scores.mean(axis=0))


def test_an_estimator_survives_as_arrays() -> None:
    known, prior = example()
    made = expectation(prior, known.curves, np.array([3, 5, 8]), by_curves=0.3, low=-1.0, high=4.0)
    scores = np.array([[0.0, 3.0], [2.0, np.nan], [1.0, 1.0]])
    np.testing.assert_array_equal(from_arrays(to_arrays(made)).forecast(scores), made.forecast(scores))
    weights = plain_weights(made)
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1)


def test_curves_are_found() -> None:
    random = np.random.default_rng(0)
    ability, slope, intercept = random.normal(size=300), random.lognormal(0, 0.5, 60), random.normal(size=60)
    chance = 1 / (1 + np.exp(-(slope[:, None] * ability + intercept[:, None])))
    scores = (random.random(chance.shape) < chance).astype(float)
    known = random.random(scores.shape) < 0.7
    found = fit_curves(np.where(known, scores, np.nan), known)
    assert np.corrcoef(found.slope, slope)[0, 1] > 0.8
    assert np.corrcoef(found.intercept, intercept)[0, 1] > 0.97
    assert np.corrcoef(found.abilities, ability)[0, 1] > 0.95
    likely = ability_posterior(found.slope, found.intercept, scores, known)
    np.testing.assert_allclose(likely.sum(axis=1), 1)
    assert np.corrcoef(likely @ ABILITIES, ability)[0, 1] > 0.95


def test_equal_vectors_have_no_likeness() -> None:
    assert likeness_parts(np.ones((7, 3))).shape == (7, 0)
    parts = likeness_parts(np.random.default_rng(0).normal(size=(50, 4)))
    assert (parts**2).sum(axis=1).mean() == pytest.approx(1)
