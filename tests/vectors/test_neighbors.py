from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.errors import UsageError
from taskscape.vectors import nearest, recall
from taskscape.vectors.neighbors import search_exact, search_ivf, train_ivf, unit_rows


def rows(n: int, dimension: int = 16, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)


def brute_force(queries: np.ndarray, pool: np.ndarray, k: int, *, without_self: bool) -> np.ndarray:
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in (queries.astype(float), pool.astype(float))]
    cosines = unit[0] @ unit[1].T
    if without_self:
        np.fill_diagonal(cosines, -np.inf)
    return -np.sort(-cosines, axis=1)[:, :k]


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(2, 50),
    distinct=st.integers(1, 50),
    k=st.integers(1, 49),
    own=st.booleans(),
    half=st.booleans(),
)
def test_exact_search_is_exact(n: int, distinct: int, k: int, own: bool, half: bool) -> None:
    pool = rows(distinct, seed=n)[np.random.default_rng(k).integers(0, distinct, n)]
    pool = pool.astype(np.float16) if half else pool
    k = min(k, n - own)
    queries = pool if own else rows(7)
    found = nearest(queries, None if own else pool, k=k)
    expected = brute_force(queries, pool, k, without_self=own)
    np.testing.assert_allclose(found.similarities, expected, atol=1e-5)
    assert all(len(set(line)) == k for line in found.indices.tolist())
    if own:
        assert not (found.indices == np.arange(n)[:, None]).any()


def test_equal_rows_come_in_the_order_of_their_numbers() -> None:
    pool = np.repeat(rows(3), 4, axis=0)
    found = nearest(pool, k=3)
    assert found.indices[:4].tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = rows(500)
    whole = nearest(pool, k=7)
    monkeypatch.setattr("taskscape.vectors.neighbors._POOL", 64)
    monkeypatch.setattr("taskscape.vectors.neighbors._QUERIES", 33)
    np.testing.assert_array_equal(nearest(pool, k=7).indices, whole.indices)


def test_the_index_finds_most_and_the_same_each_time() -> None:
    pool = rows(4000, dimension=32)
    found = nearest(pool, k=10, method="ivf")
    assert found.method == "ivf"
    assert not (found.indices == np.arange(4000)[:, None]).any()
    assert recall(pool, found) > 0.9
    np.testing.assert_array_equal(nearest(pool, k=10, method="ivf").indices, found.indices)


def test_where_the_cells_hold_too_few_all_rows_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.vectors.neighbors._PROBED", 1)
    pool, queries = rows(4000, dimension=32), rows(50, dimension=32, seed=1)
    short = (search_ivf(train_ivf(pool), queries, 70)[1] < 0).any(axis=1)
    assert 0 < short.sum() < 50  # else this tests nothing
    found = nearest(queries, pool, k=70, method="ivf")
    assert all(len(set(line)) == 70 and min(line) >= 0 for line in found.indices.tolist())
    np.testing.assert_allclose(found.similarities[short], search_exact(queries[short], pool, 70)[0], atol=1e-5)
    own = nearest(pool, k=70, method="ivf").indices
    assert own.min() >= 0
    assert not (own == np.arange(4000)[:, None]).any()


@pytest.mark.parametrize("method", ["exact", "ivf"])
def test_no_query_finds_nothing(method: Literal["exact", "ivf"]) -> None:
    assert nearest(rows(0), rows(200), k=3, method=method).indices.shape == (0, 3)


@pytest.mark.parametrize("size", [1e-45, 1e-30, 1e-22, 1e20, 3e38, 1e200])
def test_lengths_that_a_float32_cannot_square(size: float) -> None:
    given = np.array([[3, 4], [0, 0], [size, -size]])
    found = unit_rows(given)
    np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0], [0.70710678, -0.70710678]], atol=1e-6)
    assert found.dtype == np.float32


def test_a_row_out_of_range_changes_no_bit_of_the_others() -> None:
    usual = rows(300)
    rescaled = unit_rows(np.concatenate([usual, np.full((1, 16), 1e20, np.float32)]))
    assert rescaled[:-1].tobytes() == (usual / np.linalg.norm(usual, axis=1, keepdims=True)).tobytes()


def test_recall_of_exact_search_and_of_nonsense() -> None:
    pool = rows(300)
    found = nearest(pool, k=5)
    assert recall(pool, found) == 1
    found.similarities[:] = -1
    assert recall(pool, found) == 0
    assert recall(pool[:40], nearest(pool[:40], pool, k=3), pool) == 1


@pytest.mark.parametrize("k", [0, 5])
def test_more_than_there_are(k: int) -> None:
    with pytest.raises(UsageError, match=f"k is {k}: there are 4 rows to find"):
        nearest(rows(5), k=k)


def test_two_encoders_do_not_mix() -> None:
    with pytest.raises(UsageError, match="16 dimensions and the pool 8"):
        nearest(rows(5), rows(5, dimension=8), k=1)
