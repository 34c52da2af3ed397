from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.retrieval.blending import Blend
from taskscape.analysis.retrieval.result import Matches
from taskscape.analysis.retrieval.retrieving import retrieve
from taskscape.errors import UsageError
from taskscape.vectors import build_index


def rows(n: int, dimension: int = 12, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, dimension)).astype(np.float32)


def unit(x: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(x.astype(np.float64), axis=1, keepdims=True)
    return x / np.where(lengths > 0, lengths, 1)


def brute_force(cosines: np.ndarray, allowed: np.ndarray, k: int) -> tuple[list[list[int]], np.ndarray]:
    """Take the k most similar allowed rows of each query; fewer where there are fewer."""
    indices, similarities = [], np.full((len(cosines), k), -1.0)
    for query, line in enumerate(np.where(allowed, cosines, -np.inf)):
        best = [int(row) for row in np.argsort(-line, kind="stable")[:k] if line[row] > -np.inf]
        indices.append(best)
        similarities[query, : len(best)] = line[best]
    return indices, similarities


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 40),
    k=st.integers(1, 8),
    own=st.booleans(),
    words=st.none() | st.integers(1, 12),
    kinds=st.none() | st.integers(1, 4),
    weight=st.none() | st.sampled_from([0.0, 0.3, 1.0]),
    prepared=st.booleans(),
    seed=st.integers(0, 3),
)
def test_matches_are_those_of_brute_force(
    n: int, k: int, own: bool, words: int | None, kinds: int | None, weight: float | None, prepared: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    pool = rows(n, seed=seed)
    queries = pool if own else rows(5, seed=seed + 50)
    k = min(k, n - own)
    allowed = np.ones((len(queries), n), bool)
    asked: dict[str, Any] = {}
    if own:
        np.fill_diagonal(allowed, val=False)
    if words is not None:
        texts = [f"text number {number}" for number in random.integers(0, words, n)]
        mine = texts if own else [f"TEXT, number {number}!" for number in random.integers(0, words, len(queries))]
        asked["texts"] = (mine, texts)
        plain = [text.casefold().replace(",", "").replace("!", "") for text in mine]
        allowed &= np.array(plain)[:, None] != np.array(texts)[None, :]
    if kinds is not None:
        tasks = [f"do|{number}" for number in random.integers(0, kinds, n)]
        mine = tasks if own else [f"do|{number}" for number in random.integers(0, kinds + 1, len(queries))]
        asked["tasks"] = (mine, tasks)
        allowed &= np.array(mine)[:, None] == np.array(tasks)[None, :]
    cosines = unit(queries) @ unit(pool).T
    if weight is not None:
        other = rows(n, 5, seed=seed + 9)
        other[0] = 0  # a text without a known word
        of_queries = other if own else rows(len(queries), 5, seed=seed + 99)
        asked["blend"] = Blend(of_queries, None if own else other, weight)
        cosines = (1 - weight) * cosines + weight * (unit(of_queries) @ unit(other).T)
    searched = None if own else build_index(pool) if prepared else pool
    found = retrieve(queries, searched, k=k, **asked)
    indices, similarities = brute_force(cosines, allowed, k)
    np.testing.assert_allclose(found.similarities, similarities, atol=2e-5)
    assert found.counts.tolist() == [len(line) for line in indices]
    for query, line in enumerate(found.indices.tolist()):
        taken = [row for row in line if row >= 0]
        assert len(set(taken)) == len(taken)
        assert allowed[query, taken].all()
        np.testing.assert_allclose(cosines[query, taken], similarities[query, : len(taken)], atol=2e-5)


def mmr(near: np.ndarray, alike: np.ndarray, k: int, diversity: float) -> list[int]:
    """Apply the definition, one row after the other."""
    chosen = [int(np.argmax(near))]
    while len(chosen) < k:
        worth = {
            row: (1 - diversity) * near[row] - diversity * max(alike[row, other] for other in chosen)
            for row in range(len(near))
            if row not in chosen
        }
        chosen.append(max(worth, key=lambda row: worth[row]))
    return chosen


@pytest.mark.parametrize("diversity", [0.2, 0.5, 1.0])
def test_diversity_is_maximal_marginal_relevance(diversity: float) -> None:
    pool, queries = rows(60), rows(6, seed=1)
    found = retrieve(queries, pool, k=5, diversity=diversity)
    alike = unit(pool) @ unit(pool).T
    for query, near in enumerate(unit(queries) @ unit(pool).T):
        assert set(found.indices[query].tolist()) == set(mmr(near, alike, 5, diversity))
        assert (np.diff(found.similarities[query]) <= 0).all()


@settings(max_examples=10, deadline=None)
@given(n=st.integers(3, 30), seed=st.integers(0, 5))
def test_no_diversity_is_the_nearest(n: int, seed: int) -> None:
    pool = rows(n, seed=seed)
    nearest = retrieve(pool, k=2)
    np.testing.assert_array_equal(retrieve(pool, k=2, diversity=0).indices, nearest.indices)
    np.testing.assert_array_equal(retrieve(pool, k=2, diversity=0.5).indices[:, 0], nearest.indices[:, 0])


def test_diversity_passes_over_copies() -> None:
    pool = np.array([[1, 0.1], [1, 0.1], [1, 0.1], [0.7, -0.7]], np.float32)
    query = np.array([[1, 0]], np.float32)
    assert retrieve(query, pool, k=2).indices.tolist() == [[0, 1]]
    assert retrieve(query, pool, k=2, diversity=0.6).indices.tolist() == [[0, 3]]


def test_diversity_with_fewer_rows_than_wanted() -> None:
    found = retrieve(rows(2), rows(6), k=4, diversity=0.5, tasks=(["a", "b"], ["a", "a", "c", "c", "c", "c"]))
    assert found.counts.tolist() == [2, 0]
    assert found.indices[0, 2:].tolist() == [-1, -1]
    texts = (["one", "two"], ["one", "one", "one", "one", "two", "three"])
    assert retrieve(rows(2), rows(6), k=4, diversity=0.5, texts=texts).counts.tolist() == [2, 4]


def test_a_query_never_meets_itself_or_its_copies_however_many_there_are() -> None:
    pool = np.concatenate([np.repeat(rows(1), 50, axis=0), rows(5, seed=2)])
    texts = ["Write a poem about rain." if n % 2 else "please write a poem about RAIN" for n in range(50)]
    texts += [f"another text, number {n}" for n in range(5)]
    found = retrieve(pool, k=3, texts=(texts, texts))
    assert (found.indices[:50] >= 50).all()
    assert (found.counts == 3).all()


def test_same_template_with_another_input_stays() -> None:
    texts = [f"Translate {word} to French" for word in ("cat", "dog", "house", "Cat!")]
    found = retrieve(np.ones((1, 2)), np.ones((4, 2)), k=4, texts=(["Translate cat to French"], texts))
    assert found.indices.tolist() == [[1, 2, -1, -1]]


def test_cells_bring_their_recall() -> None:
    pool = rows(3000, 24)
    found = retrieve(rows(50, 24, seed=1), pool, k=5, method="ivf")
    assert found.method == "ivf"
    assert 0.5 < found.recall < 1
    far = rows(400, 24, seed=1)
    many = retrieve(far, pool, k=10, method="ivf")
    truth = retrieve(far, pool, k=10)
    share = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(many.indices, truth.indices, strict=True)])
    assert many.recall == pytest.approx(share, abs=0.05)  # measured for half of them
    exact = retrieve(rows(50, 24, seed=1), pool, k=5)
    assert (exact.method, exact.recall) == ("exact", 1.0)
    own = retrieve(pool, k=4, method="ivf")
    assert not (own.indices == np.arange(3000)[:, None]).any()


