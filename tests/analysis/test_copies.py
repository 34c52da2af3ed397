from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.analysis.copies import words_of

LONG = " ".join(f"word{n}" for n in range(100))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write a poem about the sea.", "write  A POEM about the sea"),
        ("Could you please write me a poem about the sea?", "Write a poem about the sea!"),
        ("Write a poem about mountains", "Write a peom about mountains"),
        ("Find the square root", "find the sqare root"),
        ("3+5", "3 + 5"),
        ("", "  "),
        (LONG, LONG.replace("word7 ", "").replace("word80", "other")),
    ],
)
def test_the_same_in_the_same_words(one: str, other: str) -> None:
    assert words_of(one).is_copy(words_of(other))
    assert words_of(other).is_copy(words_of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Translate cat to French", "Translate dog to French"),
        ("What is 3 + 5?", "What is 3 + 6?"),
        ("What is 3 - 5?", "What is 3 + 5?"),
        ("Write a poem about the sea.", "Compose verse about the ocean."),
        ("Write a poem", "Write a poem about rain"),
        ("", "a poem"),
        (LONG, LONG.replace("word", "term")),
        (LONG, LONG + " then do something quite different with it"),
    ],
)
def test_another_text(one: str, other: str) -> None:
    assert not words_of(one).is_copy(words_of(other))
    assert not words_of(other).is_copy(words_of(one))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_its_own_and_the_order_does_not_matter(one: str, other: str) -> None:
    assert words_of(one).is_copy(words_of(one))
    assert words_of(one).is_copy(words_of(other)) == words_of(other).is_copy(words_of(one))
