from __future__ import annotations

import numpy as np
import pytest

from taskscape.analysis import Clustering, name_clusters
from taskscape.analysis.clustering.cluster_names import distinctive_terms, typical_rows
from taskscape.errors import UsageError
from taskscape.tasks.label import Task

TEXTS = [
    "Write a poem about the sea.",
    "Write a poem about the moon.",
    "write a poem  about the sea.",
    "Poem!",
    "Translate the sentence to French.",
    "Translate the first sentence of these sentences to German.",
    "Translate",
]
LABELS = np.array([0, 0, 0, 0, 1, 1, 1], np.int32)


def clustering(labels: np.ndarray, similarities: list[float] | None = None) -> Clustering:
    """A clustering with given labels; rows nearer the beginning are nearer the centroid."""
    nearness = np.linspace(1, 0, len(labels)) if similarities is None else np.array(similarities)
    return Clustering(labels, np.eye(labels.max() + 1, 8, dtype=np.float32), nearness.astype(np.float32), "kmeans", 0)


def test_terms_set_a_cluster_apart() -> None:
    poems, translations = distinctive_terms(TEXTS, LABELS, 2)
    assert poems[0] == "poem"
    assert translations[:2] == ["translate", "sentence"]
    assert "the" not in poems
    assert "sentences" not in translations


def test_terms_of_scripts_without_spaces() -> None:
    texts = ["写一首关于大海的诗", "写一首关于月亮的诗", "翻译这个句子", "翻译那个句子"]
    first, second = distinctive_terms(texts, np.array([0, 0, 1, 1], np.int32), 2)
    assert "关于" in first
    assert "翻译" in second


def test_typical_rows_are_near_and_say_something() -> None:
    rows = typical_rows(clustering(LABELS, [0.5, 0.7, 0.6, 0.9, 0.2, 0.1, 0.9]), TEXTS)
    assert rows == [[1, 2], [4, 5]]  # no "Poem!", no "Translate", and the poem about the sea once


def test_a_cluster_of_near_empty_texts_still_has_an_example() -> None:
    assert typical_rows(clustering(np.array([0, 0], np.int32)), ["Hi", "Yo"]) == [[0]]


def test_names_without_tasks() -> None:
    poems, translations = name_clusters(clustering(LABELS), TEXTS)
    assert poems.name.startswith("poem, ")
    assert translations.name == "translate, sentence"
    assert (poems.size, translations.size) == (4, 3)


def test_names_by_task_are_distinct() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2, 2], np.int32)
    texts = ["Write a sea poem"] * 3 + ["Write a moon poem"] * 2 + ["Write a sun poem"] * 2
    names = name_clusters(clustering(labels), texts, tasks=[Task("write", "poem")] * 7)
    assert [name.name for name in names] == ["write|poem", "write|poem (moon)", "write|poem (sun)"]


def test_no_task_read_falls_back_to_terms() -> None:
    names = name_clusters(clustering(LABELS), TEXTS, tasks=[Task("none", "none")] * 7)
    assert names[1].name == "translate, sentence"


def test_names_stay_distinct_when_all_is_the_same() -> None:
    names = name_clusters(clustering(np.array([0, 0, 1, 2, -1], np.int32)), ["Go on"] * 5)
    assert len({name.name for name in names}) == 3


def test_a_cluster_without_rows_has_a_name_too() -> None:
    """A page may show a sample, in which a small cluster has no row."""
    names = name_clusters(clustering(np.array([0, 2], np.int32)), ["Write a poem", "Sing a song"])
    assert names[1].name == "(empty)"
    assert names[1].typical == ()


def test_lengths_must_agree() -> None:
    with pytest.raises(UsageError, match="1 texts for 7 rows"):
        name_clusters(clustering(LABELS), ["Go"])


def test_the_commonest_task_names_a_cluster() -> None:
    labels = np.array([0, 0, 0, 1, 1, -1, -1, -1], np.int32)
    tasks = [Task("a", "a"), Task("b", "b"), Task("b", "b"), Task("d", "d"), Task("c", "c"), *[Task("d", "d")] * 3]
    first, second = name_clusters(clustering(labels), ["Some text here"] * 8, tasks=tasks)
    assert first.name == "b|b"
    assert second.name == "c|c"  # as common as d|d, for rows in no cluster do not count; the first by name