def test_results_can_be_read() -> None:
    found = retrieve(rows(2), rows(4), k=2, tasks=(["a", "b"], ["a", "c", "a", "c"]))
    assert found.to_table().column("query").to_pylist() == [0, 0]
    assert found.to_table().column("rank").to_pylist() == [1, 2]
    assert "2 queries" in repr(found)
    assert "<table>" in found._repr_html_()
    assert isinstance(found, Matches)


def test_progress_tells_the_queries() -> None:
    seen: list[tuple[int, int | None]] = []
    retrieve(rows(5), rows(9), k=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(5, 5)]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"k": 0}, "k is 0: there are 9 rows"),
        ({"k": 10}, "k is 10: there are 9 rows"),
        ({"diversity": 1.5}, "diversity is 1.5"),
        ({"tasks": (["a"], ["a"] * 9)}, "1 tasks for 5 rows of queries"),
        ({"texts": (["a"] * 5, ["a"])}, "1 texts for 9 rows of pool"),
        ({"blend": Blend(rows(5, 3), rows(9, 3), 2.0)}, "weight is 2.0"),
        ({"blend": Blend(rows(5, 3), rows(8, 3), 0.5)}, "8 rows of pool for 9"),
        ({"blend": Blend(rows(5, 3), rows(9, 4), 0.5)}, "3 dimensions and the pool 4"),
        ({"pool": rows(9, 3)}, "12 dimensions and the pool 3"),
        ({"pool": np.full((9, 12), np.nan)}, "Row 0 of the pool"),
        ({"queries": np.full((5, 12), np.inf)}, "Row 0 of the queries"),
        ({"queries": rows(1)[0]}, "shape"),
        ({"method": "hnsw"}, "unknown"),
    ],
)
def test_what_does_not_fit_is_refused(asked: dict[str, Any], message: str) -> None:
    asked = {"queries": rows(5), "pool": rows(9), "k": 2, **asked}
    with pytest.raises(UsageError, match=message):
        retrieve(asked.pop("queries"), asked.pop("pool"), **asked)


def test_no_query_finds_nothing() -> None:
    found = retrieve(rows(0), rows(4), k=2)
    assert found.indices.shape == (0, 2)
