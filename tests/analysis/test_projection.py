from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis import project
from taskscape.errors import UsageError
from taskscape.vectors import nearest


def blobs(groups: int, each: int, dimension: int = 24, spread: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Groups of rows about random centres, and the group of each row."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(groups), each)
    centres = random.normal(size=(groups, dimension))
    return (centres[labels] + spread * random.normal(size=(len(labels), dimension))).astype(np.float32), labels


def same_group(coordinates: np.ndarray, labels: np.ndarray, k: int = 5) -> float:
    """Share of the k nearest points on the map that are of the row's own group."""
    distances = ((coordinates[:, None] - coordinates[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((labels[np.argsort(distances, axis=1)[:, :k]] == labels[:, None]).mean())


def test_groups_stay_together() -> None:
    embeddings, labels = blobs(8, 30)
    projection = project(embeddings)
    assert projection.coordinates.shape == (240, 2)
    assert projection.coordinates.dtype == np.float32
    assert same_group(projection.coordinates, labels) > 0.98


def test_the_seed_decides_the_map() -> None:
    embeddings, _ = blobs(4, 20)
    first = project(embeddings, seed=1).coordinates
    np.testing.assert_array_equal(project(embeddings, seed=1).coordinates, first)
    assert not np.array_equal(project(embeddings, seed=2).coordinates, first)


def test_half_precision_gives_nearly_the_same_neighbourhoods() -> None:
    embeddings, labels = blobs(6, 30)
    assert same_group(project(embeddings.astype(np.float16)).coordinates, labels) > 0.98


def test_beyond_the_sample_rows_are_put_among_their_like() -> None:
    embeddings, labels = blobs(8, 60)
    projection = project(embeddings, fit_rows=160)
    assert len(projection.fitted) == 160
    assert same_group(projection.coordinates, labels) > 0.95
    rest = np.setdiff1d(np.arange(480), projection.fitted)
    fitted = projection.coordinates[projection.fitted]
    among = nearest(embeddings[rest], embeddings[projection.fitted], k=1).indices[:, 0]
    assert np.median(np.linalg.norm(projection.coordinates[rest] - fitted[among], axis=1)) < np.ptp(fitted) / 20


@settings(max_examples=15, deadline=None)
@given(
    n=st.integers(1, 40),
    dimension=st.integers(1, 8),
    distinct=st.integers(1, 40),
    zeros=st.booleans(),
)
def test_any_rows_have_a_finite_map(n: int, dimension: int, distinct: int, zeros: bool) -> None:
    """Duplicates, rows of zeros, one row, rows all the same."""
    random = np.random.default_rng(n)
    rows = random.normal(size=(distinct, dimension)).astype(np.float32)
    if zeros:
        rows[0] = 0
    embeddings = rows[random.integers(0, distinct, n)]
    coordinates = project(embeddings).coordinates
    assert np.isfinite(coordinates).all()
    assert n == 1 or np.ptp(coordinates, axis=0).max() > 1e-3


def test_a_number_that_is_not_finite() -> None:
    with pytest.raises(UsageError, match="Row 1 of the embeddings has a number that is not finite"):
        project(np.array([[1, 0], [np.inf, 0], [0, 1]], np.float32))


def test_no_row() -> None:
    with pytest.raises(UsageError, match="no row"):
        project(np.empty((0, 4), np.float32))
