from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import taskscape
from taskscape.analysis.deduplication.candidate_pairs import find_candidates
from taskscape.analysis.deduplication.deciding import AUTO, KINDS, resolve
from taskscape.errors import UsageError
from tests.toy import HashingEncoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskscape import Duplicates

ENCODER = HashingEncoder(64)
TEXTS = [
    "Write a poem about the sea.",
    "Name a fruit.",
    "Write a poem about the sea.",
    "write a  poem about THE sea",
    "Please write a poem about the sea.",
    "Translate cat to French",
    "Translate dog to French",
    "Compose a poem about the sea.",
]


def dedup(texts: list[str], **settings: Any) -> Duplicates:
    return taskscape.dedup(texts, ENCODER.encode(texts), **settings)


def test_each_kind_is_found_and_templates_stay() -> None:
    found = dedup(TEXTS, threshold=0.8)
    assert found.keep.tolist() == [True, True, False, False, False, True, True, False]
    assert found.duplicate_of.tolist() == [-1, -1, 0, 0, 0, -1, -1, 0]
    assert found.kind.tolist() == ["", "", "exact", "normalised", "near", "", "", "semantic"]
    assert found.similarity[[2, 3, 4]].tolist() == [1, 1, 1]
    assert found.counts == dict.fromkeys(KINDS, 1)


def test_task_similarity_alone_deletes_nothing() -> None:
    words = ["cat", "dog", "house", "tree", "river", "moon"]
    texts = [f"Translate {word} to French" for word in words] + [
        f"Use the word {word} in a sentence." for word in words
    ]
    same = np.ones((len(texts), 4), np.float32)
    assert taskscape.dedup(texts, same, threshold=0.7).keep.all()


def test_rows_with_other_inputs_stay_whatever_the_instruction_shares() -> None:
    story = "Once upon a time there was a king who had three daughters, and each of them loved a different song. " * 5
    texts = [f"Summarize the text.\n\n{story} The {name} came." for name in ("fox", "hen", "owl")]
    assert taskscape.dedup(texts, np.ones((3, 4), np.float32), threshold=0.7).keep.all()


def test_without_embeddings_there_are_no_semantic_duplicates() -> None:
    found = taskscape.dedup(TEXTS, threshold=0.8)
    assert found.counts["semantic"] == 0
    assert found.counts["near"] == 1


def test_threshold_is_changed_without_computing() -> None:
    strict = dedup(TEXTS, threshold=1)
    assert strict.counts["semantic"] == 0
    loose = strict.at(0.8)
    assert (loose.keep == dedup(TEXTS, threshold=0.8).keep).all()
    assert strict.at("auto").threshold == AUTO


@pytest.mark.parametrize(("rule", "stays"), [("first", 0), ("longest", 2), ("best", 1)])
def test_the_rule_says_which_copy_stays(rule: Any, stays: int) -> None:
    texts = ["Name a fruit", "name a fruit", "Name a fruit!!!"]
    scores = [0.1, 0.9, 0.5] if rule == "best" else None
    found = dedup(texts, keep=rule, scores=scores)
    assert found.kept.tolist() == [stays]
    assert set(found.duplicate_of[found.removed].tolist()) == {stays}


def test_against_compares_with_the_other_data_only() -> None:
    train = ["Please write a poem about the sea.", "Translate cat to French", "Translate cat to French"]
    found = dedup(TEXTS, against=(train, ENCODER.encode(train)), threshold=0.8)
    assert found.removed.tolist() == [0, 2, 3, 4, 5, 7]
    assert found.duplicate_of[found.removed].tolist() == [0, 0, 0, 0, 1, 0]
    assert found.kind[4] == "exact"
    assert found.keep[1]


def test_against_reports_the_very_same_text_first() -> None:
    found = taskscape.dedup(["Name a fruit"], against=(["name a fruit", "Name a fruit"], None))
    assert (found.kind[0], found.duplicate_of[0]) == ("exact", 1)


