from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from taskscape.report.word_changes import LENGTH, marked_changes


def plain(html: str) -> str:
    return unescape(re.sub(r"</?mark>", "", html))


def test_words_and_signs_that_differ_are_marked() -> None:
    assert marked_changes("Create an original haiku.", "Write an original haiku") == (
        "<mark>Create</mark> an original haiku<mark>.</mark>",
        "<mark>Write</mark> an original haiku",
    )


def test_equal_texts_have_no_mark() -> None:
    assert marked_changes("a < b", "a < b") == ("a &lt; b", "a &lt; b")


def test_long_texts_are_shown_where_they_differ() -> None:
    same = "word " * 400
    one, other = marked_changes(same + "seven", same + "eight")
    assert one.startswith("… word")
    assert one.endswith("<mark>seven</mark>")
    assert other.endswith("<mark>eight</mark>")
    assert len(plain(one)) < LENGTH


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_texts_come_out_escaped_and_cut(one: str, other: str) -> None:
    for shown in marked_changes(one, other):
        assert "<" not in re.sub(r"</?mark>", "", shown)
        assert len(plain(shown)) <= LENGTH
        shown.encode()


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=200))
def test_a_short_text_is_shown_whole(text: str) -> None:
    assert plain(marked_changes(text, "<b>other</b>")[0]) == text
