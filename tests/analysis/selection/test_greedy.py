from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.selection.greedy import NOISE, determinantal, farthest_first, marginal_relevance, score_first
from taskscape.analysis.selection.method_input import Problem


def problem_of(
    rows: np.ndarray, size: int, *, kept: tuple[int, ...] = (), quality: np.ndarray | None = None, seed: int = 0
) -> Problem:
    free = np.ones(len(rows), np.bool_)
    free[list(kept)] = False
    worths = np.ones(len(rows), np.float32) if quality is None else quality.astype(np.float32)
    return Problem(rows, size, np.array(kept, np.int64), free, worths, seed)


def unit(n: int, d: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(n, d))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def radius(rows: np.ndarray, chosen: tuple[int, ...]) -> float:
    return float(np.linalg.norm(rows[:, None] - rows[None, list(chosen)], axis=2).min(axis=1).max())


@settings(max_examples=30, deadline=None)
@given(n=st.integers(3, 12), size=st.integers(1, 4), seed=st.integers(0, 100))
def test_k_center_is_within_twice_the_best_radius(n: int, size: int, seed: int) -> None:
    size = min(size, n)
    rows = unit(n, 3, seed)
    best = min(radius(rows, some) for some in itertools.combinations(range(n), size))
    assert radius(rows, tuple(farthest_first(problem_of(rows, size, seed=seed)))) <= 2 * best + 1e-3


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(2, 14), size=st.integers(1, 8), d=st.integers(2, 5), seed=st.integers(0, 100), judged=st.booleans()
)
def test_dpp_is_the_greedy_of_determinants(n: int, size: int, d: int, seed: int, judged: bool) -> None:
    """More rows than dimensions too."""
    size = min(size, n)
    rows = unit(n, d, seed)
    quality = np.random.default_rng(seed).uniform(0.3, 1, n) if judged else np.ones(n)
    kernel = (rows * quality[:, None]) @ (rows * quality[:, None]).T + NOISE * np.eye(n)
    chosen = determinantal(problem_of(rows, size, quality=quality, seed=seed)).tolist()
    for step in range(1, size):
        volumes = {
            row: np.linalg.slogdet(kernel[np.ix_([*chosen[:step], row], [*chosen[:step], row])])[1]
            for row in range(n)
            if row not in chosen[:step]
        }
        assert volumes[chosen[step]] == pytest.approx(max(volumes.values()), abs=1e-3)
    if judged:
        assert quality[chosen[0]] == quality.max()


def test_dpp_starts_from_the_kept_rows() -> None:
    rows = np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 0.9, 0.2]])
    assert determinantal(problem_of(rows, 2, kept=(0,))).tolist()[1] in (2, 3)
    assert farthest_first(problem_of(rows, 2, kept=(2,))).tolist() == [2, 0]


def test_mmr_weighs_relevance_against_likeness() -> None:
    rows = np.array([[1, 0], [1, 0.01], [0, 1]])
    quality = np.array([1, 0.9, 0.5])
    assert marginal_relevance(problem_of(rows, 2, quality=quality), diversity=0.0).tolist() == [0, 1]
    assert marginal_relevance(problem_of(rows, 2, quality=quality), diversity=0.9).tolist() == [0, 2]


def test_mmr_without_scores_begins_with_the_typical_row() -> None:
    rows = np.array([[1, 0], [0.9, 0.4], [0.4, 0.9], [0.8, 0.5]])
    assert marginal_relevance(problem_of(rows, 1), diversity=0.5).tolist() == [3]


def test_score_first_leaves_out_what_is_too_alike() -> None:
    rows = np.array([[1, 0], [1, 0.01], [0, 1], [0.02, 1], [-1, 0]])
    quality = np.array([1, 0.8, 0.6, 0.4, 0.2])
    assert score_first(problem_of(rows, 3, quality=quality), ceiling=0.9)[0].tolist() == [0, 2, 4]
    chosen, filled = score_first(problem_of(rows, 4, quality=quality), ceiling=0.9)
    assert (chosen.tolist(), filled) == ([0, 2, 4, 1], 1)
    assert score_first(problem_of(rows, 2, kept=(1,), quality=quality), ceiling=0.9)[0].tolist() == [1, 2]


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 40), share=st.floats(0.1, 1), seed=st.integers(0, 20))
def test_score_first_in_blocks_is_score_first_row_by_row(n: int, share: float, seed: int) -> None:
    rows = unit(n, 3, seed)
    quality = np.random.default_rng(seed).permutation(n) / n + 1e-3
    size = max(1, int(share * n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("taskscape.analysis.selection.greedy._BLOCK", 7)
        chosen, filled = score_first(problem_of(rows, size, quality=quality), ceiling=0.8)
    expected: list[int] = []
    for row in np.argsort(-quality):
        if len(expected) < size and (not expected or (rows[expected] @ rows[row]).max() < 0.8):
            expected.append(int(row))
    assert chosen[: size - filled].tolist() == expected
    assert len(set(chosen.tolist())) == size