WORDS = st.sampled_from(["write", "compose", "a", "the", "poem", "sea", "about", "Paris", "please", "3", "not", "."])
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@settings(max_examples=40)
@given(st.lists(SENTENCES, min_size=1, max_size=12), st.sampled_from([0.7, 0.78, 1.0]))
def test_every_removed_row_points_at_one_that_stays(texts: list[str], threshold: float) -> None:
    found = dedup(texts, threshold=threshold)
    assert found.keep[found.duplicate_of[found.removed]].all()
    assert (found.duplicate_of[found.kept] == -1).all()
    assert ((found.kind == "") == found.keep).all()
    assert (found.similarity[found.removed] >= np.float32(threshold) - 1e-6).all()
    left = [texts[row] for row in found.kept]
    assert dedup(left, threshold=threshold).keep.all()  # what stays are no duplicates of each other


@settings(max_examples=40)
@given(st.lists(SENTENCES, min_size=2, max_size=10), st.randoms(), st.sampled_from(["longest", "best"]))
def test_what_stays_does_not_depend_on_the_order(texts: list[str], random: Any, rule: Any) -> None:
    def kept(rows: list[str]) -> list[str]:
        scores = [len(row) % 3 for row in rows] if rule == "best" else None
        found = dedup(rows, keep=rule, scores=scores)
        return sorted(rows[row] for row in found.kept)

    shuffled = texts.copy()
    random.shuffle(shuffled)
    assert kept(texts) == kept(shuffled)


@settings(max_examples=40)
@given(st.lists(SENTENCES, min_size=1, max_size=8))
def test_a_second_copy_of_the_data_is_contained_whole(texts: list[str]) -> None:
    found = dedup(texts, against=(texts, ENCODER.encode(texts)))
    assert (found.kind == "exact").all()


def test_results_show_themselves() -> None:
    found = dedup(TEXTS, threshold=0.8)
    table = found.to_table()
    assert table.column_names == ["keep", "duplicate_of", "similarity", "kind"]
    assert table["duplicate_of"].to_pylist()[:3] == [None, None, 0]
    assert "<table>" in found._repr_html_()
    assert "4 of 8 rows" in repr(found)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: taskscape.dedup([]), "no row"),
        (lambda: dedup(TEXTS, threshold=0.2), "0.7 to 1"),
        (lambda: dedup(TEXTS, threshold="loose"), "0.7 to 1"),
        (lambda: dedup(TEXTS, threshold=float("nan")), "0.7 to 1"),
        (lambda: dedup(TEXTS, keep="last"), "first, longest, best"),
        (lambda: dedup(TEXTS, keep="best"), "belong together"),
        (lambda: dedup(TEXTS, scores=[1.0] * len(TEXTS)), "belong together"),
        (lambda: dedup(TEXTS, keep="best", scores=[1.0, 2.0]), r"shape \(2,\)"),
        (lambda: dedup(TEXTS, keep="best", scores=[float("nan")] * len(TEXTS)), "score of row 0 is nan"),
        (lambda: taskscape.dedup(TEXTS, np.ones((2, 3))), "2 embeddings"),
        (lambda: taskscape.dedup(TEXTS[:2], np.array([[1.0], [np.nan]])), "Row 1 of the embeddings of the rows"),
        (lambda: dedup(TEXTS, against=(["a"], np.full((1, 64), np.inf))), "Row 0 of the embeddings of the other rows"),
        (lambda: dedup(TEXTS, against=([], None)), "other data is empty"),
        (lambda: dedup(TEXTS, against=(["a"], None)), "both or none"),
        (lambda: dedup(TEXTS, against=(["a"], np.ones((1, 3)))), "one encoder"),
        (lambda: taskscape.dedup(["a", 3]), "Text 1 of the rows is a int"),  # type: ignore[list-item]
    ],
)
def test_bad_input_is_named(call: Callable[[], object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()


def test_candidates_are_decided_upon_as_often_as_wanted() -> None:
    candidates = find_candidates(TEXTS, ENCODER.encode(TEXTS))
    first, longest = resolve(candidates), resolve(candidates, keep="longest", threshold=0.8)
    assert first.kept[0] == 0
    assert 4 in longest.kept  # "Please write …" is the longest