def test_words_of_the_task_do_not_tell_clusters_apart() -> None:
    labels = np.array([0, 0, 1, 1], np.int32)
    texts = ["Write some verse", "Write more verse", "Write a poem", "Write the poem"]
    names = name_clusters(clustering(labels), texts, tasks=[Task("write", "poem")] * 4)
    assert [name.name for name in names] == ["write|poem", "poem, write"]


def test_as_many_terms_and_examples_as_are_asked_for() -> None:
    words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett"
    texts = [f"{words} {number}" for number in range(10)] + [f"other words {number}" for number in range(10)]
    groups = clustering(np.repeat(np.array([0, 1], np.int32), 10))
    usual = name_clusters(groups, texts)
    assert (len(usual[0].terms), len(usual[0].typical), len(usual[1].typical)) == (8, 5, 5)
    few = name_clusters(groups, texts, terms=2, typical=1)
    assert few[0].terms == ("alpha", "bravo")
    assert [name.typical for name in few] == [(0,), (10,)]


def test_of_a_large_group_every_so_many_rows_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.clustering.cluster_names.ROWS", 4)
    texts = ["alpha", "bravo"] * 3 + ["golf", "hotel"]
    large, small = distinctive_terms(texts, np.array([0] * 6 + [1] * 2, np.int32), 2)
    assert large == ["alpha"]  # 6 rows are more than the share of a group, 2: each second one is read
    assert small == ["golf", "hotel"]


def test_groups_that_come_in_turns_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.clustering.cluster_names.ROWS", 4)
    even, odd = distinctive_terms(["alpha", "bravo"] * 4, np.array([0, 1] * 4, np.int32), 2)
    assert (even, odd) == (["alpha"], ["bravo"])


def test_texts_of_one_beginning_are_one_example() -> None:
    long = "write a poem about " + "the sea and " * 100
    (rows,) = typical_rows(clustering(np.zeros(3, np.int32)), [long + "rain", long + "snow", "name a good fruit"])
    assert rows == [0, 2]


def test_rows_in_no_group_give_no_terms() -> None:
    (terms,) = distinctive_terms(["alpha", "bravo", "charlie"], np.array([-1, 0, 0], np.int32), 1)
    assert terms == ["bravo", "charlie"]


def test_one_long_word_is_an_example_and_one_short_word_is_not() -> None:
    groups = clustering(np.array([0, 0, 0], np.int32))
    assert typical_rows(groups, ["Hi", "Supercalifragilistic", "one two three"]) == [[1, 2]]


def test_the_same_text_in_every_cluster_is_numbered() -> None:
    names = name_clusters(clustering(np.array([0, 1, 2, 3], np.int32)), ["The  who"] * 4)
    assert [name.name for name in names] == ["The who", "The who (2)", "The who (3)", "The who (4)"]


@pytest.mark.parametrize(("common", "rare"), [("bird", "birds"), ("birds", "bird"), ("box", "boxes"), ("boxes", "box")])
def test_a_plural_beside_its_singular_says_nothing_new(common: str, rare: str) -> None:
    texts = [f"{common} fly"] * 4 + [f"{rare} fly"] * 3 + ["swim fast"] * 2
    terms, _ = distinctive_terms(texts, np.array([0] * 7 + [1] * 2, np.int32), 2)
    assert common in terms
    assert rare not in terms


def test_tasks_must_agree_too() -> None:
    with pytest.raises(UsageError, match="1 tasks for 7 rows"):
        name_clusters(clustering(LABELS), TEXTS, tasks=[Task("write", "poem")])


@pytest.mark.parametrize(("text", "says"), [("a b c", True), ("a b", False), ("a" * 12, True), ("a" * 11, False)])
def test_three_words_or_twelve_letters_say_something(text: str, says: bool) -> None:
    (rows,) = typical_rows(clustering(np.array([0, 0], np.int32)), [text, "one two three four"])
    assert rows == ([0, 1] if says else [1])
