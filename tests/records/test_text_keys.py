from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskscape.records.text_keys import text_key


@pytest.mark.parametrize(
    "texts",
    [
        ("Write a sort in C.", "Write a sort in C++.", "Write a sort in C#."),
        ("What is 5 + 3?", "What is 5 - 3?", "What is 5 * 3?", "What is 5 / 3?", "What is 5 3?"),
        ("Take the root of 5", "Take the root of -5"),
        ("What is 5 % of 9?", "What is 5 of 9?", "What is $5 of 9?", "What is 5 < 9?"),
        ("हिन्दी में लिखो", "हनद म लख"),
    ],
)
def test_signs_that_mean_something_make_another_text(texts: tuple[str, ...]) -> None:
    assert len({text_key(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("Write in C++!", "write in c++"),
        ("What is 5+3?", "What is 5 + 3"),
        ("What is 5 − 3?", "What is 5 - 3?", "What is 5–3?", "What is 5-3"),
        ('Summarize this: "COVID-19 (well-known)".', "summarize this covid 19 — well known"),
        ("Use `print`, please…", "Use ‘print’ please", "Use ´print´, please"),
        ("  Ｗrite\u00a0IT—now! ", "write it now"),
        ("Mend foo\u200bbar", "Mend foobar"),
        ("Thank them 🙂", "Thank them", "Thank them ❤️", "👩🏽‍🚀 Thank them!", "☑️ Thank them", "🇫🇷 thank them"),
        ("1️⃣ Boil water", "1. Boil water"),
        ("It is 5 °C", "It is 5 C"),
    ],
)
def test_other_writings_make_no_other_text(texts: tuple[str, ...]) -> None:
    assert len({text_key(text) for text in texts}) == 1


def test_a_text_without_a_letter_or_digit_is_empty() -> None:
    assert {text_key(text) for text in ("", "+++", "$ #", "---", "?!", "___", "🙂", "❤️")} == {""}


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert text_key(text_key(text)) == text_key(text)
