from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskscape.analysis.deduplication.deciding import AUTO
from taskscape.analysis.deduplication.text_evidence import judge
from taskscape.analysis.retrieval.query_copies import Copies


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write a poem about the sea.", "write  A POEM about the sea"),
        ("Could you please write me a poem about the sea?", "Write a poem about the sea!"),
        ("Describe a volcano to children", "describe a vulcano to children"),
        ("3+5", "3 + 5"),
        ("", "  "),
        ("Translate to French.\n\ncat", "Translate to French\n\nCat"),
    ],
)
def test_the_same_in_other_dress(one: str, other: str) -> None:
    assert Copies([one], [other]).are(0, 0)
    assert Copies([other], [one]).are(0, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Translate cat to French", "Translate dog to French"),
        ("Translate to French.\n\ncat", "Translate to French.\n\ndog"),
        ("What is 3 + 5?", "What is 3 + 6?"),
        ("What is 3 - 5?", "What is 3 + 5?"),
        ("Write a poem about the sea.", "Write a story about the sea."),
        ("Write a poem", "Write a poem about rain"),
        ("", "a poem"),
    ],
)
def test_another_text(one: str, other: str) -> None:
    assert not Copies([one], [other]).are(0, 0)
    assert not Copies([other], [one]).are(0, 0)


WORDS = st.lists(
    st.sampled_from(
        ["write", "a", "poem", "story", "about", "the", "sea", "rain", "3", "4", "please", "cat", "dog", "not"]
    ),
    max_size=7,
)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS)
def test_the_quick_way_decides_as_deduplication_does(one: list[str], other: list[str]) -> None:
    first, second = " ".join(one), " ".join(other)
    copies = Copies([first], [second])
    assert copies.are(0, 0) == (first == second or judge(first, second, {}).agreement >= AUTO)


def test_so_many_texts_stay_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskscape.analysis.retrieval.query_copies._KEPT", 4)
    copies = Copies(["Name a fruit."], [f"Write {number} poems." for number in range(10)])
    assert not any(copies.are(0, row) for row in range(10))
    assert copies._pool_wording.cache_info().currsize == 4


@given(st.text(max_size=60))
def test_any_text_is_its_own_copy(text: str) -> None:
    assert Copies([text], [text]).are(0, 0)
