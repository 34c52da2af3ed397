from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, v_measure_score

from taskscape.analysis.measures import agreement, numbered, precision_at, purity, roc_auc, score_pairs, silhouette
from taskscape.errors import DataError


def test_purity_by_hand() -> None:
    assert purity(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(4 / 6)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=40))
def test_purity_agrees_with_a_plain_table(rows: list[tuple[int, int]]) -> None:
    labels, groups = numbered([label for label, _ in rows]), numbered([group for _, group in rows])
    table = np.zeros((groups.max() + 1, labels.max() + 1), int)
    np.add.at(table, (groups, labels), 1)
    assert purity(labels, groups) == pytest.approx(table.max(axis=1).sum() / len(rows))


def test_agreement_takes_any_labels_and_is_scikit_learns() -> None:
    labels, groups = ["b", "a", "a", "c"], [7, 7, 3, 3]
    found = agreement(labels, groups)
    assert found.ari == pytest.approx(adjusted_rand_score(labels, groups))
    assert found.v_measure == pytest.approx(v_measure_score(labels, groups))
    assert found.purity == 0.5
    same = agreement(labels, [2, 0, 0, 1])
    assert same.ari == same.purity == 1
    assert same.homogeneity == pytest.approx(1)


def test_silhouette_is_none_where_it_is_not_defined() -> None:
    rows = np.eye(4, dtype=np.float32)
    assert silhouette(rows, np.zeros(4, np.int64)) is None
    assert silhouette(rows, np.arange(4)) is None
    assert silhouette(rows, np.array([0, 0, 1, 1])) is not None


def test_auc_of_known_orders() -> None:
    assert roc_auc([3, 2, 1, 0], [True, True, False, False]) == 1
    assert roc_auc([0, 1, 2, 3], [True, True, False, False]) == 0
    assert roc_auc([1, 1, 1, 1], [True, False, True, False]) == 0.5
    assert roc_auc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == 0.875


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    up = [score for score, positive in rows if positive]
    down = [score for score, positive in rows if not positive]
    if not up or not down:
        with pytest.raises(DataError, match="positives and negatives"):
            roc_auc([score for score, _ in rows], [positive for _, positive in rows])
        return
    wins = sum((a > b) + 0.5 * (a == b) for a in up for b in down)
    assert roc_auc([s for s, _ in rows], [p for _, p in rows]) == pytest.approx(wins / len(up) / len(down))


def test_ceiling_is_that_of_the_published_pairs() -> None:
    same = np.repeat([True, False], [1504, 992])
    scores = score_pairs(np.random.default_rng(0).random(2496), same)
    assert scores.ceiling == pytest.approx(0.848, abs=5e-4)


@given(st.lists(st.booleans(), min_size=4, max_size=60).filter(lambda x: any(x) and not all(x)))
def test_separated_pairs_reach_the_ceiling_and_none_passes_it(same: list[bool]) -> None:
    flags = np.array(same)
    rng = np.random.default_rng(0)
    separated = score_pairs(flags + rng.random(len(flags)) / 2, flags)
    assert separated.spearman == pytest.approx(separated.ceiling)
    assert separated.auc == 1
    assert score_pairs(rng.random(len(flags)), flags).spearman <= separated.ceiling + 1e-9


def test_similarities_of_two_values_have_another_ceiling() -> None:
    same = np.array([True, False, True, False, True])
    scores = score_pairs(same.astype(float), same)
    assert scores.spearman == pytest.approx(1)
    assert scores.ceiling == 1
    assert score_pairs(np.arange(5.0), same).ceiling < 1


def test_equal_similarities_know_nothing() -> None:
    scores = score_pairs(np.ones(4), np.array([True, False, True, False]))
    assert (scores.spearman, scores.auc) == (0, 0.5)


def test_pairs_of_one_label_are_no_test() -> None:
    with pytest.raises(DataError, match="pairs of the same task and pairs of different"):
        score_pairs(np.ones(3), np.ones(3, bool))


@given(st.integers(2, 40), st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_precision_agrees_with_a_plain_loop(count: int, tasks: int) -> None:
    rng = np.random.default_rng(count)
    rows = rng.normal(size=(count, 6)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = [str(label) for label in rng.integers(0, tasks, count)]
    depth = min(3, count - 1)
    shares = []
    for i in range(count):
        order = sorted((j for j in range(count) if j != i), key=lambda j: -float(rows[i] @ rows[j]))[:depth]
        shares.append(np.mean([labels[j] == labels[i] for j in order]))
    assert precision_at(rows, labels, [depth])[0] == pytest.approx(np.mean(shares))


def test_precision_never_counts_a_row_as_its_own_neighbour() -> None:
    rows = np.array([[1, 0], [0.8, 0.6], [0, 1], [0.6, 0.8]], dtype=np.float32)
    assert precision_at(rows, ["a", "b", "a", "b"], (1,)) == [0.5]
    assert precision_at(rows[[0, 0, 2, 2]], ["a", "a", "b", "b"], (1,)) == [1]
    assert precision_at(rows[[0, 0, 2, 2]], ["a", "b", "c", "d"], (1,)) == [0]


def test_precision_of_paired_rows_leaves_single_ones_out() -> None:
    rows = np.array([[1, 0], [1, 0.01], [0, 1]], dtype=np.float32)
    assert precision_at(rows, ["a", "a", "b"], (1,)) == [pytest.approx(2 / 3)]
    assert precision_at(rows, ["a", "a", "b"], (1,), paired_only=True) == [1]
    assert precision_at(rows, ["a", "c", "b"], (1,), paired_only=True) == [0]
