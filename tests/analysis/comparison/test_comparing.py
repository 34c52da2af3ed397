from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taskscape
from taskscape.analysis.comparison.distances import (
    energy_squared,
    mean_between,
    mean_within,
    p_value,
    task_divergence,
    wasserstein,
    wasserstein_spread,
)
from taskscape.errors import UsageError
from taskscape.vectors.neighbors import unit_rows
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ENCODER = HashingEncoder(16)
COUNTS = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)
POINTS = unit_rows(np.random.default_rng(0).normal(size=(4, 3)))
COSTS = np.sqrt(np.maximum(0, 2 - 2 * (POINTS @ POINTS.T))).astype(np.float64)
np.fill_diagonal(COSTS, 0)


def array(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, np.int64)


@settings(max_examples=40)
@given(COUNTS, COUNTS, COUNTS)
def test_wasserstein_is_a_metric(first: list[int], second: list[int], third: list[int]) -> None:
    one, other, more = map(array, (first, second, third))
    assert wasserstein(one, one * 3, COSTS) == pytest.approx(0, abs=1e-9)
    assert wasserstein(one, other, COSTS) == pytest.approx(wasserstein(other, one, COSTS), abs=1e-9)
    direct = wasserstein(one, other, COSTS)
    assert direct <= wasserstein(one, more, COSTS) + wasserstein(more, other, COSTS) + 1e-9


def test_wasserstein_between_points_is_their_distance() -> None:
    assert wasserstein(array([5, 0, 0, 0]), array([0, 7, 0, 0]), COSTS) == pytest.approx(COSTS[0, 1])
    half = wasserstein(array([1, 1, 0, 0]), array([0, 2, 0, 0]), COSTS)
    assert half == pytest.approx(COSTS[0, 1] / 2)


def test_spread_shrinks_with_more_rows() -> None:
    few = wasserstein_spread(array([3, 1, 1, 1]), array([1, 3, 1, 1]), COSTS, draws=20, seed=0)
    many = wasserstein_spread(array([300, 100, 100, 100]), array([100, 300, 100, 100]), COSTS, draws=20, seed=0)
    assert 0 < many < few


