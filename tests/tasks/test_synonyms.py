from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from taskscape.tasks.synonyms import are_synonyms, merge_synonyms


def test_words_that_share_a_first_sense_are_synonyms() -> None:
    assert are_synonyms("create", "make", "verb")
    assert are_synonyms("mistake", "error", "noun")
    assert are_synonyms("reply", "reply", "noun")


def test_words_that_share_only_rare_senses_are_not() -> None:
    assert not are_synonyms("identify", "name", "verb")
    assert not are_synonyms("book", "word", "noun")
    assert not are_synonyms("unheardof", "word", "noun")


def test_groups_name_their_most_frequent_label_first() -> None:
    groups = merge_synonyms({"make|list": 3, "create|list": 9, "write|poem": 4})
    assert groups == {
        "make|list": "create|list##make|list",
        "create|list": "create|list##make|list",
        "write|poem": "write|poem",
    }


def test_verb_and_noun_can_both_differ() -> None:
    groups = merge_synonyms({"find|error": 1, "detect|mistake": 1})
    assert groups["find|error"] == groups["detect|mistake"]


def test_no_labels_give_no_groups() -> None:
    assert merge_synonyms({}) == {}


_WORDS = st.sampled_from(["create", "make", "write", "compose", "find", "detect", "none", "zzz"])
_NOUNS = st.sampled_from(["error", "mistake", "list", "story", "none", "math"])


@given(st.dictionaries(st.builds("{}|{}".format, _WORDS, _NOUNS), st.integers(1, 5)))
def test_groups_part_the_labels(counts: dict[str, int]) -> None:
    groups = merge_synonyms(counts)
    assert groups.keys() == counts.keys()
    for label, group in groups.items():
        assert label in group.split("##")
        assert all(groups[member] == group for member in group.split("##"))
