from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.selection.facility_location import Graph, Stage, facility_location, neighbor_graph
from taskscape.analysis.selection.method_input import Problem


def dense(graph: Graph) -> np.ndarray:
    n = len(graph.starts) - 1
    matrix = np.zeros((n, n), np.float32)
    for row, (start, stop) in enumerate(itertools.pairwise(graph.starts)):
        matrix[row, graph.ends[start:stop]] = graph.similarities[start:stop]
    return matrix


def problem_of(n: int, size: int, seed: int, *, judged: bool = False, kept: list[int] | None = None) -> Problem:
    random = np.random.default_rng(seed)
    free = np.ones(n, np.bool_)
    free[kept or []] = False
    quality = (random.integers(1, 4, n) / 3).astype(np.float32) if judged else np.ones(n, np.float32)
    return Problem(random.normal(size=(n, 4)), size, np.array(kept or [], np.int64), free, quality, seed)


def worth(matrix: np.ndarray, quality: np.ndarray, chosen: list[int]) -> float:
    """What facility location maximises, by its definition."""
    return float((matrix[:, chosen] * quality[chosen]).max(axis=1, initial=0).sum())


def naive(graph: Graph, problem: Problem, groups: np.ndarray, limits: np.ndarray) -> list[int]:
    """The plain greedy: every gain anew for every choice; of equal gains the first row."""
    best = np.zeros(len(problem.free), np.float32)
    chosen: list[int] = []

    def part(row: int) -> tuple[np.ndarray, np.ndarray]:
        here = slice(graph.starts[row], graph.starts[row + 1])
        return graph.ends[here], graph.similarities[here] * problem.quality[row]

    def take(row: int) -> None:
        ends, similarities = part(row)
        best[ends] = np.maximum(best[ends], similarities)
        chosen.append(row)

    for row in problem.kept.tolist():
        take(row)
    while len(chosen) < problem.size:
        gains = {}
        for row in np.flatnonzero(problem.free).tolist():
            if row not in chosen and (groups[chosen] == groups[row]).sum() < limits[groups[row]]:
                ends, similarities = part(row)
                gains[row] = float(np.maximum(similarities - best[ends], 0).sum())
        if not gains:
            break
        take(max(gains, key=lambda row: (gains[row], -row)))
    return chosen


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 40), share=st.floats(0.05, 1), seed=st.integers(0, 50), judged=st.booleans(), k=st.integers(1, 9)
)
def test_lazy_chooses_what_naive_does(n: int, share: float, seed: int, judged: bool, k: int) -> None:
    problem = problem_of(n, max(1, int(n * share)), seed, judged=judged, kept=[n // 2] if n > 3 else None)
    graph = neighbor_graph(problem.embeddings, k=k)
    groups = np.random.default_rng(seed).integers(0, 3, n)
    limits = np.array([n, 2, 3])
    lazy = facility_location(problem, groups=groups, stages=[Stage(problem.size, limits)], graph=graph)
    assert lazy.tolist() == naive(graph, problem, groups, limits)


def test_the_greedy_bound_holds() -> None:
    problem = problem_of(12, 3, 4)
    graph = neighbor_graph(problem.embeddings)
    matrix = dense(graph)
    best = max(worth(matrix, problem.quality, list(some)) for some in itertools.combinations(range(12), 3))
    assert worth(matrix, problem.quality, facility_location(problem, graph=graph).tolist()) >= (1 - 1 / np.e) * best


def test_the_graph_links_both_ways() -> None:
    matrix = dense(neighbor_graph(np.random.default_rng(0).normal(size=(50, 6)), k=4))
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1)
    assert ((matrix > 0).sum(axis=1) <= 50).all()
    assert (matrix >= 0).all()
    assert dense(neighbor_graph(np.ones((1, 3)))).tolist() == [[1]]


def test_stages_fill_up() -> None:
    problem = problem_of(30, 20, 1)
    groups = np.arange(30) % 3
    stages = [Stage(6, np.array([2, 2, 2])), Stage(8, np.array([2, 3, 3])), Stage(20, np.array([30, 30, 30]))]
    chosen = facility_location(problem, groups=groups, stages=stages)
    assert np.bincount(groups[chosen[:6]]).tolist() == [2, 2, 2]
    assert np.bincount(groups[chosen[:8]]).tolist() == [2, 3, 3]
    assert len(np.unique(chosen)) == 20