def energy(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return energy_squared(mean_between(first, second), mean_within(first), mean_within(second))


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_energy_distance_is_symmetric_and_not_above_zero_for_a_copy(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = unit_rows(rng.normal(size=(n, 5))), unit_rows(rng.normal(size=(m, 5)))
    assert energy(one, one) <= 0
    assert energy(one, other) == pytest.approx(energy(other, one), abs=1e-6)


@pytest.mark.parametrize("sizes", [(5, 5), (5, 80), (40, 200)])
def test_energy_distance_of_one_distribution_is_nothing_whatever_the_sizes(sizes: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    found = [energy(*(unit_rows(rng.normal(size=(n, 8))) for n in sizes)) for _ in range(300)]
    error = float(np.std(found)) / len(found) ** 0.5
    assert abs(float(np.mean(found))) < 4 * error
    assert 0.3 < float(np.mean(np.array(found) > 0)) < 0.7


def test_a_p_value_says_what_chance_explains() -> None:
    rng = np.random.default_rng(0)

    def drawn(n: int, shift: float = 0.0) -> NDArray[np.float32]:
        return unit_rows(rng.normal(size=(n, 8)) + shift)

    alike = [p_value(drawn(20), drawn(60), draws=99, seed=seed) for seed in range(100)]
    assert 0 <= float(np.mean(np.array(alike) <= 0.05)) <= 0.12
    assert p_value(drawn(60), drawn(60, 1.0), draws=99, seed=0) == 0.01
    rows = drawn(30)
    assert p_value(rows, rows, draws=99, seed=0) == 1


def test_a_small_half_is_nearest_to_its_other_half() -> None:
    """The plain mean over all pairs puts small samples nearer to large ones of another kind."""
    rng = np.random.default_rng(3)
    small = [unit_rows(rng.normal(size=(15, 8))) for _ in range(2)]
    large = unit_rows(rng.normal(size=(3000, 8)) + np.eye(8)[0] * 0.35)
    found = taskscape.compare({"one": small[0], "two": small[1], "large": large})
    assert found.nearest_to("one") == "two"
    assert found.nearest_to("two") == "one"
    assert not found.told_apart(0, 1)
    plain = 2 * mean_between(small[0], small[1]) - sum(mean_within(rows) * 14 / 15 for rows in small)
    far = 2 * mean_between(small[0], large) - mean_within(small[0]) * 14 / 15 - mean_within(large) * 2999 / 3000
    assert plain > far


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1), st.integers(2, 5))
def test_task_divergence(counts: dict[str, int], factor: int) -> None:
    assert task_divergence(counts, {task: n * factor for task, n in counts.items()}) == pytest.approx(0, abs=1e-9)
    assert task_divergence(counts, {"z": 3}) == pytest.approx(1)
    other = {"a": 1, "z": 1}
    assert task_divergence(counts, other) == pytest.approx(task_divergence(other, counts))


def texts(topic: str, count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    words = ["alpha", "beta", "gamma", "delta", "sigma", "omega"]
    return [f"{topic} {' '.join(rng.choice(words, 3))} {number}" for number in range(count)]


SETS = {
    "poems": texts("write poem sea", 60, 0),
    "poems again": texts("write poem sea", 50, 1),
    "sums": texts("add numbers together", 70, 2),
}
SETS["sums"][:3] = SETS["poems"][:3]


def compared(**more: Any) -> taskscape.Comparison:
    embeddings = {name: ENCODER.encode(rows) for name, rows in SETS.items()}
    tasks = {name: [" ".join(row.split()[:1]) for row in rows] for name, rows in SETS.items()}
    return taskscape.compare(embeddings, **({"tasks": tasks, "texts": SETS} | more))


def test_likeness_is_seen_in_every_figure() -> None:
    found = compared()
    assert found.nearest_to("poems") == "poems again"
    assert found.energy[0, 1] < found.energy[0, 2]
    assert found.nearest_cosine[0, 1] > found.nearest_cosine[0, 2]
    assert found.coverage[0, 1] > found.coverage[0, 2]
    assert found.order.index(2) in {0, 2}  # the odd one stands at an end
    assert found.task_divergence is not None
    assert found.task_divergence[0, 1] == 0
    assert found.only_tasks(2, 0) == [("add", 67)]
    assert found.to_table()["first"].to_pylist()[0] == "poems"
    assert "poems again" in found._repr_html_()


def test_planted_rows_are_found_whole() -> None:
    found = compared()
    assert found.overlap is not None
    assert found.overlap[0, 2] == found.overlap[2, 0] == 3
    assert found.overlap[0, 1] == 0
    assert found.examples[0, 2].shared == ((0, 0), (1, 1), (2, 2))
    assert {row for row, _, _ in found.examples[0, 2].closest}.isdisjoint({0, 1, 2})


def test_no_shared_row_is_among_the_closest_however_many_there_are() -> None:
    shared = SETS["poems"][:40]
    sets = {"poems": shared + texts("draw map of town", 20, 3), "others": shared + texts("draw map of city", 20, 4)}
    found = taskscape.compare({name: ENCODER.encode(rows) for name, rows in sets.items()}, texts=sets)
    assert found.overlap is not None
    assert found.overlap[0, 1] == 40
    closest = [row for row, _, _ in found.examples[0, 1].closest]
    assert len(closest) == 5
    assert min(closest) >= 40
    assert len(found.examples[0, 1].shared) == 5


def test_the_nearest_rows_are_exact_whatever_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    sets = {name: unit_rows(rng.normal(size=(3000, 16))) for name in "ab"}
    monkeypatch.setattr("taskscape.vectors.neighbors.EXACT_LIMIT", 100)
    monkeypatch.setattr("taskscape.vectors.neighbors._PROBED", 1)
    found = taskscape.compare(sets, sample=3000)
    assert found.nearest_cosine[0, 1] == pytest.approx((sets["a"] @ sets["b"].T).max(axis=1).mean(), abs=1e-5)


def test_a_set_is_at_no_distance_from_itself() -> None:
    rows = ENCODER.encode(SETS["poems"])
    found = taskscape.compare({"a": rows, "b": rows.copy(), "c": ENCODER.encode(SETS["sums"])}, sample=20)
    assert found.wasserstein[0, 1] == 0
    assert found.energy[0, 1] == 0
    assert found.p_value[0, 1] == 1
    assert not found.told_apart(0, 1)
    assert found.told_apart(0, 2)
    assert found.nearest_cosine[0, 1] == pytest.approx(1)
    assert found.coverage[0, 1] == 1


def test_matrices_are_symmetric_and_repeatable() -> None:
    one, again = compared(), compared()
    for matrix in (one.wasserstein, one.wasserstein_spread, one.energy, one.p_value):
        assert (matrix == matrix.T).all()
    assert (one.wasserstein == again.wasserstein).all()
    assert (one.wasserstein_spread == again.wasserstein_spread).all()


def test_without_tasks_and_texts_their_figures_are_none() -> None:
    found = compared(tasks=None, texts=None)
    assert found.task_divergence is None
    assert found.overlap is None
    assert "task_divergence" not in found.pair(0, 1)
    assert found.only_tasks(0, 1) == []


ROWS = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: taskscape.compare({"a": ROWS}), "two or more"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS[:0]}), "b has no row"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS[:1]}), "b has 1 row: a set that is compared has two or more"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS[:, :2]}), "one encoder"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS * [[1], [np.nan]]}), "Row 1 of the embeddings of b"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS}, texts={"a": ["x", "y"]}), "b has 2 rows and 0 texts"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS}, tasks={"a": ["x"], "b": ["x"]}), "a has 2 rows and 1 tasks"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS}, tau=2), "tau is 2"),
        (lambda: taskscape.compare({"a": ROWS, "b": ROWS}, sample=1), "sample is 1"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()
