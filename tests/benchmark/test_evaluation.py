from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.benchmark.evaluation import evaluate, precision_at, purity, score_clusters, score_pairs, with_full_stop
from taskscape.benchmark.ieb import Ieb, LabelledPairs, LabelledTexts
from taskscape.encoders import load_encoder
from taskscape.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

VERBS = ("write", "list", "sort", "draw")
TEXTS = [f"{verb} {thing}" for verb in VERBS for thing in ("poems", "maps?", "rivers", "words", "trees.", 'a "song"')]
LABELS = [text.split()[0] for text in TEXTS]


class Knowing:
    """Knows the verb: perfect on tasks named by it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str], **_: Any) -> NDArray[np.float32]:
        self.seen += texts
        rows = np.zeros((len(texts), 5), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[VERBS.index(text.split()[0]) if text.split()[0] in VERBS else 4] = 1
            row[4] += 0.01 * len(text)
        return rows


def small_ieb() -> Ieb:
    first, second = TEXTS[:-1], TEXTS[1:]
    tasks = list(itertools.pairwise(LABELS))
    same = np.array([one == other for one, other in tasks])
    return Ieb(LabelledTexts(TEXTS, LABELS), LabelledPairs(first, second, same, tasks))


def test_perfect_encoder_reaches_the_top_of_every_figure() -> None:
    knowing = Knowing()
    scores = evaluate(knowing, small_ieb())
    assert scores.encoder == "Knowing"
    assert scores.dimension == 5
    ict = scores.clustering
    assert (ict.k, ict.ari, ict.purity, ict.homogeneity, ict.v_measure, ict.ari_sd) == (4, 1, 1, 1, 1, 0)
    assert ict.silhouette > 0.9
    assert (scores.precision_at_1, scores.precision_at_5) == (1, 1)
    assert scores.similarity.auc == 1
    assert scores.similarity.spearman == pytest.approx(scores.similarity.ceiling, abs=0.05)
    assert scores.similarity_unseen is None
    assert all(text[-1] in ".?\"'" for text in knowing.seen[3:])  # the first three are as_encoder's probe
    assert json.loads(json.dumps(scores.to_dict()))["clustering"]["ari"] == 1


def test_random_encoder_is_at_chance() -> None:
    scores = evaluate(load_encoder("random"), small_ieb())
    assert abs(scores.clustering.ari) < 0.2
    assert abs(scores.similarity.spearman) < 0.5


def test_fitted_encoder_is_fitted_on_each_test() -> None:
    assert evaluate(load_encoder("tfidf"), small_ieb()).similarity.auc == 1  # neighbours share their verb or nothing


def test_pairs_of_unseen_tasks_are_scored_apart() -> None:
    unseen = evaluate(Knowing(), small_ieb(), seen=["write"]).similarity_unseen
    assert unseen is not None
    assert unseen.pairs == sum("write" not in pair for pair in small_ieb().pairs.tasks)
    assert evaluate(Knowing(), small_ieb(), seen=VERBS).similarity_unseen is None


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("Write", "Write."),
        ("Why?", "Why?"),
        ("Go!", "Go!."),
        ('Say "a"', 'Say "a"'),
        ("It's 'x'", "It's 'x'"),
        ("A.", "A."),
    ],
)
def test_full_stop_as_in_the_published_code(text: str, ended: str) -> None:
    assert with_full_stop(text) == ended


def test_purity_by_hand() -> None:
    assert purity(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(4 / 6)


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


def test_too_few_tasks_or_rows_are_no_test() -> None:
    rows = np.eye(4, dtype=np.float32)
    with pytest.raises(DataError, match="at least 2 tasks"):
        score_clusters(rows, ["a"] * 4)
    with pytest.raises(DataError, match="more rows than clusters"):
        score_clusters(rows, list("abcd"))


def test_another_number_of_clusters_can_be_asked_for() -> None:
    rows = Knowing().encode(TEXTS)
    assert score_clusters(rows, LABELS, k=2, seeds=2).homogeneity < 0.6
